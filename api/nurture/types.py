"""What nurture answers beside sequences, enrollments and sends."""

from datetime import datetime
from typing import Any

import strawberry

from leadwell import nurture
from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG


@strawberry.type(description="One mail planned for a person, and why it is where it is.")
class LedgerLine:
    send_id: strawberry.ID = strawberry.field(description="The send.")
    state: str = strawberry.field(description="PLANNED SENDING SENT REJECTED DEFERRED AMBIGUOUS SKIPPED.")
    reason: str | None = strawberry.field(description="The rule that held it, for programs.")
    explanation: str = strawberry.field(description="Why, in words.")
    subject: str | None = strawberry.field(description="Subject as rendered.")
    address: str | None = strawberry.field(description="The address written to; null for viewers without access to contact data.")
    sequence: str | None = strawberry.field(description="Name of the sequence.")
    template: str | None = strawberry.field(description="Name of the template.")
    step: str = strawberry.field(description="Step of the sequence.")
    visit: int = strawberry.field(description="Which visit of that step.")
    planned_at: datetime = strawberry.field(description="When it was planned.")
    sending_at: datetime | None = strawberry.field(description="When it was handed over.")
    ended_at: datetime | None = strawberry.field(description="When its fate was known.")
    replied_at: datetime | None = strawberry.field(description="When it was answered.")
    reply: str | None = strawberry.field(description="The mail server's last words.")
    waiting_for: str | None = strawberry.field(description="The last error of a mail that is still to go.")

    @classmethod
    def of(cls, line: nurture.Line, *, with_address: bool) -> "LedgerLine":
        values: dict[str, Any] = {field: getattr(line, field) for field in line.__slots__}
        values["send_id"] = strawberry.ID(encode_id(CATALOG["Send"].tag, line.send_id))
        if not with_address:
            values["address"] = None
        return cls(**values)


@strawberry.type(description="What keeps a sequence from running.")
class SequenceFlaw:
    step: int | None = strawberry.field(description="Index of the step, from 0; null: the whole sequence.")
    message: str = strawberry.field(description="What it is.")
    fix: str = strawberry.field(description="What to do about it.")
