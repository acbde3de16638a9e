"""Figures of records, whole and in groups: exact values, and all of them against plain Python over the rows."""

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG, BadFilter, BadGroups, BadOrder, Everything, FieldForbidden, Noun, Sees
from leadwell.catalog.aggregates import Aggregate
from leadwell.catalog.figures import FIGURES, Grouping, measured, related, units
from leadwell.catalog.pages import Compiled
from leadwell.catalog.statement import Statement
from tests import builders as make
from tests.oracle import World, matches, visible
from tests.seeds import Draw, fill

LEAD, DEAL = CATALOG["Lead"], CATALOG["Deal"]
Rows = list[dict[str, Any]]


async def groups(tx: Tx, noun: Noun, *wanted: str, viewer: Sees | None = None, **ask: Any) -> Rows:
    """Groups as dicts by "field.figure"; "count" is their size."""
    s, asked = Statement(viewer or Everything(tx.workspace)), Grouping.of(noun, ask)
    a = Aggregate(s, asked, frozenset((w.split(".")[0], w.split(".")[1]) for w in wanted))
    found = await Compiled(a.sql, s, asked.values).fetch(tx)
    return [{"count": r["n"]} | {w: r[a.names.get((w.split(".")[0], "money")) or a.names[w.split(".")[0], w.split(".")[1]]] for w in wanted} for r in found]


async def deal(tx: Tx, amount: int | None, currency: str = "EUR", **more: Any) -> UUID:
    return await make.make_deal(tx, amount_minor=amount, currency=currency, **more)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


async def test_an_empty_set_has_one_group_of_nothing_and_no_groups_by_value(db: Database, actor: Actor) -> None:
    async with db.read(actor) as tx:
        (row,) = await groups(tx, LEAD, "score.sum", "score.avg", "createdAt.max", "budget.sum", "email.countDistinct")
        assert row == {"count": 0, "score.sum": None, "score.avg": None, "createdAt.max": None, "budget.sum": None, "email.countDistinct": 0}
        assert await groups(tx, LEAD, "state.value", "budget.sum", groupBy=[{"state": "VALUE"}]) == []


async def test_missing_values_are_a_group_and_archived_records_are_left_out(db: Database, actor: Actor) -> None:
    async def seed(tx: Tx) -> None:
        for employees in (10, 20, 20, None):
            await make.make_lead(tx, employees=employees)
        await make.make_lead(tx, employees=1000, archived_at=await tx.now())

    await db.run(actor, seed)
    async with db.read(actor) as tx:
        assert await groups(tx, LEAD, "employees.value", "employees.sum", "employees.avg", groupBy=[{"employees": "VALUE"}]) == [
            {"count": 1, "employees.value": 10, "employees.sum": 10, "employees.avg": 10.0},
            {"count": 2, "employees.value": 20, "employees.sum": 40, "employees.avg": 20.0},
            {"count": 1, "employees.value": None, "employees.sum": None, "employees.avg": None},
        ]
        figures = ["employees." + f for f in FIGURES["int"]]
        (whole,) = await groups(tx, LEAD, *figures)
        assert list(whole.values()) == [4, 3, 2, 50, pytest.approx(50 / 3), 10, 20]
        (kept,) = await groups(tx, LEAD, "employees.sum", where={"archivedAt": {"isNull": False}})
        assert kept == {"count": 1, "employees.sum": 1000}


async def test_amounts_are_added_within_their_currency_only(db: Database, actor: Actor) -> None:
    async def seed(tx: Tx) -> UUID:
        company = await make.make_company(tx)
        for amount, currency in ((100, "EUR"), (250, "EUR"), (7, "JPY"), (None, "USD")):
            await deal(tx, amount, currency, company_id=company)
        await deal(tx, 5, "EUR")
        return company

    company = await db.run(actor, seed)
    eur, jpy = {"currency": "EUR", "count": "2", "sum": "350", "avg": "175", "min": "100", "max": "250"}, {"currency": "JPY", "count": "1"}
    async with db.read(actor) as tx:
        first, second = await groups(tx, DEAL, "company.value", "amount.sum", groupBy=[{"company": "VALUE"}])
        assert (first["count"], first["company.value"], first["amount.sum"]) == (4, company, [eur, jpy | dict.fromkeys(("sum", "avg", "min", "max"), "7")])
        assert (second["count"], second["company.value"], second["amount.sum"][0]["sum"]) == (1, None, "5")
        (whole,) = await groups(tx, DEAL, "amount.sum")
        assert [(x["currency"], x["count"], x["sum"], x["avg"]) for x in whole["amount.sum"]] == [("EUR", "3", "355", "118"), ("JPY", "1", "7", "7")]


