"""Several writes go to the database as one statement, and none of them goes alone."""

import pytest

from leadwell import events
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.together import combined, together
from leadwell.base.tx import Database, Tx


def test_placeholders_are_counted_on_and_the_workspace_is_shared() -> None:
    one = "INSERT INTO a (workspace_id, x, y) VALUES ($1, $2, $3)"
    two = "UPDATE b SET z = $2 WHERE workspace_id = $1"
    assert combined((one, two)) == (
        "WITH done_0 AS (INSERT INTO a (workspace_id, x, y) VALUES ($1, $2, $3)),\ndone_1 AS (UPDATE b SET z = $4 WHERE workspace_id = $1)\nSELECT 1"
    )


def test_parts_of_the_same_name_are_kept_apart() -> None:
    one = "WITH x AS (SELECT ')' AS a, $2::int AS n) INSERT INTO a SELECT x.n FROM x"
    joined = combined((one, one))
    assert "x AS (SELECT ')' AS a, $2::int AS n),\ndone_0 AS (INSERT INTO a SELECT x.n FROM x)" in joined
    assert "x_1 AS (SELECT ')' AS a, $3::int AS n),\ndone_1 AS (INSERT INTO a SELECT x_1.n FROM x_1)" in joined


async def test_gathered_writes_commit_together_and_ring(db: Database, actor: Actor) -> None:
    ids = [uuid7() for _ in range(3)]

    async def write(tx: Tx) -> set[str]:
        async with together(tx) as writes:
            for id in ids:
                await events.note(writes, "lead.updated", "Lead", id)
            assert await tx.value("SELECT count(*) FROM events e WHERE e.workspace_id = $1", tx.workspace) == 0
        assert await tx.value("SELECT count(*) FROM events e WHERE e.workspace_id = $1", tx.workspace) == 3
        return tx.rings

    assert await db.run(actor, write) == {"upkeep"}


async def test_nothing_is_sent_when_the_block_fails_and_reads_are_refused(db: Database, actor: Actor) -> None:
    async def read(tx: Tx) -> None:
        async with together(tx) as writes:
            await events.note(writes, "lead.updated", "Lead", uuid7())
            await writes.value("SELECT 1")

    async def write(tx: Tx) -> None:
        with pytest.raises(AssertionError, match="would not see"):
            await read(tx)
        assert await tx.value("SELECT count(*) FROM events e WHERE e.workspace_id = $1", tx.workspace) == 0

    await db.run(actor, write)
