"""Keeps the hierarchy of companies a tree, and not too deep a one."""

from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.companies.refusals import HierarchyCycle, HierarchyTooDeep

DEEPEST = 20


async def place_below(tx: Tx, company_id: UUID, parent_id: UUID) -> None:
    """Allows a parent, or refuses: HierarchyCycle, HierarchyTooDeep. Changes of the hierarchy take turns, or two of them could close a circle together."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('company hierarchy ' || $1::uuid::text, 0))", tx.workspace)
    row = await tx.row(load(__name__, "above"), tx.workspace, parent_id, company_id, DEEPEST)
    assert row is not None, "an aggregate has one row"
    if row["circle"]:
        raise HierarchyCycle(field="parent_id", parent=row["parent"], company=row["company"])
    levels = row["above"] + 1 + row["below"]
    if levels > DEEPEST:
        raise HierarchyTooDeep(field="parent_id", levels=levels, most=DEEPEST)
