"""What is decided about pairs, and remembered for good."""

from collections.abc import Collection
from itertools import combinations
from typing import Any
from uuid import UUID

from leadwell import events, work
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import checked_version
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.dedupe.finding import check
from leadwell.dedupe.keeping import keep
from leadwell.dedupe.nouns import NOUNS, PERSON
from leadwell.dedupe.verdict import judge
from leadwell.dedupe.weighing import model

PAIR = "duplicate pair"


class AlreadyMerged(Refusal):
    """These two have been merged."""

    fix = "Unmerge them if they are two."
    status = 409


class SameRecord(Refusal):
    """A record is no duplicate of itself."""

    fix = "Name two different records of one kind."


class OnePair(Refusal):
    """Name one pair by id, or two people, or two companies."""

    fix = "Give either id, or recordIds with two ids of one kind."


async def dismiss(tx: Tx, pair_id: UUID, note: str | None = None, expected_version: int | None = None) -> UUID:
    """Two of their own, for good: no check and no sweep asks again. A second time changes nothing. NotFound, AlreadyMerged, StaleVersion."""
    row = await _locked(tx, pair_id)
    if row["state"] == "NOT_DUPLICATE":
        return pair_id
    checked_version(row, PAIR, expected_version)
    if row["state"] == "MERGED":
        raise AlreadyMerged(field="id")
    await _decide(tx, row, "NOT_DUPLICATE", "duplicate.dismissed", note)
    return pair_id


async def dismiss_records(tx: Tx, code: str, one: UUID, other: UUID, note: str | None = None) -> UUID:
    """The same of two records that no check has put up. NotFound, SameRecord, AlreadyMerged."""
    return await dismiss(tx, await pair(tx, code, one, other), note)


async def reopen(tx: Tx, pair_id: UUID, expected_version: int | None = None) -> UUID:
    """Takes back a "not a duplicate". NotFound, AlreadyMerged, StaleVersion."""
    row = await _locked(tx, pair_id)
    if row["state"] == "OPEN":
        return pair_id
    checked_version(row, PAIR, expected_version)
    if row["state"] == "MERGED":
        raise AlreadyMerged(field="id")
    await _decide(tx, row, "OPEN", "duplicate.reopened", None)
    return pair_id


async def pair(tx: Tx, code: str, one: UUID, other: UUID) -> UUID:
    """The pair of two records, made as seen by a person if there is none. NotFound, SameRecord."""
    if one == other:
        raise SameRecord(field="other_id")
    low, high = (one, other) if one < other else (other, one)
    known = "SELECT d.id FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.low_id = $2 AND d.high_id = $3"
    found = await tx.value(known, tx.workspace, low, high)
    if found:
        return found
    of = next(of for of in NOUNS if of.code == code)
    kept = {record.id: record for record in await keep(tx, of, [low, high])}
    for field, id in (("id", one), ("other_id", other)):
        if id not in kept:
            raise NotFound(field=field, noun="person" if of is PERSON else "company")
    weighed = await model(tx, of)
    verdict = judge(of.spec, weighed.weights, kept[low].facts, kept[high].facts)
    evidence = [{"field": e.field, "level": e.level, "bits": round(e.bits, 2)} for e in verdict.evidence]
    await tx.execute(
        "INSERT INTO duplicate_pairs (workspace_id, id, noun, low_id, high_id, probability, decision, evidence, held, found_by, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'REVIEW', $7, $8, 'USER', $9, $9) ON CONFLICT (workspace_id, low_id, high_id) DO NOTHING",
        tx.workspace, uuid7(), code, low, high, round(verdict.probability, 6), evidence, list(verdict.held), await tx.now())
    return await tx.value(known, tx.workspace, low, high)


