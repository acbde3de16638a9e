"""What callers say about sequences and who is in them."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, given, id_of, ids_of
from api.grammar import GRAMMAR
from api.nurture.steps import StepInput
from models.columns import Choice
from models.leads import Intent
from models.sequences import CompanyReply, Exclusivity, Happening, SequenceAudience, SequenceReentry


class ExitReason(Choice):
    """What makes people leave a sequence at once."""

    REPLY = "REPLY", "They answered a mail."
    HAND_RAISE = "HAND_RAISE", "They asked to be spoken to while they were in it."
    MEETING_BOOKED = "MEETING_BOOKED", "A meeting with them was scheduled."
    DEAL_OPENED = "DEAL_OPENED", "A deal with them was made."
    OWNER_TOOK_OVER = "OWNER_TOOK_OVER", "Somebody of yours accepted the lead, or called, wrote to or met them."
    UNSUBSCRIBE = "UNSUBSCRIBE", "They opted out."
    CONVERSION = "CONVERSION", "Their lead was converted."
    JUNK = "JUNK", "Their lead turned out to be junk."
    HARD_BOUNCE = "HARD_BOUNCE", "Their address does not exist."
    COMPLAINT = "COMPLAINT", "They complained about mail."


class CatchUp(Choice):
    """What becomes of what was due during a pause."""

    SEND = "SEND", "It is done now."
    SPREAD = "SPREAD", "It is done bit by bit."
    SKIP = "SKIP", "Its mail is left out, and people go on as if time had passed."


class MigrationAction(Choice):
    """What becomes of people at a step of an older version."""

    STAY = "STAY", "They go on in their version."
    MOVE = "MOVE", "They go to a step of the new version; a wait counts from when they came to theirs."
    RESTART = "RESTART", "They begin the new version."
    EXIT = "EXIT", "They leave."


class Fate(Choice):
    """What became of a mail whose fate was unknown."""

    SENT = "SENT", "It left."
    NOT_SENT = "NOT_SENT", "It did not leave, and will not."


for choices in (Intent, SequenceAudience, SequenceReentry, Exclusivity, CompanyReply, ExitReason, CatchUp, MigrationAction, Fate):
    GRAMMAR.enum(choices)


@strawberry.input(description="Which submissions enter a sequence; every list that is given must name what came.")
class CaptureEntryInput:
    intents: list[Intent] | None = strawberry.field(default=None, description="Intents that enter.")
    source_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Sources that enter.")
    form_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Forms that enter.")

    def rule(self) -> dict[str, Any]:
        said = {
            "intents": self.intents and [i.value for i in self.intents],
            "source_ids": self.source_ids and list(map(str, ids_of(self.source_ids, "Source", "entry.capture.source_ids"))),
            "form_ids": self.form_ids and list(map(str, ids_of(self.form_ids, "Form", "entry.capture.form_ids"))),
        }
        return {key: value for key, value in said.items() if value}


@strawberry.input(description="Which scores enter a sequence.")
class ScoreEntryInput:
    at_least: int = strawberry.field(description="The score from which a crossed threshold enters.")


@strawberry.input(description="When people enter by themselves.")
class SequenceEntryInput:
    capture: CaptureEntryInput | None = strawberry.field(default=None, description="By a submission.")
    score: ScoreEntryInput | None = strawberry.field(default=None, description="By crossing a score.")
    events: list[Happening] | None = strawberry.field(default=None, description="By something that happens to them.")
    segment_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="By coming into one of these segments.")

    def rules(self) -> dict[str, Any]:
        segments = self.segment_ids and {"segment_ids": list(map(str, ids_of(self.segment_ids, "Segment", "entry.segment_ids")))}
        said = {
            "capture": self.capture and self.capture.rule(), "score": self.score and {"at_least": self.score.at_least},
            "event": self.events and {"kinds": [kind.value for kind in self.events]}, "segment": segments or None,
        }
        return {key: rule for key, rule in said.items() if rule is not None}


@strawberry.input(description="What a sequence is for: one of event and where. Whoever gets there leaves.")
class SequenceGoalInput:
    event: Happening | None = strawberry.field(default=None, description="It happens to them.")
    where: JSON | None = strawberry.field(default=None, description="They match this filter, as in lists, as JSON.")
    noun: str | None = strawberry.field(default=None, description="What where filters: Person (if left out), Lead (the open one) or Contact.")

    def rule(self) -> dict[str, Any]:
        said = {"event": self.event and self.event.value, "where": self.where, "noun": self.noun}
        return {key: value for key, value in said.items() if value is not None}


@strawberry.input(description="A new sequence, still a draft.")
class CreateSequenceInput:
    name: str = strawberry.field(description="Name people see.")
    topic_id: strawberry.ID = strawberry.field(description="What its mail is about; consent is asked for this topic.")
    steps: list[StepInput] = strawberry.field(description="The steps, in order.")
    audience: SequenceAudience = strawberry.field(default=SequenceAudience.LEADS, description="Whom it is meant for.")
    sender_id: strawberry.ID | None = strawberry.field(default=None, description="Who its mail is from; the default sender if left out.")
    entry: SequenceEntryInput | None = strawberry.field(default=None, description="When people enter by themselves; never if left out.")
    exit_on: list[ExitReason] | None = strawberry.field(
        default=None, description="What makes people leave at once; everything if left out, conversion only where it is for LEADS.")
    reentry: SequenceReentry = strawberry.field(default=SequenceReentry.NEVER, description="Whether a person may come again.")
    reentry_days: int | None = strawberry.field(default=None, description="How many days after having left, at least.")
    goal: SequenceGoalInput | None = strawberry.field(default=None, description="What it is for.")
    exclusivity: Exclusivity = strawberry.field(default=Exclusivity.NONE, description="Which other sequences people and their addresses may be in.")
    company_reply: CompanyReply = strawberry.field(default=CompanyReply.NOTHING, description="What an answer does to others of the same company.")
    touch_gap_hours: int | None = strawberry.field(default=None, description="How many hours must lie between the last touch and entering.")
    sunset_days: int | None = strawberry.field(default=None, description="After how many days of mail without a sign of life people leave.")
    window_id: strawberry.ID | None = strawberry.field(default=None, description="The hours in which its mail leaves; the workspace's if left out.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a sequence. Settings hold at once; steps become the draft, and what is live stays live until it is published.")
class UpdateSequenceDraftInput:
    id: strawberry.ID = strawberry.field(description="The sequence.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    topic_id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="What its mail is about.")
    steps: strawberry.Maybe[list[StepInput]] = strawberry.field(description="All steps, in order.")
    audience: strawberry.Maybe[SequenceAudience] = strawberry.field(description="Whom it is meant for.")
    sender_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="Who its mail is from; null: the default sender.")
    entry: strawberry.Maybe[SequenceEntryInput | None] = strawberry.field(description="When people enter by themselves; null: never.")
    exit_on: strawberry.Maybe[list[ExitReason] | None] = strawberry.field(description="What makes people leave at once; null: everything.")
    reentry: strawberry.Maybe[SequenceReentry] = strawberry.field(description="Whether a person may come again.")
    reentry_days: strawberry.Maybe[int | None] = strawberry.field(description="How many days after having left, at least.")
    goal: strawberry.Maybe[SequenceGoalInput | None] = strawberry.field(description="What it is for; null: nothing that could be told.")
    exclusivity: strawberry.Maybe[Exclusivity] = strawberry.field(description="Which other sequences people and their addresses may be in.")
    company_reply: strawberry.Maybe[CompanyReply] = strawberry.field(description="What an answer does to others of the same company.")
    touch_gap_hours: strawberry.Maybe[int | None] = strawberry.field(description="How many hours must lie between the last touch and entering.")
    sunset_days: strawberry.Maybe[int | None] = strawberry.field(description="After how many days of mail without a sign of life people leave.")
    window_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="The hours in which its mail leaves; null: the workspace's.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


SETTINGS = (
    "name", "topic_id", "audience", "sender_id", "entry", "exit_on", "reentry", "reentry_days", "goal", "exclusivity", "company_reply", "touch_gap_hours",
    "sunset_days", "window_id",
)  # fmt: skip


def settings(input: UpdateSequenceDraftInput) -> dict[str, Any]:
    """The settings that were sent, as nurture reads them."""
    sent = given(input, *SETTINGS)
    for name, noun in (("topic_id", "Topic"), ("sender_id", "Sender"), ("window_id", "SendWindow")):
        if sent.get(name) is not None:
            sent[name] = id_of(sent[name], noun, name)
    if "entry" in sent:
        sent["entry"] = sent["entry"].rules() if sent["entry"] else {}
    if sent.get("goal") is not None:
        sent["goal"] = sent["goal"].rule()
    if sent.get("exit_on") is not None:
        sent["exit_on"] = [reason.value for reason in sent["exit_on"]]
    return {name: getattr(value, "value", value) for name, value in sent.items()}


@strawberry.input(description="Which sequence.")
class SequenceInput:
    id: strawberry.ID = strawberry.field(description="The sequence.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A sequence that goes on.")
class ResumeSequenceInput(SequenceInput):
    catch_up: CatchUp = strawberry.field(default=CatchUp.SEND, description="What becomes of what was due meanwhile.")
    per_hour: int = strawberry.field(default=100, description="SPREAD: how many people go on in an hour.")


@strawberry.input(description="A sequence that is put away.")
class ArchiveSequenceInput(SequenceInput):
    leaving: bool = strawberry.field(default=False, description="Whether people who are in it leave; refused otherwise while there are any.")


@strawberry.input(description="What becomes of people who stand at a step of an older version.")
class MigrationStepInput:
    step: str = strawberry.field(description="Id of the step they stand at.")
    action: MigrationAction = strawberry.field(default=MigrationAction.MOVE, description="What becomes of them.")
    to: str | None = strawberry.field(default=None, description="MOVE: id of a step of the new version; the one of the same id if left out.")


@strawberry.input(description="How a draft would go live.")
class PreviewPublishInput:
    id: strawberry.ID = strawberry.field(description="The sequence.")
    plan: list[MigrationStepInput] | None = strawberry.field(default=None, description="What becomes of people under way; at steps not named they stay.")
    ramp_per_hour: int | None = strawberry.field(default=None, description="How many of those who would be due at once are let go in an hour.")


@strawberry.input(description="A draft that goes live.")
class PublishSequenceInput(PreviewPublishInput):
    plan_hash: str | None = strawberry.field(default=None, description="Of the preview that was looked at: anything else is refused.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Who shall enter which sequence; at most 500 at a time.")
class EnrollInput:
    sequence_id: strawberry.ID = strawberry.field(description="A live sequence.")
    person_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="People.")
    lead_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Leads, standing for the people behind them.")
    contact_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Contacts, standing for the people behind them.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Everybody behind the records that match a filter shall enter a sequence.")
class EnrollByFilterInput:
    sequence_id: strawberry.ID = strawberry.field(description="A live sequence.")
    noun: str = strawberry.field(default="Lead", description="Person, Lead or Contact.")
    where: JSON | None = strawberry.field(default=None, description="The filter of the noun's list, as JSON.")
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Only these; with no filter, all of these.")
    expected_count: int = strawberry.field(description="How many you expect to match, as previewChangeSet counts them; refused when it is another number.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Who leaves; at most 500 at a time.")
class UnenrollInput:
    ids: list[strawberry.ID] = strawberry.field(description="Enrollments.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Who is taken out of a sequence and kept out; at most 500 at a time.")
class RemoveFromSequenceInput:
    sequence_id: strawberry.ID = strawberry.field(description="The sequence.")
    person_ids: list[strawberry.ID] = strawberry.field(description="People, whether they are in it or not.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An enrollment that waits.")
class PauseEnrollmentInput:
    id: strawberry.ID = strawberry.field(description="The enrollment.")
    until: datetime | None = strawberry.field(default=None, description="When it goes on by itself; when somebody resumes it, if left out.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An enrollment that goes on.")
class ResumeEnrollmentInput:
    id: strawberry.ID = strawberry.field(description="The enrollment.")
    catch_up: CatchUp = strawberry.field(default=CatchUp.SEND, description="What becomes of what was due meanwhile; SPREAD is SEND for one person.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A held mail and what became of it.")
class ResolveSendInput:
    id: strawberry.ID = strawberry.field(description="The send; it must be AMBIGUOUS.")
    fate: Fate = strawberry.field(description="What became of it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
