"""The development mailbox: every mail that arrived, as files which any process may read."""

import asyncio
import email.policy
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from uuid import UUID

from leadwell.base.ids import uuid7


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail's envelope and headline; the message itself is read when asked for."""

    id: str
    at: float
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    size: int


class Mailbox:
    """A folder with one `.eml` and one `.json` per mail; the `.json` is written last and makes the mail exist."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    def list(self, limit: int = 50, before: str | None = None) -> Sequence[Mail]:
        """The newest first; `before` is the id of the last one seen."""
        names = sorted((path.stem for path in self.folder.glob("*.json")), reverse=True)
        wanted = [name for name in names if before is None or name < before][:limit]
        return [mail for name in wanted if (mail := self.get(name)) is not None]

    def count(self) -> int:
        return sum(1 for _ in self.folder.glob("*.json"))

    def get(self, id: str) -> Mail | None:
        try:
            found: dict[str, Any] = json.loads((self.folder / f"{UUID(id)}.json").read_text())
        except (OSError, ValueError):
            return None
        recipients = tuple(found.pop("recipients"))
        return Mail(recipients=recipients, **found)

    def raw(self, id: str) -> bytes | None:
        """The message exactly as it was received."""
        try:
            return (self.folder / f"{UUID(id)}.eml").read_bytes()
        except (OSError, ValueError):
            return None

    def message(self, id: str) -> EmailMessage | None:
        raw = self.raw(id)
        return None if raw is None else BytesParser(EmailMessage, policy=email.policy.default).parsebytes(raw)

    def delete_all(self) -> int:
        """Envelopes first, so that no mail is listed whose message is gone."""
        envelopes = list(self.folder.glob("*.json"))
        for path in (*envelopes, *self.folder.glob("*.eml")):
            path.unlink(missing_ok=True)
        return len(envelopes)

    async def wait(self, count: int, *, within: float = 10.0) -> Sequence[Mail]:
        """The newest `count` mails once there are that many; TimeoutError says how many came."""
        deadline = time.monotonic() + within
        while (have := self.count()) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{have} of {count} mails after {within:g} s")
            await asyncio.sleep(0.01)
        return self.list(limit=count)

    def keep(self, sender: str, recipients: tuple[str, ...], content: bytes) -> Mail:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        headers = BytesParser(policy=email.policy.default).parsebytes(content, headersonly=True)
        mail = Mail(
            id=str(uuid7()),
            at=time.time(),
            sender=sender,
            recipients=recipients,
            subject=str(headers["subject"] or ""),
            message_id=str(headers["message-id"] or ""),
            size=len(content),
        )
        (self.folder / f"{mail.id}.eml").write_bytes(content)
        partial = self.folder / f"{mail.id}.partial"
        partial.write_text(json.dumps(asdict(mail)))
        partial.rename(partial.with_suffix(".json"))
        return mail
