"""People who enter by themselves: by a submission, by crossing a score, by what happens, by coming into a segment."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import asyncpg

from leadwell.base.tx import Tx
from leadwell.events import hushed
from leadwell.nurture.enroll import enroll_many
from leadwell.nurture.happening import DOORS, HAPPENINGS, SEGMENT, people_of


def captured(rule: Mapping[str, Any] | None, data: Mapping[str, Any]) -> bool:
    """Whether a submission opens a sequence's door: every list the rule has must name what came. A rule without lists takes all."""
    if rule is None or hushed(data, "SEQUENCES"):
        return False
    wanted = (("intents", "intent"), ("source_ids", "source_id"), ("form_ids", "form_id"))
    return all(data.get(key) in rule[names] for names, key in wanted if rule.get(names))


def scored(rule: Mapping[str, Any] | None, data: Mapping[str, Any]) -> bool:
    """Whether a crossed threshold opens it: by the score reached, or by the threshold's name."""
    if rule is None:
        return False
    if "threshold" in rule and rule["threshold"] != data.get("threshold"):
        return False
    return float(data.get("score") or 0) >= float(rule.get("at_least", 0))


def opened(entry: Mapping[str, Any], event: Any) -> str | None:
    """How an event brings people in, if it does: by its kind, or by the segment they came into."""
    if hushed(event["data"], "SEQUENCES"):
        return None
    segments = cast("Mapping[str, Any]", entry.get("segment") or {}).get("segment_ids") or ()
    if event["kind"] == SEGMENT and str(event["data"].get("segment_id")) in segments:
        return "SEGMENT"
    words = cast("Mapping[str, Any]", entry.get("event") or {}).get("kinds") or ()
    return "EVENT" if any(word in DOORS and event["kind"] in HAPPENINGS[word].kinds for word in words) else None


async def enter_by_capture(tx: Tx, events: Sequence[Any]) -> int:
    """Enrolls the people of submissions; returns how many entered."""
    doors = await doors_of(tx)
    return await _enter(tx, "CAPTURE", [(s["id"], e["person_id"]) for s in doors for e in events if captured(s["entry"].get("capture"), e["data"])])


async def enter_by_score(tx: Tx, events: Sequence[Any]) -> int:
    """Enrolls the people whose score crossed a threshold upwards; returns how many entered."""
    doors = await doors_of(tx)
    return await _enter(tx, "SCORE", [(s["id"], e["person_id"]) for s in doors for e in events if scored(s["entry"].get("score"), e["data"])])


async def enter_by_event(tx: Tx, doors: Sequence[asyncpg.Record], events: Sequence[Any]) -> int:
    """Enrolls the people of events that open doors; returns how many entered."""
    ways = [(s["id"], e, how) for s in doors for e in events if (how := opened(s["entry"], e))]
    about: dict[UUID, list[UUID]] = defaultdict(list)
    for event, person in await people_of(tx, list({e["id"]: e for _, e, _ in ways}.values())):
        about[event["id"]].append(person)
    entered = 0
    for by in ("EVENT", "SEGMENT"):
        entered += await _enter(tx, by, [(id, person) for id, e, how in ways if how == by for person in about[e["id"]]])
    return entered


async def doors_of(tx: Tx) -> list[asyncpg.Record]:
    """Live sequences that people enter by themselves."""
    return await tx.fetch(
        "SELECT s.id, s.entry FROM sequences s WHERE s.workspace_id = $1 AND s.state = 'LIVE' AND s.entry <> '{}'::jsonb ORDER BY s.id", tx.workspace)


async def _enter(tx: Tx, entered_by: str, pairs: Sequence[tuple[UUID, UUID | None]]) -> int:
    by_sequence: dict[UUID, list[UUID]] = defaultdict(list)
    for sequence_id, person_id in pairs:
        if person_id is not None:
            by_sequence[sequence_id].append(person_id)
    entered = 0
    for sequence_id, people in by_sequence.items():
        entered += sum(entry.enrollment_id is not None for entry in await enroll_many(tx, sequence_id, list(dict.fromkeys(people)), entered_by))
    return entered
