"""In the database two workspaces never see each other either, though the application forgets to filter."""

from typing import Any

import asyncpg
import pytest

from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from models.migrations import TENANT_TABLES
from tests.foreign import Two


class Undone(Exception):
    """Takes back what a statement did, had it done anything."""


@pytest.mark.parametrize("table", sorted(TENANT_TABLES))
async def test_row_security_holds_without_the_applications_filter(two: Two, table: str) -> None:
    async with two.db.read(Actor.system(two.own)) as tx:
        seen = await tx.fetch(f"SELECT DISTINCT t.workspace_id FROM {table} t /* the filter is left out on purpose */")
    assert [r["workspace_id"] for r in seen] == [two.own]
    for statement in (f"UPDATE {table} SET workspace_id = workspace_id", f"DELETE FROM {table}"):
        assert await touched(two, f"{statement} WHERE workspace_id <> $1 /* the filter is left out on purpose */", two.own) in (0, "DENIED")


@pytest.mark.parametrize("table", sorted(TENANT_TABLES))
async def test_row_security_refuses_a_row_for_another_workspace(two: Two, table: str) -> None:
    async with two.db.read(Actor.system(two.own)) as tx:
        columns = [r["name"] for r in await tx.fetch(
            "SELECT a.attname::text AS name FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped"
            " AND a.attgenerated = '' AND a.attname <> 'workspace_id'", table)]
    listed = ", ".join(columns)
    insert = f"INSERT INTO {table} (workspace_id, {listed}) SELECT $2::uuid, {listed} FROM {table} t WHERE t.workspace_id = $1 LIMIT 1"
    move = f"UPDATE {table} SET workspace_id = $2 WHERE workspace_id = $1"
    for statement in (insert, move):
        assert await touched(two, f"{statement} /* the filter is left out on purpose */", two.own, two.other) == "DENIED"


async def touched(two: Two, sql: str, *args: Any) -> int | str:
    """How many rows a statement of the application's login touches, taken back; DENIED when it may not."""
    rows = 0

    async def verb(tx: Tx) -> None:
        nonlocal rows
        rows = await tx.execute(sql, *args)
        raise Undone

    try:
        await two.db.run(Actor.system(two.own), verb)
    except Undone:
        return rows
    except asyncpg.InsufficientPrivilegeError:
        return "DENIED"
    raise AssertionError("unreachable")


async def test_a_kept_plan_takes_every_table_for_that_of_one_workspace(two: Two) -> None:
    async with two.db.read(Actor.system(two.own)) as tx:
        told = await tx.fetch(
            "SELECT c.relname::text AS name, a.attoptions::text[] AS options FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE a.attname = 'workspace_id' AND c.relname = ANY($1::text[]) /* no table of a workspace is read */", sorted(TENANT_TABLES))
    assert {r["name"] for r in told} == set(TENANT_TABLES)
    assert {r["name"] for r in told if r["options"] not in (["n_distinct=1"], ["n_distinct_inherited=1"])} == set()


async def test_a_transaction_reads_of_the_workspace_it_is_in_and_of_none_before_it_entered_one(two: Two) -> None:
    async def told(tx: Tx) -> None:
        choose = "SELECT lw_set_settings($1, (lw_workspace($1)).version, $2)"
        await tx.value(choose, tx.workspace, {"soft_bounces": 3})
        seen.extend(await tx.fetch("SELECT w.settings FROM lw_here w"))
        raise Undone

    seen: list[Any] = []
    with pytest.raises(Undone):
        await two.db.run(Actor.system(two.own), told)
    async with two.db.read(Actor.system(two.other)) as tx:
        seen.extend(await tx.fetch("SELECT w.settings FROM lw_here w"))
    (own, other) = (row["settings"] for row in seen)
    assert own == {"soft_bounces": 3} != other
    assert await two.db.control("SELECT w.settings FROM lw_here w") == []
    for statement in ("UPDATE lw_here SET currency = 'USD'", "DELETE FROM lw_here", "SELECT w.id FROM workspaces w"):
        assert await touched(two, statement) == "DENIED"
