"""Reads opens and clicks again when more is known of them, and has their people scored."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import events, work
from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.scoring.readings import Reading, Seen, Verdict, read
from leadwell.scoring.refusals import NotOpenOrClick

READ = ("OPEN", "CLICK")
Row = Any  # of asyncpg


async def follow_clicks(tx: Tx, recorded: Sequence[Any]) -> int:
    """Reads the mails again of which an open or click was recorded; returns how many activities are read otherwise now."""
    ids = [e["record_id"] for e in recorded if e["data"].get("kind") in READ]
    rows = await tx.fetch(load(__name__, "mails"), tx.workspace, ids) if ids else []
    mails: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        mails[row["mail"], tuple(row["person_ids"])].append(row)
    verdicts = {id: verdict for mail in mails.values() for id, verdict in read(_seen(row) for row in mail).items()}
    return await _write(tx, [row for row in rows if row["reason"] != "HAND"], verdicts)


async def reread(tx: Tx, activity_ids: Iterable[UUID], reading: Reading) -> list[UUID]:
    """Reads opens and clicks as somebody says, for good; returns those that were read otherwise. NotFound, NotOpenOrClick."""
    ids = sorted(set(activity_ids))
    kinds = await tx.fetch("SELECT a.id, a.kind FROM activities a WHERE a.workspace_id = $1 AND a.id = ANY($2::uuid[])", tx.workspace, ids)
    if len(kinds) < len(ids):
        raise NotFound(field="ids", noun="Activity")
    if others := sorted({r["kind"] for r in kinds} - set(READ)):
        raise NotOpenOrClick(field="ids", kinds=", ".join(others))
    rows = [row for row in await tx.fetch(load(__name__, "mails"), tx.workspace, ids) if row["id"] in set(ids)]
    await _write(tx, rows, dict.fromkeys(ids, (reading, "HAND")))
    return [row["id"] for row in rows if row["now"] != reading]


def _seen(row: Row) -> Seen:
    delivered = row["delivered_at"] or _moment(row["told_delivered"])
    return Seen(row["id"], row["kind"], row["at"], row["recorded"], row["agent"], row["url"], row["honey"], delivered)


def _moment(text: str | None) -> datetime | None:
    """When somebody else's mail was delivered, as that system told it."""
    with suppress(TypeError, ValueError):
        found = datetime.fromisoformat(text or "")
        return found if found.tzinfo else None
    return None


async def _write(tx: Tx, rows: Sequence[Row], verdicts: Mapping[UUID, Verdict]) -> int:
    """The reading of now beside the activity, which stays as it was recorded; the change as an event, so that past scores stay what they were."""
    told = {row["id"]: row for row in rows if (row["now"], row["reason"] or "RECORDED") != verdicts[row["id"]]}
    if not told:
        return 0
    ids = sorted(told)
    readings, reasons = [verdicts[id][0] for id in ids], [verdicts[id][1] for id in ids]
    kept = await tx.fetch(load(__name__, "read_as"), tx.workspace, ids, readings, reasons, await tx.now())
    moved = [r["activity_id"] for r in kept if told[r["activity_id"]]["now"] != verdicts[r["activity_id"]][0]]
    await events.note_all(tx, [
        events.Event("activity.reread", "Activity", id, told[id]["person_ids"][0], 1,
                     {"changes": {"reading": [told[id]["now"], verdicts[id][0]]}, "reason": verdicts[id][1]}) for id in moved])  # fmt: skip
    people = {person for id in moved for person in told[id]["person_ids"]}
    await work.put(tx, *(work.NewJob("score", "score.person", {"person_id": str(id)}, key=str(id)) for id in sorted(people)))
    return len(moved)
