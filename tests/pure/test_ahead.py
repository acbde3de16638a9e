"""What rows lead to is looked up once for all of them, and what could not be read is told where it is asked for."""

import asyncio
import gc
from typing import Any

import pytest
from graphql import parse

from api.ahead import ToOne, look, met, to_ones
from api.batches import Batches
from leadwell.base.refusals import Forbidden
from leadwell.catalog import CATALOG
from leadwell.reads.selections import Selections

LEAD = CATALOG["Lead"]
OWNER, COMPANY = LEAD.relations["owner"], LEAD.relations["company"]


def connection(text: str) -> Any:
    operation: Any = parse(text).definitions[0]
    return operation.selection_set.selections


def test_fields_that_lead_to_one_row_are_found_by_nodes_and_by_edges_under_each_name() -> None:
    asked = connection("""{ leads { totalCount nodes { id owner { name } boss: owner { id email } activities { totalCount } }
      edges { cursor node { company { name } ... { company { domain } } owner @skip(if: true) { id } } } } }""")
    found = to_ones(Selections({}, {}), asked, LEAD)
    assert [(field.relation, field.wanted) for field in found] == [
        (OWNER, {"name"}), (OWNER, {"id", "email"}), (COMPANY, {"name", "domain"}),
    ]  # fmt: skip
    assert len({field.key for field in found}) == 3


async def test_a_failure_is_kept_in_the_rows_it_concerns_and_raised_where_it_is_met() -> None:
    to, asked = ToOne("owner", OWNER, frozenset()), list[Any]()

    def load(field: ToOne, value: Any) -> "asyncio.Future[Any]":
        asked.append((field.key, value))
        found: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if value == 2:
            found.set_exception(Forbidden(verb="read", noun="User"))
        else:
            found.set_result({"id": value} if value == 1 else None)
        return found

    rows: list[dict[Any, Any]] = [{OWNER.here: value} for value in (1, 2, None, 3)]
    await look(rows, [to], load)
    assert asked == [("owner", 1), ("owner", 2), ("owner", 3)]
    assert met(rows[0]["owner"], OWNER) == {"id": 1}
    with pytest.raises(Forbidden):
        met(rows[1]["owner"], OWNER)
    assert "owner" not in rows[2]
    assert met(rows[3]["owner"], OWNER) is None


def test_a_row_that_must_be_there_and_may_not_be_seen_is_refused() -> None:
    needed = next(r for noun in CATALOG for r in noun.relations.values() if not r.many and not r.null)
    with pytest.raises(Forbidden) as refused:
        met(None, needed)
    assert refused.value.params["noun"] == needed.target.name


async def test_whoever_stops_waiting_for_a_row_does_not_stop_it_for_the_others() -> None:
    batches, go = Batches(), asyncio.Event()

    async def run(keys: list[Any]) -> dict[Any, Any]:
        await go.wait()
        return {key: f"row {key}" for key in keys}

    async def wait() -> Any:
        return await batches.load("owner", 1, run)

    first, second = asyncio.create_task(wait()), asyncio.create_task(wait())
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.sleep(0)
    go.set()
    assert await second == "row 1"
    assert first.cancelled()
    await batches.settle()


async def test_a_read_that_fails_is_told_to_whoever_waits_and_warns_of_nobody_else() -> None:
    batches, told = Batches(), list[str]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))

    async def run(keys: list[Any]) -> dict[Any, Any]:
        raise KeyError(*keys)

    waiting = [batches.load("owner", 1, run) for _ in range(3)]
    waiting[0].cancel()
    with pytest.raises(KeyError):
        await waiting[1]
    await batches.settle()
    del waiting
    gc.collect()
    assert told == []


async def test_rows_that_many_fields_lead_to_are_read_once_together() -> None:
    batches, asked = Batches(), list[list[Any]]()

    async def run(keys: list[Any]) -> dict[Any, Any]:
        asked.append(keys)
        return {1: "one"}

    assert await asyncio.gather(*(batches.load("owner", key, run) for key in (1, 2, 1))) == ["one", None, "one"]
    assert await batches.load("owner", 2, run) is None
    assert asked == [[1, 2], [2]]
