"""createLead and convertLead against hand-written SQL that writes the same rows, in turns in one run, 16 clients each.

The twins are as terse as they can be: no refusals, one statement for everything that is written. What a conversion has to know (is there the
company, one of its name, a contact, a doubt who the person is) its twin reads with the lock, by keys it is told. Before anything is timed, both sides
are run once and must leave the same rows in every table, each with the same columns filled; then enough is written that the planner has something to
plan by. The statistics are brought up to date once, as autovacuum does within a minute of such a start. Both run on the loop of the API, and look for
garbage as seldom as it does; short rounds in turns let what else the machine does fall on both.
"""

import asyncio
import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import uvloop

from bench.accounts import children_time, parent, spent
from bench.house import House, house
from bench.rows import Row
from bench.writes_http import over_http
from leadwell import capture, conversion, tasks, timeline
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Tx
from tests import builders as make

CLIENTS, BATCH, ROUNDS, BASE = 16, 400, 5, 3000
TURN, TURNS, WARM = 100, 20, 4   # of the comparisons; until every connection has its plans
HERE = Path(__file__).parent
CONVERT, CREATE, LOCK = ((HERE / f"writes_{name}.sql").read_text() for name in ("convert", "create", "lock"))
FILLED = (
    "SELECT (SELECT string_agg(f, ' ' ORDER BY f) FROM jsonb_object_keys(jsonb_strip_nulls(to_jsonb(x))) AS f) AS filled FROM {} x"
    " WHERE x.workspace_id = $1 AND x.xmin::text::bigint >= $2"
)
Happened = tuple[str, str, UUID, Mapping[str, object]]
Write = Callable[[House, int, UUID | None], Awaitable[object]]
COMMAND = "python -m bench writes"


@dataclass(frozen=True, slots=True)
class Turn:
    """One side's: writes a second, and the processor's milliseconds a write, of the process that asks and of the database."""

    rate: float
    asking_ms: float
    database_ms: float

    @property
    def spent_ms(self) -> float:
        return self.asking_ms + self.database_ms


async def measure() -> list[Row]:
    return await asyncio.to_thread(uvloop.run, _measured())


async def _measured() -> list[Row]:
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)    # as the API does once it stands
    async with house(CLIENTS) as h:
        owner = await h.db.run(Actor.system(h.workspace), make.make_user)
        rows = await compare(h, "create_lead", "create", product_create, twin_create, owner, needs_leads=False)
        rows += await compare(h, "convert_lead", "convert", product_convert, twin_convert, owner, needs_leads=True)
        numbers = iter(range(20_000_000, 30_000_000))
        rows.append(await logged(h, owner, numbers))
        works = {name: [await work(h, BATCH, owner, numbers, name == "convert") for _ in range(ROUNDS)] for name in ("create", "convert")}
        return rows + await over_http(h, works, CLIENTS, COMMAND)


async def compare(h: House, name: str, short: str, product: Write, twin: Write, owner: UUID, *, needs_leads: bool) -> list[Row]:
    """Rates of both in turns; the ratios are medians over the rounds."""
    numbers = iter(range(10_000_000)) if needs_leads else iter(range(10_000_000, 20_000_000))
    await same_rows(h, product, twin, owner, numbers, needs_leads)
    await timed(h, twin, await work(h, BASE, owner, numbers, needs_leads))
    postmaster = await analyze(h)
    turns: dict[Write, list[Turn]] = {product: [], twin: []}
    for round in range(TURNS + WARM):
        for write in (product, twin) if round % 2 else (twin, product):
            turn = await accounted(h, write, await work(h, TURN, owner, numbers, needs_leads), postmaster)
            if round >= WARM:
                turns[write].append(turn)
    ratio = statistics.median(p.rate / t.rate for p, t in zip(turns[product], turns[twin], strict=True))
    by_time = statistics.median(t.spent_ms / p.spent_ms for p, t in zip(turns[product], turns[twin], strict=True))
    rate, theirs = (statistics.median(turn.rate for turn in turns[write]) for write in (product, twin))
    scale = f"{CLIENTS} clients, {TURNS} rounds of {TURN} in turns; hand-written: {theirs:.0f}/s; by processor time {by_time:.2f} ×"
    scale += f" ({shown(turns[product])} against {shown(turns[twin])})"
    absolute = Row(f"writes.{name}_per_s", rate, "1/s", None, "higher", scale, COMMAND)
    return [Row(f"writes.{short}_vs_handwritten", ratio, "×", 0.7, "higher", scale, COMMAND), absolute]


