"""A workspace is made once, however many make it at the same time; what it chooses is its own and loses nothing."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from leadwell import workspaces
from leadwell.access.place import place
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import StaleVersion
from leadwell.base.tx import Database
from leadwell.base.workspace import WorkspaceSettings


async def test_ten_at_once_make_one_workspace_with_its_defaults_once(db: Database) -> None:
    slug = uuid7().hex
    made = await asyncio.gather(*(workspaces.create(db, slug, "Twin", epoch="test") for _ in range(10)))
    assert len(set(made)) == 1
    async with db.read(Actor.system(made[0])) as tx:
        tables = ("roles", "pipelines", "topics", "scoring_models")
        counts = [await tx.value(f"SELECT count(*) FROM {table} t WHERE t.workspace_id = $1", tx.workspace) for table in tables]
    assert counts == [len(workspaces.ROLES), 2, len(workspaces.TOPICS), 1]


async def here(db: Database, actor: Actor) -> tuple[WorkspaceSettings, int]:
    async with db.read(actor) as tx:
        found = await place(tx)
    return found.settings, found.version


async def noted(db: Database, actor: Actor) -> list[tuple[UUID, int, Any]]:
    async with db.read(actor) as tx:
        sql = "SELECT e.record_id, e.version, e.data FROM events e WHERE e.workspace_id = $1 AND e.kind = 'workspace.updated' ORDER BY e.id"
        return [(row["record_id"], row["version"], row["data"]) for row in await tx.fetch(sql, tx.workspace)]


async def test_settings_given_are_kept_and_the_others_stay(db: Database, actor: Actor, other_workspace: UUID) -> None:
    assert await here(db, actor) == (WorkspaceSettings(), 1)
    first = await db.run(actor, lambda tx: workspaces.update_settings(tx, {"repeat_hand_raise": "TASK"}))
    second = await db.run(actor, lambda tx: workspaces.update_settings(tx, {"individuals": True, "convert_deal": "NONE"}, 2))
    assert (first.version, second.version) == (2, 3)
    assert await here(db, actor) == (WorkspaceSettings(True, "NONE", "TASK"), 3)
    assert await noted(db, actor) == [
        (actor.workspace, 2, {"changes": {"repeat_hand_raise": ["LEAD", "TASK"]}}),
        (actor.workspace, 3, {"changes": {"individuals": [False, True], "convert_deal": ["CREATE", "NONE"]}}),
    ]
    assert await here(db, Actor.system(other_workspace)) == (WorkspaceSettings(), 1)


async def test_setting_that_is_so_already_changes_nothing(db: Database, actor: Actor) -> None:
    done = await db.run(actor, lambda tx: workspaces.update_settings(tx, {"individuals": False, "capture_exceptions": []}))
    assert (done.changes, done.version) == ({}, 1)
    assert await noted(db, actor) == []


async def test_exceptions_are_kept_as_they_are_compared(db: Database, actor: Actor) -> None:
    given = ["@ACME.com", "acme.com ", "Ana <ANA@Beta.com>", "M\u00fcller.de"]
    await db.run(actor, lambda tx: workspaces.update_settings(tx, {"capture_exceptions": given}))
    assert (await here(db, actor))[0].capture_exceptions == ("acme.com", "ana@beta.com", "xn--mller-kva.de")


@pytest.mark.parametrize(("given", "field"), [
    (["acme.com", "not a domain"], "capture_exceptions.1"), ([""], "capture_exceptions.0"), (["acme.com"] * 1001, "capture_exceptions"),
])  # fmt: skip
async def test_what_is_no_address_is_refused_with_all_that_came_with_it(db: Database, actor: Actor, given: list[str], field: str) -> None:
    with pytest.raises(workspaces.BadSetting) as refused:
        await db.run(actor, lambda tx: workspaces.update_settings(tx, {"individuals": True, "capture_exceptions": given}))
    assert refused.value.field == field
    assert await here(db, actor) == (WorkspaceSettings(), 1)


async def test_version_read_before_a_change_is_refused(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: workspaces.update_settings(tx, {"individuals": True}, 1))
    with pytest.raises(StaleVersion):
        await db.run(actor, lambda tx: workspaces.update_settings(tx, {"individuals": False}, 1))
    assert await here(db, actor) == (WorkspaceSettings(individuals=True), 2)


async def test_changes_at_the_same_time_all_hold(db: Database, actor: Actor) -> None:
    given: list[dict[str, Any]] = [{"individuals": True}, {"convert_deal": "NONE"}, {"repeat_hand_raise": "TASK"}, {"capture_exceptions": ["acme.com"]}]
    await asyncio.gather(*(db.run(actor, lambda tx, one=one: workspaces.update_settings(tx, one)) for one in given))
    assert await here(db, actor) == (WorkspaceSettings(True, "NONE", "TASK", ("acme.com",)), 5)


async def test_settings_of_another_workspace_cannot_be_written(db: Database, actor: Actor, other_workspace: UUID) -> None:
    written = await db.run(actor, lambda tx: tx.value("SELECT lw_set_settings($1, 1, '{}')", other_workspace))
    assert (written, await db.control("SELECT lw_set_settings($1, 1, '{}') AS v", other_workspace)) == (None, [(None,)])
    assert await here(db, Actor.system(other_workspace)) == (WorkspaceSettings(), 1)
