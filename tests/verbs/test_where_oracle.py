"""Random filters and orders, every page walked both ways, against plain Python over all rows of a workspace."""

import json
import os
import random
from datetime import UTC, datetime
from uuid import UUID

import pytest

from leadwell import workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG, BadFilter, Everything, Listing, Noun, Sees, matching_ids, pages, totals
from tests import builders as make
from tests.oracle import World, expected, ids_of
from tests.reading import Both
from tests.seeds import Draw, fill, noun_of
from tests.walking import Compiled

EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES", "40"))


@pytest.fixture
async def workspace(db: Database) -> UUID:
    """A sandbox whose clock stands still, on a day that months are hard to subtract from."""
    id = await workspaces.create(db, uuid7().hex, "Sandbox", kind="SANDBOX", epoch="test")
    await db.control("SELECT lw_set_clock($1, $2)", id, datetime(2026, 3, 31, 12, tzinfo=UTC))
    return id


async def count(tx: Tx, noun: Noun, where: object, viewer: Sees) -> int:
    return (await totals(tx, viewer, Listing(noun, where)))[None]["n"]


async def walk(tx: Tx, noun: Noun, where: object, order: object, size: int, *, backward: bool) -> list[UUID]:
    """All ids of a list, page by page."""
    viewer, cursor, found = Everything(tx.workspace), None, list[UUID]()
    while True:
        ask = Listing(noun, where, order, last=size, before=cursor) if backward else Listing(noun, where, order, first=size, after=cursor)
        got = (await pages(tx, viewer, ask, wanted=frozenset()))[None]
        found = ids_of(got.rows) + found if backward else found + ids_of(got.rows)
        if not (got.has_previous if backward else got.has_next):
            return found
        cursor = got.rows[0 if backward else -1]["cursor_"]


@pytest.mark.parametrize("seed", range(4))
async def test_every_page_of_a_random_list_is_what_python_says(db: Database, actor: Actor, seed: int) -> None:
    await db.run(actor, lambda tx: fill(tx, seed))
    both = Both(db, actor)
    async with db.read(actor) as tx:
        world, rnd = await World.read(tx), random.Random(seed)
        draw, hits = Draw(world, rnd), 0
        for _ in range(EXAMPLES):
            noun = noun_of(rnd)
            where, order = draw.where(noun), draw.order(noun)
            want = expected(world, noun, where, order)
            hits += bool(want)
            told = f"{noun.name} where {json.dumps(where)} order {json.dumps(order)}"
            assert await walk(tx, noun, where, order, rnd.choice([1, 3, 7, 200]), backward=False) == want, told
            assert await walk(tx, noun, where, order, rnd.choice([3, 200]), backward=True) == want, told
            compiled = Compiled(both, noun, where, order)
            assert await compiled.walk(rnd.choice([1, 3, 7, 200]), backward=False) == want, told
            assert await compiled.walk(rnd.choice([3, 200]), backward=True) == want, told
            assert compiled.count == len(want), told
            viewer = Everything(tx.workspace)
            assert await count(tx, noun, where, viewer) == len(want), told
            some = rnd.sample(ids_of(world.tables[noun.table]), 5)
            assert await matching_ids(tx, noun, where, viewer, ids=some) == sorted(set(some) & set(want)), told
        assert hits > EXAMPLES / 3


async def test_a_filter_and_its_negation_partition_the_rows(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: fill(tx, 9))
    async with db.read(actor) as tx:
        world, rnd, viewer = await World.read(tx), random.Random(9), Everything(tx.workspace)
        draw, everything = Draw(world, rnd), {"archivedAt": {"isNull": True}}
        noun = CATALOG["Lead"]
        total = await count(tx, noun, everything, viewer)
        for _ in range(EXAMPLES):
            where = draw.where(noun)
            inside = await count(tx, noun, {"AND": [everything, where]}, viewer)
            outside = await count(tx, noun, {"AND": [everything, {"NOT": where}]}, viewer)
            assert inside + outside == total, json.dumps(where)


async def test_spans_before_now_are_open_at_their_far_end(db: Database, actor: Actor) -> None:
    async def seed(tx: Tx) -> UUID:
        return await make.make_task(tx, due_at=datetime(2026, 2, 28, 12, tzinfo=UTC))

    task, noun = await db.run(actor, seed), CATALOG["Task"]
    async with db.read(actor) as tx:

        async def found(**test: str) -> bool:
            return await matching_ids(tx, noun, {"dueAt": test}, Everything(tx.workspace)) == [task]

        assert not await found(withinLast="P1M")
        assert not await found(olderThan="P1M")
        assert await found(withinLast="P1MT1S")
        assert await found(olderThan="P30D")
        assert not await found(withinNext="P1Y")


async def test_every_takes_a_missing_value_as_not_matching(db: Database, actor: Actor) -> None:
    async def seed(tx: Tx) -> UUID:
        company = await make.make_company(tx)
        await make.make_lead(tx, company_id=company, title="CEO")
        await make.make_lead(tx, company_id=company)
        return company

    company, noun = await db.run(actor, seed), CATALOG["Company"]
    async with db.read(actor) as tx:

        async def found(where: object) -> bool:
            return await matching_ids(tx, noun, {"leads": where}, Everything(tx.workspace)) == [company]

        assert await found({"some": {"title": {"eq": "CEO"}}})
        assert not await found({"none": {"title": {"eq": "CEO"}}})
        assert not await found({"every": {"title": {"eq": "CEO"}}})
        assert await found({"every": {"OR": [{"title": {"eq": "CEO"}}, {"title": {"isNull": True}}]}})
        assert await found({"every": {"NOT": {"title": {"eq": "CTO"}}}})


@pytest.mark.parametrize("seed", range(2))
async def test_tags_by_name_are_what_python_says(db: Database, actor: Actor, seed: int) -> None:
    await db.run(actor, lambda tx: fill(tx, seed))
    async with db.read(actor) as tx:
        world, viewer, hits = await World.read(tx), Everything(tx.workspace), 0
        names = [t["name"] for t in world.tables["tags"]]
        for noun in (n for n in CATALOG if "tags" in n.relations):
            for quantifier in ("hasAny", "hasAll", "hasNone"):
                for some in ([], names[:1], names[:2], ["no such tag"], [*names[:1], "no such tag"], names[:1] * 2):
                    where = {"tags": {quantifier: some}}
                    want = sorted(expected(world, noun, where, []))
                    assert await matching_ids(tx, noun, where, viewer) == want, (noun.name, where)
                    hits += bool(want)
        assert hits > 20


@pytest.mark.parametrize("given", ["VIP", None, [1], [None], ["a\0"], {"name": "VIP"}])
@pytest.mark.parametrize("quantifier", ["hasAny", "hasAll", "hasNone"])
async def test_tags_are_named_by_a_list_of_texts(db: Database, actor: Actor, quantifier: str, given: object) -> None:
    async with db.read(actor) as tx:
        with pytest.raises(BadFilter):
            await count(tx, CATALOG["Lead"], {"tags": {quantifier: given}}, Everything(tx.workspace))
        with pytest.raises(BadFilter):
            await count(tx, CATALOG["Lead"], {"tasks": {quantifier: ["VIP"]}}, Everything(tx.workspace))