async def confirmed(tx: Tx, pair_id: UUID) -> bool:
    """Whether two people in an open pair are beyond doubt one as they now are: locked, read and weighed again. What has changed is kept with the pair."""
    row = await _locked(tx, pair_id)
    if (row["noun"], row["state"]) != (PERSON.code, "OPEN"):
        return False
    await check(tx, people=[row["low_id"], row["high_id"]])
    return await tx.value(
        "SELECT d.state = 'OPEN' AND d.decision = 'LINK' FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.id = $2", tx.workspace, pair_id)


async def merged(tx: Tx, survivor: UUID, gone: Collection[UUID], code: str = PERSON.code, *, merge_id: UUID | None = None, automatic: bool = False) -> None:
    """Told by a merge, in its transaction: pairs among these records are merged, what was decided about the others goes over to the survivor, and
    their open pairs are looked at anew as the survivor's. `code`: PERSON or COMPANY; `automatic`: nobody was asked."""
    records = sorted({survivor, *gone})
    found = list(combinations(records, 2))
    lows, highs, ids = [low for low, _ in found], [high for _, high in found], [uuid7() for _ in found]
    await tx.execute(load(__name__, "merged"), tx.workspace, lows, highs, ids, code, await tx.now(), tx.actor.user, merge_id, automatic)
    await tx.execute(load(__name__, "inherit"), tx.workspace, survivor, sorted(gone), await tx.now())
    await tx.execute(load(__name__, "forget"), tx.workspace, sorted(gone))
    await wake(tx, [survivor])


async def forget(tx: Tx, records: Collection[UUID]) -> None:
    """For the erasure of people, in its transaction: what they were compared by goes, and what was noted about their pairs."""
    await tx.execute(load(__name__, "forget"), tx.workspace, sorted(records))
    await tx.execute(
        "UPDATE duplicate_pairs SET note = NULL, state = CASE WHEN state = 'OPEN' THEN 'FADED' ELSE state END, version = version + 1, updated_at = $3"
        " WHERE workspace_id = $1 AND (low_id = ANY($2::uuid[]) OR high_id = ANY($2::uuid[]))", tx.workspace, sorted(records), await tx.now())


async def unmerged(tx: Tx, records: Collection[UUID]) -> None:
    """Told by an unmerge, in its transaction: who took them apart knows that they are two. They are looked at anew beside all others."""
    await tx.execute(
        "UPDATE duplicate_pairs SET state = 'NOT_DUPLICATE', automatic = false, version = version + 1, updated_at = $3, decided_at = $3, decided_by_id = $4"
        " WHERE workspace_id = $1 AND low_id = ANY($2::uuid[]) AND high_id = ANY($2::uuid[]) AND state = 'MERGED'",
        tx.workspace, sorted(records), await tx.now(), tx.actor.user)
    await wake(tx, records)


async def wake(tx: Tx, ids: Collection[UUID]) -> None:
    """Has these records, people or companies, checked by a worker."""
    await work.put(tx, *(work.NewJob("match", "match.record", {"id": str(id)}, key=str(id), priority=1) for id in sorted(ids)))


async def _locked(tx: Tx, pair_id: UUID) -> dict[str, Any]:
    row = await tx.row("SELECT d.* FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.id = $2 FOR NO KEY UPDATE", tx.workspace, pair_id)
    if row is None:
        raise NotFound(field="id", noun=PAIR)
    return dict(row)


async def _decide(tx: Tx, row: dict[str, Any], state: str, kind: str, note: str | None) -> None:
    now = await tx.now()
    decided = None if state == "OPEN" else now
    await tx.execute(
        "UPDATE duplicate_pairs SET state = $3, note = $4, decided_at = $5, decided_by_id = $6, version = version + 1, updated_at = $7"
        " WHERE workspace_id = $1 AND id = $2", tx.workspace, row["id"], state, note, decided, tx.actor.user if decided else None, now)
    person = row["low_id"] if row["noun"] == PERSON.code else None
    told = {"noun": row["noun"], "records": [str(row["low_id"]), str(row["high_id"])], "changes": {"state": [row["state"], state]}}
    await events.note(tx, kind, "DuplicatePair", row["id"], person_id=person, version=row["version"] + 1, data=told)


