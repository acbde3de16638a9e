"""The port to a mail server: one transaction, one recipient, and four answers that must never be mixed up."""

import re
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol
from uuid import UUID

Phase = Literal["CONNECT", "MAIL", "RCPT", "DATA"]
ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
POLICY = re.compile(r"\b5\.7\.\d{1,3}\b")
DEAD_ADDRESS = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")


class MailFault(Exception):
    """Something went wrong between us and the mail server."""


class Unreachable(MailFault):
    """No mail server answered, or it went away before the content was offered: nothing was sent."""


class Refused(MailFault):
    """The server said no in words; it keeps nothing of this mail."""

    def __init__(self, phase: Phase, code: int, reply: str) -> None:
        super().__init__(f"{code} {reply}")
        self.phase, self.code, self.reply = phase, code, f"{code} {reply}"

    @property
    def permanent(self) -> bool:
        return 500 <= self.code < 600

    @property
    def dead_address(self) -> bool:
        """The recipient does not exist, by its enhanced status. A bare 550 or a policy block (5.7) says nothing about the address."""
        found = ENHANCED.search(self.reply)
        return self.permanent and self.phase in ("RCPT", "DATA") and found is not None and found[1] in DEAD_ADDRESS


    @property
    def policy(self) -> bool:
        """The server does not want mail of this kind or from us (5.7): it is about the sender, never about the recipient."""
        return self.permanent and POLICY.search(self.reply) is not None


class Lost(MailFault):
    """The connection broke or fell silent after the content was offered: the server may have the mail or not."""


@dataclass(frozen=True, slots=True)
class Route:
    """By which server a sender's messages leave. Two mails of equal routes may share a connection, others never do."""

    sender_id: UUID
    channel: Literal["EMAIL", "WEBHOOK"]
    host: str = ""
    port: int = 0
    login: str | None = None
    security: str = "TLS"
    url: str = ""
    secret: str | None = field(default=None, repr=False)


class Session(Protocol):
    """One mail on one connection: `mail`, `rcpt`, then `data`. Leaving without `data` sends nothing."""

    async def mail(self, sender: str) -> None: ...

    async def rcpt(self, recipient: str) -> None: ...

    async def data(self, content: bytes) -> str:
        """Hands the content over and returns the server's last words."""
        ...


class Mailer(Protocol):
    def open(self, route: Route | None = None) -> AbstractAsyncContextManager[Session]:
        """A connected session, by the installation's server where no route is given; Unreachable when there is none to be had."""
        ...

    async def close(self) -> None: ...
