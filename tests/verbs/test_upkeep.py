"""The rounds over all workspaces: one in which a duty fails keeps none of the others waiting."""

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from leadwell import work
from leadwell.base.actor import Actor
from leadwell.base.refusals import Unavailable
from leadwell.base.settings import load_settings
from leadwell.base.tx import Database, Tx
from leadwell.embedded.servers import Servers
from leadwell.wiring import Kit
from workers import upkeep

NONE: Any = None


class Few(Database):
    """The same pool, as if there were these workspaces alone."""

    def __init__(self, db: Database, *these: UUID) -> None:
        super().__init__(db.pool, db.client, db.ring)
        self.these = these

    async def control(self, sql: str, *args: Any) -> Sequence[Any]:  # type: ignore[override]
        return [{"workspace": id} for id in self.these] if "lw_workspaces" in sql else await super().control(sql, *args)


async def test_a_workspace_in_which_a_duty_fails_keeps_neither_its_other_duties_nor_another_workspace_waiting(
    db: Database, migrated: Servers, workspace: UUID, other_workspace: UUID, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    kit = Kit(load_settings({}, None), Few(db, workspace, other_workspace), work.SilentBell(), NONE, NONE, NONE)
    for id in (workspace, other_workspace):
        await db.run(Actor.system(id), remembered)
    owner = await asyncpg.connect(migrated.owner_database_url)
    await owner.execute("UPDATE workspaces SET time_zone = 'Mars/Olympus' WHERE id = $1", workspace)
    with caplog.at_level(logging.ERROR):
        assert await upkeep.hourly(kit) == 1, "the night of the first workspace cannot be planned"
    assert [record.getMessage() for record in caplog.records] == [f"workspace {workspace}: plan_night failed and is tried again in the next round"]
    for id, nights in ((workspace, 0), (other_workspace, 1)):
        async with db.read(Actor.system(id)) as tx:
            assert await tx.value("SELECT count(*) FROM work w WHERE w.workspace_id = $1 AND w.kind = 'match.sweep'", id) == nights
            assert await tx.value("SELECT count(*) FROM idempotency i WHERE i.workspace_id = $1", id) == 0
    await owner.execute("UPDATE workspaces SET time_zone = 'UTC' WHERE id = $1", workspace)
    await owner.close()
    assert await upkeep.hourly(kit) == 0


async def remembered(tx: Tx) -> None:
    """A key of the day before yesterday."""
    await tx.execute(
        "INSERT INTO idempotency (workspace_id, key, operation, fingerprint, result, at)"
        " VALUES ($1, 'k', 'x', 'x', '{}', clock_timestamp() - interval '2 days')", tx.workspace)  # fmt: skip


async def test_a_database_that_is_gone_ends_the_round(db: Database, workspace: UUID) -> None:
    rounds: list[int] = []

    async def gone(tx: Tx) -> None:
        rounds.append(1)
        raise ConnectionError("gone")

    with pytest.raises(Unavailable):
        await upkeep.each(Kit(NONE, Few(db, workspace, workspace), work.SilentBell(), NONE, NONE, NONE), (gone, gone))
    assert len(rounds) == 4, "one duty and its retries"
