"""The interpreter of sequences: whole batches of enrollments move in a handful of statements; cursors advance on recorded outcomes only."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.enroll import enroll_many
from leadwell.nurture.kinds import KINDS
from leadwell.nurture.moving import Graphs, completed, graphs_of, wake_for, write
from leadwell.nurture.shape import Setup, Stand, StepKind, Taken

BATCH = 5000
SLOW = 500            # of what is done verb by verb, at once
BUSY = timedelta(seconds=1)
Kinds = Mapping[str, StepKind]


async def advance(tx: Tx, *, mail_from: str, batch: int = BATCH, kinds: Kinds = KINDS) -> int:
    """Moves up to `batch` due enrollments of live sequences and asks to be called again when the next ones are due; returns how many.
    Several workers may do this at once: each takes what the others have not. `kinds` may put other effects behind the same decisions."""
    graphs = await graphs_of(tx)
    if not graphs:
        return 0
    table = [(id, move) for id, graph in graphs.items() for move in graph.moves]
    row = await tx.row(
        load(__name__, "step"), tx.workspace, await tx.now(), batch, [id for id, _ in table], [m.step for _, m in table], [m.plain for _, m in table],
        [m.next for _, m in table], [m.seconds for _, m in table], [m.until for _, m in table], [m.back for _, m in table], list(graphs))
    assert row is not None
    await completed(tx, row["completed"], row["completed_people"])
    stood = await _standing(tx, row["standing"], graphs) if row["standing"] else []
    taken = await decide(tx, stood, Setup(mail_from, enroll_many), kinds)
    await write(tx, taken, graphs)
    left = len(stood) - len(taken)
    await _again(tx, list(graphs), full=row["taken"] >= batch or left > 0, stuck=0 < left == row["taken"])
    return row["taken"] - left


async def _standing(tx: Tx, ids: Sequence[UUID], graphs: Graphs) -> list[Stand]:
    now = await tx.now()
    return [_stand(row, graphs, now) for row in await tx.fetch(load(__name__, "standing"), tx.workspace, list(ids))]


def _stand(row: asyncpg.Record, graphs: Graphs, now: datetime) -> Stand:
    graph = graphs[row["version_id"]]
    missed = row["skip_until"] is not None and row["due_at"] is not None and row["due_at"] < row["skip_until"]
    i = graph.index[row["step"]]
    return Stand(
        row["id"], row["person_id"], row["sequence_id"], row["version_id"], graph.steps[i], graph.onward(i), row["visit"], row["arrived_at"],
        row["due_at"] if missed else now, row["awaits"], missed, row["hops"])


async def decide(tx: Tx, stood: Sequence[Stand], setup: Setup, kinds: Kinds = KINDS) -> list[Taken]:
    """What becomes of each, with its effects done: kind by kind, so that each question is asked once for all. Of slow kinds some stay for another time."""
    by_kind: dict[str, list[Stand]] = defaultdict(list)
    for stand in stood:
        by_kind[stand.step["kind"]].append(stand)
    taken: list[Taken] = []
    for name, here in by_kind.items():
        taken += await _decide(tx, kinds[name], here, setup)
    return taken


async def _decide(tx: Tx, kind: StepKind, stood: Sequence[Stand], setup: Setup) -> list[Taken]:
    if kind.slow:
        stood = await _with_people(tx, stood[:SLOW])
    if not stood:
        return []
    facts = await kind.learn(tx, stood)
    decided = [(stand, kind.decide(stand, facts.get(stand.id))) for stand in stood]
    if kind.effect is None:
        return decided
    otherwise = await kind.effect(tx, decided, setup)
    return [(stand, otherwise.get(stand.id, decision)) for stand, decision in decided]


async def _with_people(tx: Tx, stood: Sequence[Stand]) -> list[Stand]:
    """Those whose people nobody else holds: effects lock them, and whoever holds a person may be waiting for their enrollments."""
    rows = await tx.fetch(
        "SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[]) ORDER BY p.id FOR NO KEY UPDATE SKIP LOCKED",
        tx.workspace, sorted({stand.person_id for stand in stood}))
    free = {row["id"] for row in rows}
    return [stand for stand in stood if stand.person_id in free]


async def _again(tx: Tx, versions: Sequence[UUID], *, full: bool, stuck: bool) -> None:
    """The earliest of those that are left. Where everybody left is busy, a moment later."""
    now = await tx.now()
    at = (now + BUSY if stuck else now) if full else await tx.value(
        "SELECT e.due_at FROM enrollments e WHERE e.workspace_id = $1 AND e.state = 'ACTIVE' AND e.due_at IS NOT NULL AND e.version_id = ANY($2::uuid[]) "
        "ORDER BY e.due_at, e.id LIMIT 1", tx.workspace, list(versions))
    await wake_for(tx, at)
