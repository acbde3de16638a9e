"""What a rule is made of, read and checked without I/O: when, which records, what to do."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from leadwell.automation.refusals import BadAutomation
from leadwell.base.ids import BadId, decode_id
from leadwell.catalog import CATALOG
from leadwell.catalog.kinds import DURATION
from models.segments import Segment

NOUNS = ("Lead", "Contact", "Company", "Deal")
EVENTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "CREATED": {
        "Lead": ("lead.created", "lead.repeated"), "Contact": ("contact.created",), "Company": ("company.created",), "Deal": ("deal.created",),
    },
    "CHANGED": {
        "Lead": ("lead.updated", "lead.assigned", "lead.queued", "lead.moved", "lead.accepted", "lead.attached"), "Contact": ("contact.updated",),
        "Company": ("company.updated",), "Deal": ("deal.updated", "deal.moved"),
    },
    "STATUS_CHANGED": {
        "Lead": ("lead.moved", "lead.accepted", "lead.rejected", "lead.recycled", "lead.junked", "lead.reopened"),
        "Deal": ("deal.moved", "deal.won", "deal.lost"),
    },
    "SCORE_CROSSED": dict.fromkeys(("Lead", "Contact", "Company"), ("score.crossed",)),
    "RESPONSE_BREACHED": {"Lead": ("response.breached",), "Contact": ("response.breached",)},
    "SEGMENT_ENTERED": dict.fromkeys(("Lead", "Contact"), ("segment.entered",)),
    "SEGMENT_LEFT": dict.fromkeys(("Lead", "Contact"), ("segment.left",)),
    "DATE_REACHED": dict.fromkeys(NOUNS, ()),
}  # fmt: skip
OF_PEOPLE = ("SCORE_CROSSED", "SEGMENT_ENTERED", "SEGMENT_LEFT")
"""What happens to a person, and so to the leads or the contact of theirs."""
OF_SEGMENTS = OF_PEOPLE[1:]
WORDS = {"title": 200, "name": 60}
IDS = {"sequenceId": "Sequence", "queueId": "LeadQueue", "userId": "User"}
# What each action may say, and what it must.
ACTIONS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "ENROLL": (frozenset({"sequenceId"}), frozenset({"sequenceId"})), "TASK": (frozenset({"title", "userId", "days"}), frozenset({"title"})),
    "ASSIGN": (frozenset({"queueId", "userId"}), frozenset()), "NOTIFY": (frozenset({"title", "userId"}), frozenset({"title"})),
    "SET": (frozenset({"set"}), frozenset({"set"})), "WEBHOOK": (frozenset({"name"}), frozenset({"name"})),
}  # fmt: skip
MOST_ACTIONS = 10
PARTS = re.compile(r"(\d+)([YMWDHS])")


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do. Ids are decoded; what is left out means the owner of the record."""

    kind: str
    said: Mapping[str, Any]
    ids: Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class Rule:
    """When (`on`, narrowed by `field`, `threshold` or `segment`; of a date by its `field` and `offset`), which records, what to do."""

    noun: str
    on: str
    field: str | None
    threshold: str | None
    offset: timedelta
    where: Mapping[str, Any]
    acts: tuple[Act, ...]
    segment: UUID | None = None

    @property
    def events(self) -> tuple[str, ...]:
        return EVENTS[self.on][self.noun]

    @property
    def of_people(self) -> bool:
        """Whether its events are about somebody whose leads, or contact, it acts on."""
        return self.on in OF_PEOPLE and self.noun != "Company"

    def hears(self, event: Any) -> bool:
        """Whether an event is one that the rule is about."""
        if event["kind"] not in self.events or (self.on == "RESPONSE_BREACHED" and event["noun"] != self.noun):
            return False
        if self.on in OF_PEOPLE and (person_of(event) if self.noun == "Company" else not person_of(event)):
            return False
        if self.on == "SCORE_CROSSED":
            return self.threshold is None or event["data"].get("threshold") == self.threshold
        if self.on in OF_SEGMENTS:
            return self.segment is None or event["data"].get("segment_id") == str(self.segment)
        return self.field is None or snake(self.field) in event["data"].get("changes", {})


def person_of(event: Any) -> UUID | None:
    """Whom an event is about: it says so itself, or in its data."""
    said = event["data"].get("person_id")
    return event["person_id"] or (UUID(said) if said else None)


def snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def parse(rule: Any) -> Rule:
    """{"noun", "when": {"kind", "field", "threshold", "offset", "segmentId"}, "where", "do": [{"kind", ...}]}. BadAutomation, BadId."""
    given = _mapping(rule, "rule")
    _known(given, {"noun", "when", "where", "do"}, "rule")
    noun, when = str(given.get("noun")), _mapping(given.get("when"), "rule.when")
    _known(when, {"kind", "field", "threshold", "offset", "segmentId"}, "rule.when")
    on = str(when.get("kind"))
    if on not in EVENTS:
        raise _bad("rule.when.kind", f"it is not one of {', '.join(EVENTS)}")
    if noun not in EVENTS[on]:
        raise _bad("rule.noun", f"{on} is of {', '.join(EVENTS[on])}")
    where = _mapping(given.get("where") or {}, "rule.where")
    acts = _acts(noun, given.get("do"))
    return Rule(noun, on, _field(noun, on, when), when.get("threshold"), _offset(when.get("offset")), where, acts, _segment(on, when))


