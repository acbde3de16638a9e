"""Into which queue a lead comes: the one asked for, the one it stands in, its form's or source's, or that of the first territory that matches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell.access.sees import Everything
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids

TERRITORIES = """SELECT t.id, t.name, t.filter, t.queue_id, t.skills FROM territories t
JOIN lead_queues q ON q.workspace_id = $1 AND q.id = t.queue_id AND q.archived_at IS NULL
WHERE t.workspace_id = $1 AND t.archived_at IS NULL ORDER BY t.position, t.id"""
BEFORE = """SELECT DISTINCT ON (d.lead_id) d.lead_id, d.territory_id, d.needs FROM assignment_decisions d
WHERE d.workspace_id = $1 AND d.lead_id = ANY($2::uuid[]) AND d.queue_id IS NOT NULL ORDER BY d.lead_id, d.at DESC, d.id DESC"""
STAYING = ("RETRY", "BREACH")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A lead that somebody is to get, and what made it necessary. `queue_id`: into that one. `passed` had it and did not answer."""

    lead_id: UUID
    cause: str = "ARRIVAL"
    queue_id: UUID | None = None
    passed: UUID | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Where a lead goes; nowhere when no queue was found."""

    queue_id: UUID | None = None
    territory_id: UUID | None = None
    needs: tuple[str, ...] = ()


@dataclass(slots=True)
class Routes:
    """The route of each lead, and the territories that could not be asked: their filter no longer holds."""

    by_lead: dict[UUID, Route]
    skipped: list[dict[str, Any]]


async def routes(tx: Tx, rows: Sequence[Any], wanted: Mapping[UUID, Wanted]) -> Routes:
    """One statement a territory, over the leads that none before it claimed."""
    found: dict[UUID, Route] = {}
    staying = [row for row in rows if wanted[row["id"]].cause in STAYING and row["queue_id"]]
    if staying:
        before = {one["lead_id"]: one for one in await tx.fetch(BEFORE, tx.workspace, [row["id"] for row in staying])}
        for row in staying:
            last = before.get(row["id"])
            found[row["id"]] = Route(row["queue_id"], last["territory_id"], tuple(last["needs"])) if last else Route(row["queue_id"])
    for row in rows:
        named = wanted[row["id"]].queue_id or row["named_id"]
        if row["id"] not in found and named:
            found[row["id"]] = Route(named)
    skipped = await _territories(tx, [row["id"] for row in rows if row["id"] not in found], found)
    for row in rows:
        found.setdefault(row["id"], Route(row["queue_id"]))
    return Routes(found, skipped)


async def _territories(tx: Tx, left: list[UUID], found: dict[UUID, Route]) -> list[dict[str, Any]]:
    skipped: list[dict[str, Any]] = []
    for one in await tx.fetch(TERRITORIES, tx.workspace) if left else ():
        try:
            here = set(await matching_ids(tx, CATALOG["Lead"], one["filter"], Everything(tx.workspace), ids=left)) if one["filter"] else set(left)
        except Refusal as refusal:   # a field it names is gone: the others go on
            skipped.append({"territory": one["id"], "name": one["name"], "reason": refusal.message})
            continue
        found |= {id: Route(one["queue_id"], one["id"], tuple(one["skills"])) for id in here}
        left = [id for id in left if id not in here]
        if not left:
            break
    return skipped
