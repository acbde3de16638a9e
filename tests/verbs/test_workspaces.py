"""A workspace is made once, however many make it at the same time."""

import asyncio

from leadwell import workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database


async def test_ten_at_once_make_one_workspace_with_its_defaults_once(db: Database) -> None:
    slug = uuid7().hex
    made = await asyncio.gather(*(workspaces.create(db, slug, "Twin", epoch="test") for _ in range(10)))
    assert len(set(made)) == 1
    async with db.read(Actor.system(made[0])) as tx:
        tables = ("roles", "pipelines", "topics", "scoring_models")
        counts = [await tx.value(f"SELECT count(*) FROM {table} t WHERE t.workspace_id = $1", tx.workspace) for table in tables]
    assert counts == [len(workspaces.ROLES), 2, len(workspaces.TOPICS), 1]
