"""Addresses that stand for one file, one purpose and a short time: whoever has one needs no other credential."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from leadwell.base import secrets

Purpose = Literal["upload", "download"]
UPLOAD_S, DOWNLOAD_S = 3600, 300


@dataclass(frozen=True, slots=True)
class Link:
    """What an address stands for, and until when, by the clock of the machine."""

    purpose: Purpose
    workspace: UUID
    file_id: UUID
    until: int

    @classmethod
    def to(cls, purpose: Purpose, workspace: UUID, file_id: UUID, now: datetime) -> "Link":
        return cls(purpose, workspace, file_id, int(now.timestamp()) + (UPLOAD_S if purpose == "upload" else DOWNLOAD_S))

    def token(self) -> str:
        return secrets.sign(f"file-{self.purpose}", self.workspace.bytes + self.file_id.bytes + self.until.to_bytes(8, "big"))


def read_link(purpose: Purpose, token: str, now: datetime) -> Link:
    """What a token stands for; BadToken when it was not made here, for something else, or has run out."""
    raw = secrets.verify(f"file-{purpose}", token)
    if len(raw) != 40 or int.from_bytes(raw[32:], "big") < now.timestamp():
        raise secrets.BadToken(fix="Ask for a new link.")
    return Link(purpose, UUID(bytes=raw[:16]), UUID(bytes=raw[16:32]), int.from_bytes(raw[32:], "big"))
