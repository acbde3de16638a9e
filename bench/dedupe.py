"""Duplicates: how well they are found in labeled data that nothing was fitted on, how fast one check is, and how long a look at everybody takes."""

import csv
import gzip
import os
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from random import Random
from statistics import median
from uuid import UUID

import asyncpg

from bench.house import House, house
from bench.rows import Row
from bench.seed import asked
from leadwell import dedupe, people
from leadwell.base.actor import Actor
from leadwell.base.identity import Email, key, parse_email, street_key
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.dedupe.comparison import CODE, GIVEN, SAME, STREET, WORD, WORDS, Comparison, Terms
from leadwell.dedupe.learning import Session, learn
from leadwell.dedupe.spec import Field, Spec, Weights, defaults
from leadwell.dedupe.verdict import Vector, judge, vector
from leadwell.embedded import postgres
from leadwell.people import PersonGiven, PhoneGiven

SHARED = Path(os.environ.get("LW_SHARED", Path(__file__).resolve().parents[2] / "shared"))
PEOPLE = int(os.environ.get("LW_BENCH_PEOPLE") or (1_000_000 if asked().name == "full" else 40_000))
CHECKS = 300
COMMAND = asked().command
MOST = 60           # records of a block
Facts = dict[str, tuple[str, ...]]
Pair = tuple[int, int]
Block = tuple[frozenset[str], Callable[[Facts], Iterable[str]]]

