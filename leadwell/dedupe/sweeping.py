"""Looks at everybody for duplicates, a batch at a time: keeps what records are compared by, then compares all who share a key. Any batch may be
done again."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base import faults
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.dedupe.finding import MOST, Pair, put
from leadwell.dedupe.keeping import Statement, made, read, sent
from leadwell.dedupe.nouns import COMPANY, NOUNS, PERSON, Compared
from leadwell.dedupe.teaching import count_terms
from leadwell.dedupe.verdict import Verdict, judge
from leadwell.dedupe.weighing import Model, model

RECORDS, KEYS, PAIRS = 2_500, 2_500, 5_000
BATCHES = 4         # of those in one transaction
FIRST = -(2**63)
NOBODY = UUID(int=0)
NEXT = {"PEOPLE": "COMPANIES", "COMPANIES": "PAIRS", "PAIRS": "DONE"}


@dataclass(frozen=True, slots=True)
class Step:
    """How far a batch came."""

    records: int = 0
    compared: int = 0
    found: int = 0
    crowded: int = 0
    after_id: UUID | None = None
    after_key: int | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs to weigh, with what they are compared by."""

    pairs: Sequence[Pair]
    facts: Mapping[UUID, tuple[str, Any]]
    crowded: int
    after: int
    over: bool


async def start(tx: Tx) -> UUID:
    """Begins a sweep, or answers the one under way."""
    counts = "SELECT count(*) FROM {} x WHERE x.workspace_id = $1 AND x.archived_at IS NULL AND {}"
    total = sum([await tx.value(counts.format(of.table, of.living), tx.workspace) for of in NOUNS])
    id = await tx.value(
        "INSERT INTO duplicate_sweeps (workspace_id, id, phase, total, started_at) VALUES ($1, $2, 'PEOPLE', $3, $4)"
        " ON CONFLICT (workspace_id) WHERE state = 'RUNNING' DO NOTHING RETURNING id", tx.workspace, uuid7(), total, await tx.now())
    if id is None:
        return await tx.value("SELECT s.id FROM duplicate_sweeps s WHERE s.workspace_id = $1 AND s.state = 'RUNNING'", tx.workspace)
    await events.note(tx, "sweep.started", "DuplicateSweep", id, data={"total": total})
    return id


async def step(tx: Tx) -> bool:
    """The next batch of the sweep under way; False when there is none or it has come to its end."""
    sweep = await tx.row("SELECT s.* FROM duplicate_sweeps s WHERE s.workspace_id = $1 AND s.state = 'RUNNING' FOR UPDATE", tx.workspace)
    if sweep is None:
        return False
    phase = sweep["phase"]
    done = await _compare(tx, sweep["after_key"]) if phase == "PAIRS" else await _keep(tx, PERSON if phase == "PEOPLE" else COMPANY, sweep["after_id"])
    faults.point(f"sweeping.{phase.lower()}")
    if done.over and phase == "COMPANIES":
        await count_terms(tx)
    return await _note(tx, dict(sweep), done)


async def _note(tx: Tx, sweep: Mapping[str, Any], done: Step) -> bool:
    phase = NEXT[sweep["phase"]] if done.over else sweep["phase"]
    ended = phase == "DONE"
    await tx.execute(
        "UPDATE duplicate_sweeps SET phase = $3, state = $4, after_id = $5, after_key = $6, records = records + $7, compared = compared + $8,"
        " found = found + $9, crowded = crowded + $10, finished_at = $11 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, sweep["id"], phase, "DONE" if ended else "RUNNING", None if done.over else done.after_id, done.after_key,
        done.records, done.compared, done.found, done.crowded, await tx.now() if ended else None)
    if ended:
        told = {"records": sweep["records"], "compared": sweep["compared"] + done.compared, "found": sweep["found"] + done.found}
        await events.note(tx, "sweep.finished", "DuplicateSweep", sweep["id"], data=told)
    return not ended


