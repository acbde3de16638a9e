"""Events are numbered after commit, without gap, twin or loss."""

import asyncio
from contextlib import suppress

from leadwell import events
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx


async def test_numbers_are_given_in_order_and_only_once(db: Database, actor: Actor) -> None:
    async def write(tx: Tx) -> None:
        await events.note_all(tx, [events.Event("lead.created", "Lead", uuid7()) for _ in range(3)])

    await db.run(actor, write)
    assert await db.run(actor, events.sequence) == 3
    assert await db.run(actor, events.sequence) == 0
    async with db.read(actor) as tx:
        assert [e["seq"] for e in await events.newer(tx, 0)] == [1, 2, 3]
        assert await events.latest(tx) == 3


async def test_event_that_commits_late_gets_a_later_number(db: Database, actor: Actor) -> None:
    early, late = uuid7(), uuid7()
    noted, go_on = asyncio.Event(), asyncio.Event()

    async def slow(tx: Tx) -> None:
        await events.note(tx, "lead.created", "Lead", early)
        noted.set()
        await go_on.wait()

    running = asyncio.create_task(db.run(actor, slow))
    await noted.wait()
    await db.run(actor, lambda tx: events.note(tx, "lead.created", "Lead", late))
    assert await db.run(actor, events.sequence) == 1
    go_on.set()
    await running
    assert await db.run(actor, events.sequence) == 1
    async with db.read(actor) as tx:
        assert [(e["seq"], e["record_id"]) for e in await events.newer(tx, 0)] == [(1, late), (2, early)]


async def test_ten_sequencers_at_once_leave_no_gap(db: Database, actor: Actor) -> None:
    async def write(tx: Tx) -> None:
        await events.note_all(tx, [events.Event("lead.updated", "Lead", uuid7()) for _ in range(20)])

    async def work(i: int) -> None:
        await db.run(actor, write)
        await db.run(actor, events.sequence)

    await asyncio.gather(*(work(i) for i in range(10)))
    await db.run(actor, events.sequence)
    async with db.read(actor) as tx:
        assert [e["seq"] for e in await events.newer(tx, 0)] == list(range(1, 201))


async def test_reader_moves_on_only_when_its_transaction_commits(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: events.note(tx, "lead.created", "Lead", uuid7()))
    await db.run(actor, events.sequence)

    class Stop(Exception):
        pass

    async def fail(tx: Tx) -> None:
        assert len(await events.read_on(tx, "reactions")) == 1
        raise Stop

    with suppress(Stop):
        await db.run(actor, fail)
    assert len(await db.run(actor, lambda tx: events.read_on(tx, "reactions"))) == 1
    assert len(await db.run(actor, lambda tx: events.read_on(tx, "reactions"))) == 0