# Where learning starts: levels as they are in no data set in particular.
START: dict[Comparison, tuple[tuple[float, ...], tuple[float, ...]]] = {
    GIVEN: ((0.7, 0.05, 0.15, 0.1), (0.01, 0.005, 0.02, 0.965)), WORD: ((0.75, 0.15, 0.03, 0.07), (0.005, 0.005, 0.02, 0.97)),
    CODE: ((0.8, 0.1, 0.03, 0.07), (0.002, 0.004, 0.02, 0.974)), SAME: ((0.8, 0.2), (0.02, 0.98)),
    WORDS: ((0.5, 0.15, 0.1, 0.1, 0.15), (0.001, 0.001, 0.003, 0.01, 0.985)),
    STREET: ((0.7, 0.15, 0.05, 0.05, 0.05), (0.0005, 0.001, 0.003, 0.02, 0.9755)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labeled:
    """Records with the truth about them. `sides`: where only records of two files can be one."""

    spec: Spec
    facts: list[Facts]
    truth: set[Pair]
    blocks: Sequence[Block]
    sides: list[str] | None = None

    def may(self, one: int, other: int) -> bool:
        return one != other and (self.sides is None or self.sides[one] != self.sides[other])


async def measure() -> list[Row]:
    rows = [] if not SHARED.exists() else [
        Row("dedupe.febrl1_f1", f1(febrl("febrl_dataset1")), "F1", 0.995, "higher", "1,000 records, 500 true pairs; learnt without labels", COMMAND),
        Row("dedupe.febrl4_f1", f1(febrl("febrl_dataset4a", "febrl_dataset4b")), "F1", 0.995, "higher", "2 × 5,000 records, 5,000 true pairs", COMMAND),
        Row("dedupe.chicago_f1", f1(chicago()), "F1", 0.90, "higher", "1,667 real sites, 3,322 true pairs; learnt without labels, even odds", COMMAND),
    ]  # fmt: skip
    usual = dict(postgres.SETTINGS)
    postgres.SETTINGS.update({"shared_buffers": "2GB", "max_wal_size": "8GB"})
    try:
        async with house(4) as h:
            return rows + await of_a_workspace(h)
    finally:
        postgres.SETTINGS.update(usual)


async def of_a_workspace(h: House) -> list[Row]:
    """Everybody looked at for the first time, then people written one by one, then everybody again."""
    await seed(h)
    scale = f"{PEOPLE:,} people"
    took, pairs = await swept(h)
    await analyzed(h)
    checked = await checks(h)
    again, told = await swept(h)
    return [
        Row("dedupe.sweep_minutes", took / 60, "min", 10, "lower", f"{scale}, one in twenty twice, none kept yet; {pairs}", COMMAND),
        Row("dedupe.next_sweep_minutes", again / 60, "min", 10, "lower", f"{scale}, nothing changed; {told}", COMMAND),
        Row("dedupe.on_write_p50_ms", median(checked), "ms", 10, "lower", f"{scale}; {CHECKS} people written, then checked", COMMAND),
        Row("dedupe.on_write_p99_ms", sorted(checked)[-CHECKS // 100], "ms", None, "lower", f"{scale}; the same", COMMAND),
    ]


def f1(of: Labeled, threshold: float = 0.5) -> float:
    """Pairs found at even odds against the true ones, with weights that expectation-maximization made of the records alone."""
    start = defaults(of.spec, len(of.facts), {f.name: counted(of.facts, f) for f in of.spec.fields if f.frequent or f.comparison is WORDS})
    found, sessions = blocked(of, start)
    chance = Random(1)
    drawn = ((chance.randrange(len(of.facts)), chance.randrange(len(of.facts))) for _ in range(200_000))
    random: Counter[Vector] = Counter(vector(of.spec, start, of.facts[a], of.facts[b]) for a, b in drawn if of.may(a, b))
    sizes = Counter(of.sides).values() if of.sides else ()
    pairs = sum(a * b for a, b in combinations(sizes, 2)) or len(of.facts) * (len(of.facts) - 1) / 2
    weights = learn(of.spec, start, sessions, random, pairs)
    said = {pair for pair in found if judge(of.spec, weights, of.facts[pair[0]], of.facts[pair[1]]).probability >= threshold}
    return 2 * len(said & of.truth) / (len(said) + len(of.truth))


def blocked(of: Labeled, start: Weights) -> tuple[dict[Pair, Vector], list[Session]]:
    found: dict[Pair, Vector] = {}
    sessions: list[Session] = []
    for names, keys in of.blocks:
        groups: dict[str, set[int]] = defaultdict(set)
        for i, facts in enumerate(of.facts):
            for one in keys(facts):
                groups[one].add(i)
        counts: Counter[Vector] = Counter()
        for group in groups.values():
            for pair in combinations(sorted(group), 2) if len(group) <= MOST else ():
                if of.may(*pair):
                    found.setdefault(pair, vector(of.spec, start, of.facts[pair[0]], of.facts[pair[1]]))
                    counts[found[pair]] += 1
        sessions.append(Session(names, counts))
    return found, sessions


def counted(facts: list[Facts], field: Field) -> Terms:
    values = [value for one in facts for value in one.get(field.name, ())]
    words = Counter(word for value in values for word in ({*value.split()} if field.comparison is WORDS else (value,)))
    return Terms({word: n / len(values) for word, n in words.items()}, 0.5 / len(values))


def fields(**comparisons: Comparison) -> tuple[Field, ...]:
    return tuple(Field(name, of, *START[of], frequent=of in (GIVEN, WORD) and name != "address") for name, of in comparisons.items())


def read(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(SHARED / "data" / f"{name}.csv.gz", "rt", newline="") as file:
        yield from csv.DictReader(file, skipinitialspace=True)


def told(**values: str | None) -> Facts:
    return {name: (value,) for name, value in values.items() if value}


def twins(names: Sequence[str]) -> set[Pair]:
    same: dict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(names):
        same[name].append(i)
    return {pair for group in same.values() for pair in combinations(group, 2)}


def together(*names: str) -> Block:
    """Records that agree on all of these."""
    return frozenset(names), lambda f: ["|".join(f[name][0] for name in names)] if all(name in f for name in names) else []


def febrl(*files: str) -> Labeled:
    rows = [row for file in files for row in read(file)]
    facts = [
        told(
            given=key(r["given_name"]), surname=key(r["surname"]), street=street_key(f"{r['street_number']} {r['address_1']}"), address=key(r["address_2"]),
            suburb=key(r["suburb"]), postcode=key(r["postcode"]), state=key(r["state"]), born=key(r["date_of_birth"]), number=key(r["soc_sec_id"]),
        )
        for r in rows
    ]  # fmt: skip
    spec = Spec("Record", fields(given=GIVEN, surname=WORD, street=STREET, address=WORD, suburb=WORD, postcode=CODE, state=SAME, born=CODE, number=CODE))
    by = (("number",), ("born",), ("given", "surname"), ("surname", "postcode"), ("street",), ("given", "postcode"), ("suburb", "given"), ("suburb", "surname"))
    sides = [r["rec_id"].split("-")[2] for r in rows] if len(files) > 1 else None
    return Labeled(spec, facts, twins([r["rec_id"].split("-")[1] for r in rows]), [together(*names) for names in by], sides)


def chicago() -> Labeled:
    rows = list(read("chicago_sites_half_a"))
    facts = [
        told(name=key(re.sub(r"[-/&]", " ", r["Site name"]).replace("'", "")), street=street_key(r["Address"]), postcode=r["Zip"].strip()[:5],
             phone=number if len(number := re.sub(r"\D", "", r["Phone"])[-7:]) == 7 else None)
        for r in rows
    ]  # fmt: skip
    spec = Spec("Site", fields(name=WORDS, street=STREET, postcode=CODE, phone=SAME))
    two_words: Block = frozenset({"name"}), lambda f: [" ".join(p) for p in combinations(sorted({*f.get("name", ("",))[0].split()}), 2)]
    number: Block = frozenset({"street"}), lambda f: [value.split()[0] for value in f.get("street", ())]
    return Labeled(spec, facts, twins([r["True Id"] for r in rows]), [together("phone"), together("street"), together("name"), two_words, number])


async def seed(h: House) -> None:
    async def filled(tx: Tx) -> None:
        spots = {
            ":now": f"'{await tx.now()}'::timestamptz", ":ms": str(uuid7().int >> 80), ":n": str(PEOPLE), ":first": "4000",
            ":last": str(max(5_000, PEOPLE // 10)),
        }  # fmt: skip
        for statement in load(__name__, "dedupe").split(";\n"):
            for spot, value in spots.items():
                statement = statement.replace(spot, value)
            await tx.execute(statement.rstrip(";"), *([tx.workspace] if "$1" in statement else []))

    await h.db.run(Actor.system(h.workspace), filled)
    await analyzed(h)


async def analyzed(h: House) -> None:
    owner = await asyncpg.connect(h.servers.owner_database_url)
    await owner.execute("VACUUM ANALYZE")
    await owner.close()


async def swept(h: House) -> tuple[float, str]:
    """Seconds for everybody, a transaction a batch, as the worker does it."""
    actor, begun = Actor.system(h.workspace), time.perf_counter()
    id = await h.db.run(actor, dedupe.start)
    while await h.db.run(actor, dedupe.step):
        pass
    took = time.perf_counter() - begun
    async with h.db.read(actor) as tx:
        sweep = await tx.row("SELECT s.compared, s.found, s.crowded FROM duplicate_sweeps s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, id)
    assert sweep is not None
    return took, f"{sweep['compared']:,} pairs compared, {sweep['found']:,} put up, {sweep['crowded']:,} keys too common"


async def checks(h: House) -> list[float]:
    """Milliseconds of the check alone, in the transaction that wrote the person."""
    actor, chance, took = Actor.system(h.workspace), Random(7), list[float]()
    async with h.db.read(actor) as tx:
        known = await tx.fetch("SELECT p.first_name, p.last_name, p.city FROM people p WHERE p.workspace_id = $1 ORDER BY p.id LIMIT 100000", tx.workspace)

    async def written(tx: Tx, given: PersonGiven) -> list[UUID]:
        (found,) = await people.identify_many(tx, [given])
        begun = time.perf_counter()
        pairs = await dedupe.check(tx, people=[found.person_id])
        took.append((time.perf_counter() - begun) * 1000)
        return pairs

    for i in range(CHECKS):
        twin = chance.choice(known)
        email = parse_email(f"{twin['first_name']}.{twin['last_name']}{i}@check{i}.example")
        assert isinstance(email, Email)
        given = PersonGiven(
            {"first_name": twin["first_name"], "last_name": twin["last_name"], "name": f"{twin['first_name']} {twin['last_name']}", "city": twin["city"]},
            email, (PhoneGiven(f"+4915{i:09}", e164=f"+4915{i:09}"),))  # fmt: skip
        await h.db.run(actor, lambda tx, given=given: written(tx, given))
    return took
