"""What callers may spend: told with every answer, refused with a time to wait, shared by all doors of GraphQL and by all processes."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from starlette.applications import Starlette

from api.app import create_app
from api.meter import DELAYED, Meter
from leadwell.base.actor import Actor
from leadwell.base.buckets import Spent
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database
from leadwell.embedded.servers import Servers
from leadwell.outside.redis_rates import RedisRates
from tests.doors.serving import asking, key_for, on_a_port, running, settings_for
from tests.doors.sockets import connected

PAGE = "query($n: Int!) { leads(first: $n) { nodes { id } } }"
SMALL = {
    "LEADWELL_COST_BUCKET": "100", "LEADWELL_COST_RESTORE": "1", "LEADWELL_WORKSPACE_COST_BUCKET": "150", "LEADWELL_WORKSPACE_COST_RESTORE": "1",
    "LEADWELL_COST_LIMIT": "120", "LEADWELL_DOCUMENT_DEPTH": "4", "LEADWELL_BODY_KILOBYTES": "1",
}  # fmt: skip


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest_asyncio.fixture(scope="module")
async def tight(migrated: Servers) -> AsyncIterator[Starlette]:
    """An API whose keys have a hundred points, of which it gives back one a second by a clock that stands."""
    async with running(create_app(settings_for(migrated, **SMALL))) as app:
        runner = app.state.house.runner
        runner.meter = Meter(app.state.settings, None, Clock())
        yield app


async def send(client: httpx.AsyncClient, n: int) -> httpx.Response:
    return await client.post("/graphql", json={"query": PAGE, "variables": {"n": n}})


def cost(answer: httpx.Response) -> tuple[int, int | None, int]:
    found = answer.json()["extensions"]["cost"]
    assert found["throttleStatus"].keys() == {"maximumAvailable", "currentlyAvailable", "restoreRate"}
    return found["requestedQueryCost"], found["actualQueryCost"], found["throttleStatus"]["currentlyAvailable"]


async def test_every_answer_tells_what_it_cost_and_gives_back_what_lists_did_not_hold(tight: Starlette, db: Database, workspace: UUID) -> None:
    async with asking(tight, await key_for(db, workspace)) as client:
        empty = await send(client, 60)
        ordinary = await client.post("/graphql", json={"query": PAGE, "variables": {"n": 60}}, headers={"x-leadwell-reads": "ordinary"})
        made = await client.post("/graphql", json={"query": 'mutation { createLead(input: {email: "a@cost.example"}) { lead { id } } }'})
        one = await send(client, 60)
    requested, actual, left = cost(empty)
    assert requested == 61
    assert actual is not None
    assert (actual <= 6, left) == (True, 100 - actual)
    assert cost(ordinary)[:2] == (requested, actual)
    assert cost(made)[:2] == (11, 11)
    assert actual < (cost(one)[1] or 0) < 61


async def test_who_has_spent_everything_is_told_when_there_is_more_and_nothing_is_done(tight: Starlette, db: Database, workspace: UUID) -> None:
    document = 'mutation { createTag(input: {name: "Rate"}) { tag { id } userErrors { code } } }'
    async with asking(tight, await key_for(db, workspace)) as client:
        for _ in range(8):
            assert (await client.post("/graphql", json={"query": document.replace("Rate", uuid7().hex)})).status_code == 200
        left = [cost(await send(client, 0))[2] for _ in range(3)][-1]
        refused = await client.post("/graphql", json={"query": document})
        (error,) = refused.json()["errors"]
        assert (refused.status_code, error["extensions"]["code"], error["extensions"]["retryable"]) == (429, "RATE_LIMITED", True)
        assert cost(refused) == (11, None, left)
        assert refused.headers["retry-after"] == str(error["extensions"]["params"]["seconds"]) == str(11 - left)
        async with asking(tight, await key_for(db, workspace)) as other:
            assert cost(await send(other, 40))[0] == 41
            assert (await send(other, 60)).json()["errors"][0]["extensions"]["params"]["available"] < 61     # the workspace's
        tight.state.house.runner.meter.clock.now += 11 - left
        assert (await client.post("/graphql", json={"query": document})).json()["data"]["createTag"]["userErrors"] == []


async def test_a_request_that_could_never_be_paid_is_no_matter_of_waiting(tight: Starlette, db: Database, workspace: UUID) -> None:
    async with asking(tight, await key_for(db, workspace)) as client:
        large = (await send(client, 130)).json()
        deep = (await client.post("/graphql", json={"query": "{ leads { nodes { company { contacts { nodes { id } } } } } }"})).json()
        long = await client.post("/graphql", json={"query": PAGE + " " * 2_000, "variables": {"n": 0}})
    assert [one["errors"][0]["extensions"]["params"]["what"] for one in (large, deep)] == ["points", "levels deep"]
    assert (long.status_code, long.json()["errors"][0]["extensions"]["params"]["limit"]) == (413, 1_024)


async def test_doors_beside_graphql_are_paid_from_the_same_points(tight: Starlette, db: Database, workspace: UUID) -> None:
    tight.state.house.runner.meter.purses.clear()
    async with asking(tight, await key_for(db, workspace)) as client:
        taken = await client.put("/uploads", content=b"a,b\n1,2\n")
        batch = await client.post("/capture", json={"submissions": [{"fields": {"email": f"{i}@paid.example"}} for i in range(5)]})
        assert (taken.status_code, batch.status_code) == (200, 200)
        assert (await client.get("/uploads", params={"upload": taken.json()["upload"]})).json()["size"] == 8
        assert cost(await send(client, 0))[2] == 100 - 10 - 15 - 1 - 1
        assert [(await client.put("/uploads", content=b"a\n")).status_code for _ in range(8)] == [200] * 7 + [429]
        refused = await client.post("/capture", json={"fields": {"email": "no@paid.example"}})
        assert (refused.status_code, refused.json()["error"]["code"], int(refused.headers["retry-after"]) > 0) == (429, "RATE_LIMITED", True)
    purse = tight.state.house.runner.meter.purse(None, "127.0.0.1")
    purse.buckets[0].spend(purse.buckets[0].whole - 11)
    async with asking(tight) as stranger:
        assert [(await stranger.get(f"/exports/{'x' * 40}")).status_code for _ in range(2)] == [404, 429]
        assert [(await stranger.get(f"/files/{'x' * 40}")).status_code for _ in range(2)] == [404, 429]
    async with db.read(Actor.system(workspace)) as tx:
        assert await tx.value("SELECT count(*) FROM submissions s WHERE s.workspace_id = $1", tx.workspace) == 5


async def test_operations_of_a_socket_and_of_a_stream_come_out_of_the_same_bucket(tight: Starlette, db: Database, workspace: UUID) -> None:
    key = await key_for(db, workspace)
    async with asking(tight, key) as client, on_a_port(tight) as host:
        first = cost(await send(client, 10))[2]
        async with connected(host, key) as socket:
            await socket.send("subscribe", id="1", payload={"query": PAGE, "variables": {"n": 10}})
            told: Any = await socket.receive()
            assert (told["type"], told["payload"]["extensions"]["cost"]["requestedQueryCost"]) == ("next", 11)
            left = told["payload"]["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"]
        stream = await client.post("/graphql", json={"query": "subscription { heartbeat(count: 1) }"}, headers={"accept": "text/event-stream"})
        assert "event: next" in stream.text
        after = cost(await send(client, 0))[2]
    assert first > left
    assert left - after >= 10


async def test_wrong_documents_cost_points_and_without_any_nothing_is_read(tight: Starlette) -> None:
    meter = tight.state.house.runner.meter
    purse = meter.purse(None, "192.0.2.1")
    before = purse.buckets[0].whole
    async with httpx.AsyncClient(transport=httpx.ASGITransport(tight, client=("192.0.2.1", 1)), base_url="http://127.0.0.1:8000") as client:
        await client.post("/graphql", json={"query": "{ nope }"})
        assert purse.buckets[0].whole == before - 10
        meter.spend(purse, int(purse.buckets[0].whole))
        answer = await client.post("/graphql", json={"query": "{"})
    assert answer.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_who_is_refused_again_and_again_waits_for_it_and_no_more_than_some(tight: Starlette) -> None:
    meter = tight.state.house.runner.meter
    purse = meter.purse(None, "192.0.2.2")
    for _ in range(20):
        await meter.delay(purse)
    assert not purse.refused.has(1, meter.clock())
    purse.delayed = DELAYED
    await meter.delay(purse)
    assert purse.delayed == DELAYED


async def test_two_processes_share_a_bucket_through_redis(migrated: Servers, tight: Starlette) -> None:
    viewer: Any = SimpleNamespace(id=uuid7(), kind="KEY", workspace=uuid7())
    one, two = (RedisRates(migrated.redis_url) for _ in range(2))
    a, b = (Meter(tight.state.settings, rates, Clock()) for rates in (one, two))
    for meter, rates, points in ((a, one, 30), (b, two, 20), (a, one, 0)):
        meter.spend(meter.purse(viewer), points)
        await meter.settle(rates)
    assert (a.processes >= 2, b.processes >= 2) == (True, True)
    own, workspace = a.purse(viewer).buckets
    assert (50 <= own.whole < 53, 100 <= workspace.whole < 103) == (True, True)
    _, (level,) = await one.settle([Spent(own.name, 500, 100, 1)])
    assert level == -100
    await one.close()
    await two.close()


async def test_without_redis_a_process_gives_out_its_share_and_says_so_once(tight: Starlette, caplog: Any) -> None:
    viewer: Any = SimpleNamespace(id=uuid7(), kind="KEY", workspace=uuid7())
    gone = RedisRates("redis://127.0.0.1:1")
    meter = Meter(tight.state.settings, gone, Clock())
    meter.open()
    meter.spend(meter.purse(viewer), 30)
    await meter.close()
    assert [r.message.partition(":")[0] for r in caplog.records if r.name == "api.meter"] == ["limits are kept by this process alone"]
    assert meter.purse(viewer).buckets[0].spent == 30
    await gone.close()
