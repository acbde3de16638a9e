"""Why somebody has a lead: each decision about it, in words."""

from typing import Any
from uuid import UUID

from leadwell.base.tx import Tx
from leadwell.base.why import Step
from models.assignment import AssignmentReason

MADE = """SELECT d.at, d.outcome, d.reason, d.candidates, d.skipped, q.name AS queue, t.name AS territory, u.name AS owner FROM assignment_decisions d
LEFT JOIN lead_queues q ON q.workspace_id = $1 AND q.id = d.queue_id LEFT JOIN territories t ON t.workspace_id = $1 AND t.id = d.territory_id
LEFT JOIN users u ON u.workspace_id = $1 AND u.id = d.owner_id WHERE d.workspace_id = $1 AND d.lead_id = $2 ORDER BY d.at, d.id"""


async def explain(tx: Tx, lead_id: UUID) -> list[Step]:
    """What was decided about a lead, the oldest first."""
    return [_step(row) for row in await tx.fetch(MADE, tx.workspace, lead_id)]


def _step(row: Any) -> Step:
    what = f"{row['owner']} got it" if row["owner"] else "it waits" if row["queue"] else "nobody got it"
    place = f" in {row['queue']}" if row["queue"] else ""
    told = AssignmentReason(row["reason"]).doc.rstrip(".")
    because = [told[0].lower() + told[1:]]
    if row["territory"]:
        because.append(f"territory {row['territory']}")
    out = [str(one["verdict"]).lower() for one in row["candidates"] if one["verdict"] not in ("CHOSEN", "LATER")]
    if out:
        because.append("others were " + ", ".join(sorted(set(out))))
    because += [f"territory {one['name']} was skipped: {one['reason']}" for one in row["skipped"]]
    return Step(row["at"], what + place, "; ".join(because))
