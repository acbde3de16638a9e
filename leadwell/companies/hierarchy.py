"""Keeps the hierarchy of companies a tree, and not too deep a one."""

from collections.abc import Collection
from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.companies.refusals import HierarchyCycle, HierarchyTooDeep

DEEPEST = 20


async def place_below(tx: Tx, company_id: UUID, parent_id: UUID) -> None:
    """Allows a parent, or refuses: HierarchyCycle, HierarchyTooDeep. Changes of the hierarchy take turns, or two of them could close a circle together."""
    await take_turns(tx)
    row = await tx.row(load(__name__, "above"), tx.workspace, parent_id, company_id, DEEPEST)
    assert row is not None, "an aggregate has one row"
    if row["circle"]:
        raise HierarchyCycle(field="parent_id", parent=row["parent"], company=row["company"])
    levels = row["above"] + 1 + row["below"]
    if levels > DEEPEST:
        raise HierarchyTooDeep(field="parent_id", levels=levels, most=DEEPEST)


async def placeable(tx: Tx, company_ids: Collection[UUID], parent_id: UUID) -> set[UUID]:
    """Which of the companies `place_below` would allow under one parent, all at once; none when one would come too deep, for what lies below it may be
    on its way elsewhere. The caller takes turns."""
    rows = await tx.fetch(load(__name__, "above_many"), tx.workspace, parent_id, sorted(company_ids), DEEPEST)
    free = {row["id"]: row["levels"] for row in rows if not row["circle"]}
    return set(free) if all(levels <= DEEPEST for levels in free.values()) else set()


async def take_turns(tx: Tx) -> None:
    """Changes of the hierarchy follow one another until the transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('company hierarchy ' || $1::uuid::text, 0))", tx.workspace)
