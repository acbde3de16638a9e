"""Finds who may be one with whom: candidates in one statement, verdicts without I/O, pairs kept for review."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.dedupe.keeping import Kept, keep
from leadwell.dedupe.keys import KeyKind
from leadwell.dedupe.nouns import COMPANY, PERSON, Compared
from leadwell.dedupe.spec import Facts
from leadwell.dedupe.verdict import Decision, Verdict, judge
from leadwell.dedupe.weighing import Model, model

MOST = 50           # records with one key; of more it is told that they are too many
SHOWN = 25


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate, how likely it is the one, and why."""

    id: UUID
    verdict: Verdict
    decision: Decision


@dataclass(frozen=True, slots=True)
class Matches:
    """The likeliest first. `crowded`: what too many share to compare them all, such as a common name; there may be more candidates then."""

    found: tuple[Match, ...] = ()
    crowded: tuple[str, ...] = ()


@dataclass(slots=True)
class Near:
    """Whom a subject's keys lead to, with what they are compared by, and the keys that lead to too many."""

    facts: dict[UUID, Mapping[str, Sequence[str]]] = field(default_factory=dict[UUID, Mapping[str, Sequence[str]]])
    crowded: list[int] = field(default_factory=list[int])


async def check(tx: Tx, *, people: Collection[UUID] = (), companies: Collection[UUID] = ()) -> list[UUID]:
    """Looks for duplicates of records just written, in the transaction that wrote them or later, and keeps the pairs. Answers the pairs that are new
    or open again. A pair that was decided stays decided."""
    return [*await _checked(tx, PERSON, people), *await _checked(tx, COMPANY, companies)]


async def _checked(tx: Tx, of: Compared, ids: Collection[UUID]) -> list[UUID]:
    kept = await keep(tx, of, ids)
    if not kept:
        return []
    near, weighed = await candidates(tx, kept), await model(tx, of)
    judged = {_order(one.id, other): judge(of.spec, weighed.weights, one.facts, facts) for one in kept for other, facts in near[one.id].facts.items()}
    return await put(tx, of, weighed, judged, "WRITE", fade=True)


async def candidates(tx: Tx, subjects: Sequence[Kept]) -> dict[UUID, Near]:
    """Everybody who shares a key with each subject, in one statement."""
    found: dict[UUID, Near] = defaultdict(Near)
    ids, keys = [one.id for one in subjects for _ in one.keys], [key for one in subjects for key in one.keys]
    for row in await tx.fetch(load(__name__, "candidates"), tx.workspace, ids, keys, MOST) if keys else ():
        if row["crowded"] is not None:
            found[row["subject"]].crowded.append(row["crowded"])
        else:
            found[row["subject"]].facts[row["id"]] = row["facts"]
    return found


async def put(
    tx: Tx, of: Compared, weighed: Model, judged: Mapping[tuple[UUID, UUID], Verdict], found_by: str, *, fade: bool = False
) -> list[UUID]:
    """Keeps the pairs worth asking about, notes those that are new, and lets others fade."""
    rows = [_row(of, weighed, pair, verdict, found_by) for pair, verdict in judged.items() if weighed.thresholds.decide(verdict) != "IGNORE"]
    now = await tx.now()
    fresh = await tx.fetch(load(__name__, "put_pairs"), tx.workspace, rows, now) if rows else []
    await events.note_all(tx, [_found(of, row) for row in fresh])
    ignored = [pair for pair, verdict in judged.items() if weighed.thresholds.decide(verdict) == "IGNORE"] if fade else []
    if ignored:
        await tx.execute(load(__name__, "fade_pairs"), tx.workspace, [low for low, _ in ignored], [high for _, high in ignored], now)
    return [row["id"] for row in fresh]


async def find(tx: Tx, of: Compared, subject: Kept) -> Matches:
    """Candidates for a subject that is asked about, the improbable ones too, so that what speaks against them can be read. Writes nothing."""
    near, weighed = (await candidates(tx, [subject]))[subject.id], await model(tx, of)
    return Matches(weigh(weighed, of, subject.facts, near.facts)[:SHOWN], crowding(near.crowded))


def weigh(weighed: Model, of: Compared, facts: Facts, near: Mapping[UUID, Facts]) -> tuple[Match, ...]:
    """The likeliest first."""
    judged = [(id, judge(of.spec, weighed.weights, facts, other)) for id, other in near.items()]
    judged.sort(key=lambda pair: (-pair[1].probability, -sum(e.bits for e in pair[1].evidence), pair[0]))
    return tuple(Match(id, verdict, weighed.thresholds.decide(verdict)) for id, verdict in judged)


def crowding(keys: Iterable[int]) -> tuple[str, ...]:
    """Of what the keys are that too many share."""
    return tuple(sorted({KeyKind(key & 0xF).name for key in keys}))


def _order(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    return (one, other) if one < other else (other, one)


def _row(of: Compared, weighed: Model, pair: tuple[UUID, UUID], verdict: Verdict, found_by: str) -> dict[str, Any]:
    evidence = [{"field": e.field, "level": e.level, "bits": round(e.bits, 2)} for e in verdict.evidence]
    return {
        "id": uuid7(), "noun": of.code, "low_id": pair[0], "high_id": pair[1], "probability": round(verdict.probability, 6),
        "decision": weighed.thresholds.decide(verdict), "evidence": evidence, "held": list(verdict.held), "found_by": found_by,
    }


def _found(of: Compared, row: Any) -> events.Event:
    told = {"noun": of.code, "records": [str(row["low_id"]), str(row["high_id"])], "probability": row["probability"], "decision": row["decision"]}
    person = row["low_id"] if of is PERSON else None
    return events.Event("duplicate.found", "DuplicatePair", row["id"], person, row["version"], told)
