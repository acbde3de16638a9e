"""What callers say about the steps of a sequence."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from api.act import id_of, ids_of
from api.grammar import GRAMMAR
from models.columns import Choice
from models.sequences import Happening


class StepKind(Choice):
    """What a step does."""

    EMAIL = "EMAIL", "Sends a mail and waits for its outcome."
    WAIT = "WAIT", "Waits for a time, or for something to happen."
    BRANCH = "BRANCH", "Leads on by what is known of the person; whoever fits no path goes to the next step."
    SPLIT = "SPLIT", "Leads on by chance, a person always the same way."
    TASK = "TASK", "Makes a task, and waits for it or goes on."
    FIELD = "FIELD", "Writes fields of the person, their open lead or their contact."
    SEGMENT = "SEGMENT", "Puts the person on a list, or takes them off it."
    START = "START", "Lets the person enter another sequence."
    WEBHOOK = "WEBHOOK", "Tells other systems: endpoints for sequence.stepped get it."
    NOTIFY = "NOTIFY", "Tells a user, or the owner."
    GOAL = "GOAL", "Marks a goal as reached, and ends the sequence unless it goes on."
    EXIT = "EXIT", "Ends the sequence."


class SenderKind(Choice):
    """Who a mail is from."""

    OWNER = "OWNER", "Whoever owns the lead or contact; the sequence's sender where they have none."
    FIXED = "FIXED", "One sender."
    ROTATING = "ROTATING", "One of several, for a person always the same."


class MailThread(Choice):
    """Whether a mail begins a conversation."""

    NEW = "NEW", "A conversation of its own."
    REPLY = "REPLY", "An answer to the mail sent before in the sequence."


class Weekday(Choice):
    """A day of the week."""

    MON = "MON", "Monday."
    TUE = "TUE", "Tuesday."
    WED = "WED", "Wednesday."
    THU = "THU", "Thursday."
    FRI = "FRI", "Friday."
    SAT = "SAT", "Saturday."
    SUN = "SUN", "Sunday."


class ListAction(Choice):
    """What becomes of a person on a list."""

    ADD = "ADD", "They come on it."
    REMOVE = "REMOVE", "They go off it."


for choices in (StepKind, SenderKind, MailThread, Weekday, ListAction, Happening):
    GRAMMAR.enum(choices)


def said(input: Any, *names: str) -> dict[str, Any]:
    """The plain fields that were given."""
    values = {name: getattr(input, name) for name in names}
    return {name: getattr(value, "value", value) for name, value in values.items() if value is not None}


@strawberry.input(description="Who a mail is from.")
class StepSenderInput:
    kind: SenderKind = strawberry.field(description="How it is chosen.")
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="The sender of FIXED, the senders of ROTATING.")

    def rule(self, at: str) -> dict[str, Any]:
        ids = {"ids": list(map(str, ids_of(self.ids, "Sender", f"{at}.ids")))} if self.ids is not None else {}
        return {"kind": self.kind.value, **ids}


@strawberry.input(description="A time of day where the person is.")
class LocalTimeInput:
    time: str = strawberry.field(description='As a clock shows it, like "09:30".')
    weekdays: list[Weekday] | None = strawberry.field(default=None, description="On these days; on any if left out.")

    def rule(self) -> dict[str, Any]:
        return {"time": self.time, **({"weekdays": [day.value for day in self.weekdays]} if self.weekdays else {})}


@strawberry.input(description="Something that happens to a person.")
class StepEventInput:
    kind: Happening = strawberry.field(description="What.")
    step: str | None = strawberry.field(default=None, description="Of OPENED, CLICKED, REPLIED: the mail of this step alone.")
    within: str | None = strawberry.field(default=None, description='In a BRANCH: within this time, as ISO 8601, like "P30D"; ever, if left out.')

    def rule(self) -> dict[str, Any]:
        return said(self, "kind", "step", "within")


@strawberry.input(description="A path of a BRANCH: one of where, scoreAtLeast and event says who takes it.")
class StepPathInput:
    next: str = strawberry.field(description="Id of the step it leads to.")
    name: str | None = strawberry.field(default=None, description="How it is called in figures.")
    noun: str | None = strawberry.field(default=None, description="What where filters: Person (if left out), Lead (the open one) or Contact.")
    where: JSON | None = strawberry.field(default=None, description="The filter of the noun's list, as JSON.")
    score_at_least: int | None = strawberry.field(default=None, description="A score of at least this.")
    event: StepEventInput | None = strawberry.field(default=None, description="It has happened.")

    def rule(self) -> dict[str, Any]:
        score = {"score": {"at_least": self.score_at_least}} if self.score_at_least is not None else {}
        event = {"event": self.event.rule()} if self.event else {}
        return {**said(self, "next", "name", "noun", "where"), **score, **event}


@strawberry.input(description="A part of a SPLIT, or a variant of an EMAIL.")
class StepVariantInput:
    name: str | None = strawberry.field(default=None, description="How it is called in figures; A, B, C if left out.")
    weight: int = strawberry.field(default=1, description="Its share, beside those of the others.")
    next: str | None = strawberry.field(default=None, description="SPLIT: id of the step it leads to; the next one if left out.")
    template_id: strawberry.ID | None = strawberry.field(default=None, description="EMAIL: the template.")

    def rule(self, at: str) -> dict[str, Any]:
        template = {} if self.template_id is None else {"template_id": str(id_of(self.template_id, "Template", f"{at}.template_id"))}
        return {**said(self, "name", "weight", "next"), **template}


@strawberry.input(description="One step of a sequence.")
class StepInput:
    kind: StepKind = strawberry.field(description="What it does.")
    id: str | None = strawberry.field(default=None, description="A short name of yours for programs; numbered if left out.")
    name: str | None = strawberry.field(default=None, description="How people call it.")
    next: str | None = strawberry.field(default=None, description="Id of the step that follows; the next one in order if left out.")
    template_id: strawberry.ID | None = strawberry.field(default=None, description="EMAIL: the template.")
    sender: StepSenderInput | None = strawberry.field(default=None, description="EMAIL: who it is from; the sequence's sender if left out.")
    thread: MailThread | None = strawberry.field(default=None, description="EMAIL: NEW if left out.")
    window_id: strawberry.ID | None = strawberry.field(default=None, description="EMAIL: its own hours; the sequence's if left out.")
    duration: str | None = strawberry.field(default=None, description='WAIT: how long, as ISO 8601, like "P2D" or "PT4H".')
    business_days: int | None = strawberry.field(default=None, description="WAIT: so many days of the send window's, else Monday to Friday.")
    until: datetime | None = strawberry.field(default=None, description="WAIT: until this instant.")
    local: LocalTimeInput | None = strawberry.field(default=None, description="WAIT: until a time of day where the person is.")
    event: StepEventInput | None = strawberry.field(default=None, description="WAIT: until it happens.")
    timeout: str | None = strawberry.field(default=None, description="WAIT for an event: how long at most, as ISO 8601.")
    timeout_next: str | None = strawberry.field(default=None, description="WAIT for an event: the step that follows when it has not happened.")
    paths: list[StepPathInput] | None = strawberry.field(default=None, description="BRANCH: its paths; the first that fits is taken.")
    variants: list[StepVariantInput] | None = strawberry.field(
        default=None, description="SPLIT: its parts. EMAIL: its variants, of which a person gets always the same one.")
    title: str | None = strawberry.field(default=None, description="TASK, NOTIFY: what it says.")
    body: str | None = strawberry.field(default=None, description="TASK: more of it.")
    task_kind: str | None = strawberry.field(default=None, description="TASK: TODO (if left out), CALL or EMAIL.")
    days: int | None = strawberry.field(default=None, description="TASK: due so many days later.")
    user_id: strawberry.ID | None = strawberry.field(default=None, description="TASK, NOTIFY: whose it is; the owner's if left out.")
    wait: bool | None = strawberry.field(default=None, description="TASK: whether people wait here until it is done or canceled.")
    noun: str | None = strawberry.field(default=None, description="FIELD: Person (if left out), Lead (the open one) or Contact.")
    set: JSON | None = strawberry.field(default=None, description="FIELD: fields and their values, as JSON; null clears.")
    segment_id: strawberry.ID | None = strawberry.field(default=None, description="SEGMENT: the list, which is kept by hand.")
    action: ListAction | None = strawberry.field(default=None, description="SEGMENT: ADD if left out.")
    sequence_id: strawberry.ID | None = strawberry.field(default=None, description="START: the sequence.")
    event_name: str | None = strawberry.field(default=None, description="WEBHOOK: what others know it by.")
    goes_on: bool | None = strawberry.field(default=None, description="GOAL: whether people go on.")

    def step(self, at: int) -> dict[str, Any]:
        place = f"steps.{at}"
        named = {name: (getattr(self, f"{name}_id"), noun) for name, noun in NAMED.items()}
        ids = {f"{name}_id": str(id_of(id, noun, f"{place}.{name}_id")) for name, (id, noun) in named.items() if id is not None}
        until = {"until": self.until.isoformat()} if self.until else {}
        sender = {"sender": self.sender.rule(f"{place}.sender")} if self.sender else {}
        rules = {name: one.rule() for name, one in (("local", self.local), ("event", self.event)) if one}
        lists: dict[str, Any] = {"paths": [one.rule() for one in self.paths]} if self.paths is not None else {}
        if self.variants is not None:
            lists["variants"] = [one.rule(f"{place}.variants.{i}") for i, one in enumerate(self.variants)]
        return {**said(self, *PLAIN), **ids, **until, **sender, **rules, **lists}


NAMED = {"template": "Template", "user": "User", "segment": "Segment", "sequence": "Sequence", "window": "SendWindow"}
PLAIN = (
    "id", "kind", "name", "next", "thread", "duration", "business_days", "timeout", "timeout_next", "title", "body", "task_kind", "days", "wait", "noun", "set",
    "action", "event_name", "goes_on",
)  # fmt: skip
