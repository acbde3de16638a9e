"""Turns at database connections, by a clock of our own."""

import asyncio
from uuid import UUID

import pytest

from leadwell.base.turns import Turns, WorkspaceBusy

A, B = UUID(int=1), UUID(int=2)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def parked(turns: Turns, workspace: UUID | None) -> "asyncio.Task[float]":
    task = asyncio.ensure_future(turns.take(workspace))
    await asyncio.sleep(0)
    return task


async def test_a_workspace_alone_has_all_but_one_and_beside_others_a_tenth_of_what_just_began() -> None:
    assert [Turns(total, 5).quick for total in (1, 10, 20, 45)] == [1, 1, 2, 4]
    turns, clock = Turns(20, 5), Clock()
    turns.clock = clock
    assert [(await parked(turns, A)).done() for _ in range(20)] == [True] * 19 + [False]
    first = await parked(turns, B)
    assert (first.done(), turns.free) == (True, 0)
    for began in list(turns.held[A]):
        turns.give(A, began)
    assert (len(turns.held[A]), turns.queues) == (1, {})
    others = [await parked(turns, A) for _ in range(3)]
    assert [task.done() for task in others] == [True, False, False]
    clock.now += 0.06     # what is under way is no longer young: half of all may be
    turns._looked()
    await asyncio.sleep(0)
    assert [task.done() for task in others] == [True, True, True]
    assert len(turns.held[A]) == 4


async def test_whoever_waits_goes_on_workspace_by_workspace() -> None:
    turns = Turns(2, 10, Clock())
    held = [await turns.take(None), await turns.take(None)]
    order: list[UUID] = []

    async def use(workspace: UUID) -> None:
        began = await turns.take(workspace)
        order.append(workspace)
        turns.give(workspace, began)

    tasks = [asyncio.ensure_future(use(w)) for w in (A, A, A, A, B, B)]
    await asyncio.sleep(0)
    turns.give(None, held[0])
    await asyncio.gather(*tasks)
    assert sorted(order) == [A] * 4 + [B] * 2
    assert order.index(B) <= 1
    assert (turns.free, turns.queues) == (1, {})


async def test_too_many_that_wait_are_refused_and_of_those_who_leave_nothing_stays() -> None:
    turns = Turns(1, 2, Clock())
    began = await turns.take(A)
    waiting = [await parked(turns, A) for _ in range(2)]
    with pytest.raises(WorkspaceBusy):
        await turns.take(A)
    other = await parked(turns, B)
    waiting[0].cancel()
    await asyncio.sleep(0)
    turns.give(A, began)
    other.cancel()      # in the moment in which it may have got its turn
    await asyncio.gather(*waiting, other, return_exceptions=True)
    assert waiting[1].result() == 100.0
    turns.give(A, 100.0)
    assert (turns.free, turns.held, turns.queues) == (1, {}, {})


async def test_the_process_itself_is_not_held_back_while_there_is_a_turn() -> None:
    turns = Turns(4, 5, Clock())
    await turns.take(A)
    assert [(await parked(turns, None)).done() for _ in range(4)] == [True, True, True, False]


async def test_two_fifths_look_at_once_and_what_takes_long_does_not_hold_up_the_next() -> None:
    turns, clock = Turns(10, 5), Clock()
    turns.clock = clock

    async def looking(workspace: UUID) -> "asyncio.Task[float]":
        task = asyncio.ensure_future(turns.take(workspace, look=True))
        await asyncio.sleep(0)
        return task

    looks = [await looking(A) for _ in range(6)]
    assert ([task.done() for task in looks], turns.crowd, len(turns.looks)) == ([True] * 4 + [False] * 2, 4, 4)
    writer = await parked(turns, B)
    assert writer.done()    # who does not only look needs no place among them
    turns.give(A, looks[0].result(), look=True)
    await asyncio.sleep(0)
    assert [task.done() for task in looks] == [True] * 4 + [False] * 2     # A is no longer alone: only a tenth may be young
    clock.now += 0.06
    turns._looked()
    await asyncio.sleep(0)
    assert [task.done() for task in looks] == [True] * 5 + [False]
    for task in looks[1:5]:
        turns.give(A, task.result(), look=True)
    await asyncio.sleep(0)
    turns.give(A, looks[5].result(), look=True)
    turns.give(B, writer.result())
    assert (turns.free, turns.looks, turns.held, turns.queues) == (10, [], {}, {})


async def test_who_is_canceled_in_the_moment_a_turn_ends_takes_none_and_keeps_none() -> None:
    turns = Turns(1, 5, Clock())
    began = await turns.take(A)
    first, second = await parked(turns, A), await parked(turns, A)
    first.cancel()
    turns.give(A, began)
    await asyncio.gather(first, second, return_exceptions=True)
    assert (first.cancelled(), second.result(), turns.free) == (True, began, 0)
    turns.give(A, second.result())
    assert (turns.free, turns.held, turns.queues) == (1, {}, {})
