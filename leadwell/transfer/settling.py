"""Gives companies of a file the parents that stood further down in it, once every row is in: a page at a time, each taken off the faults as it is settled."""

from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.transfer import manifest, records
from leadwell.transfer.batches import batch_of
from leadwell.transfer.effects import quiet_but
from leadwell.transfer.nouns import RECORDS, companies
from leadwell.transfer.options import Plan
from leadwell.transfer.rows import Row

PAGE = 500
FIELD, CODE = "parentId", "UNKNOWN_COMPANY"
SETTLED = (
    "DELETE FROM import_errors e WHERE e.workspace_id = $1 AND e.import_id = $2 AND e.column_name = $3 AND e.code = $4 AND e.row_number = ANY($5::bigint[])"
)


def may_wait(plan: Plan) -> str | None:
    """The column of an import that can name what stands further down."""
    return next((column for column, field in plan.mapped.by_name.items() if field == FIELD), None) if plan.noun == "Company" else None


async def settle(tx: Tx, id: UUID, plan: Plan, done: int, after: int = 0) -> int | None:
    """One page of rows after `after`, of an import whose rows up to `done` are in; the last row looked at, None when there are no more. Done twice it
    comes to the same: what is settled is a fault no more."""
    column, way = may_wait(plan), plan.way
    state = await tx.value("SELECT i.state FROM imports i WHERE i.workspace_id = $1 AND i.id = $2 FOR NO KEY UPDATE", tx.workspace, id)
    found = await tx.fetch(load(__name__, "waiting"), tx.workspace, id, column, CODE, after, PAGE) if column and state == "RUNNING" else []
    if not found or way is None:
        return None
    rows = [Row(row["row_number"], 0, [row["raw"].get(name) or "" for name in plan.mapped.columns]) for row in found]
    cases = batch_of(plan, rows).cases()
    with quiet_but(tx, plan.effects):
        await companies.meet(tx, way, cases)
        await companies.parents(tx, way, cases)
    there = [case for case in cases if case.record_id and not any(name == FIELD and code == CODE for name, code, _ in case.flaws)]
    await tx.execute(SETTLED, tx.workspace, id, column, CODE, [case.number for case in there])
    entries = [entry for case in there for entry in records.entries_of(case, RECORDS["Company"].name)]
    await manifest.keep(tx, id, plan.run, done + rows[0].number, entries)
    return rows[-1].number
