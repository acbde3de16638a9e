"""Takes a change set back record by record: what somebody has touched since is left alone and listed."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leadwell.access import Viewer
from leadwell.base.refusals import NotFound, Refusal, Unavailable
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.catalog.statement import Statement
from leadwell.changes.actions import acting, action_for
from leadwell.changes.performing import BATCH, ROW, advance, author, batches, end, keep
from leadwell.changes.shape import Action, Back, Result, Results
from leadwell.changes.singly import apart

NEXT = (
    "SELECT r.record_id, r.changes FROM change_rows r WHERE r.workspace_id = $1 AND r.change_set_id = $2 AND r.state = 'CHANGED' ORDER BY r.record_id LIMIT $3"
)


async def revert(db: Database, workspace: UUID, id: UUID) -> None:
    """Everything it changed. Twice, or by two at once, it comes to the same."""
    await batches(db, workspace, id, "REVERTING", one_batch)


async def one_batch(tx: Tx, id: UUID) -> bool:
    """One batch and its results; False when nothing is left to do."""
    row = await tx.row(ROW, tx.workspace, id)
    if row is None or row["state"] != "REVERTING":
        return False
    viewer = await author(tx, row, row["reverted_by"])
    action = action_for(row["action"], row["noun"], viewer)
    found = await tx.fetch(NEXT, tx.workspace, id, BATCH)
    if not found:
        return await end(tx, id, "REVERTING", "REVERTED", None)
    rows, results = await _within(tx, action, row["noun"], viewer, found)
    at_once: Mapping[UUID, Back] = {}
    if action.undo_all:
        at_once = await action.undo_all(tx, row["noun"], row["options"], {one["record_id"]: one["changes"] for one in rows})
    results |= {id: Result("REVERTED", message=back.note) for id, back in at_once.items()}
    results |= {one["record_id"]: await _one(tx, action, row, one) for one in rows if one["record_id"] not in at_once}
    await keep(tx, id, list(results.items()))
    await advance(tx, id, 0, Counter(result.state for result in results.values()))
    return True


async def _within(tx: Tx, action: Action, noun: str, viewer: Viewer, rows: list[Any]) -> tuple[list[Any], Results]:
    """The rows that whoever takes back may change today, and that the others are left."""
    able = acting(action, noun, viewer)
    if not Statement(able).scoped(CATALOG[noun]):
        return rows, {}
    mine = set(await matching_ids(tx, CATALOG[noun], {}, able, ids=[row["record_id"] for row in rows]))
    why = NotFound(noun=CATALOG[noun].singular)
    return [row for row in rows if row["record_id"] in mine], {
        row["record_id"]: Result("LEFT", code=why.code, message=why.message) for row in rows if row["record_id"] not in mine}


async def _one(tx: Tx, action: Action, of: Any, row: Any) -> Result:
    """REVERTED, or LEFT with the reason for each field that stays."""
    try:
        back = await apart(tx, lambda: action.undo(tx, of["noun"], of["options"], row["record_id"], row["changes"]))
    except Unavailable:
        raise
    except Refusal as refusal:
        return Result("LEFT", code=refusal.code, message=refusal.message)
    if not back.left:
        return Result("REVERTED", message=back.note)
    said = "; ".join(f"{field}: {why}" if field else why for field, why in back.left.items())
    return Result("LEFT", code="TOUCHED_SINCE", message=said)
