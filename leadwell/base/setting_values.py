"""How the text of a setting becomes a value, with a sentence for each way it can be wrong."""

import base64
import binascii
import ipaddress
import re
import secrets
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit, urlunsplit

KEY_BYTES = 32
SHORTEST, LONGEST = 24, 512   # of a token


class WrongValue(Exception):
    """A value that cannot be read: what is wrong with it, and what to do."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.problem, self.fix = problem, fix


def text(value: str) -> str:
    return value


def path(value: str) -> Path:
    return Path(value).expanduser()


def file(value: str) -> str:
    """The whole path, so that it holds in every process whatever its directory; none if unset."""
    return str(Path(value).expanduser().absolute()) if value else ""


def number(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not value.isdecimal() or not low <= int(value) <= high:
            raise WrongValue(
                f"is {value!r}, which is no number from {low} to {high}", f"Give one from {low} to {high}."
            )
        return int(value)

    return read


def choice(*options: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value.lower() not in options:
            raise WrongValue(f"is {value!r}", f"Use one of: {', '.join(options)}.")
        return value.lower()

    return read


def url(*schemes: str, example: str) -> Callable[[str], str]:
    """A URL with one of the schemes; the value itself is never repeated, for it may hold a password."""

    def read(value: str) -> str:
        if not value:
            return ""
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError as fault:
            raise WrongValue(f"is not a URL ({fault})", f"Write it like {example}") from None
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            found = f"starts with {parts.scheme}://" if parts.scheme else "is not a URL"
            raise WrongValue(found, f"Write it like {example}")
        return value

    return read


def origin(value: str) -> str:
    """Scheme, host and port alone, as browsers send it."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise WrongValue(f"contains {value!r}, which is no origin", "Write it like https://app.example.com")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def public_url(value: str) -> str:
    return origin(value) if value else ""


def issuer(value: str) -> str:
    """Exactly as the provider writes it, for it is compared letter by letter; http only on this machine."""
    parts = urlsplit(value)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if value and (not safe or not parts.hostname or parts.query or parts.fragment):
        raise WrongValue(f"is {value!r}, which is no issuer", "Write it like https://login.example.com, as its discovery document does.")
    return value


def network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value, strict=False))
    except ValueError:
        raise WrongValue(f"contains {value!r}, which is no address or network", "Write it like 10.0.0.0/8") from None


def token(value: str) -> str:
    """What somebody must send to be let in: long enough that nobody guesses it, and fit for a header. It is never repeated."""
    if value and not (SHORTEST <= len(value) <= LONGEST and re.fullmatch(r"[\x21-\x7e]+", value)):
        raise WrongValue(f"is no token of {SHORTEST} to {LONGEST} letters, digits and signs", "Take what `openssl rand -hex 32` prints.")
    return value


def listed(read: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    def read_all(value: str) -> tuple[str, ...]:
        return tuple(read(item.strip()) for item in value.split(",") if item.strip())

    return read_all


def sender(value: str) -> str:
    _, address = parseaddr(value)
    if address.count("@") != 1 or address.startswith("@") or address.endswith("@"):
        raise WrongValue(f"is {value!r}, which is no mail address", "Write it like Acme <hello@example.com>")
    return value


def key_ring(value: str) -> tuple[tuple[str, bytes], ...]:
    """`id:base64,id:base64`: the first entry derives the pepper and stays for good, the last encrypts, all of them decrypt."""
    fix = "Write it like k1:BASE64 with 32 random bytes; `leadwell keys secret` makes one."
    ring: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in value.split(","))):
        name, _, encoded = entry.partition(":")
        if not re.fullmatch(r"[a-z0-9]{1,16}", name) or name in ring:
            raise WrongValue("has an entry whose id is missing, doubled or not a-z0-9", fix)
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise WrongValue(f"has a key {name} that is not base64", fix) from None
        if len(key) < KEY_BYTES:
            raise WrongValue(f"has a key {name} of {len(key)} bytes, and {KEY_BYTES} is the least", fix)
        ring[name] = key
    return tuple(ring.items())


def new_secret_key(identifier: str = "k1") -> str:
    """One entry for a key ring."""
    return f"{identifier}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def plain(value: Any) -> str:
    """The text a value was read from."""
    if not isinstance(value, tuple):
        return str(value)
    return ",".join(_plain_item(item) for item in cast(tuple[str | tuple[str, bytes], ...], value))


def _plain_item(item: str | tuple[str, bytes]) -> str:
    return item if isinstance(item, str) else f"{item[0]}:{base64.b64encode(item[1]).decode()}"


def masked_url(value: str) -> str:
    parts = urlsplit(value)
    if not parts.password:
        return value
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(parts.username or '')}:***@{place}"))


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
