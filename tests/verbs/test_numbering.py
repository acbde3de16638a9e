"""The worker's numbering: all workspaces in one pass, told in one word, at a pace."""

import asyncio
from collections.abc import Collection
from typing import Any
from uuid import UUID

import pytest

from leadwell import events, work
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database
from leadwell.wiring import Kit
from workers.numbering import EACH, Numbering, number

NONE: Any = None


class Words:
    """What the processes that follow were told."""

    def __init__(self) -> None:
        self.told: list[set[UUID]] = []

    async def publish(self, workspaces: Collection[UUID]) -> None:
        self.told.append(set(workspaces))


def kit(db: Database) -> tuple[Kit, Words]:
    words = Words()
    return Kit(NONE, db, work.SilentBell(), words, NONE, NONE), words


async def noted(db: Database, workspace: UUID, count: int) -> None:
    actor = Actor.system(workspace)
    await db.run(actor, lambda tx: events.note_all(tx, [events.Event("lead.updated", "Lead", uuid7()) for _ in range(count)]))


async def seen(db: Database, workspace: UUID) -> tuple[list[int], int, list[Any]]:
    """Numbers of events, the cursor, and the jobs of reacting."""

    async with db.read(Actor.system(workspace)) as tx:
        jobs = await tx.fetch("SELECT w.state, w.priority, w.max_attempts FROM work w WHERE w.workspace_id = $1 AND w.kind = 'upkeep.react'", workspace)
        return [e["seq"] for e in await events.newer(tx, 0, EACH + 9)], await events.latest(tx), [tuple(job) for job in jobs]


async def test_one_pass_numbers_all_workspaces_puts_one_reaction_each_and_tells_of_them_at_once(
    db: Database, workspace: UUID, other_workspace: UUID
) -> None:
    here, words = kit(db)
    await number(here)      # what other tests left
    words.told.clear()
    await noted(db, workspace, 2)
    await noted(db, other_workspace, 3)
    assert await number(here) == ({workspace, other_workspace}, set())
    await noted(db, workspace, 1)
    assert await number(here) == ({workspace}, set())
    assert await number(here) == (set(), set())
    assert words.told == [{workspace, other_workspace}, {workspace}]
    assert await seen(db, workspace) == ([1, 2, 3], 3, [("READY", 0, 10)])
    assert await seen(db, other_workspace) == ([1, 2, 3], 3, [("READY", 0, 10)])


async def test_a_flood_is_numbered_to_its_end_in_passes_that_others_share(db: Database, workspace: UUID, other_workspace: UUID) -> None:
    here, words = kit(db)
    await number(here)
    words.told.clear()
    await noted(db, workspace, EACH + 1)
    await noted(db, other_workspace, 1)
    await number(here)
    assert words.told == [{workspace, other_workspace}, {workspace}]
    assert (await seen(db, workspace))[:2] == ([*range(1, EACH + 2)], EACH + 1)


async def test_passes_of_many_processes_at_once_leave_no_gap(db: Database, workspace: UUID, other_workspace: UUID) -> None:
    here, _ = kit(db)

    async def both() -> None:
        for id in (workspace, other_workspace):
            await noted(db, id, 5)
        await number(here)

    await asyncio.gather(*(both() for _ in range(6)))
    await number(here)
    for id in (workspace, other_workspace):
        assert await seen(db, id) == ([*range(1, 31)], 30, [("READY", 0, 10)])


async def test_a_workspace_that_was_told_of_rests_and_then_what_came_meanwhile_is_told_together(
    db: Database, workspace: UUID, other_workspace: UUID
) -> None:
    here, words = kit(db)
    await number(here)
    words.told.clear()
    heard = list[int]()
    numbering = Numbering(here, lambda: heard.append(len(words.told)), rest_s=1.0)
    for told in ([{workspace}], [{workspace}, {other_workspace}]):      # the first is told at once, the second rests beside another
        await noted(db, workspace, 1)
        if len(told) > 1:
            await noted(db, other_workspace, 1)
        numbering.ask()
        await numbering.turn()
        assert words.told == told
    await noted(db, workspace, 1)
    await numbering.turn()      # nobody asks: it wakes by itself
    assert words.told == [{workspace}, {other_workspace}, {workspace}]
    assert (await seen(db, workspace))[0] == [1, 2, 3]
    assert heard == [1, 2, 3]


async def test_resting_workspaces_are_left_alone_and_named(db: Database, workspace: UUID, other_workspace: UUID) -> None:
    here, words = kit(db)
    await number(here)
    words.told.clear()
    await noted(db, workspace, 1)
    await noted(db, other_workspace, 1)
    assert await number(here, [workspace]) == ({other_workspace}, {workspace})
    assert await number(here, [workspace]) == (set(), {workspace})
    assert words.told == [{other_workspace}]
    assert await seen(db, workspace) == ([], 0, [])


async def test_a_pass_that_fails_does_not_keep_the_next_from_running(db: Database, workspace: UUID) -> None:
    here, _ = kit(db)
    heard = list[int]()
    numbering = Numbering(here, lambda: heard.append(1))
    real, here.db = here.db, NONE
    numbering.ask()
    with pytest.raises(AttributeError):
        await numbering.turn()
    here.db = real
    await noted(db, workspace, 1)
    numbering.ask()
    await numbering.turn()
    assert (await seen(db, workspace))[0] == [1]
    assert heard == [1]
