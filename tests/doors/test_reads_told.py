"""What is told of how queries are read: metrics to everybody who may see them, reasons and plans to developers only."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from api.metrics import LEFT, READS, STATEMENTS, left
from api.schema import CORE
from leadwell.base.tx import Database
from tests.doors.serving import ask, asking, key_for

COUNT = "{ leads { totalCount } }"
PARTLY = "{ a: leads { totalCount } viewer { name } }"
HEADERS = {"x-leadwell-explain": "1"}


@pytest_asyncio.fixture
async def client(app: Starlette, db: Database, workspace: UUID) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(app, await key_for(db, workspace)) as opened:
        yield opened


@pytest_asyncio.fixture
async def strict(strict_app: Starlette, db: Database, workspace: UUID) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(strict_app, await key_for(db, workspace)) as opened:
        yield opened


async def numbers(client: httpx.AsyncClient) -> dict[tuple[str, ...], float]:
    text = (await client.get("/metrics")).text
    return {(s.name, *s.labels.values()): s.value for family in text_string_to_metric_families(text) for s in family.samples}


def without_cost(answer: Any) -> Any:
    return answer | {"extensions": {name: value for name, value in answer["extensions"].items() if name != "cost"}}


async def test_developers_are_told_what_no_statement_covers(client: httpx.AsyncClient) -> None:
    assert without_cost(await ask(client, COUNT)) == {"data": {"leads": {"totalCount": 0}}, "extensions": {}}
    told: Any = await ask(client, PARTLY)
    assert told["data"]["a"] == {"totalCount": 0}
    assert without_cost(told)["extensions"] == {"reads": {"left": {"viewer": "viewer"}}}
    wrong: Any = await ask(client, "query($n: Int!) { leads(first: $n) { totalCount } }", n="x")
    assert without_cost(wrong)["extensions"] == {"reads": {"left": {"leads": "VARIABLES"}}}


async def test_developers_may_ask_for_the_statement_and_its_plan(client: httpx.AsyncClient) -> None:
    answer: Any = await ask(client, COUNT, headers=HEADERS)
    assert answer["data"] == {"leads": {"totalCount": 0}}
    told = answer["extensions"]["reads"]
    assert told["sql"].startswith("SELECT ")
    assert "leads" in told["sql"]
    assert told["plan"][-1].startswith("Execution Time: ")
    assert "reads" not in (await ask(client, COUNT, headers={"x-leadwell-explain": "0"}))["extensions"]


async def test_developers_may_ask_for_the_ordinary_executor(client: httpx.AsyncClient) -> None:
    before = READS.labels("executor")._value.get()
    told: Any = await ask(client, COUNT, headers={"x-leadwell-reads": "ordinary", **HEADERS})
    assert without_cost(told) == {"data": {"leads": {"totalCount": 0}}, "extensions": {"reads": {"left": {"leads": "ORDINARY"}}}}
    assert READS.labels("executor")._value.get() == before + 1


@pytest.mark.parametrize("document", [COUNT, PARTLY, "{ __schema { queryType { name } } }"])
async def test_production_tells_nothing(strict: httpx.AsyncClient, document: str) -> None:
    for headers in ({}, HEADERS, {"x-leadwell-reads": "ordinary", **HEADERS}):
        assert (await ask(strict, document, headers=headers))["extensions"].keys() == {"cost"}


async def test_production_ignores_the_wish_for_the_ordinary_executor(strict: httpx.AsyncClient) -> None:
    before = READS.labels("compiled")._value.get()
    await ask(strict, COUNT, headers={"x-leadwell-reads": "ordinary"})
    assert READS.labels("compiled")._value.get() == before + 1


async def test_metrics_show_how_queries_were_read_and_how_caches_do(client: httpx.AsyncClient, app: Starlette) -> None:
    before = await numbers(client)
    name = f"query Fresh{int(before['leadwell_cache_misses_total', 'texts'])}"
    for document in (f"{name} {COUNT}", f"{name} {COUNT}", f"{name} {PARTLY}"):  # unknown, known, unknown
        await ask(client, document)
    after = await numbers(client)
    grown = {key: value - before.get(key, 0) for key, value in after.items()}
    assert grown["leadwell_cache_hits_total", "texts"] == 1
    assert grown["leadwell_cache_hits_total", "plans"] >= 1
    assert [grown["leadwell_cache_misses_total", c] for c in ("texts", "documents", "plans")] == [2, 2, 2]
    assert (grown["leadwell_reads_total", "compiled"], grown["leadwell_reads_total", "partly"], grown["leadwell_reads_left_total", "viewer"]) == (2, 1, 1)
    assert grown["leadwell_reads_statement_seconds_count",] == 3
    documents = app.state.house.runner.documents.documents
    assert (after["leadwell_cache_entries", "documents"], after["leadwell_cache_characters", "documents"]) == (len(documents), documents.size)
    assert after["leadwell_cache_evictions_total", "documents"] == documents.evictions


async def test_a_text_is_looked_up_once_a_request(client: httpx.AsyncClient, app: Starlette) -> None:
    texts = app.state.house.runner.documents.texts
    await ask(client, COUNT)
    hits = texts.hits
    await ask(client, COUNT)
    await client.get("/graphql", params={"query": COUNT})
    assert texts.hits == hits + 2


@pytest.mark.parametrize(
    ("reason", "label"),
    [
        ("IRREGULAR", "IRREGULAR"), ("BAD_ID", "BAD_ID"), ("viewer", "viewer"), ("Lead.name", "Lead.name"), ("__schema", "__schema"), ("@skip", "@skip"),
        ("'x'", "OTHER"), ("Lead.nothing", "OTHER"), ("Nothing.name", "OTHER"), ("ada@acme.example", "OTHER"), ("", "OTHER"), ("@mine", "OTHER"),
        ("a condition that is no Boolean", "OTHER"), ("LeadState.OPEN", "OTHER"),
    ],
)  # fmt: skip
def test_reasons_are_of_the_schema_or_of_the_list_of_codes(reason: str, label: str) -> None:
    before = LEFT.labels(label)._value.get()
    left(CORE, {"root": reason})
    assert LEFT.labels(label)._value.get() == before + 1


def test_statements_are_timed_in_seconds() -> None:
    assert STATEMENTS.histogram._upper_bounds[0] == 0.001