def shown(turns: Sequence[Turn]) -> str:
    asking, database = (statistics.median(times) for times in zip(*((turn.asking_ms, turn.database_ms) for turn in turns), strict=True))
    return f"{asking:.2f} + {database:.2f} ms"


async def accounted(h: House, write: Write, todo: Sequence[tuple[int, UUID | None]], postmaster: int) -> Turn:
    database, asking = children_time(postmaster), time.process_time()
    rate = await timed(h, write, todo)
    each = 1000 / len(todo)
    return Turn(rate, (time.process_time() - asking) * each, spent(database, children_time(postmaster)) * each)


async def logged(h: House, owner: UUID, numbers: Iterator[int]) -> Row:
    """Calls written down on open leads; there is no twin of it."""
    rates = [await timed(h, product_log, await work(h, BATCH, owner, numbers, True)) for _ in range(ROUNDS + 1)]
    scale = f"{CLIENTS} clients, {ROUNDS} rounds of {BATCH}: a call on a lead"
    return Row("writes.log_activity_per_s", statistics.median(rates[1:]), "1/s", None, "higher", scale, COMMAND)


async def work(h: House, count: int, owner: UUID, numbers: Iterator[int], needs_leads: bool) -> list[tuple[int, UUID | None]]:
    """Numbers to write under, each with an open lead of its own company where one is needed."""
    todo = [next(numbers) for _ in range(count)]
    if not needs_leads:
        return [(i, None) for i in todo]

    async def seed(tx: Tx) -> list[UUID]:
        return [await make.make_lead(tx, await make.make_person(tx, f"Ada Nr{i}", mail(i)), owner_id=owner, company_name=company(i), title="CTO") for i in todo]

    return list(zip(todo, await h.db.run(Actor.system(h.workspace), seed), strict=True))


async def timed(h: House, write: Write, todo: Sequence[tuple[int, UUID | None]]) -> float:
    waiting = iter(todo)

    async def client() -> None:
        for number, lead in waiting:
            await write(h, number, lead)

    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return len(todo) / (time.perf_counter() - start)