async def test_the_currency_may_itself_be_what_groups_are_made_by(db: Database, actor: Actor) -> None:
    async def seed(tx: Tx) -> None:
        for amount, currency in ((100, "EUR"), (7, "JPY"), (3, "EUR")):
            await deal(tx, amount, currency, name=currency)

    await db.run(actor, seed)
    async with db.read(actor) as tx:
        found = await groups(tx, DEAL, "name.value", "amount.sum", groupBy=[{"name": "VALUE"}], orderBy=[{"amount": {"currency": "EUR", "sum": "DESC"}}])
        assert [(r["name.value"], r["count"], r["amount.sum"][0]["sum"]) for r in found] == [("EUR", 2, "103"), ("JPY", 1, "7")]


async def test_groups_are_chosen_by_count_average_and_amount(db: Database, actor: Actor) -> None:
    async def seed(tx: Tx) -> None:
        for name, amount, currency, chance in (("a", 100, "EUR", 10), ("a", 200, "EUR", 30), ("b", 900, "JPY", 50), ("c", 250, "EUR", 90)):
            await deal(tx, amount, currency, name=name, probability=chance)

    await db.run(actor, seed)
    async with db.read(actor) as tx:

        async def names(having: object) -> list[str]:
            return [r["name.value"] for r in await groups(tx, DEAL, "name.value", groupBy=[{"name": "VALUE"}], having=having)]

        assert await names({"count": {"gt": 1}}) == ["a"]
        assert await names({"probability": {"avg": {"gte": 20.0, "lt": 60.0}}}) == ["a", "b"]
        assert await names({"probability": {"sum": {"in": [50, 90]}}, "count": {"eq": 1}}) == ["b", "c"]
        assert await names({"amount": {"sum": {"gt": {"amount": "2.60", "currency": "EUR"}}}}) == ["a"]
        assert await names({"amount": {"sum": {"gte": {"amount": "900", "currency": "JPY"}}}}) == ["b"]
        assert await names({"amount": {"count": {"gte": 2}}}) == ["a"]
        assert await names({"createdAt": {"min": {"lt": "2000-01-01T00:00:00Z"}}}) == []


async def test_days_begin_in_the_time_zone_also_when_its_clock_is_moved(db: Database, actor: Actor) -> None:
    """Berlin leaves standard time on 2026-03-29 at 01:00 UTC, so that this day has 23 hours."""
    moments = ["2026-03-28T22:30:00Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"]

    async def seed(tx: Tx) -> None:
        for moment in moments:
            await make.make_lead(tx, closed_at=at(moment))

    await db.run(actor, seed)
    async with db.read(actor) as tx:

        async def starts(unit: str, zone: str | None) -> dict[str, int]:
            found = await groups(tx, LEAD, "closedAt.value", groupBy=[{"closedAt": unit}], timeZone=zone)
            return {r["closedAt.value"].strftime("%Y-%m-%dT%H:%M"): r["count"] for r in found}

        assert await starts("DAY", "Europe/Berlin") == {"2026-03-27T23:00": 1, "2026-03-28T23:00": 2, "2026-03-29T22:00": 1}
        assert await starts("DAY", "UTC") == await starts("DAY", None) == {"2026-03-28T00:00": 2, "2026-03-29T00:00": 2}
        assert await starts("MONTH", "Europe/Berlin") == {"2026-02-28T23:00": 4}
        assert await starts("WEEK", "UTC") == {"2026-03-23T00:00": 4}
        assert await starts("HOUR", "Asia/Kolkata") == {"2026-03-28T22:30": 2, "2026-03-29T21:30": 2}
        assert await starts("QUARTER", "UTC") == await starts("YEAR", "UTC") == {"2026-01-01T00:00": 4}


