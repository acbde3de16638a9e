"""What a workspace's own records teach: which values are frequent, and how much each field's levels weigh."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from random import Random
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.dedupe.finding import MOST
from leadwell.dedupe.keys import KeyKind
from leadwell.dedupe.learning import Session, learn
from leadwell.dedupe.nouns import NOUNS, Compared
from leadwell.dedupe.spec import Weights
from leadwell.dedupe.verdict import Vector, vector
from leadwell.dedupe.weighing import model, own

FREQUENT = 2_000        # values kept of a field
COUNTED = 200_000       # records are enough to know what is frequent
SAMPLE, BLOCKS = 20_000, 4_000      # random pairs; keys of a kind whose pairs are looked at
FEWEST = 50             # pairs below which nothing is learnt
PLACE = {"street", "postal", "city"}
BLOCKED = {
    KeyKind.EMAIL: {"email", "handle", "shared", "verified", "company"}, KeyKind.PHONE: {"phone", "line"}, KeyKind.NAME: {"given", "family"},
    KeyKind.HANDLE: {"handle", "email", "shared", "verified"}, KeyKind.STREET: PLACE,
    KeyKind.COMPANY_DOMAIN: {"domain"}, KeyKind.COMPANY_NAME: {"name"}, KeyKind.COMPANY_PHONE: {"phone"}, KeyKind.COMPANY_STREET: PLACE,
}
Facts = Mapping[UUID, Mapping[str, Sequence[str]]]


async def count_terms(tx: Tx) -> None:
    """Counts the records and their frequent values; weights of names follow from them."""
    for of in NOUNS:
        records = await tx.value("SELECT count(*) FROM match_records r WHERE r.workspace_id = $1 AND r.noun = $2", tx.workspace, of.noun)
        rows = await tx.fetch(load(__name__, "terms"), tx.workspace, of.noun, list(of.counted), list(of.words), FREQUENT, max(records // COUNTED, 1))
        terms: dict[str, dict[str, float]] = {name: {} for name in of.counted}
        for row in rows:
            terms[row["field"]][row["value"]] = row["n"] / max(records, 1)
        row = await own(tx, of)
        if (row["records"], row["terms"]) != (records, terms):
            await tx.execute(
                "UPDATE match_models SET records = $3, terms = $4, version = version + 1, updated_at = $5 WHERE workspace_id = $1 AND id = $2",
                tx.workspace, row["id"], records, terms, await tx.now())


async def teach(tx: Tx, of: Compared) -> int:
    """Learns this workspace's weights from its records as they are kept; answers from how many pairs. Too few: 0, and the weights stay."""
    await count_terms(tx)
    weights, records = (await model(tx, of)).weights, await tx.value(
        "SELECT count(*) FROM match_records r WHERE r.workspace_id = $1 AND r.noun = $2", tx.workspace, of.noun)
    sessions = [session for kind, names in BLOCKED.items() if (session := await _session(tx, of, weights, kind, names))]
    pairs = sum(int(sum(session.counts.values())) for session in sessions)
    if pairs < FEWEST:
        return 0
    learnt = learn(of.spec, weights, sessions, await _random(tx, of, weights), records * (records - 1) / 2)
    await _keep(tx, of, learnt, pairs)
    return pairs


async def _keep(tx: Tx, of: Compared, learnt: Weights, pairs: int) -> None:
    row, now = await own(tx, of), await tx.now()
    odds = {name: [[round(n, 9) for n in level] for level in levels] for name, levels in learnt.odds.items()}
    await tx.execute(
        "UPDATE match_models SET prior = $3, odds = $4, learnt_at = $5, learnt_pairs = $6, version = version + 1, updated_at = $5"
        " WHERE workspace_id = $1 AND id = $2", tx.workspace, row["id"], learnt.prior, odds, now, pairs)
    await events.note(tx, "matchModel.learnt", "MatchModel", row["id"], version=row["version"] + 1, data={"noun": of.code, "pairs": pairs})


async def _session(tx: Tx, of: Compared, weights: Weights, kind: KeyKind, blocked: set[str]) -> Session | None:
    """The pairs that keys of one kind bring together, as counts of their vectors."""
    rows = await tx.fetch(load(__name__, "blocks_of"), tx.workspace, int(kind), BLOCKS, MOST)
    facts = await _facts(tx, of, [id for row in rows for id in row["ids"]])
    pairs = [pair for row in rows for pair in combinations(sorted(row["ids"]), 2)]
    counts: Counter[Vector] = Counter(vector(of.spec, weights, facts[low], facts[high]) for low, high in pairs if low in facts and high in facts)
    return Session(frozenset(blocked), counts) if counts else None


async def _random(tx: Tx, of: Compared, weights: Weights) -> Mapping[Vector, float]:
    """Pairs of records as chance brings them together."""
    rows = await tx.fetch(
        "SELECT r.record_id FROM match_records r WHERE r.workspace_id = $1 AND r.noun = $2 ORDER BY hashint8(r.keys[1]), r.record_id LIMIT 2000",
        tx.workspace, of.noun)
    facts = list((await _facts(tx, of, [row["record_id"] for row in rows])).values())
    chance = Random(0)
    return Counter(vector(of.spec, weights, *chance.sample(facts, 2)) for _ in range(SAMPLE)) if len(facts) > 1 else {}


async def _facts(tx: Tx, of: Compared, ids: list[UUID]) -> Facts:
    rows: list[Any] = await tx.fetch(
        "SELECT r.record_id, r.facts FROM match_records r WHERE r.workspace_id = $1 AND r.noun = $2 AND r.record_id = ANY($3::uuid[])",
        tx.workspace, of.noun, list(set(ids)))
    return {row["record_id"]: row["facts"] for row in rows}
