"""The adapter of the mail port on aiosmtplib: it drives MAIL, RCPT and DATA apart, because the gate stands between them."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Literal

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException

from leadwell.base import faults
from leadwell.base.settings import Settings
from leadwell.delivery.port import Lost, MailFault, Refused, Route, Unreachable
from leadwell.outside.smtp.address import Server, read_server, server_of
from leadwell.outside.smtp.reach import Reach

CONNECT_S, COMMAND_S, DATA_S, IDLE_S = 10.0, 30.0, 120.0, 20.0
MOST_CONNECTIONS, MAILS_PER_CONNECTION = 20, 200
OWN_CONNECTIONS, MOST_POOLS = 5, 200


class NoMailServer(Unreachable):
    """No mail server is configured."""


class SmtpMailer:
    """Connections to the installation's mail server, and to those of senders who have one of their own. One session has a connection to itself."""

    def __init__(self, settings: Settings) -> None:
        self._house = Pool(read_server(settings.smtp_url) if settings.smtp_url else None, MOST_CONNECTIONS)
        self._own: dict[Route, Pool] = {}
        self._reach = Reach(settings.production, settings.private_hosts)

    def open(self, route: Route | None = None) -> AbstractAsyncContextManager["SmtpSession"]:
        """A session by the route's server; its connections are of nobody else."""
        return (self._house if route is None else self._of(route)).open()

    def _of(self, route: Route) -> "Pool":
        if route not in self._own:
            while len(self._own) >= MOST_POOLS:   # whoever was asked for longest ago
                self._own.pop(next(iter(self._own))).drop()
        pool = self._own.pop(route, None) or Pool(server_of(route), OWN_CONNECTIONS, self._reach)
        self._own[route] = pool
        return pool

    async def close(self) -> None:
        """Takes leave on all connections at once, for 2 s at most."""
        await asyncio.gather(*(pool.close() for pool in (self._house, *self._own.values())))


class Pool:
    """A few connections to one server under one login, kept for a while; the next session waits until one is free."""

    def __init__(self, server: Server | None, most: int, reach: Reach | None = None) -> None:
        self._server, self._reach = server, reach
        self._idle: list[_Connection] = []
        self._free = asyncio.Semaphore(most)
        self._dropped = False

    @asynccontextmanager
    async def open(self) -> AsyncGenerator["SmtpSession"]:
        async with self._free:
            session = SmtpSession(self)
            await session.connect()
            try:
                yield session
            finally:
                await session.leave()

    def take(self) -> "_Connection | None":
        """A connection that was used a moment ago, if there is one."""
        while self._idle:
            connection = self._idle.pop()
            if connection.fresh:
                return connection
            connection.close()
        return None

    async def connect(self) -> "_Connection":
        server = self._server
        if server is None:
            raise NoMailServer("SMTP_URL is not set")
        sock = await self._reach.connected(server, CONNECT_S) if self._reach else None
        client = aiosmtplib.SMTP(
            hostname=server.host, port=None if sock else server.port, username=server.user, password=server.password, timeout=CONNECT_S, use_tls=server.tls,
            start_tls=server.start_tls, local_hostname="localhost", sock=sock)
        try:
            await client.connect()
        except (SMTPException, OSError) as error:
            client.close()
            raise Unreachable(f"mail server {server.host}:{server.port}: {_words(error)}") from error
        return _Connection(client)

    def give_back(self, connection: "_Connection") -> None:
        if connection.fresh and not self._dropped:
            self._idle.append(connection)
        else:
            connection.close()

    def drop(self) -> None:
        """Nobody asks for this server any more; connections in use are closed when they come back."""
        self._dropped = True
        while self._idle:
            self._idle.pop().close()

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.leave() for connection in idle))


class _Connection:
    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self.client, self.mails, self.used = client, 0, time.monotonic()

    @property
    def fresh(self) -> bool:
        return self.client.is_connected and self.mails < MAILS_PER_CONNECTION and time.monotonic() - self.used < IDLE_S

    async def leave(self) -> None:
        with suppress(SMTPException, OSError):
            await self.client.quit(timeout=2)
        self.close()

    def close(self) -> None:
        self.client.close()


class SmtpSession:
    """One mail. A kept connection that turns out to be closed is replaced once, before anything was said on it."""

    def __init__(self, mailer: Pool) -> None:
        self._mailer = mailer
        self._state: Literal["IDLE", "ENVELOPE", "DONE", "BROKEN"] = "IDLE"

    async def connect(self) -> None:
        kept = self._mailer.take()
        self._connection, self._kept = kept or await self._mailer.connect(), kept is not None

    async def mail(self, sender: str) -> None:
        try:
            await self._begin(sender)
        except Unreachable:
            if not self._kept:
                raise
            self._connection, self._kept, self._state = await self._mailer.connect(), False, "IDLE"
            await self._begin(sender)

    async def _begin(self, sender: str) -> None:
        self._state = "BROKEN"   # until the answer is read: a cancellation in between leaves it unread
        try:
            await self._connection.client.mail(sender, timeout=COMMAND_S)
        except (SMTPException, OSError, UnicodeError) as error:
            raise self._fault("MAIL", error) from error
        self._state = "ENVELOPE"

    async def rcpt(self, recipient: str) -> None:
        self._state = "BROKEN"
        try:
            await self._connection.client.rcpt(recipient, timeout=COMMAND_S)
        except (SMTPException, OSError, UnicodeError) as error:
            raise self._fault("RCPT", error) from error
        self._state = "ENVELOPE"
        faults.point("smtp.rcpt")

    async def data(self, content: bytes) -> str:
        """Whatever breaks from here on without words of the server leaves the mail's fate open."""
        faults.point("smtp.data")
        try:
            code, reply = await self._connection.client.data(content, timeout=DATA_S)
        except SMTPResponseException as error:
            self._state = "BROKEN" if error.code == 421 else "DONE"
            raise Refused("DATA", error.code, _line(error.message)) from error
        except (SMTPException, OSError) as error:
            self._state = "BROKEN"
            raise Lost(_words(error)) from error
        except BaseException:
            self._state = "BROKEN"
            raise
        faults.point("smtp.accepted")
        self._state = "DONE"
        return f"{code} {_line(reply)}"

    def _fault(self, phase: Literal["MAIL", "RCPT"], error: Exception) -> MailFault:
        """Before the content is offered nothing can have been sent; 421 means that the server is going away."""
        if isinstance(error, UnicodeError):
            self._state = "ENVELOPE"
            return Refused(phase, 553, "5.6.7 the address needs SMTPUTF8")
        if isinstance(error, SMTPResponseException) and error.code != 421:
            self._state = "ENVELOPE"
            return Refused(phase, error.code, _line(error.message))
        return Unreachable(_words(error))

    async def leave(self) -> None:
        """Gives the connection back in a clean state, or closes it when its state is not known."""
        if self._state == "ENVELOPE":
            try:
                await self._connection.client.rset(timeout=5)
            except (SMTPException, OSError):
                self._state = "BROKEN"
        if self._state == "BROKEN":
            self._connection.close()
            return
        self._connection.mails, self._connection.used = self._connection.mails + 1, time.monotonic()
        self._mailer.give_back(self._connection)


def _line(text: str) -> str:
    return " ".join(text.split())


def _words(error: BaseException) -> str:
    return _line(str(error)) or type(error).__name__
