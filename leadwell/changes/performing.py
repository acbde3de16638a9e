"""Does a change set batch by batch, each committed with its results: who dies in between leaves whole batches, and the next one goes on."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.access import Viewer
from leadwell.access.names import camel
from leadwell.access.standing import standing
from leadwell.base.actor import Actor
from leadwell.base.refusals import Forbidden, Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.changes.actions import acting, action_for
from leadwell.changes.refusals import NoLongerMatches
from leadwell.changes.shape import Result, Results, refused

BATCH = 100
ROW = (
    "SELECT c.id, c.noun, c.action, c.filter, c.options, c.credential, c.reverted_by, c.quiet, c.state FROM change_sets c "
    "WHERE c.workspace_id = $1 AND c.id = $2 FOR NO KEY UPDATE"
)
NEXT = "SELECT r.record_id FROM change_rows r WHERE r.workspace_id = $1 AND r.change_set_id = $2 AND r.state = 'PENDING' ORDER BY r.record_id LIMIT $3"
END = (
    "UPDATE change_sets SET state = $3, error = $4, finished_at = $5, version = version + 1, updated_at = $5 "
    "WHERE workspace_id = $1 AND id = $2 AND state = $6 RETURNING version, changed_count, unchanged_count, refused_count, reverted_count, left_count"
)
KINDS = {"DONE": "changeSet.finished", "FAILED": "changeSet.failed", "REVERTED": "changeSet.reverted"}
COUNTS = ("changed", "unchanged", "refused", "reverted", "left")


async def perform(db: Database, workspace: UUID, id: UUID) -> None:
    """Every batch that is left, with the rights that the author has then. Two workers at it take turns on its row."""
    await batches(db, workspace, id, "RUNNING", one_batch)


async def batches(db: Database, workspace: UUID, id: UUID, state: str, batch: Callable[[Tx, UUID], Awaitable[bool]]) -> None:
    """Batch after batch; what refuses a whole batch ends the change set as FAILED and is told."""
    actor = Actor.system(workspace)
    try:
        while await db.run(actor, lambda tx: batch(tx, id), replayable=True):
            pass
    except Refusal as refusal:
        if refusal.retryable:
            raise
        await db.run(actor, lambda tx, why=refusal.message: end(tx, id, state, "FAILED", why), replayable=True)


async def author(tx: Tx, row: Any, credential: str) -> Viewer:
    """Whoever asked, with the rights of today; the transaction acts as them from here on, caused by the change set."""
    viewer = await standing(tx, credential)
    if viewer is None:
        raise Forbidden(verb="read", noun=CATALOG[row["noun"]].plural)
    tx.actor = replace(viewer.actor(row["id"].hex), cause_id=row["id"], quiet=row["quiet"], bulk=True)
    return viewer


async def one_batch(tx: Tx, id: UUID) -> bool:
    """One batch and its results; False when nothing is left to do."""
    row = await tx.row(ROW, tx.workspace, id)
    if row is None or row["state"] != "RUNNING":
        return False
    viewer = await author(tx, row, row["credential"])
    action = action_for(row["action"], row["noun"], viewer)
    ids = [r["record_id"] for r in await tx.fetch(NEXT, tx.workspace, id, BATCH)]
    if not ids:
        return await end(tx, id, "RUNNING", "DONE", None)
    for name in row["options"].get("set", ()):
        viewer.write(row["noun"], camel(name.removesuffix("_minor")), f"set.{name}")
    matching = await matching_ids(tx, CATALOG[row["noun"]], row["filter"], acting(action, row["noun"], viewer), ids=ids)
    results: Results = {one: refused(NoLongerMatches()) for one in set(ids) - set(matching)}
    if matching:
        results |= await action.perform(tx, row["noun"], row["options"], matching)
    await keep(tx, id, list(results.items()))
    counts = Counter(result.state for result in results.values())
    await advance(tx, id, len(ids), counts)
    return True


async def keep(tx: Tx, id: UUID, results: Sequence[tuple[UUID, Result]]) -> None:
    rows = sorted(results, key=lambda one: one[0])
    await tx.execute(
        load(__name__, "keep_results"), tx.workspace, id, [record for record, _ in rows], [r.state for _, r in rows], [r.code for _, r in rows],
        [r.message and r.message[:1000] for _, r in rows], [dict(r.changes) if r.changes else None for _, r in rows],
    )


async def advance(tx: Tx, id: UUID, done: int, counts: Counter[str]) -> None:
    """`counts` by state; what is taken back is no longer counted as changed."""
    back = counts["REVERTED"] + counts["LEFT"]
    await tx.execute(
        load(__name__, "advance"), tx.workspace, id, done, counts["CHANGED"] - back, counts["UNCHANGED"], counts["REFUSED"], counts["REVERTED"], counts["LEFT"],
        await tx.now(),
    )


async def end(tx: Tx, id: UUID, before: str, state: str, error: str | None) -> bool:
    """Ends a change set once; always False, for there is nothing left to do."""
    row = await tx.row(END, tx.workspace, id, state, error and error[:1000], await tx.now(), before)
    if row:
        data = {name: row[f"{name}_count"] for name in COUNTS} | ({"error": error} if error else {})
        await events.note(tx, KINDS[state], "ChangeSet", id, version=row["version"], data=data)
    return False
