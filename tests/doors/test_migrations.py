"""A database whose history is short, written by another state of Leadwell, or cut off by a crash: who starts on it, and what is said."""

import pkgutil
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from starlette.applications import Starlette

import models.migrations
from api.app import create_app
from leadwell.cli import checks
from leadwell.embedded.servers import Servers
from leadwell.migrations import MigrationChanged, migrate, names
from leadwell.wiring import NotMigrated
from models.migrations import FILES, SQL, digest
from tests.doors.serving import asking, running, settings_for

LAST = names()[-1]
SAID = f"This database was made by another state of Leadwell: the migration {LAST} that it went through is not the one of this release."


@pytest_asyncio.fixture
async def owner(migrated: Servers) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection; what a test did to the history is undone."""
    connection = await asyncpg.connect(migrated.owner_database_url)
    before = await history(connection)
    yield connection
    await connection.execute("DELETE FROM migrations")
    await connection.executemany("INSERT INTO migrations (name, digest, applied_at) VALUES ($1, $2, $3)", before)
    await connection.close()


async def history(connection: asyncpg.Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await connection.fetch("SELECT name, digest, applied_at FROM migrations ORDER BY name")]


async def readiness(app: Starlette) -> tuple[int, str]:
    async with asking(app) as client:
        answer = await client.get("/ready")
    return answer.status_code, answer.json().get("problem", "")


def test_every_migration_and_every_file_of_sql_is_shipped_once() -> None:
    assert sorted(module.name for module in pkgutil.iter_modules(models.migrations.__path__)) == names()
    assert sorted(file for name in names() for file in FILES[name]) == sorted(path.stem for path in SQL.glob("*.sql"))


async def test_what_was_applied_is_kept_with_the_digest_of_its_text(owner: asyncpg.Connection) -> None:
    assert [row[:2] for row in await history(owner)] == [(name, digest(name)) for name in names()]
    assert len(digest(LAST)) == 64


async def test_a_database_that_lacks_a_migration_is_not_ready(migrated: Servers, owner: asyncpg.Connection) -> None:
    app = create_app(settings_for(migrated))
    async with running(app):
        assert await readiness(app) == (200, "")
        # The first migration is the only one yet: what it made has to seem away as well, or the history would not be short but lost.
        await owner.execute("DELETE FROM migrations WHERE name = $1", LAST)
        await owner.execute("ALTER TABLE workspaces RENAME TO workspaces_away")
        try:
            assert await readiness(app) == (503, f"the database lacks 1 migration(s), next {LAST}")
            with pytest.raises(NotMigrated):
                async with running(create_app(settings_for(migrated))):
                    pass
        finally:
            await owner.execute("ALTER TABLE workspaces_away RENAME TO workspaces")


@pytest.mark.parametrize("how", ["UPDATE migrations SET digest = 'other'", "DELETE FROM migrations", "ALTER TABLE migrations RENAME TO migrations_away"])
async def test_a_database_of_another_state_is_refused_by_whoever_starts_on_it(migrated: Servers, owner: asyncpg.Connection, how: str) -> None:
    """Changed since, lost, or never written as by states from before histories had digests."""
    settings = settings_for(migrated)
    app = create_app(settings)
    async with running(app):
        await owner.execute(how)
        try:
            with pytest.raises(MigrationChanged) as refused:
                await migrate(migrated.owner_database_url)
            with pytest.raises(MigrationChanged):
                async with running(create_app(settings)):
                    pass
            ready = await readiness(app)
            told = [check async for check in checks.database(settings, state=True) if check.name == "migrations"]
        finally:
            if "RENAME" in how:
                await owner.execute("ALTER TABLE migrations_away RENAME TO migrations")
    assert (refused.value.code, refused.value.message) == ("MIGRATION_CHANGED", SAID)
    assert ready == (503, SAID)
    assert [(check.status, check.message, check.fix) for check in told] == [("fail", SAID, refused.value.fix)]


async def test_a_migration_that_was_killed_before_tortoise_wrote_it_down_is_not_run_again(migrated: Servers, owner: asyncpg.Connection) -> None:
    written = await owner.fetchrow("DELETE FROM tortoise_migrations WHERE app = 'models' AND name = $1 RETURNING *", LAST)
    assert written is not None
    for _ in range(2):
        assert await migrate(migrated.owner_database_url) == []
    assert [r["name"] for r in await owner.fetch("SELECT name FROM tortoise_migrations WHERE app = 'models' ORDER BY name")] == names()
