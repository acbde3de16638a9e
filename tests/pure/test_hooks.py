"""Bells rung after commit."""

import asyncio

from leadwell.base.hooks import Rings


async def test_what_is_asked_for_while_a_bell_is_rung_is_rung_once_afterwards() -> None:
    rings, rung, heard = Rings(), list[str](), asyncio.Event()

    async def bell(queue: str) -> None:
        rung.append(queue)
        await heard.wait()

    assert rings.wanted({"upkeep"})
    ringing = asyncio.create_task(rings.ring(bell))
    await asyncio.sleep(0)
    assert [rings.wanted({"upkeep", "enrich"}) for _ in range(3)] == [False, False, False]
    heard.set()
    await ringing
    assert rung == ["upkeep", "enrich", "upkeep"]
    assert rings.wanted({"score"})


async def test_a_bell_that_fails_does_not_keep_the_others_from_ringing() -> None:
    rings, rung = Rings(), list[str]()

    async def bell(queue: str) -> None:
        rung.append(queue)
        if queue == "enrich":
            raise OSError("nobody is there")

    rings.wanted({"upkeep", "enrich", "score"})
    await rings.ring(bell)
    assert rung == ["enrich", "score", "upkeep"]


async def test_who_was_stopped_while_ringing_leaves_it_to_the_next() -> None:
    rings, rung = Rings(), list[str]()

    async def stuck(queue: str) -> None:
        await asyncio.Event().wait()

    async def bell(queue: str) -> None:
        rung.append(queue)

    rings.wanted({"upkeep"})
    ringing = asyncio.create_task(rings.ring(stuck))
    await asyncio.sleep(0)
    rings.wanted({"score"})
    ringing.cancel()
    await asyncio.gather(ringing, return_exceptions=True)
    assert rings.wanted(set())
    await rings.ring(bell)
    assert rung == ["score"]
