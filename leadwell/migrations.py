"""Brings a database to this release: Tortoise's tool and history, one migrator at a time, impatient with locks."""

import asyncio
import warnings
from collections.abc import Callable
from typing import Any

import asyncpg

from leadwell.base.refusals import Refusal

LOCK = 0x1EAD11
OLDEST = 150000
Progress = Callable[[str], object]


class DatabaseTooOld(Refusal):
    """PostgreSQL {found} is too old: Leadwell needs 15 or newer."""

    fix = "Upgrade PostgreSQL, or unset DATABASE_URL to use the embedded one."


class MigrationRights(Refusal):
    """The owner login "{login}" may not migrate this database: {why}."""

    fix = "Point LEADWELL_OWNER_DATABASE_URL at the role lw_owner, made as docs/operate/database.md shows."


class MigrationBusy(Refusal):
    """Another process is migrating this database and has not finished within {seconds} seconds."""

    fix = "Wait for it, or stop it."
    retryable = True


def names() -> list[str]:
    """Every migration this release ships, in order."""
    import pkgutil

    import models.migrations

    return sorted(m.name for m in pkgutil.iter_modules(models.migrations.__path__))


async def pending(connection: Any) -> list[str]:
    """Migrations not applied yet. A history table that cannot be read is an error, never an empty database."""
    if await connection.fetchval("SELECT to_regclass('public.tortoise_migrations')") is None:
        return names()
    done = {r["name"] for r in await connection.fetch("SELECT name FROM tortoise_migrations WHERE app = 'models'")}
    return [n for n in names() if n not in done]


async def migrate(owner_url: str, progress: Progress | None = None, *, wait_s: float = 60, lock_timeout_ms: int = 3000) -> list[str]:
    """Applies what is missing and returns its names. Safe to run from several processes at once and again after a crash."""
    guard = await asyncpg.connect(owner_url, timeout=10)
    try:
        await _check(guard)
        await _lock(guard, wait_s)
        todo = await pending(guard)
        if todo:
            await _apply(owner_url, lock_timeout_ms, progress)
            await guard.execute("GRANT SELECT ON tortoise_migrations TO lw_app")
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
