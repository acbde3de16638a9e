"""What a sequence is told beside its steps: whom it takes, when, and when it lets them go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from leadwell.base.refusals import Refusal
from leadwell.base.rows import Named
from leadwell.nurture.goals import goal_flaws
from leadwell.nurture.happening import DOORS as ENTERED_BY
from leadwell.nurture.refusals import BadSetting, UnknownChoice
from leadwell.nurture.shape import Step

AUDIENCES, REENTRIES = ("LEADS", "CONTACTS", "BOTH"), ("NEVER", "AFTER_EXIT")
EXCLUSIVITIES, COMPANY_REPLIES = ("NONE", "EXCLUSIVE", "ALONE"), ("NOTHING", "PAUSE", "EXIT")
EXIT_REASONS = (
    "REPLY", "HAND_RAISE", "MEETING_BOOKED", "DEAL_OPENED", "OWNER_TOOK_OVER", "UNSUBSCRIBE", "CONVERSION", "JUNK", "HARD_BOUNCE", "COMPLAINT",
)  # fmt: skip
INTENTS = ("HAND_RAISE", "CONTENT", "EVENT", "SUBSCRIBE")
ENTRIES = ("capture", "score", "event", "segment")
CHOICES: Mapping[str, Sequence[str]] = {"audience": AUDIENCES, "reentry": REENTRIES, "exclusivity": EXCLUSIVITIES, "company_reply": COMPANY_REPLIES}
MOST: Mapping[str, int] = {"reentry_days": 3660, "touch_gap_hours": 1000, "sunset_days": 3660}
COLUMNS = (
    "name", "topic_id", "audience", "sender_id", "entry", "exit_on", "reentry", "reentry_days", "goal", "exclusivity", "company_reply", "touch_gap_hours",
    "sunset_days", "window_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewSequence:
    """`entry` is {"capture": {"intents", "source_ids", "form_ids"}, "score": {"at_least"}, "event": {"kinds"}, "segment": {"segment_ids"}}; `exit_on` None
    means every reason (conversion only where the sequence is for leads); `goal` {"event"} or {"where", "noun"}."""

    name: str
    topic_id: UUID
    steps: Sequence[Step]
    audience: str = "LEADS"
    sender_id: UUID | None = None
    entry: Mapping[str, Any] = field(default_factory=dict[str, Any])
    exit_on: Sequence[str] | None = None
    reentry: str = "NEVER"
    reentry_days: int | None = None
    goal: Mapping[str, Any] | None = None
    exclusivity: str = "NONE"
    company_reply: str = "NOTHING"
    touch_gap_hours: int | None = None
    sunset_days: int | None = None
    window_id: UUID | None = None

    def columns(self) -> dict[str, Any]:
        return read({name: getattr(self, name) for name in COLUMNS})


def exits_of(audience: str) -> list[str]:
    """What ends a sequence unless it is chosen: everything; only one for leads ends at conversion."""
    return [reason for reason in EXIT_REASONS if reason != "CONVERSION" or audience == "LEADS"]


def read(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they are kept. UnknownChoice, BadSetting."""
    values = dict(given)
    for name, choices in CHOICES.items():
        if name in values:
            _one_of(name, values[name], choices)
    for name, most in MOST.items():
        if values.get(name) is not None and not 0 < values[name] <= most:
            raise BadSetting(field=name, why=f"{name} is no number from 1 to {most}", fix="Leave it out, or give another.")
    if "exit_on" in values:
        values["exit_on"] = exits_of(str(values.get("audience"))) if values["exit_on"] is None else list(values["exit_on"])
        for reason in values["exit_on"]:
            _one_of("exit_on", reason, EXIT_REASONS)
    if "entry" in values:
        _entry(values["entry"])
    for flaw in goal_flaws(values.get("goal")):
        raise BadSetting(field="goal", why=flaw.message, fix=flaw.fix)
    if "name" in values:
        values["name"] = str(values["name"]).strip()
    return values


def _entry(entry: Mapping[str, Any]) -> None:
    for name in entry:
        _one_of("entry", name, ENTRIES)
    for intent in _rule(entry, "capture").get("intents") or ():
        _one_of("entry.capture.intents", intent, INTENTS)
    for kind in _rule(entry, "event").get("kinds") or ():
        _one_of("entry.event.kinds", kind, ENTERED_BY)


def _rule(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", entry.get(name) or {})


def _one_of(name: str, value: Any, choices: Sequence[str]) -> None:
    if value not in choices:
        raise _unknown(name, value, choices)


def _unknown(name: str, value: Any, choices: Sequence[str]) -> Refusal:
    return UnknownChoice(field=name, value=value, fix="Take one of " + ", ".join(choices) + ".")


DOORS = (("capture", "source", "sources", "source_ids"), ("capture", "form", "forms", "form_ids"), ("segment", "segment", "segments", "segment_ids"))


def doors_of(entry: Mapping[str, Any]) -> list[Named]:
    """The records at its doors."""
    return [
        Named(noun, table, UUID(str(id)), f"entry.{door}.{name}.{at}")
        for door, noun, table, name in DOORS for at, id in enumerate(_rule(entry, door).get(name) or ())
    ]  # fmt: skip
