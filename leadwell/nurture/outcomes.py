"""What follows for an enrollment when the fate of its mail is known: on, the same step once more, or out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.consequences import consequence
from leadwell.nurture.graph import Graph
from leadwell.nurture.moving import wake_for, write
from leadwell.nurture.shape import Decision, Go, Leave, Stand

STEPS = "SELECT v.id, v.steps FROM sequence_versions v WHERE v.workspace_id = $1 AND v.id = ANY($2::uuid[])"     # once, not with every mail


async def advance(tx: Tx, send_ids: Sequence[UUID]) -> int:
    """Moves the enrollments whose mail has a recorded, final outcome. Saying it twice moves nobody twice."""
    rows = await tx.fetch(load(__name__, "advance"), tx.workspace, list(send_ids))
    now = await tx.now()
    versions = await tx.fetch(STEPS, tx.workspace, list({row["version_id"] for row in rows})) if rows else []
    graphs = {row["id"]: Graph(row["steps"]) for row in versions}
    taken = [(_stand(row, graphs[row["version_id"]], now), _decision(row, graphs[row["version_id"]])) for row in rows]
    await wake_for(tx, await write(tx, taken, graphs))
    return len(rows)


def _decision(row: asyncpg.Record, graph: Graph) -> Decision:
    way, reason = consequence(row["state"], row["reason"])
    if way == "EXIT":
        return Leave(str(reason))
    return Go(row["step"] if way == "AGAIN" else graph.onward(graph.index[row["step"]]), row["state"])


def _stand(row: asyncpg.Record, graph: Graph, now: datetime) -> Stand:
    step = graph.step(row["step"])
    return Stand(row["enrollment_id"], row["person_id"], row["sequence_id"], row["version_id"], step, None, row["visit"], row["arrived_at"], now)
