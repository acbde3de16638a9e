"""Brings a database to this release: Tortoise's tool and history, one migrator at a time, impatient with locks."""

import asyncio
import warnings
from collections.abc import Callable
from typing import Any

import asyncpg

from leadwell.base.refusals import Refusal
from models.migrations import FILES, digest

LOCK = 0x1EAD11
OLDEST = 150000
Progress = Callable[[str], object]


class DatabaseTooOld(Refusal):
    """PostgreSQL {found} is too old: Leadwell needs 15 or newer."""

    fix = "Upgrade PostgreSQL, or unset DATABASE_URL to use the embedded one."


class MigrationRights(Refusal):
    """The owner login "{login}" may not migrate this database: {why}."""

    fix = "Point LEADWELL_OWNER_DATABASE_URL at the role lw_owner, made as docs/operate/database.md shows."


class MigrationChanged(Refusal):
    """This database was made by another state of Leadwell: the migration {name} that it went through is not the one of this release."""

    fix = "States between releases are not migrated. Start on an empty database (with `leadwell up`: another --data-dir), or run the state that made it."


class MigrationBusy(Refusal):
    """Another process is migrating this database and has not finished within {seconds} seconds."""

    fix = "Wait for it, or stop it."
    retryable = True


def names() -> list[str]:
    """Every migration this release ships, in order."""
    return sorted(FILES)


async def pending(connection: Any) -> list[str]:
    """Migrations not applied yet. A history that cannot be read is an error, never an empty database; one that was written with another text of a
    migration is refused (MigrationChanged), for what it made is not what this release works with."""
    found = await connection.fetchrow(
        "SELECT to_regclass('public.migrations') IS NOT NULL AS history, to_regclass('public.workspaces') IS NOT NULL AS tables")
    done = {r["name"]: r["digest"] for r in await connection.fetch("SELECT name, digest FROM migrations")} if found["history"] else {}
    changed = [n for n in names() if n in done and done[n] != digest(n)]
    if changed or (found["tables"] and not done):
        raise MigrationChanged(name=(changed or names())[0])
    return [n for n in names() if n not in done]


async def migrate(owner_url: str, progress: Progress | None = None, *, wait_s: float = 60, lock_timeout_ms: int = 3000) -> list[str]:
    """Applies what is missing and returns its names. Safe to run from several processes at once and again after a crash."""
    guard = await asyncpg.connect(owner_url, timeout=10)
    try:
        await _check(guard)
        await _lock(guard, wait_s)
        todo = await pending(guard)
        await _remind(guard)
        if todo:
            await _apply(owner_url, lock_timeout_ms, progress)
        return todo
    finally:
        await guard.close()


async def _check(guard: Any) -> None:
    version = int(await guard.fetchval("SHOW server_version_num"))
    if version < OLDEST:
        raise DatabaseTooOld(found=await guard.fetchval("SHOW server_version"))
    login = await guard.fetchval("SELECT current_user")
    roles = ["lw_app", "lw_owner", "lw_search", "lw_scheduler", "lw_keeper"]
    absent = await guard.fetch("SELECT r FROM unnest($1::text[]) r WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r)", roles)
    if absent:
        raise MigrationRights(login=login, why="these roles are missing: " + ", ".join(r["r"] for r in absent))
    if not await guard.fetchval("SELECT has_schema_privilege(current_user, 'public', 'CREATE')"):
        raise MigrationRights(login=login, why="it may not create tables in schema public")


async def _lock(guard: Any, wait_s: float) -> None:
    """Polls, because a blocking wait would deadlock with CREATE INDEX CONCURRENTLY."""
    for _ in range(max(1, int(wait_s / 0.1))):
        if await guard.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            return
        await asyncio.sleep(0.1)
    raise MigrationBusy(seconds=wait_s)


async def _remind(guard: Any) -> None:
    """Tortoise writes its history after a migration's transaction. What was killed between the two is told to it here, or it would run it again."""
    if await guard.fetchval("SELECT to_regclass('public.migrations') IS NOT NULL AND to_regclass('public.tortoise_migrations') IS NOT NULL"):
        await guard.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at) SELECT 'models', m.name, m.applied_at FROM migrations m ON CONFLICT DO NOTHING")


async def _apply(owner_url: str, lock_timeout_ms: int, progress: Progress | None) -> None:
    from tortoise.context import TortoiseContext
    from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

    from leadwell.base.pool import tortoise_credentials

    credentials = tortoise_credentials(owner_url) | {"maxsize": 2, "server_settings": {"lock_timeout": str(lock_timeout_ms), "timezone": "UTC"}}
    app = {"models": ["models"], "default_connection": "owner", "migrations": "models.migrations"}
    config = {"connections": {"owner": {"engine": "tortoise.backends.asyncpg", "credentials": credentials}}, "apps": {"models": app}}
    async with TortoiseContext() as context:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)     # the app names no models, so that theirs keep the connection they have
            await context.init(config=config)
        executor = MigrationExecutor(context.connections.get("owner"), {"models": app})
        await executor.migrate(
            [MigrationTarget("models", "__latest__")], direction="forward", progress=lambda _step, _app, name: progress(name) if progress else None)
