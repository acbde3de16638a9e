"""createLead and convertLead against hand-written SQL that writes the same rows, in turns in one run, 16 clients each.

The twins are as terse as they can be: no look-ups beyond the lock, no refusals, one statement for everything. Before anything is timed, both
sides are run once and must add the same number of rows to every table, then write enough rows that the planner has something to plan by;
the statistics are brought up to date once, as autovacuum does within a minute of such a start."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import asyncpg

from bench.house import House, house
from bench.rows import Row
from bench.writes_http import over_http
from leadwell import capture, conversion, tasks, timeline
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Tx
from tests import builders as make

CLIENTS, BATCH, ROUNDS, BASE = 16, 400, 5, 3000
HERE = Path(__file__).parent
CONVERT, CREATE = ((HERE / f"writes_{name}.sql").read_text() for name in ("convert", "create"))
Write = Callable[[House, int, UUID | None], Awaitable[object]]
COMMAND = "python -m bench writes"


async def measure() -> list[Row]:
    async with house(CLIENTS) as h:
        owner = await h.db.run(Actor.system(h.workspace), make.make_user)
        rows = await compare(h, "create_lead", "create", product_create, twin_create, owner, needs_leads=False)
        rows += await compare(h, "convert_lead", "convert", product_convert, twin_convert, owner, needs_leads=True)
        numbers = iter(range(20_000_000, 30_000_000))
        rows.append(await logged(h, owner, numbers))
        works = {name: [await work(h, BATCH, owner, numbers, name == "convert") for _ in range(ROUNDS)] for name in ("create", "convert")}
        return rows + await over_http(h, works, CLIENTS, COMMAND)


async def compare(h: House, name: str, short: str, product: Write, twin: Write, owner: UUID, *, needs_leads: bool) -> list[Row]:
    """Rates of both, taken in turns so that what else the machine does falls on both; the ratio is the median over the rounds."""
    numbers = iter(range(10_000_000)) if needs_leads else iter(range(10_000_000, 20_000_000))
    await same_rows(h, product, twin, owner, numbers, needs_leads)
    rates: dict[Write, list[float]] = {product: [], twin: []}
    await timed(h, twin, await work(h, BASE, owner, numbers, needs_leads))
    await analyze(h)
    for round in range(ROUNDS + 1):
        for write in (product, twin) if round % 2 else (twin, product):
            rate = await timed(h, write, await work(h, BATCH, owner, numbers, needs_leads))
            if round:  # the first one only fills the caches of statements
                rates[write].append(rate)
    ratio = statistics.median(p / t for p, t in zip(rates[product], rates[twin], strict=True))
    scale = f"{CLIENTS} clients, {ROUNDS} rounds of {BATCH} in turns; hand-written: {statistics.median(rates[twin]):.0f}/s"
    absolute = Row(f"writes.{name}_per_s", statistics.median(rates[product]), "1/s", None, "higher", scale, COMMAND)
    return [Row(f"writes.{short}_vs_handwritten", ratio, "×", 0.7, "higher", scale, COMMAND), absolute]


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
    added: list[dict[str, int]] = []
    for write in (product, twin):
        ((number, lead),) = await work(h, 1, owner, numbers, needs_leads)
        before = await rows(h)
        await write(h, number, lead)
        after = await rows(h)
        added.append({table: n - before[table] for table, n in after.items() if n != before[table]})
    if added[0] != added[1]:
        raise AssertionError(f"not the same rows: product {added[0]}, hand-written {added[1]}")


async def analyze(h: House) -> None:
    connection = await asyncpg.connect(h.servers.owner_database_url)
    await connection.execute("ANALYZE")
    await connection.close()


async def rows(h: House) -> dict[str, int]:
    async with h.db.read(Actor.system(h.workspace)) as tx:
        return await make.counts(tx)


def mail(number: int) -> str:
    return f"p{number}@c{number}.example"


def company(number: int) -> str:
    return f"Company {number}"


async def product_create(h: House, number: int, lead: UUID | None) -> object:
    fields = {"firstName": "Ada", "lastName": f"Nr{number}", "email": mail(number), "companyName": company(number), "title": "CTO"}
    return await capture.submit(h.db, Actor.system(h.workspace), [capture.Submission("GRAPHQL", fields)])


async def product_convert(h: House, number: int, lead: UUID | None) -> object:
    assert lead is not None
    return await h.db.run(Actor.system(h.workspace), lambda tx: conversion.convert(tx, lead))


async def product_log(h: House, number: int, lead: UUID | None) -> object:
    call = timeline.NewActivity("CALL", subject=f"Call {number}", outcome="Reached", duration_seconds=120)
    return await h.db.run(Actor.system(h.workspace), lambda tx: tasks.log_activity(tx, call, tasks.About(lead_id=lead)))


async def twin_create(h: House, number: int, lead: UUID | None) -> None:
    submission, ids = uuid7(), [uuid7() for _ in range(8)]
    payload = {"fields": {"firstName": "Ada", "lastName": f"Nr{number}", "email": mail(number), "companyName": company(number), "title": "CTO"}}
    happened = (("person.created", "Person", ids[0]), ("lead.created", "Lead", ids[1]), ("activity.recorded", "Activity", ids[2]),
                ("submission.processed", "Submission", submission))  # fmt: skip
    async with h.db.pool.acquire() as connection:
        await connection.execute(f"BEGIN;SET LOCAL app.workspace='{h.workspace}'")
        await connection.execute(
            "WITH raw AS (INSERT INTO submissions (workspace_id, id, channel, intent, payload, received_at, created_at, updated_at)"
            " VALUES ($1, $2, 'GRAPHQL', 'HAND_RAISE', $3, clock_timestamp(), clock_timestamp(), clock_timestamp()))"
            " INSERT INTO work (workspace_id, id, queue, kind, payload, run_at, created_at)"
            " VALUES ($1, $4, 'transfer', 'transfer.capture', jsonb_build_object('id', $2::uuid), clock_timestamp() + interval '1 minute', clock_timestamp())",
            h.workspace, submission, payload, uuid7(),
        )
        await connection.execute("COMMIT")
        await connection.execute(f"BEGIN;SET LOCAL app.workspace='{h.workspace}'")
        await connection.execute("SELECT 1 FROM submissions s WHERE s.workspace_id = $1 AND s.id = $2 FOR UPDATE", h.workspace, submission)
        await connection.execute(
            CREATE, h.workspace, submission, ids, "Ada", f"Nr{number}", mail(number), f"c{number}.example", company(number), "CTO",
            trail(happened), "SYSTEM",
        )
        await connection.execute("COMMIT")


async def twin_convert(h: House, number: int, lead: UUID | None) -> None:
    ids = [uuid7() for _ in range(10)]
    happened = (("lead.converted", "Lead", lead), ("company.created", "Company", ids[0]), ("contact.created", "Contact", ids[1]),
                ("deal.created", "Deal", ids[2]), ("activity.recorded", "Activity", ids[3]))  # fmt: skip
    manifest = [{"noun": noun, "id": str(id), "action": "CREATED", "fields": []} for noun, id in zip(("Company", "Contact", "Deal"), ids, strict=False)]
    async with h.db.pool.acquire() as connection:
        await connection.execute(f"BEGIN;SET LOCAL app.workspace='{h.workspace}'")
        row = await connection.fetchrow(
            "SELECT l.person_id, l.owner_id, l.title, p.name, p.email FROM people p JOIN leads l ON l.workspace_id = $1 AND l.id = $2 AND l.person_id = p.id"
            " WHERE p.workspace_id = $1 AND p.id = (SELECT x.person_id FROM leads x WHERE x.workspace_id = $1 AND x.id = $2) FOR NO KEY UPDATE OF p, l",
            h.workspace, lead,
        )
        assert row is not None
        await connection.execute(
            CONVERT, h.workspace, lead, row["person_id"], ids, company(number), f"company {number}", f"c{number}.example", row["title"],
            row["owner_id"], trail(happened), "SYSTEM", {"name": row["name"], "email": row["email"]}, manifest,
        )
        await connection.execute("COMMIT")


def trail(happened: Sequence[tuple[str, str, UUID | None]]) -> list[dict[str, object]]:
    return [{"id": uuid7(), "kind": kind, "noun": noun, "record_id": id, "data": {"quiet": False}} for kind, noun, id in happened]
