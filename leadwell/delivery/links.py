"""Links in mail: signed, not single-use, never expiring, and valid for people who were erased."""

from dataclasses import dataclass
from uuid import UUID

from leadwell.base import secrets

PURPOSE, VISITOR = "unsubscribe", "visitor"
_HASH = 32


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """What an unsubscribe link names."""

    workspace: UUID
    address_hash: bytes
    topic_id: UUID
    send_id: UUID

    def token(self) -> str:
        return secrets.sign(PURPOSE, self.workspace.bytes + self.topic_id.bytes + self.send_id.bytes + self.address_hash)


def visitor_token(workspace: UUID, person: UUID) -> str:
    """What a link to a page of ours carries (`?lw_m=`), so that a click tells who the visitor is."""
    return secrets.sign(VISITOR, workspace.bytes + person.bytes)


def read_visitor(token: str, workspace: UUID) -> UUID | None:
    """The person a token names; None when it is not ours or of another workspace."""
    try:
        raw = secrets.verify(VISITOR, token)
    except secrets.BadToken:
        return None
    return UUID(bytes=raw[16:]) if len(raw) == 32 and raw[:16] == workspace.bytes else None


def read_unsubscribe(token: str) -> Unsubscribe:
    """What the token names; BadToken when it was not made by us."""
    raw = secrets.verify(PURPOSE, token)
    if len(raw) != 48 + _HASH:
        raise secrets.BadToken()
    return Unsubscribe(UUID(bytes=raw[:16]), raw[48:], UUID(bytes=raw[16:32]), UUID(bytes=raw[32:48]))
