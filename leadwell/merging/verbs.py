"""Merges people or companies: lock, read, decide, move, put away, note; all of it in the caller's transaction. A second call finds the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from leadwell import work
from leadwell.base import faults
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.merging import consents, told
from leadwell.merging.engine import Manifest, counted
from leadwell.merging.fields import BLOCKS, Conflict
from leadwell.merging.folding import carry, give
from leadwell.merging.plan import Facts, Plan, Wish, plan
from leadwell.merging.reading import living, ordered, read
from leadwell.merging.refusals import MOST, BadMergeField, HiddenCompany, MergeIntoItself, NothingToMerge, StalePlan, TooManyToMerge

VALUES = {
    "Person": frozenset({"name", "email", "phone", "title", "language", "time_zone", "street", "postal_code", "city", "region", "country"}),
    "Company": frozenset({"name", "domain", "website", "industry", "employees", "phone", "street", "postal_code", "city", "region", "country"}),
}
AGAIN = (timedelta(seconds=5), timedelta(minutes=2))   # when to look for rows that were on their way


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did. `replayed`: an earlier one had done it. `counts`: rows of the manifest by table."""

    id: UUID | None
    survivor_id: UUID
    replayed: bool
    plan_hash: str
    conflicts: Sequence[Conflict] = ()
    counts: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do now. `rows`: how many would move or collapse, by table."""

    plan: Plan
    facts: Facts
    rows: Mapping[str, int]
    consents: consents.Stricter


async def preview(tx: Tx, noun: str, wish: Wish) -> Preview:
    """The same planner, without locks and without writing; the transaction may be read-only."""
    facts, decided = await _decide(tx, noun, wish, locking=False)
    added = consents.stricter(await consents.read(tx, [r.id for r in facts.records], locking=False)) if noun == "Person" else consents.Stricter()
    return Preview(decided, facts, await counted(tx, [one.fold for one in decided.folds]), added)


async def merge(tx: Tx, noun: str, wish: Wish) -> Merged:
    """Makes one record of several. NotFound, NothingToMerge, MergeIntoItself, TooManyToMerge, BadMergeField, StalePlan, HiddenCompany."""
    if noun == "Company":
        await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('company hierarchy ' || $1::uuid::text, 0))", tx.workspace)
    facts, decided = await _decide(tx, noun, wish, locking=True)
    faults.point("merging.locked")
    if len(facts.records) == 1:
        return await _replayed(tx, noun, facts.records[0].id)
    if wish.plan_hash is not None and wish.plan_hash != decided.hash:
        raise StalePlan(plan_hash=decided.hash)
    await tx.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    await tx.execute("SET LOCAL work_mem = '64MB'")     # a hundred thousand activities are joined and told in memory
    return await _carry_out(tx, noun, wish, facts, decided)


def check(noun: str, wish: Wish) -> None:
    """What can be said without looking."""
    if not wish.losers:
        raise NothingToMerge(field="ids")
    if wish.survivor in wish.losers:
        raise MergeIntoItself(field=f"ids.{wish.losers.index(wish.survivor)}")
    if len(set(wish.losers)) > MOST:
        raise TooManyToMerge(field="ids", count=len(set(wish.losers)))
    names = {one.name for one in BLOCKS[noun]}
    members = {wish.survivor, *wish.losers}
    for name, policy in wish.policies.items():
        if name not in names:
            raise BadMergeField(field="fields", name=name, why="there is no such field; address and name are decided as one")
        if isinstance(policy, UUID) and policy not in members:
            raise BadMergeField(field="fields", name=name, why="the record named is not one of those merged")
    for name in wish.values:
        if name not in VALUES[noun]:
            raise BadMergeField(field="fields", name=name, why="no value can be given for it")


async def _decide(tx: Tx, noun: str, wish: Wish, *, locking: bool) -> tuple[Facts, Plan]:
    check(noun, wish)
    meaning, rows = await living(tx, noun, [wish.survivor, *wish.losers], locking=locking)
    if noun == "Company" and any(row["kind"] == "INDIVIDUAL" for row in rows.values()):
        raise HiddenCompany(field="ids")
    facts = await read(tx, noun, ordered(wish, meaning, rows), locking=locking)
    today = {name: meaning[p] if isinstance(p, UUID) else p for name, p in wish.policies.items()}
    return facts, plan(replace(wish, policies=today), facts)


async def _replayed(tx: Tx, noun: str, survivor: UUID) -> Merged:
    """They are one already: the latest merge that made it so."""
    row = await tx.row(
        "SELECT m.id, m.plan_hash FROM merges m WHERE m.workspace_id = $1 AND m.survivor_id = $2 AND m.noun = $3 AND m.unmerged_at IS NULL"
        " ORDER BY m.at DESC, m.id DESC LIMIT 1", tx.workspace, survivor, noun.upper())
    if row is None:
        raise NothingToMerge(field="ids")
    return Merged(row["id"], survivor, True, row["plan_hash"])


async def _carry_out(tx: Tx, noun: str, wish: Wish, facts: Facts, decided: Plan) -> Merged:
    manifest, survivor = Manifest(tx, uuid7(), automatic=wish.automatic), facts.records[0].id
    ids = [r.id for r in facts.records]
    added = consents.stricter(await consents.read(tx, ids, locking=True)) if noun == "Person" else consents.Stricter()
    folds = [told.fold(one.fold) for one in decided.folds]
    await tx.execute(
        load(__name__, "merge"), tx.workspace, manifest.merge_id, noun.upper(), survivor, ids[1:], folds, decided.hash,
        [told.conflict(one) for one in decided.conflicts], str(tx.actor), await tx.now())
    await carry(manifest, facts, decided)
    await consents.spread(manifest, survivor, added)
    await give(manifest, noun, survivor, wish.values)
    await wake(tx, noun, survivor)
    for delay in AGAIN:
        key = f"{manifest.merge_id}:{int(delay.total_seconds())}"
        await work.put(tx, work.NewJob("upkeep", "upkeep.merged", {"merge_id": str(manifest.merge_id)}, key=key, delay=delay))
    faults.point("merging.done")
    return Merged(manifest.merge_id, survivor, False, decided.hash, decided.conflicts, manifest.counts)


async def wake(tx: Tx, noun: str, *ids: UUID) -> None:
    """Scores are made again from what the survivor has lived through now."""
    if noun == "Person":
        await work.put(tx, *(work.NewJob("score", "score.person", {"person_id": str(id)}, key=str(id)) for id in ids))
        return
    rows = await tx.fetch(load("leadwell.companies.editing", "people"), tx.workspace, list(ids))
    await work.put(tx, *(work.NewJob("score", "score.person", {"person_id": str(r["person_id"])}, key=str(r["person_id"])) for r in rows))

