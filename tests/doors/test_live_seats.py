"""Limits of subscriptions over all processes: who takes the last seat, what a killed process gives back, and what holds while Redis is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from uuid import UUID

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from starlette.applications import Starlette

from api.subscriptions.seats import Seats, TooManySubscriptions
from leadwell.access import Viewer
from leadwell.base.ids import uuid7
from leadwell.base.settings import Settings
from leadwell.base.tx import Database
from leadwell.embedded.servers import Servers
from leadwell.outside.redis_seats import PLACE, RedisSeats
from tests.doors.serving import asking, key_for, settings_for
from tests.doors.sockets import PATIENCE

MOST = 4


class Processes:
    """As many as a test wants, each with its own connection to what they share."""

    def __init__(self, settings: Settings, life: AsyncExitStack) -> None:
        self.settings, self.life = settings, life
        self.viewer = Viewer.of_key(uuid7(), uuid7(), "Test", ["*"])

    def start(self, url: str | None = None, **more: float) -> Seats:
        beat = {"beat_s": more.pop("beat_s")} if "beat_s" in more else {}
        shared = RedisSeats(url or self.settings.redis_url, **more)
        made = Seats(self.settings, shared, **beat)
        self.life.push_async_callback(shared.close)
        self.life.push_async_callback(made.close)
        return made

    async def sit(self, process: Seats, count: int = 1) -> AsyncExitStack:
        """Takes seats, and gives what holds them."""
        held = await self.life.enter_async_context(AsyncExitStack())
        for _ in range(count):
            await held.enter_async_context(process.taken(self.viewer))
        return held

    async def refused(self, process: Seats) -> bool:
        try:
            async with process.taken(self.viewer):
                return False
        except TooManySubscriptions:
            return True


@pytest_asyncio.fixture
async def at(migrated: Servers) -> AsyncIterator[Processes]:
    async with AsyncExitStack() as life:
        yield Processes(replace(settings_for(migrated), live_subscriptions=MOST), life)


async def test_what_one_process_gives_back_another_may_take(at: Processes) -> None:
    one, other = at.start(), at.start()
    held = await at.sit(one, 3)
    await at.sit(other)
    assert [await at.refused(process) for process in (one, other)] == [True, True]
    await held.aclose()
    await one.tell()
    await at.sit(other, 3)
    assert [await at.refused(process) for process in (one, other)] == [True, True]
    assert (sum(one.here.values()), sum(other.here.values())) == (0, 2 * MOST)


async def test_of_many_who_come_at_once_to_three_processes_no_more_than_the_limit_are_let_in(at: Processes) -> None:
    processes = [at.start() for _ in range(3)]
    done = await asyncio.gather(*(at.sit(process) for process in processes for _ in range(MOST)), return_exceptions=True)
    refused = [one for one in done if isinstance(one, BaseException)]
    assert {type(one) for one in refused} == {TooManySubscriptions}
    assert (len(done) - len(refused), sum(process.here[at.viewer.credential] for process in processes)) == (MOST, MOST)


async def test_seats_of_a_process_that_fell_silent_are_free_and_of_one_that_left_at_once(at: Processes) -> None:
    killed, leaving, living = at.start(counted_s=0), at.start(), at.start()
    await at.sit(killed, MOST)      # heard of for the last time
    await at.sit(leaving, MOST)
    assert await at.refused(living)
    await leaving.close()
    await at.sit(living, MOST)


async def test_without_redis_each_process_counts_alone(at: Processes) -> None:
    for _ in range(2):
        process = at.start("redis://127.0.0.1:1")
        await at.sit(process, MOST)
        assert await at.refused(process)


async def test_what_redis_forgot_is_told_again(at: Processes) -> None:
    one, other = at.start(beat_s=0), at.start()
    await at.sit(one, MOST)
    async with Redis.from_url(at.settings.redis_url) as redis, asyncio.timeout(PATIENCE):  # pyright: ignore[reportUnknownMemberType]
        assert await redis.delete(PLACE + at.viewer.credential) == 1
        while not await at.refused(other):
            pass


async def test_a_stranger_in_production_follows_nothing_and_a_beat_counts_as_a_subscription(
    strict_app: Starlette, app: Starlette, db: Database, workspace: UUID
) -> None:
    asked, stream = {"query": "subscription { heartbeat(count: 1) }"}, {"accept": "text/event-stream"}
    async with asking(strict_app) as stranger:
        assert '"code":"UNAUTHENTICATED"' in (await stranger.post("/graphql", json=asked, headers=stream)).text
    token, seats = await key_for(db, workspace), app.state.house.tails.seats
    viewer = await app.state.house.credentials.viewer(token)
    async with asking(app, token) as client, AsyncExitStack() as life:
        for _ in range(app.state.house.settings.live_subscriptions):
            await life.enter_async_context(seats.taken(viewer))
        assert '"code":"TOO_MANY_SUBSCRIPTIONS"' in (await client.post("/graphql", json=asked, headers=stream)).text
        await life.aclose()
        assert '"heartbeat":"' in (await client.post("/graphql", json=asked, headers=stream)).text


@pytest.mark.parametrize("variable", ["LEADWELL_LIVE_SUBSCRIPTIONS", "LEADWELL_WORKSPACE_LIVE_SUBSCRIPTIONS"])
def test_limits_are_settings(migrated: Servers, variable: str) -> None:
    assert getattr(settings_for(migrated, **{variable: "7"}), variable.removeprefix("LEADWELL_").lower()) == 7