async def test_every_known_time_zone_is_known_to_the_database(db: Database) -> None:
    from leadwell.catalog.figures import _zones  # pyright: ignore[reportPrivateUsage]

    known = {r["name"] for r in await db.control("SELECT z.name FROM pg_timezone_names z")}
    assert _zones() - known == frozenset()


async def test_dates_are_cut_without_a_time_zone(db: Database, actor: Actor) -> None:
    async def seed(tx: Tx) -> None:
        for day in (1, 31):
            await deal(tx, 1, close_on=date(2026, 3, day))

    await db.run(actor, seed)
    async with db.read(actor) as tx:
        assert await groups(tx, DEAL, "closeOn.value", "closeOn.max", groupBy=[{"closeOn": "MONTH"}], timeZone="Pacific/Kiritimati") == [
            {"count": 2, "closeOn.value": date(2026, 3, 1), "closeOn.max": date(2026, 3, 31)}
        ]


async def test_a_denied_field_gives_no_figures_groups_conditions_or_order(db: Database, actor: Actor) -> None:
    viewer = Everything(actor.workspace, denied=frozenset({"Lead.score"}))
    async with db.read(actor) as tx:
        for wanted, ask in (
            (["score.avg"], {}),
            ([], {"groupBy": [{"score": "VALUE"}]}),
            ([], {"having": {"score": {"sum": {"gt": 1}}}}),
            ([], {"orderBy": [{"score": {"max": "DESC"}}]}),
        ):
            with pytest.raises(FieldForbidden):
                await groups(tx, LEAD, *wanted, viewer=viewer, **ask)


async def test_own_rows_only_and_hidden_records_count_as_missing(db: Database, actor: Actor) -> None:
    async def seed(tx: Tx) -> list[UUID]:
        users = [await make.make_user(tx) for _ in range(2)]
        companies = [await make.make_company(tx, f"Company {i}", owner_id=owner) for i, owner in enumerate(users)]
        for owner, company in ((0, 0), (0, 1), (1, 1)):
            await make.make_lead(tx, owner_id=users[owner], company_id=companies[company])
        return [*users, *companies]

    me, other, mine, theirs = await db.run(actor, seed)
    async with db.read(actor) as tx:

        async def found(api: str, *own: str) -> set[Any]:
            viewer = Everything(actor.workspace, user=me, own=frozenset(own))
            rows = await groups(tx, LEAD, f"{api}.value", f"{api}.countDistinct", viewer=viewer, groupBy=[{api: "VALUE"}])
            return {(r[f"{api}.value"], r["count"], r[f"{api}.countDistinct"]) for r in rows}

        assert await found("owner") == {(me, 2, 1), (other, 1, 1)}
        assert await found("owner", "Lead") == {(me, 2, 1)}
        assert await found("company") == {(mine, 1, 1), (theirs, 2, 1)}
        assert await found("company", "Company") == {(mine, 1, 1), (None, 2, 0)}


@pytest.mark.parametrize(
    ("ask", "refusal"),
    [
        ({"groupBy": [{"email": "DAY"}]}, BadGroups),
        ({"groupBy": [{"budget": "VALUE"}]}, BadGroups),
        ({"groupBy": [{"nothing": "VALUE"}]}, BadGroups),
        ({"groupBy": [{"state": "VALUE", "email": "VALUE"}]}, BadGroups),
        ({"groupBy": [{"createdAt": "DAY"}, {"createdAt": "YEAR"}]}, BadGroups),
        ({"groupBy": [{"state": "VALUE"}] * 6}, BadGroups),
        ({"first": -1}, BadGroups),
        ({"first": 1_001}, BadGroups),
        ({"timeZone": "Mars/Olympus"}, BadGroups),
        ({"timeZone": "../etc/passwd"}, BadGroups),
        ({"having": {"email": {"sum": {"gt": 1}}}}, BadGroups),
        ({"having": {"score": {"avg": {"gt": "x"}}}}, BadFilter),
        ({"having": {"score": {"avg": {"near": 1}}}}, BadFilter),
        ({"having": {"score": None}}, BadFilter),
        ({"having": {"budget": {"sum": {"isNull": True}}}}, BadFilter),
        ({"having": {"budget": {"sum": {"gt": 5}}}}, BadFilter),
        ({"orderBy": [{"budget": {"sum": "DESC"}}]}, BadGroups),
        ({"orderBy": [{"score": {"value": "ASC"}}]}, BadGroups),
        ({"orderBy": [{"score": {"avg": "ASC", "min": "ASC"}}]}, BadGroups),
        ({"orderBy": [{"score": {"avg": "SIDEWAYS"}}]}, BadOrder),
    ],
)
async def test_what_makes_no_groups_is_refused(db: Database, actor: Actor, ask: dict[str, Any], refusal: type[Exception]) -> None:
    async with db.read(actor) as tx:
        with pytest.raises(refusal):
            await groups(tx, LEAD, **ask)