async def _keep(tx: Tx, of: Compared, after: UUID | None) -> Step:
    """Batches of records; while one is written, the next is made comparable."""
    writing: Sequence[Statement] = ()
    records, over = 0, False
    for _ in range(BATCHES):
        ids = [row["id"] for row in await tx.fetch(
            f"SELECT x.id FROM {of.table} x WHERE x.workspace_id = $1 AND x.id > $2 ORDER BY x.id LIMIT $3", tx.workspace, after or NOBODY, RECORDS)]
        found = await read(tx, of, ids, peers=False, changed=True)
        fresh, _ = await asyncio.gather(asyncio.to_thread(made, of, found), sent(tx, writing))
        writing, records = fresh.writing(of), records + len(fresh.kept) + found.same
        after, over = ids[-1] if ids else after, len(ids) < RECORDS
        if over:
            break
    await sent(tx, writing)
    return Step(records=records, after_id=after, over=over)


async def _compare(tx: Tx, after: int | None) -> Step:
    """Batches of pairs behind the next keys; while one is weighed, the next is read."""
    await tx.execute("SET LOCAL enable_hashagg = off")
    await tx.execute("SET LOCAL enable_sort = off")
    models = [(of, await model(tx, of)) for of in NOUNS]
    found, batch = Step(), await _batch(tx, FIRST if after is None else after)
    for left in range(BATCHES - 1, -1, -1):
        ahead = _batch(tx, batch.after) if left and not batch.over else asyncio.sleep(0)
        following, (compared, judged) = await asyncio.gather(ahead, asyncio.to_thread(_weighed, models, batch))
        new = [len(await put(tx, of, weighed, judged[of.code], "SWEEP")) for of, weighed in models]
        found = Step(0, found.compared + compared, found.found + sum(new), found.crowded + batch.crowded, None, batch.after, batch.over)
        if following is None:
            break
        batch = following
    return found


async def _batch(tx: Tx, after: int) -> Batch:
    """The pairs behind the next keys, until they are enough."""
    rows = await tx.fetch(load(__name__, "blocks"), tx.workspace, after, KEYS, MOST)
    taken, pairs = _some(rows)
    facts = await _facts(tx, {id for pair in pairs for id in pair})
    return Batch(pairs, facts, sum(row["ids"] is None for row in rows[:taken]), rows[taken - 1]["key"] if taken else after, taken == len(rows) < KEYS)


def _some(rows: Sequence[Any]) -> tuple[int, list[Pair]]:
    """How many of the keys are taken, and their pairs, each once."""
    pairs: dict[Pair, None] = {}
    for taken, row in enumerate(rows, 1):
        pairs.update(dict.fromkeys(combinations(sorted(row["ids"] or ()), 2)))
        if len(pairs) >= PAIRS:
            return taken, list(pairs)
    return len(rows), list(pairs)


def _weighed(models: Sequence[tuple[Compared, Model]], batch: Batch) -> tuple[int, dict[str, dict[Pair, Verdict]]]:
    """How many pairs were worth weighing, and the verdicts by kind of record."""
    found = {of.code: _judged(of, weighed, batch.pairs, batch.facts) for of, weighed in models}
    return sum(compared for compared, _ in found.values()), {code: judged for code, (_, judged) in found.items()}


def _judged(of: Compared, weighed: Model, pairs: Sequence[Pair], facts: Mapping[UUID, tuple[str, Any]]) -> tuple[int, dict[Pair, Verdict]]:
    """How many pairs were worth weighing, and the verdicts of those worth asking about."""
    mine = {id: told for id, (noun, told) in facts.items() if noun == of.noun}
    worth, review, likelihood, compared = of.worth, weighed.thresholds.review, weighed.scale.likelihood, 0
    judged: dict[Pair, Verdict] = {}
    for low, high in pairs if mine else ():
        if low in mine and high in mine and worth(one := mine[low], other := mine[high]):
            compared += 1
            if likelihood(one, other) >= review:
                judged[low, high] = judge(of.spec, weighed.weights, one, other)
    return compared, judged


async def _facts(tx: Tx, ids: set[UUID]) -> dict[UUID, tuple[str, Any]]:
    rows = await tx.fetch(
        "SELECT r.record_id, r.noun, r.facts FROM match_records r WHERE r.workspace_id = $1 AND r.record_id = ANY($2::uuid[])", tx.workspace, list(ids))
    return {row["record_id"]: (row["noun"], row["facts"]) for row in rows}
