"""What callers say about sequences and who is in them."""

from typing import Any

import strawberry

from api.act import KEY, VERSION, id_of, ids_of
from api.grammar import GRAMMAR
from models.columns import Choice
from models.leads import Intent
from models.sequences import SequenceAudience, SequenceReentry


class StepKind(Choice):
    """What a step does."""

    EMAIL = "EMAIL", "Sends a mail and waits for its outcome."
    WAIT = "WAIT", "Waits for a time."
    EXIT = "EXIT", "Ends the sequence."


class ExitReason(Choice):
    """What makes people leave a sequence at once."""

    REPLY = "REPLY", "They answered a mail."
    HAND_RAISE = "HAND_RAISE", "They asked to be spoken to while they were in it."
    UNSUBSCRIBE = "UNSUBSCRIBE", "They opted out."
    CONVERSION = "CONVERSION", "Their lead was converted."
    JUNK = "JUNK", "Their lead turned out to be junk."
    HARD_BOUNCE = "HARD_BOUNCE", "Their address does not exist."
    COMPLAINT = "COMPLAINT", "They complained about mail."


class Fate(Choice):
    """What became of a mail whose fate was unknown."""

    SENT = "SENT", "It left."
    NOT_SENT = "NOT_SENT", "It did not leave, and will not."


for choices in (Intent, SequenceAudience, SequenceReentry, StepKind, ExitReason, Fate):
    GRAMMAR.enum(choices)


@strawberry.input(description="One step of a sequence.")
class StepInput:
    kind: StepKind = strawberry.field(description="What it does.")
    id: str | None = strawberry.field(default=None, description="A short name of yours; numbered if left out.")
    template_id: strawberry.ID | None = strawberry.field(default=None, description="Of an EMAIL: the template.")
    duration: str | None = strawberry.field(default=None, description='Of a WAIT: how long, as ISO 8601, like "P2D" or "PT4H".')

    def step(self, at: int) -> dict[str, Any]:
        template = None if self.template_id is None else str(id_of(self.template_id, "Template", f"steps.{at}.template_id"))
        said = {"id": self.id, "kind": self.kind.value, "template_id": template, "duration": self.duration}
        return {key: value for key, value in said.items() if value is not None}


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

    def rules(self) -> dict[str, Any]:
        capture, score = self.capture and self.capture.rule(), self.score and {"at_least": self.score.at_least}
        return {key: rule for key, rule in (("capture", capture), ("score", score)) if rule is not None}


@strawberry.input(description="A new sequence, still a draft.")
class CreateSequenceInput:
    name: str = strawberry.field(description="Name people see.")
    topic_id: strawberry.ID = strawberry.field(description="What its mail is about; consent is asked for this topic.")
    steps: list[StepInput] = strawberry.field(description="The steps, in order.")
    audience: SequenceAudience = strawberry.field(default=SequenceAudience.LEADS, description="Whom it is meant for.")
    sender_id: strawberry.ID | None = strawberry.field(default=None, description="Who its mail is from; the default sender if left out.")
    entry: SequenceEntryInput | None = strawberry.field(default=None, description="When people enter by themselves; never if left out.")
    exit_on: list[ExitReason] | None = strawberry.field(default=None, description="What makes people leave at once; everything if left out.")
    reentry: SequenceReentry = strawberry.field(default=SequenceReentry.NEVER, description="Whether a person may come again.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="New steps for a sequence; what is live stays live until they are published.")
class ChangeSequenceStepsInput:
    id: strawberry.ID = strawberry.field(description="The sequence.")
    steps: list[StepInput] = strawberry.field(description="All steps, in order.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which sequence.")
class SequenceInput:
    id: strawberry.ID = strawberry.field(description="The sequence.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Who shall enter which sequence; at most 500 at a time.")
class EnrollInput:
    sequence_id: strawberry.ID = strawberry.field(description="A live sequence.")
    person_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="People.")
    lead_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Leads, standing for the people behind them.")
    contact_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Contacts, standing for the people behind them.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which enrollment.")
class RemoveEnrollmentInput:
    id: strawberry.ID = strawberry.field(description="The enrollment.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A held mail and what became of it.")
class ResolveSendInput:
    id: strawberry.ID = strawberry.field(description="The send; it must be AMBIGUOUS.")
    fate: Fate = strawberry.field(description="What became of it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
