"""What nurture answers beside sequences, enrollments and sends."""

from datetime import datetime
from typing import Any

import strawberry

from api.broadcasts.queries import VariantComparison
from leadwell import nurture
from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG


@strawberry.type(description="One mail planned for a person, and why it is where it is.")
class LedgerLine:
    send_id: strawberry.ID = strawberry.field(description="The send.")
    mail_class: str = strawberry.field(description="SEQUENCE BROADCAST ONE_TO_ONE TEST.")
    state: str = strawberry.field(description="PLANNED SENDING SENT REJECTED DEFERRED AMBIGUOUS SKIPPED.")
    reason: str | None = strawberry.field(description="The rule that held it, for programs.")
    explanation: str = strawberry.field(description="Why, in words.")
    subject: str | None = strawberry.field(description="Subject as rendered.")
    address: str | None = strawberry.field(description="The address written to; null for viewers without access to contact data.")
    sequence: str | None = strawberry.field(description="Name of the sequence.")
    broadcast: str | None = strawberry.field(description="Name of the broadcast.")
    template: str | None = strawberry.field(description="Name of the template.")
    variant: str | None = strawberry.field(description="Name of the variant of the step's mail, or of the broadcast's.")
    step: str = strawberry.field(description="Id of the step of the sequence.")
    step_name: str | None = strawberry.field(description="Name of the step, if it has one.")
    visit: int = strawberry.field(description="Which round.")
    planned_at: datetime = strawberry.field(description="When it was planned.")
    due_at: datetime | None = strawberry.field(description="Not before then; null: as soon as a worker is free, or it is through.")
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
    step_name: str | None = strawberry.field(description="Name of the step, or its id.")
    message: str = strawberry.field(description="What it is.")
    fix: str = strawberry.field(description="What to do about it.")

    @classmethod
    def of(cls, flaw: nurture.Flaw) -> "SequenceFlaw":
        return cls(step=flaw.at, step_name=flaw.step, message=flaw.message, fix=flaw.fix)


@strawberry.type(description="People at a step of an older version, and what becomes of them.")
class StepMigration:
    step: str = strawberry.field(description="Id of the step they stand at.")
    count: int = strawberry.field(description="How many they are.")
    action: str = strawberry.field(description="STAY MOVE RESTART EXIT.")
    to: str | None = strawberry.field(description="Id of the step they go to.")
    released: int = strawberry.field(description="How many of them wait now and would be due at once.")


@strawberry.type(description="What publishing a draft would do.")
class PublishPreview:
    plan_hash: str = strawberry.field(description="For publishSequence, so that nothing else is published than what was looked at.")
    flaws: list[SequenceFlaw] = strawberry.field(description="What keeps it from going live; empty when nothing does.")
    migration: list[StepMigration] = strawberry.field(description="Everybody under way, by the step they stand at.")
    released: int = strawberry.field(description="How many who wait now would be due at once; more than 50 need rampPerHour.")


def kept(found: nurture.Preview) -> dict[str, Any]:
    """A preview as plain values."""
    flaws = [{"at": f.at, "message": f.message, "fix": f.fix, "step": f.step} for f in found.flaws]
    standings = [{name: getattr(s, name) for name in ("step", "count", "action", "to", "released")} for s in found.standings]
    return {"plan_hash": found.plan_hash, "flaws": flaws, "standings": standings, "released": found.released}


def shown(found: dict[str, Any]) -> PublishPreview:
    flaws = [SequenceFlaw(step=f["at"], step_name=f["step"], message=f["message"], fix=f["fix"]) for f in found["flaws"]]
    return PublishPreview(
        plan_hash=found["plan_hash"], flaws=flaws, migration=[StepMigration(**one) for one in found["standings"]], released=found["released"])


@strawberry.type(description="What mail led to, or people came to.")
class FunnelCounts:
    sent: int = strawberry.field(description="Taken by the mail server.")
    delivered: int = strawberry.field(description="Of those, not come back.")
    opened: int = strawberry.field(description="Opened.")
    clicked: int = strawberry.field(description="With a click.")
    replied: int = strawberry.field(description="Answered.")
    exited: int = strawberry.field(description="People who left the sequence.")
    goals: int = strawberry.field(description="People who reached a goal.")


@strawberry.type(description="One measure of a part, against the first part.")
class FunnelTest:
    measure: str = strawberry.field(description="OPENED CLICKED REPLIED GOALS, of the people in the part.")
    reached: int = strawberry.field(description="People who got there.")
    people: int = strawberry.field(description="People in the part.")
    first_reached: int = strawberry.field(description="People of the first part who got there.")
    first_people: int = strawberry.field(description="People in the first part.")
    comparison: VariantComparison = strawberry.field(description="The two-proportion test.")


@strawberry.type(description="A part of a SPLIT, or a variant of an EMAIL.")
class FunnelPart:
    name: str = strawberry.field(description="Its name.")
    people: int = strawberry.field(description="How many took it.")
    counts: FunnelCounts = strawberry.field(description="People, by what came after the split.")
    tests: list[FunnelTest] = strawberry.field(description="Against the first part; none of that one itself.")


@strawberry.type(description="A step of a sequence, and how far people came.")
class FunnelStage:
    step: str = strawberry.field(description="Id of the step.")
    name: str = strawberry.field(description="How people call it.")
    kind: str = strawberry.field(description="What it does.")
    entered: int = strawberry.field(description="People who came to it.")
    standing: int = strawberry.field(description="People who stand there now.")
    counts: FunnelCounts = strawberry.field(description="Its mail, and people who left or reached a goal there.")
    parts: list[FunnelPart] = strawberry.field(description="Of a SPLIT its parts, of an EMAIL its variants.")

    @classmethod
    def of(cls, stage: nurture.Stage) -> "FunnelStage":
        return cls(
            step=stage.step, name=stage.name, kind=stage.kind, entered=stage.entered, standing=stage.standing, counts=FunnelCounts(**stage.counts),
            parts=[_part(one, stage.parts[0]) for one in stage.parts])


def _part(part: nurture.Part, first: nurture.Part) -> FunnelPart:
    tests = [
        FunnelTest(
            measure=name.upper(), reached=part.counts[name], people=part.people, first_reached=first.counts[name], first_people=first.people,
            comparison=VariantComparison.of(found))
        for name, found in part.against.items()
    ]  # fmt: skip
    return FunnelPart(name=part.name, people=part.people, counts=FunnelCounts(**part.counts), tests=tests)
