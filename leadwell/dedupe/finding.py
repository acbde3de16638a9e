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
from leadwell.dedupe.keeping import Fresh, Kept, Statement, fresh, sent
from leadwell.dedupe.keys import KeyKind
from leadwell.dedupe.nouns import COMPANY, PERSON, Compared
from leadwell.dedupe.spec import Facts
from leadwell.dedupe.verdict import Decision, Verdict, judge
from leadwell.dedupe.weighing import Model, model

MOST = 50           # records with one key; of more it is told that they are too many
SHOWN = 25
Pair = tuple[UUID, UUID]   # the lower id first


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
    """Whom a subject's keys lead to, with what they are compared by, the keys that lead to too many, and those with whom it is in an open pair."""

    facts: dict[UUID, Facts] = field(default_factory=dict[UUID, Facts])
    crowded: list[int] = field(default_factory=list[int])
    asked: set[UUID] = field(default_factory=set[UUID])


async def check(tx: Tx, *, people: Collection[UUID] = (), companies: Collection[UUID] = ()) -> list[UUID]:
    """Looks for duplicates of records just written, in the transaction that wrote them or later, and keeps the pairs. Answers the pairs that are new
    or open again. A pair that was decided stays decided."""
    return [*await _checked(tx, PERSON, people), *await _checked(tx, COMPANY, companies)]


async def _checked(tx: Tx, of: Compared, ids: Collection[UUID]) -> list[UUID]:
    """In three messages to the database, and two more where a pair is found."""
    found = await fresh(tx, of, ids)
    subjects = [found.by_id[id] for id in dict.fromkeys(ids) if id in found.by_id]
    near = among(found, subjects, await candidates(tx, subjects, found.writing(of)))
    weighed = await model(tx, of, found.version)
    judged: dict[Pair, Verdict] = {}
    for one in subjects:
        for other, facts in near[one.id].facts.items():
            pair = _pair(one.id, other)
            if pair not in judged and of.worth(one.facts, facts) and weighed.scale.likelihood(one.facts, facts) >= weighed.thresholds.review:
                judged[pair] = judge(of.spec, weighed.weights, one.facts, facts)
    asked = {_pair(one.id, other) for one in subjects for other in near[one.id].asked}
    return await put(tx, of, weighed, judged, "WRITE", asked - judged.keys())


async def candidates(tx: Tx, subjects: Sequence[Kept], first: Sequence[Statement] = ()) -> dict[UUID, Near]:
    """Everybody who shares a key with each subject. In one statement with what is to be written `first`, which it does not see."""
    near: dict[UUID, Near] = defaultdict(Near)
    ids, keys = [one.id for one in subjects for _ in one.keys], [key for one in subjects for key in one.keys]
    if not ids:
        await sent(tx, first)
        return near
    for row in await sent(tx, [*first, (load(__name__, "candidates"), (ids, keys, MOST))]):
        at = near[row["subject"]]
        if row["crowded"] is not None:
            at.crowded.append(row["crowded"])
            continue
        at.facts[row["id"]] = row["facts"]
        if row["asked"]:
            at.asked.add(row["id"])
    return near


def among(found: Fresh, subjects: Sequence[Kept], near: dict[UUID, Near]) -> dict[UUID, Near]:
    """The candidates as the records now are: those just read count as they were read, and bring each other together. Pure."""
    sharing: dict[int, list[Kept]] = defaultdict(list)
    for one in found.kept:
        for key in one.keys:
            sharing[key].append(one)
    for one in subjects:
        at = near[one.id]
        for id in found.gone:
            at.facts.pop(id, None)
        at.facts |= {id: found.by_id[id].facts for id in at.facts if id in found.by_id}
        at.facts |= {other.id: other.facts for key in one.keys if len(sharing[key]) <= MOST for other in sharing[key] if other is not one}
    return near


async def put(tx: Tx, of: Compared, weighed: Model, judged: Mapping[Pair, Verdict], found_by: str, faded: Collection[Pair] = ()) -> list[UUID]:
    """Keeps the pairs worth asking about, lets others fade, and notes those that are new."""
    rows = [_row(of, weighed, pair, verdict, found_by) for pair, verdict in judged.items() if weighed.thresholds.decide(verdict) != "IGNORE"]
    if not rows and not faded:
        return []
    now, ended = await tx.now(), sorted(faded)
    fade = [(load(__name__, "fade_pairs"), ([low for low, _ in ended], [high for _, high in ended], now))] if ended else []
    keep = [(load(__name__, "put_pairs"), (rows, now))] if rows else []
    fresh = await sent(tx, [*fade, *keep])
    if rows:
        await events.note_all(tx, [_found(of, row) for row in fresh])
    return [row["id"] for row in fresh] if rows else []


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


def _pair(one: UUID, other: UUID) -> Pair:
    return (one, other) if one < other else (other, one)


def _row(of: Compared, weighed: Model, pair: Pair, verdict: Verdict, found_by: str) -> dict[str, Any]:
    evidence = [{"field": e.field, "level": e.level, "bits": round(e.bits, 2)} for e in verdict.evidence]
    return {
        "id": uuid7(), "noun": of.code, "low_id": pair[0], "high_id": pair[1], "probability": round(verdict.probability, 6),
        "decision": weighed.thresholds.decide(verdict), "evidence": evidence, "held": list(verdict.held), "found_by": found_by,
    }


def _found(of: Compared, row: Any) -> events.Event:
    told = {"noun": of.code, "records": [str(row["low_id"]), str(row["high_id"])], "probability": row["probability"], "decision": row["decision"]}
    person = row["low_id"] if of is PERSON else None
    return events.Event("duplicate.found", "DuplicatePair", row["id"], person, row["version"], told)