async def same_rows(h: House, product: Write, twin: Write, owner: UUID, numbers: Iterator[int], needs_leads: bool) -> None:
    """The comparison is worth nothing unless both write the same."""
    written: list[dict[str, list[str]]] = []
    for write in (product, twin):
        ((number, lead),) = await work(h, 1, owner, numbers, needs_leads)
        async with h.db.read(Actor.system(h.workspace)) as tx:
            since = await tx.value("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        await write(h, number, lead)
        written.append(await rows(h, since))
    ours, theirs = written
    differing = {table: (ours.get(table), theirs.get(table)) for table in ours.keys() | theirs.keys() if ours.get(table) != theirs.get(table)}
    if differing:
        raise AssertionError(f"not the same rows: (product, hand-written) {differing}")


async def analyze(h: House) -> int:
    """Brings the statistics up to date, and answers the process whose children serve us."""
    connection = await asyncpg.connect(h.servers.owner_database_url)
    await connection.execute("ANALYZE")
    postmaster = parent(await connection.fetchval("SELECT pg_backend_pid()"))
    await connection.close()
    return postmaster


async def rows(h: House, since: int) -> dict[str, list[str]]:
    """What was written from a transaction on: by table the columns that are filled, row by row."""
    async with h.db.read(Actor.system(h.workspace)) as tx:
        found = {table: await tx.fetch(FILLED.format(table), tx.workspace, since) for table in await make.counts(tx)}
    return {table: sorted(row["filled"] for row in written) for table, written in found.items() if written}


def mail(number: int) -> str:
    return f"p{number}@c{number}.example"


def company(number: int) -> str:
    return f"Company {number}"


async def product_create(h: House, number: int, lead: UUID | None) -> object:
    fields = {"firstName": "Ada", "lastName": f"Nr{number}", "email": mail(number), "company": company(number), "title": "CTO"}
    return await capture.submit(h.db, Actor.system(h.workspace), [capture.Submission("GRAPHQL", fields)])


async def product_convert(h: House, number: int, lead: UUID | None) -> object:
    assert lead is not None
    return await h.db.run(Actor.system(h.workspace), lambda tx: conversion.convert(tx, lead))


async def product_log(h: House, number: int, lead: UUID | None) -> object:
    call = timeline.NewActivity("CALL", subject=f"Call {number}", outcome="Reached", duration_seconds=120)
    return await h.db.run(Actor.system(h.workspace), lambda tx: tasks.log_activity(tx, call, tasks.About(lead_id=lead)))


async def twin_create(h: House, number: int, lead: UUID | None) -> None:
    submission, ids = uuid7(), [uuid7() for _ in range(8)]
    fields = {"firstName": "Ada", "lastName": f"Nr{number}", "email": mail(number), "company": company(number), "title": "CTO"}
    payload = {"fields": fields, "touch": {}, "consents": [], "defaults": {"system": "external"}, "quiet": False}
    raised: dict[str, object] = {"intent": "HAND_RAISE", "quiet": False}
    happened: Sequence[Happened] = (
        ("person.created", "Person", ids[0], {"quiet": False}), ("lead.created", "Lead", ids[1], raised),
        ("activity.recorded", "Activity", ids[2], {"kind": "SYSTEM"}),
        ("submission.processed", "Submission", submission, raised | {"outcome": "CREATED", "urgent": True, "lead_id": ids[1]}),
    )  # fmt: skip
    async with h.db.pool.acquire() as connection:
        await connection.execute(f"BEGIN;SET LOCAL app.workspace='{h.workspace}'")
        await connection.execute(
            "WITH raw AS (INSERT INTO submissions (workspace_id, id, channel, intent, payload, received_at, created_at, updated_at)"
            " VALUES ($1, $2, 'GRAPHQL', 'HAND_RAISE', $3, clock_timestamp(), clock_timestamp(), clock_timestamp()))"
            " INSERT INTO work (workspace_id, id, queue, kind, payload, run_at, created_at)"
            " VALUES ($1, $4, 'transfer', 'transfer.capture', jsonb_build_object('ids', ARRAY[$2::uuid]), clock_timestamp() + interval '1 minute',"
            " clock_timestamp())",
            h.workspace, submission, payload, uuid7(),
        )
        await connection.execute("COMMIT")
        await connection.execute(f"BEGIN;SET LOCAL app.workspace='{h.workspace}'")
        await connection.execute("SELECT 1 FROM submissions s WHERE s.workspace_id = $1 AND s.id = $2 FOR UPDATE", h.workspace, submission)
        await connection.execute(
            CREATE, h.workspace, submission, ids, "Ada", f"Nr{number}", mail(number), f"c{number}.example", company(number), "CTO",
            trail(happened), "SYSTEM", submission.hex,
        )
        await connection.execute("COMMIT")


async def twin_convert(h: House, number: int, lead: UUID | None) -> None:
    assert lead is not None
    ids, name = [uuid7() for _ in range(10)], company(number)
    became: dict[str, object] = {"company_id": ids[0], "contact_id": ids[1], "deal_id": ids[2]}
    happened: Sequence[Happened] = (
        ("lead.converted", "Lead", lead, became), ("company.created", "Company", ids[0], {"kind": "COMPANY", "name": name}),
        ("contact.created", "Contact", ids[1], {"lead_id": lead, "company_id": ids[0]}),
        ("deal.created", "Deal", ids[2], {"name": name, "lead_id": lead, "company_id": ids[0]}),
        ("activity.recorded", "Activity", ids[3], {"kind": "CONVERSION"}),
    )  # fmt: skip
    made = zip(("Company", "Contact", "Deal"), ids, strict=False)
    manifest = [{"noun": noun, "id": encode_id(1, id), "action": "CREATED", "fields": []} for noun, id in made]
    async with h.db.pool.acquire() as connection:
        await connection.execute(f"BEGIN;SET LOCAL app.workspace='{h.workspace}'")
        row = await connection.fetchrow(LOCK, h.workspace, lead, f"c{number}.example", f"company {number}", [number, -number])
        assert row is not None
        if any(row[name] for name in ("contact", "known", "alike", "near", "doubtful")):
            raise AssertionError("the leads of the measurement are of nobody known")
        await connection.execute(
            CONVERT, h.workspace, lead, row["person_id"], ids, name, f"company {number}", f"c{number}.example", row["title"],
            row["owner_id"], trail(happened), "SYSTEM", row["snapshot"], manifest, lead.hex * 2, lead.hex,
        )
        await connection.execute("COMMIT")


def trail(happened: Sequence[Happened]) -> list[dict[str, object]]:
    return [{"id": uuid7(), "kind": kind, "noun": noun, "record_id": id, "data": data} for kind, noun, id, data in happened]
