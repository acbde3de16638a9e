"""What all doors of one API process share, and how a caller is recognized at any of them."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from api.context import Context
from api.documents import Documents
from api.errors import ForeignOrigin
from api.execution import Runner
from api.guesses import Guesses
from api.limits import Limits
from api.meter import Meter
from api.persisted import Persisted
from api.reads import Reads
from api.subscriptions.tail import Tails
from api.tracing import traced
from leadwell.access import CredentialRejected, Credentials, Viewer
from leadwell.base.settings import Settings
from leadwell.base.tx import Database
from leadwell.wiring import Kit

CSRF = "x-leadwell-csrf"
log = logging.getLogger(__name__)


@dataclass(slots=True)
class House:
    """One per process; `request.app.state.house`."""

    kit: Kit
    credentials: Credentials
    tails: Tails
    runner: Runner
    retiring: bool = False      # it serves, but wants nothing new
    scraping: asyncio.Lock = field(default_factory=asyncio.Lock)    # figures of the whole installation, once at a time

    @classmethod
    def open(cls, kit: Kit, manifest: Mapping[str, str] | None = None) -> "House":
        """`manifest`: trusted documents by id. One that the schema refuses is told in the log; asking it says why."""
        from api.schema import CORE

        settings, documents = kit.settings, Documents(CORE, Limits.of(kit.settings))
        for id, why in documents.wrong(manifest or {}):
            log.warning("trusted document %s cannot run: %s", id, why)
        persisted = Persisted(manifest, settings.documents_only if settings.production else "nobody")
        meter = Meter(settings, kit.rates)
        runner = Runner(documents, settings.production, meter, settings.request_seconds, Reads(kit.db.scalar), persisted)
        return cls(kit, Credentials(kit.db, Guesses(meter)), Tails(kit), traced(runner, kit.tracer))

    @property
    def settings(self) -> Settings:
        return self.kit.settings

    @property
    def watch(self) -> Database:
        """By which the process is asked how it does, without waiting for requests."""
        return self.kit.watch or self.kit.db

    def leave(self) -> None:
        """The process is about to end: streams end unfinished, so that their clients come back, elsewhere; nothing new is followed."""
        self.tails.leaving.set()

    def context(self, known: Viewer | None, token: str | None, **more: Any) -> Context:
        return Context(self.kit, self.credentials, self.tails, token, known, **more)

    async def caller(self, connection: HTTPConnection) -> tuple[Viewer | None, str | None]:
        """Who asks, as the request remembers it from here on, and the token that says so."""
        found = await self._caller(connection)
        if found[0] is not None:
            connection.scope.setdefault("state", {})["viewer"] = found[0]
        return found

    async def _caller(self, connection: HTTPConnection) -> tuple[Viewer | None, str | None]:
        """By header or cookie. A header that is wrong is refused; a cookie that has run out is as good as none."""
        if token := bearer(connection):
            return await self.credentials.viewer(token, peer(connection)), token
        token = connection.cookies.get(cookie_name(self.settings))
        if not token:
            return None, None
        if connection.scope["type"] == "http":
            self.same_site(connection)
        try:
            return await self.credentials.viewer(token), token
        except CredentialRejected:
            return None, None

    def charge(self, connection: HTTPConnection, viewer: Viewer | None, points: int) -> None:
        """Takes the fixed price of a door that is not GraphQL, from the points of the caller and their workspace, or where a link is the permission from
        those of the address, if it is known. RateLimited, before anything is done."""
        meter, address = self.runner.meter, peer(connection)
        if viewer or address:
            meter.pay(meter.purse(viewer, address), points)

    def same_site(self, connection: HTTPConnection) -> None:
        """A cookie acts only for our own pages and listed origins: browsers send Origin with every POST, and a header of our own shows a script's intent."""
        origin = connection.headers.get("origin")
        if connection.scope["method"] in ("GET", "HEAD"):
            return
        if origin is None:
            if CSRF in connection.headers or connection.headers.get("sec-fetch-site") == "same-origin":
                return
            raise ForeignOrigin(origin="unknown origin", fix=f"Send the header {CSRF}: 1, or an API key instead of a cookie.")
        if not self.listed(origin, connection.headers.get("host", "")):
            raise ForeignOrigin(origin=origin[:200])

    def listed(self, origin: str, host: str) -> bool:
        """Our own address or one of LEADWELL_ORIGINS."""
        origin = origin.lower()
        own = urlsplit(origin)
        return origin in self.settings.origins or origin == self.settings.public_url or (own.scheme in ("http", "https") and own.netloc == host.lower())


def peer(connection: HTTPConnection) -> str:
    """The caller's address: behind a proxy of LEADWELL_TRUSTED_PROXIES the one it tells, which the server has put in its place by now."""
    client = connection.scope.get("client")
    return client[0] if client else ""


def bearer(connection: HTTPConnection) -> str | None:
    """The token of an Authorization header; one of another kind is refused."""
    header = connection.headers.get("authorization")
    if header is None:
        return None
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise CredentialRejected()
    return token.strip()


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds a cookie to this very host over TLS; browsers treat loopback addresses as secure too."""
    return "__Host-leadwell"


def house(connection: HTTPConnection) -> House:
    return connection.app.state.house