def _field(noun: str, on: str, when: Mapping[str, Any]) -> str | None:
    name = when.get("field")
    if on == "DATE_REACHED":
        column = CATALOG[noun].columns.get(str(name))
        if column is None or column.kind not in ("moment", "date") or not column.contract.where:
            raise _bad("rule.when.field", f"{noun} has no date {str(name)[:40]!r}")
    elif name is not None and (on != "CHANGED" or not isinstance(name, str)):
        raise _bad("rule.when.field", "only CHANGED and DATE_REACHED have a field")
    return None if name is None else str(name)


def _segment(on: str, when: Mapping[str, Any]) -> UUID | None:
    """The segment that is entered or left; missing: any."""
    given = when.get("segmentId")
    if given is not None and on not in OF_SEGMENTS:
        raise _bad("rule.when.segmentId", f"only {' and '.join(OF_SEGMENTS)} have a segment")
    return None if given is None else _decoded(given, Segment.tag, "rule.when.segmentId")


def _offset(value: Any) -> timedelta:
    """A duration before (-P3D) or after (P3D) the date; years and months have 365 and 30 days."""
    text = str(value or "P0D")
    if not DURATION.fullmatch(text.removeprefix("-")):
        raise _bad("rule.when.offset", f"{text[:40]!r} is no duration such as P3D or -P3D")
    days, _, hours = text.removeprefix("-").removeprefix("P").partition("T")
    sizes = {"Y": timedelta(days=365), "M": timedelta(days=30), "W": timedelta(weeks=1), "D": timedelta(days=1)}
    short = {"H": timedelta(hours=1), "M": timedelta(minutes=1), "S": timedelta(seconds=1)}
    found = sum((int(n) * of[unit] for part, of in ((days, sizes), (hours, short)) for n, unit in PARTS.findall(part)), timedelta(0))
    if found > timedelta(days=3660):
        raise _bad("rule.when.offset", "it is longer than ten years")
    return -found if text.startswith("-") else found


def _acts(noun: str, given: Any) -> tuple[Act, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not 0 < len(cast("Sequence[Any]", given)) <= MOST_ACTIONS:
        raise _bad("rule.do", f"it is no list of 1 to {MOST_ACTIONS} actions")
    return tuple(_act(noun, one, f"rule.do.{i}") for i, one in enumerate(cast("Sequence[Any]", given)))


def _act(noun: str, given: Any, at: str) -> Act:
    said = dict(_mapping(given, at))
    kind = said.pop("kind", None)
    if kind not in ACTIONS:
        raise _bad(f"{at}.kind", f"it is not one of {', '.join(ACTIONS)}")
    may, must = ACTIONS[kind]
    _known(said, may, at)
    if missing := sorted(must - said.keys()):
        raise _bad(f"{at}.{missing[0]}", f"{kind} needs it")
    if kind == "ASSIGN" and (noun != "Lead" or len(said) > 1):
        raise _bad(at, "leads alone are assigned, to a queue, a user, or as the territories say")
    if kind == "ENROLL" and noun not in ("Lead", "Contact"):
        raise _bad(at, "leads and contacts alone are enrolled")
    for name, longest in WORDS.items():
        if name in said and not (isinstance(said[name], str) and 0 < len(said[name].strip()) <= longest):
            raise _bad(f"{at}.{name}", f"it is no text of 1 to {longest} letters")
    if not isinstance(said.get("days", 0), int) or not 0 <= said.get("days", 0) <= 366:
        raise _bad(f"{at}.days", "it is no number of days from 0 to 366")
    if kind == "SET":
        _settable(noun, _mapping(said["set"], f"{at}.set"), f"{at}.set")
    return Act(kind, said, {name: _id(said[name], IDS[name], f"{at}.{name}") for name in IDS if said.get(name) is not None})


def _settable(noun: str, given: Mapping[str, Any], at: str) -> None:
    for name, value in given.items():
        column = CATALOG[noun].columns.get(name)
        if name != "custom" and (column is None or column.kind not in ("text", "int", "flag")):
            raise _bad(f"{at}.{name[:40]}", f"{noun} has no text, number or custom field {name[:40]!r} to set")
        if name != "custom" and value is not None and not isinstance(value, (str, int)):
            raise _bad(f"{at}.{name[:40]}", "it is no text or number")


def _id(value: Any, noun: str, at: str) -> UUID:
    return _decoded(value, CATALOG[noun].tag, at)


def _decoded(value: Any, tag: int, at: str) -> UUID:
    try:
        return decode_id(str(value), tag)[1]
    except BadId as bad:
        raise BadId(field=at, id=bad.params["id"]) from None


def _mapping(value: Any, at: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _bad(at, "it is no object")
    return cast("Mapping[str, Any]", value)


def _known(given: Mapping[str, Any], known: Any, at: str) -> None:
    if strange := sorted(set(given) - set(known)):
        raise _bad(f"{at}.{strange[0][:40]}", f"there is no {strange[0][:40]!r}")


def _bad(field: str, why: str) -> BadAutomation:
    return BadAutomation(field=field, why=why)
