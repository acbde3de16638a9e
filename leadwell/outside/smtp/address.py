"""How a mail server is reached, read from SMTP_URL."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from leadwell.delivery.port import Route

_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Server:
    """`start_tls` None: when the server offers it; a login demands it unless the server is this machine. `asked`: somebody of a workspace named
    the server, so it is looked at where it stands before anything is said to it."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    tls: bool
    start_tls: bool | None
    asked: bool = False


def read_server(url: str) -> Server:
    """smtp://user:password@host:port or smtps://…; "?starttls=required" or "never" overrides what is usual."""
    parts = urlsplit(url)
    host, user = parts.hostname or "localhost", unquote(parts.username) if parts.username else None
    wish = parse_qs(parts.query).get("starttls", [""])[0]
    tls, local = parts.scheme == "smtps", host in ("localhost", "127.0.0.1", "::1")
    start = {"required": True, "never": False}.get(wish, True if user and not local and not tls else None)
    return Server(host, parts.port or _PORTS[parts.scheme], user, unquote(parts.password) if parts.password else None, tls, None if tls else start)


def server_of(route: Route) -> Server:
    """The server of a sender: what it says about privacy is kept to, whatever the server offers."""
    tls = route.security == "TLS"
    return Server(route.host, route.port, route.login, route.secret, tls, None if tls else route.security == "STARTTLS", asked=True)
