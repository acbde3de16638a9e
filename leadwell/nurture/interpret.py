"""The interpreter of sequences: whole batches of enrollments move in one statement; cursors advance on recorded outcomes only."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import delivery, events
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.consequences import consequence
from leadwell.nurture.due import wake
from leadwell.nurture.exits import leave
from leadwell.nurture.steps import Move, Place, Step, after, moves

BATCH = 5000
Versions = Mapping[UUID, Sequence[Step]]


async def step_due(tx: Tx, *, mail_from: str, batch: int = BATCH) -> int:
    """Moves up to `batch` due enrollments of live sequences and asks to be called again when the next ones are due; returns how many.
    Several workers may do this at once: each takes what the others have not."""
    versions = await _versions(tx)
    if not versions:
        return 0
    table: list[tuple[UUID, Move]] = [(id, move) for id, steps in versions.items() for move in moves(steps)]
    row = await tx.row(
        load(__name__, "step"), tx.workspace, await tx.now(), batch, [v for v, _ in table], [m.step for _, m in table], [m.kind for _, m in table],
        [m.next for _, m in table], [m.seconds for _, m in table], list(versions))
    assert row is not None
    if row["mailing"]:
        await _mail(tx, row["mailing"], versions, mail_from)
    await _completed(tx, row["completed"], row["completed_people"])
    await _again(tx, list(versions), full=row["moved"] >= batch)
    return row["moved"]


async def _versions(tx: Tx) -> dict[UUID, Sequence[Step]]:
    """Every version of the live sequences that somebody may still be in."""
    rows = await tx.fetch(
        "SELECT v.id, v.steps FROM sequence_versions v JOIN sequences s ON s.workspace_id = $1 AND s.id = v.sequence_id "
        "WHERE v.workspace_id = $1 AND v.state IN ('LIVE', 'RETIRED') AND s.state = 'LIVE'", tx.workspace)
    return {r["id"]: r["steps"] for r in rows}


async def _mail(tx: Tx, enrollments: Sequence[UUID], versions: Versions, mail_from: str) -> None:
    """Plans the mail of enrollments that stand at an e-mail; people without an address leave."""
    rows = await tx.fetch(load(__name__, "mailing"), tx.workspace, list(enrollments))
    templates = {(id, step["id"]): UUID(step["template_id"]) for id, steps in versions.items() for step in steps if step["kind"] == "EMAIL"}
    await leave(tx, [r["id"] for r in rows if r["normalized"] is None], "NO_ADDRESS")
    await delivery.plan(tx, [
        delivery.NewSend(
            r["person_id"], r["address"], r["normalized"], r["topic_id"], templates[r["version_id"], r["step"]], enrollment_id=r["id"], step=r["step"],
            visit=r["visit"], sender_id=r["sender_id"])
        for r in rows if r["normalized"] is not None], mail_from=mail_from)


async def _completed(tx: Tx, ids: Sequence[UUID], people: Sequence[UUID]) -> None:
    await events.note_all(tx, [events.Event("enrollment.completed", "Enrollment", id, person) for id, person in zip(ids, people, strict=True)])


async def _again(tx: Tx, versions: Sequence[UUID], *, full: bool) -> None:
    at = await tx.now() if full else await tx.value(
        "SELECT e.due_at FROM enrollments e WHERE e.workspace_id = $1 AND e.state = 'ACTIVE' AND e.due_at IS NOT NULL AND e.version_id = ANY($2::uuid[]) "
        "ORDER BY e.due_at, e.id LIMIT 1", tx.workspace, list(versions))
    if at is not None:
        await wake(tx, at)


async def advance(tx: Tx, send_ids: Sequence[UUID]) -> int:
    """Moves the enrollments whose mail has a recorded, final outcome: on, to the same step once more, or out. Saying it twice moves nobody twice."""
    rows = await tx.fetch(load(__name__, "advance"), tx.workspace, list(send_ids))
    now, going, out = await tx.now(), list[tuple[asyncpg.Record, Place]](), dict[str, list[UUID]]()
    for row in rows:
        way, reason = consequence(row["state"], row["reason"])
        if way == "EXIT":
            out.setdefault(str(reason), []).append(row["enrollment_id"])
        else:
            going.append((row, Place(row["step"], now) if way == "AGAIN" else after(row["steps"], row["step"], now)))
    for reason, ids in out.items():
        await leave(tx, ids, reason)
    await _go(tx, going)
    return len(rows)


async def _go(tx: Tx, going: Sequence[tuple[asyncpg.Record, Place]]) -> None:
    if not going:
        return
    now: Any = await tx.now()
    await tx.execute(
        load(__name__, "go"), tx.workspace, [r["enrollment_id"] for r, _ in going], [p.step for _, p in going],
        [r["visit"] + 1 if p.step == r["step"] else 1 for r, p in going], [p.due_at for _, p in going], [r["state"] for r, _ in going], now)
    through = [(r["enrollment_id"], r["person_id"]) for r, p in going if p.step is None]
    await _completed(tx, [id for id, _ in through], [person for _, person in through])
    due = [p.due_at for _, p in going if p.due_at]
    if due:
        await wake(tx, min(due))
