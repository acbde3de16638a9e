"""People who enter by themselves: by a submission, by crossing a score."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from leadwell.base.tx import Tx
from leadwell.events import hushed
from leadwell.nurture.enroll import enroll_many


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


async def enter_by_capture(tx: Tx, events: Sequence[Any]) -> int:
    """Enrolls the people of submissions; returns how many entered."""
    return await _enter(tx, "CAPTURE", [(s["id"], e["person_id"]) for s in await _doors(tx) for e in events if captured(s["entry"].get("capture"), e["data"])])


async def enter_by_score(tx: Tx, events: Sequence[Any]) -> int:
    """Enrolls the people whose score crossed a threshold upwards; returns how many entered."""
    return await _enter(tx, "SCORE", [(s["id"], e["person_id"]) for s in await _doors(tx) for e in events if scored(s["entry"].get("score"), e["data"])])


async def _doors(tx: Tx) -> list[asyncpg.Record]:
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
