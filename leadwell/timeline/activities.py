"""The shape of one thing that happened."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from leadwell.base.fixed import fixed

Kind = Literal[
    "CALL", "EMAIL", "MEETING", "NOTE", "TASK_DONE", "FORM", "PAGE_VIEW", "OPEN", "CLICK", "REPLY", "BOUNCE", "UNSUBSCRIBE",
    "COMPLAINT", "PURCHASE", "TICKET", "USAGE", "SURVEY", "STATUS_CHANGE", "STAGE_CHANGE", "CONVERSION", "IMPORT", "SYSTEM",
]  # fmt: skip
Participant = UUID | tuple[UUID, str]
Link = tuple[str, UUID]


@fixed
class NewActivity:
    """`participants` are people, each with a role (ABOUT when none is given: FROM TO CC ORGANIZER ATTENDEE); `links` are ("Lead", id) and
    the like; at least one of either. `at` is when it happened (now when None). With `source` and `external_id` it is recorded once; `id` is
    given by whoever has claimed that key for it already."""

    kind: Kind
    participants: Sequence[Participant] = ()
    links: Sequence[Link] = ()
    at: datetime | None = None
    subject: str | None = None
    body: str | None = None
    outcome: str | None = None
    direction: Literal["INBOUND", "OUTBOUND"] | None = None
    duration_seconds: int | None = None
    automated: bool = False
    reading: Literal["HUMAN", "UNCERTAIN", "MACHINE"] = "HUMAN"
    source: str | None = None
    external_id: str | None = None
    user_id: UUID | None = None
    send_id: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    id: UUID | None = None

    @property
    def key(self) -> tuple[str, str] | None:
        """What makes it the same activity when it is told twice."""
        return (self.source, self.external_id) if self.source and self.external_id else None

    @property
    def people(self) -> dict[UUID, str]:
        """Each participant once, with the role."""
        pairs = (one if isinstance(one, tuple) else (one, "ABOUT") for one in self.participants)
        return dict(pairs)
