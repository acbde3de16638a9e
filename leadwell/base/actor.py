"""Who acts: carried by every transaction and written on every event."""

from dataclasses import field, replace
from typing import Literal
from uuid import UUID

from leadwell.base.fixed import fixed
from leadwell.base.ids import uuid7


@fixed
class Actor:
    """One workspace and whoever acts in it. `cause_id` and `hops` chain automation to the event that set it off. Who acts `quiet` (imports,
    backfills) wakes nobody: what they note is marked quiet, and the work they put is bulk and quiet too. `loud` names the effects that were
    asked for all the same (WEBHOOKS, NOTIFICATIONS, SEQUENCES). What follows from a `bulk` change waits behind what somebody waits for."""

    workspace: UUID
    kind: Literal["USER", "KEY", "SYSTEM", "PERSON"]
    id: UUID | None = None
    request_id: str = field(default_factory=lambda: uuid7().hex)
    credential: str | None = None
    cause_id: UUID | None = None
    hops: int = 0
    quiet: bool = False
    loud: frozenset[str] = frozenset()
    bulk: bool = False

    @classmethod
    def system(cls, workspace: UUID, *, quiet: bool = False) -> "Actor":
        return cls(workspace, "SYSTEM", quiet=quiet)

    def caused_by(self, event_id: UUID, hops: int) -> "Actor":
        return replace(self, cause_id=event_id, hops=hops)

    @property
    def user(self) -> UUID | None:
        """The user's id when a person at a screen acts."""
        return self.id if self.kind == "USER" else None

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind
