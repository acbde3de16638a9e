"""Takes a merge back: its manifest is gone through backwards, step by step; what changed since stays where it is and is listed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell import dedupe, events
from leadwell.base import faults
from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.merging.engine import KEEPERS, Fold, keeper
from leadwell.merging.folding import TABLES
from leadwell.merging.reading import redirected, sql
from leadwell.merging.references import of
from leadwell.merging.refusals import AlreadyUnmerged, MergeBlanked, MergedFurther
from leadwell.merging.tables import COLUMNS
from leadwell.merging.told import opaque, unfold
from leadwell.merging.undoing import bringing_back, dropping, giving_back
from leadwell.merging.verbs import wake

FOR_GOOD = frozenset({"enrollments", "consents", "suppressions"})   # what a merge does to them is not taken back, but listed


@dataclass(frozen=True, slots=True)
class Remain:
    """What could not be split: CHANGED_SINCE (what it is now counts), REPLACED (another row took its place), KEPT (opt-outs spread and enrollments
    ended by the merge), NEW_SINCE (came after the merge and stays with the survivor). `keys` are the first hundred."""

    table: str
    reason: str
    count: int
    keys: Sequence[Mapping[str, Any]] = ()

    def told(self) -> dict[str, Any]:
        return {"table": self.table, "reason": self.reason, "count": self.count, "keys": [dict(key) for key in self.keys]}


@dataclass(frozen=True, slots=True)
class Unmerged:
    """The merge taken back, and what stayed."""

    noun: str
    merge_id: UUID
    survivor_id: UUID
    restored_ids: Sequence[UUID]
    remains: Sequence[Remain]


async def unmerge(tx: Tx, merge_id: UUID) -> Unmerged:
    """Gives everybody back what was theirs. NotFound, AlreadyUnmerged, MergeBlanked, MergedFurther."""
    row = await tx.row(
        "SELECT m.noun, m.survivor_id, m.loser_ids, m.folds, m.at FROM merges m WHERE m.workspace_id = $1 AND m.id = $2", tx.workspace, merge_id)
    if row is None:
        raise NotFound(noun="merge", field="id")
    folds = [unfold(one) for one in row["folds"]]
    await _lock(tx, merge_id, folds)
    faults.point("unmerging.locked")
    await tx.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    await tx.execute("SET LOCAL work_mem = '64MB'")
    remains = [one for fold in folds for one in await _since(tx, fold, row["at"])]
    for step in await tx.fetch(load(__name__, "steps"), tx.workspace, merge_id):
        remains += await _undo(tx, merge_id, dict(step))
    remains = summed(remains)
    faults.point("unmerging.split")
    await tx.execute(
        "UPDATE merges SET unmerged_at = $3, unmerged_by = $4, remains = $5 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, merge_id, await tx.now(), str(tx.actor), [one.told() for one in remains])
    for fold in folds:
        if fold.noun in ("Person", "Company"):
            await dedupe.unmerged(tx, [fold.survivor, *fold.losers])
    await _tell(tx, merge_id, folds)
    people = row["loser_ids"] if row["noun"] == "PERSON" else ()
    for id in (row["survivor_id"], *row["loser_ids"]) if not people else (row["survivor_id"],):
        await wake(tx, folds[0].noun, id, *people)
    faults.point("unmerging.done")
    return Unmerged(folds[0].noun, merge_id, row["survivor_id"], row["loser_ids"], remains)


def summed(found: Sequence[Remain]) -> list[Remain]:
    """One for each table and reason."""
    by: dict[tuple[str, str], Remain] = {}
    for one in found:
        known = by.get((one.table, one.reason), Remain(one.table, one.reason, 0))
        by[one.table, one.reason] = Remain(one.table, one.reason, known.count + one.count, [*known.keys, *one.keys][:100])
    return list(by.values())


async def _lock(tx: Tx, merge_id: UUID, folds: Sequence[Fold]) -> None:
    """People before companies, each in order of ids; whether the merge still holds is asked behind them."""
    for noun in ("Person", "Company"):
        if ids := [id for fold in folds if fold.noun == noun for id in (fold.survivor, *fold.losers)]:
            await sql(tx, f"lock_{TABLES[noun]}", ids, locking=True)
    stands = await tx.row("SELECT m.unmerged_at, m.blanked_at FROM merges m WHERE m.workspace_id = $1 AND m.id = $2", tx.workspace, merge_id)
    assert stands is not None, "merges are not deleted"
    if stands["unmerged_at"]:
        raise AlreadyUnmerged()
    if stands["blanked_at"]:
        raise MergeBlanked(field="id")
    top = folds[0]
    if await redirected(tx, top.noun, [top.survivor]):
        later = await tx.value(
            "SELECT m.id FROM merges m WHERE m.workspace_id = $1 AND m.loser_ids @> ARRAY[$2::uuid] AND m.unmerged_at IS NULL", tx.workspace, top.survivor)
        raise MergedFurther(later=later and opaque("Merge", later))


async def _since(tx: Tx, fold: Fold, at: Any) -> list[Remain]:
    """What came to the survivor after the merge: nobody can say whose it is."""
    found: list[Remain] = []
    for one in of(fold.noun):
        when = next((c for c in ("created_at", "at", "entered_at") if c in COLUMNS[one.table]), None)
        if when is None or one.how == "RECOMPUTED" or one.table == "redirects":
            continue
        only = "AND " + one.only.replace("{t}", "t") if one.only else ""
        n = await tx.value(
            f"SELECT count(*) FROM {one.table} t WHERE t.workspace_id = $1 AND t.{one.column} = $2 AND t.{when} > $3 {only}", tx.workspace, fold.survivor, at)
        if n and all(o.table != one.table for o in found):
            found.append(Remain(one.table, "NEW_SINCE", n))
    return found


async def _undo(tx: Tx, merge_id: UUID, step: Mapping[str, Any]) -> list[Remain]:
    table, action, args = step["table_name"], step["action"], (tx.workspace, merge_id, step["step"], step["action"])
    if table in FOR_GOOD and action != "MOVED":
        return _left(step, "KEPT", await tx.fetch(load(__name__, "left"), *args, []))
    if table == "leads" and action == "CHANGED" and "merged_into" in step["before_columns"]:
        done = await _reopen(tx, merge_id, step["step"])
        return _left(step, "CHANGED_SINCE", await tx.fetch(load(__name__, "left"), *args, done))
    if action == "REMOVED":
        return _left(step, "REPLACED", await tx.fetch(bringing_back(table), *args))
    if action == "ADDED":
        return _left(step, "CHANGED_SINCE", await tx.fetch(dropping(table, tuple(step["key_columns"]), tuple(step["after_columns"])), *args))
    statement = giving_back(table, action, *(tuple(step[f"{part}_columns"]) for part in ("key", "before", "after")))
    if table in KEEPERS and action == "MOVED":
        async with keeper(tx):
            return _left(step, "CHANGED_SINCE", await tx.fetch(statement, *args))
    return _left(step, "CHANGED_SINCE", await tx.fetch(statement, *args))


async def _reopen(tx: Tx, merge_id: UUID, step: int) -> list[UUID]:
    """Leads that ended as MERGED are what they were; the lines of the manifest that said so."""
    now = await tx.now()
    rows = await tx.fetch("SELECT r.id FROM lw_reopen_merged($1, $2, $3, $4) AS r (id)", tx.workspace, merge_id, step, now)
    done = [row["id"] for row in rows]
    leads = await tx.fetch(
        "SELECT (m.keys -> 0 ->> 'id')::uuid AS id FROM merge_rows m WHERE m.workspace_id = $1 AND m.id = ANY($2::uuid[])", tx.workspace, done)
    await tx.execute(load(__name__, "reopened"), tx.workspace, [r["id"] for r in leads], str(tx.actor), now)
    return done


def _left(step: Mapping[str, Any], reason: str, rows: Sequence[Any]) -> list[Remain]:
    """The rows of a step that were not taken back."""
    return [Remain(step["table_name"], reason, rows[0]["n"], [row["key"] for row in rows])] if rows else []


async def _tell(tx: Tx, merge_id: UUID, folds: Sequence[Fold]) -> None:
    told = {"merge_id": str(merge_id)}
    await events.note_all(tx, [
        events.Event(f"{fold.noun.lower()}.unmerged", fold.noun, id, id if fold.noun == "Person" else None, data={**told, "from": str(fold.survivor)})
        for fold in folds for id in fold.losers])  # fmt: skip
