"""What an activity says now: corrections, which are rows of their own, and pins."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import Changes, Revision, checked_version, differing
from leadwell.base.sql import load
from leadwell.base.tx import Tx

SAID = ("subject", "body", "outcome", "duration_seconds")


class ActivityIsHistory(Refusal):
    """This activity was recorded by the product or another system and cannot be corrected."""

    fix = "Log another one that sets it right."
    status = 409


async def revise(tx: Tx, activity_id: UUID, values: Mapping[str, Any], expected_version: int | None = None, *, ours: bool = False) -> Revision:
    """Corrects what was written by hand: `values` of SAID. The activity stays as it was recorded; a row that revises it is added, and timelines show what
    it says. NotFound, StaleVersion; ActivityIsHistory unless somebody logged it (or it is `ours`: a verb corrects what it left itself)."""
    head = await _locked(tx, activity_id, expected_version)
    if not ours and (head["source"] is not None or head["automated"] or head["kind"] not in ("CALL", "EMAIL", "MEETING", "NOTE")):
        raise ActivityIsHistory()
    changes = differing(dict(head), values)
    if not changes:
        return Revision(changes, head["version"])
    now, said = await tx.now(), {name: head[name] for name in SAID} | {name: after for name, (_, after) in changes.items()}
    row = uuid7()
    await tx.execute(load(__name__, "revise"), tx.workspace, head["activity_id"], row, now, tx.actor.user, *said.values())
    return await _note(tx, "activity.revised", head, changes)


async def pin(tx: Tx, activity_id: UUID, pinned: bool) -> Revision:
    """Keeps an activity in sight, or no longer."""
    head = await _locked(tx, activity_id, None)
    if (head["pinned_at"] is not None) == pinned:
        return Revision({}, head["version"])
    now = await tx.now()
    await tx.execute(
        "UPDATE activity_heads SET pinned_at = $3, version = version + 1 WHERE workspace_id = $1 AND activity_id = $2",
        tx.workspace, head["activity_id"], now if pinned else None,
    )
    return await _note(tx, "activity.pinned" if pinned else "activity.unpinned", head, {"pinned_at": [head["pinned_at"], now if pinned else None]})


async def _note(tx: Tx, kind: str, head: asyncpg.Record, changes: Changes) -> Revision:
    data = {"kind": head["kind"], "fields": sorted(changes)}   # not what was written: notes are for who may read them
    await events.note(tx, kind, "Activity", head["activity_id"], person_id=head["person_id"], version=head["version"] + 1, data=data)
    return Revision(changes, head["version"] + 1)


async def _locked(tx: Tx, activity_id: UUID, expected_version: int | None) -> asyncpg.Record:
    """What the activity says now, under a lock; of one that corrects another, the other."""
    await tx.execute(load(__name__, "head"), tx.workspace, activity_id)
    head = await tx.row(load(__name__, "lock_head"), tx.workspace, activity_id)
    if head is None:
        raise NotFound(noun="activity")
    checked_version(dict(head), "activity", expected_version)
    return head
