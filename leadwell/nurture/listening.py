"""What happens to people moves them: they enter, reach a goal, or need not wait any longer."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import asyncpg

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.due import wake
from leadwell.nurture.entry import doors_of, enter_by_event
from leadwell.nurture.exits import leave
from leadwell.nurture.happening import HAPPENINGS, SEGMENT, people_of
from leadwell.nurture.pausing import hold

HEARD = frozenset(kind for of in HAPPENINGS.values() for kind in of.kinds)
TASKS = frozenset({"task.done", "task.canceled"})
WAKE = "UPDATE enrollments SET due_at = $3 WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND state = 'ACTIVE' AND paused_at IS NULL"


async def hear(tx: Tx, events: Sequence[Any]) -> int:
    """Carries what happened into sequences, in order: goals are reached, waits end, people enter. Returns how many enrollments it concerned."""
    told = [event for event in events if event["kind"] in HEARD or event["kind"] == SEGMENT]
    count = await _tasks(tx, [event["record_id"] for event in events if event["kind"] in TASKS])
    count += await _company(tx, [event["record_id"] for event in events if event["kind"] == "mail.replied"])
    if not told:
        return count
    doors = [row for row in await doors_of(tx) if row["entry"].get("event") or row["entry"].get("segment")]
    pairs = await people_of(tx, told)
    standing = await tx.fetch(load(__name__, "listening"), tx.workspace, sorted({person for _, person in pairs})) if pairs else []
    by_person: dict[UUID, list[asyncpg.Record]] = {}
    for row in standing:
        by_person.setdefault(row["person_id"], []).append(row)
    hits = [(event, row) for event, person in pairs for row in by_person.get(person, ())]
    there = {row["id"] for event, row in hits if _goal(row, event)}
    count += await leave(tx, sorted(there), "GOAL")
    count += await _wake(tx, sorted({row["id"] for event, row in hits if _awaited(row, event)} - there))
    return count + (await enter_by_event(tx, doors, told) if doors else 0)


def _tells(word: object, event: Any) -> bool:
    return word in HAPPENINGS and event["kind"] in HAPPENINGS[str(word)].kinds


def _goal(row: asyncpg.Record, event: Any) -> bool:
    """A goal told by the mail itself is looked at before the next one; here only what events say for sure counts, since entering."""
    word = cast("Mapping[str, Any]", row["goal"] or {}).get("event")
    return _tells(word, event) and HAPPENINGS[str(word)].mail is None and event["at"] >= row["created_at"]


def _awaited(row: asyncpg.Record, event: Any) -> bool:
    """Whether a wait may be over; the interpreter looks whether it is."""
    return row["awaited"] is not None and _tells(row["awaited"], event)


async def _wake(tx: Tx, ids: Sequence[UUID]) -> int:
    if not ids:
        return 0
    now = await tx.now()
    await tx.execute(WAKE, tx.workspace, list(ids), now)
    await wake(tx, now)
    return len(ids)


async def _tasks(tx: Tx, tasks: Sequence[UUID]) -> int:
    sql = "SELECT e.id FROM enrollments e WHERE e.workspace_id = $1 AND e.awaits = ANY($2::uuid[]) AND e.state = 'ACTIVE'"
    return await _wake(tx, [row["id"] for row in await tx.fetch(sql, tx.workspace, list(tasks))]) if tasks else 0


async def _company(tx: Tx, sends: Sequence[UUID]) -> int:
    """An answer pauses or ends what others of the same company are in, where the sequence says so."""
    rows = await tx.fetch(load(__name__, "company_reply"), tx.workspace, list(sends)) if sends else []
    held = await hold(tx, [row["id"] for row in rows if row["company_reply"] == "PAUSE"])
    return held + await leave(tx, [row["id"] for row in rows if row["company_reply"] == "EXIT"], "COMPANY_REPLY")
