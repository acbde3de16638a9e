"""A real SMTP server in our event loop that keeps what it gets, and fails on purpose when a test asks it to."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from leadwell.embedded.mailbox import Mailbox

Moment = Literal["MAIL", "RCPT", "DATA", "CUT_BEFORE_KEPT", "CUT_AFTER_KEPT"]
LARGEST = 40 * 1024 * 1024


@dataclass(slots=True)
class Fault:
    """What goes wrong and when: a refusal at a command, or a connection cut around the moment a mail is kept."""

    at: Moment
    reply: str = "451 4.3.0 Try again later"
    match: str = ""
    times: int | None = 1
    delay: float = 0.0

    def takes(self, at: Moment, subject: str) -> bool:
        if self.at != at or self.match not in subject or self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class MailServer:
    """The server of one mailbox, for the length of an `async with`. `fail` adds a scripted fault."""

    def __init__(self, folder: Path | str, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.mailbox = Mailbox(folder)
        self.host, self.port = host, port
        self.faults: list[Fault] = []
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.BaseTransport] = set()

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    def fail(
        self,
        at: Moment,
        reply: str = "451 4.3.0 Try again later",
        *,
        match: str = "",
        times: int | None = 1,
        delay: float = 0.0,
    ) -> None:
        """The next `times` (None: all) events at `at` whose address contains `match` fail; reply "" only delays."""
        self.faults.append(Fault(at, reply, match, times, delay))

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(self._protocol(), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for transport in self._open:
            transport.close()

    def _protocol(self) -> Callable[[], asyncio.Protocol]:
        from aiosmtpd.smtp import SMTP

        server = self

        class Session(SMTP):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                server._open.add(transport)
                super().connection_made(transport)  # pyright: ignore[reportUnknownMemberType]

            def connection_lost(self, error: Exception | None) -> None:
                if self.transport is not None:
                    server._open.discard(self.transport)
                super().connection_lost(error)  # pyright: ignore[reportUnknownMemberType]

        return lambda: Session(self, data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="Leadwell mailbox")

    async def _refusal(self, at: Moment, subject: str) -> Fault | None:
        fault = next((fault for fault in self.faults if fault.takes(at, subject)), None)
        if fault is not None and fault.delay:
            await asyncio.sleep(fault.delay)
        return fault

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        fault = await self._refusal("MAIL", address)
        if fault is not None and fault.reply:
            return fault.reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        fault = await self._refusal("RCPT", address)
        if fault is not None and fault.reply:
            return fault.reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        to = " ".join(envelope.rcpt_tos)
        fault = await self._refusal("DATA", to)
        if fault is not None and fault.reply:
            return fault.reply
        if await self._refusal("CUT_BEFORE_KEPT", to):
            return self._cut(server)
        mail = self.mailbox.keep(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.original_content)
        if await self._refusal("CUT_AFTER_KEPT", to):
            return self._cut(server)
        return f"250 2.0.0 OK kept as {mail.id}"

    def _cut(self, server: Any) -> str:
        """Resets the connection, as a crash or a lost route would: the client learns nothing."""
        server.transport.abort()
        return "421 4.3.2 Lost"
