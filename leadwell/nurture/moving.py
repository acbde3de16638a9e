"""Writes decisions down: who goes on, who stays, who leaves, and when somebody is due again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from leadwell import events
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.due import wake
from leadwell.nurture.exits import leave
from leadwell.nurture.graph import Graph
from leadwell.nurture.shape import Go, Leave, Stand, Stay, Taken

Graphs = Mapping[UUID, Graph]
GRAPHS = (
    "SELECT v.id, v.steps FROM sequence_versions v JOIN sequences s ON s.workspace_id = $1 AND s.id = v.sequence_id "
    "WHERE v.workspace_id = $1 AND v.state IN ('LIVE', 'RETIRED') AND s.state = 'LIVE'"
)


async def graphs_of(tx: Tx) -> Graphs:
    """Every version of the live sequences that somebody may still be in."""
    return {row["id"]: Graph(row["steps"]) for row in await tx.fetch(GRAPHS, tx.workspace)}


async def write(tx: Tx, taken: Sequence[Taken], graphs: Graphs) -> datetime | None:
    """Writes all decisions, set by set; returns when the first of them is due again."""
    out: dict[str, list[UUID]] = defaultdict(list)
    for stand, decision in taken:
        if isinstance(decision, Leave):
            out[decision.reason].append(stand.id)
    for reason, ids in sorted(out.items()):
        await leave(tx, ids, reason)
    staying = [(stand, decision) for stand, decision in taken if isinstance(decision, Stay)]
    if staying:
        await tx.execute(
            load(__name__, "stay"), tx.workspace, [stand.id for stand, _ in staying], [d.until for _, d in staying], [d.awaits for _, d in staying],
            await tx.now())
    due = [d.until for _, d in staying if d.until]
    return min([*due, *await go(tx, [(stand, d) for stand, d in taken if isinstance(d, Go)], graphs)], default=None)


async def go(tx: Tx, going: Sequence[tuple[Stand, Go]], graphs: Graphs) -> list[datetime]:
    """Moves enrollments on, or to their end; returns when they are due."""
    if not going:
        return []
    rows = [(stand, way, graphs[stand.version_id].arrive(way.to, stand.now)) for stand, way in going]
    await tx.execute(
        load(__name__, "go"), tx.workspace, [s.id for s, _, _ in rows], [p.step for _, _, p in rows],
        [s.visit + (p.step is not None and graphs[s.version_id].back(s.step["id"], p.step)) for s, _, p in rows], [p.due_at for _, _, p in rows],
        [w.outcome for _, w, _ in rows], [s.now for s, _, _ in rows], [w.goal for _, w, _ in rows], await tx.now())
    through = [(s.id, s.person_id) for s, _, place in rows if place.step is None]
    await completed(tx, [id for id, _ in through], [person for _, person in through])
    return [place.due_at for _, _, place in rows if place.due_at]


async def completed(tx: Tx, ids: Sequence[UUID], people: Sequence[UUID]) -> None:
    await events.note_all(tx, [events.Event("enrollment.completed", "Enrollment", id, person) for id, person in zip(ids, people, strict=True)])


async def wake_for(tx: Tx, at: datetime | None) -> None:
    if at is not None:
        await wake(tx, at)
