"""The port to a mail server: one transaction, one recipient, and four answers that must never be mixed up."""

import re
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

Phase = Literal["CONNECT", "MAIL", "RCPT", "DATA"]
ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
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


class Lost(MailFault):
    """The connection broke or fell silent after the content was offered: the server may have the mail or not."""


class Session(Protocol):
    """One mail on one connection: `mail`, `rcpt`, then `data`. Leaving without `data` sends nothing."""

    async def mail(self, sender: str) -> None: ...

    async def rcpt(self, recipient: str) -> None: ...

    async def data(self, content: bytes) -> str:
        """Hands the content over and returns the server's last words."""
        ...


class Mailer(Protocol):
    def open(self) -> AbstractAsyncContextManager[Session]:
        """A connected session; Unreachable when there is none to be had."""
        ...

    async def close(self) -> None: ...