def figure(kind: str, name: str, values: Iterable[Any]) -> Any:
    """One figure in plain Python; of money by currency."""
    have = [v for v in values if v is not None]
    if kind == "money":
        return {c: figure("minor", name, [m for m, x in have if x == c]) for c in sorted({x for _, x in have})}
    if name in ("count", "countDistinct"):
        return len(have if name == "count" else set(have))
    if not have:
        return None
    return {"sum": sum, "min": min, "max": max, "avg": lambda v: sum(v) / len(v)}[name](have)


@pytest.fixture(scope="module")
async def world(db: Database, migrated: object) -> tuple[Actor, World]:
    from leadwell import workspaces
    from leadwell.base.ids import uuid7

    actor = Actor.system(await workspaces.create(db, uuid7().hex, "Figures", epoch="test"))
    await db.run(actor, lambda tx: fill(tx, 5))
    async with db.read(actor) as tx:
        return actor, await World.read(tx)


def key_of(w: World, noun: Noun, api: str, row: dict[str, Any]) -> Any:
    if api in noun.columns:
        return w.value(noun.columns[api], row)
    return row[noun.relations[api].here]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6))
async def test_groups_are_what_python_makes_of_the_rows_and_add_up_to_the_whole(db: Database, world: tuple[Actor, World], seed: int) -> None:
    actor, w = world
    rnd = random.Random(seed)
    noun = CATALOG[rnd.choice(["Lead", "Deal", "Company", "Person", "Contact", "Activity", "Task", "Campaign", "Purchase"])]
    columns, where = measured(noun), Draw(w, rnd).where(noun)
    plain = [api for api, c in columns.items() if units(c.kind) == ("VALUE",)] + list(related(noun))
    by = rnd.sample(plain, rnd.randint(0, 2))
    wanted = [(api, f) for api, c in rnd.sample(sorted(columns.items()), 3) for f in FIGURES[c.kind]]
    rows = [r for r in w.tables[noun.table] if visible(noun, where, r) and matches(w, noun, where, r)]
    told: dict[tuple[Any, ...], list[Any]] = {} if by else {(): []}
    for row in rows:
        told.setdefault(tuple(key_of(w, noun, api, row) for api in by), []).append(row)
    async with db.read(actor) as tx:
        names = [f"{a}.{f}" for a, f in wanted]
        found = await groups(tx, noun, *names, *(f"{api}.value" for api in by), where=where, groupBy=[{api: "VALUE"} for api in by], first=1_000)
        (whole,) = await groups(tx, noun, where=where)
    assert {tuple(r[f"{api}.value"] for api in by): r["count"] for r in found} == {k: len(v) for k, v in told.items()}
    assert sum(r["count"] for r in found) == whole["count"] == len(rows)
    for r in found:
        group = told[tuple(r[f"{api}.value"] for api in by)]
        for api, f in wanted:
            kind, got = columns[api].kind, r[f"{api}.{f}"]
            want = figure(kind, f, [w.value(columns[api], x) for x in group])
            if kind == "money":
                got = {x["currency"]: Decimal(x[f]) for x in got or ()}
                want = {c: Decimal(v).quantize(Decimal(1), rounding="ROUND_HALF_UP") for c, v in want.items()}
            assert got == (pytest.approx(want) if f in ("avg", "sum") and kind != "money" else want), (noun.name, by, where, api, f)
