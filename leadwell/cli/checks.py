"""The checks of `leadwell doctor`: each names what is wrong and a fix that works."""

import shutil
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

from leadwell.base.setting_values import masked_url
from leadwell.base.settings import Settings
from leadwell.cli import probes, soundness
from leadwell.cli.check import Check
from leadwell.cli.faults import Unreachable

OLDEST_SERVER = 150000
LITTLE_DISK = 1024**3
SKEW = 2.0
SILENT_WORKERS = 60.0


async def every(settings: Settings) -> AsyncGenerator[Check]:
    yield versions()
    for check in secrets(settings):
        yield check
    yield disk(settings)
    for check in documents(settings):
        yield check
    async with aclosing(database(settings)) as found:
        async for check in found:
            yield check
    yield await redis(settings)
    yield await smtp(settings)
    yield await api(settings)
    async for check in soundness.traces(settings):
        yield check


async def require(name: str, settings: Settings) -> None:
    """Raises for a named server that is down or unfit, before anything is started on top of it."""
    if name == "database_url":
        found = [] if settings.admin_database_url else [check async for check in database(settings, state=False)]
    else:
        found = [await (redis if name == "redis_url" else smtp)(settings)]
    for check in found:
        if check.status == "fail":
            raise Unreachable(what=check.name, reason=check.message, fix=check.fix)


def versions() -> Check:
    from importlib.metadata import version

    return Check("versions", "ok", f"Leadwell {version('leadwell')}, Python {sys.version.split()[0]}")


def secrets(settings: Settings) -> list[Check]:
    """Keys of guessable bytes are worse than none: they look safe."""
    fix = "Run `leadwell keys secret` and append what it prints to LEADWELL_SECRET_KEYS."
    if not settings.secret_keys:
        return [Check("secrets", "fail", "No secret keys are set.", fix)]
    weak = [name for name, key in settings.secret_keys if len(set(key)) < 16]
    if weak:
        return [Check("secrets", "fail", f"Key {weak[0]} is not random.", fix)]
    if not settings.outbound_epoch:
        fix = "Set LEADWELL_OUTBOUND_EPOCH to the value this database was made with."
        return [Check("secrets", "warn", "No outbound epoch is set, so no mail leaves.", fix)]
    return [Check("secrets", "ok", f"{len(settings.secret_keys)} secret key(s), 32 random bytes or more")]


def disk(settings: Settings) -> Check:
    place = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(place).free
    message = f"{free / 1024**3:.1f} GiB free at {place}"
    if free < LITTLE_DISK:
        return Check("disk", "warn", message, "Free some space, or move the data directory.")
    return Check("disk", "ok", message)


def documents(settings: Settings) -> Iterator[Check]:
    """The trusted documents: whether their file can be read, and which of them the schema refuses."""
    if not settings.documents:
        return
    from api.documents import Documents
    from api.persisted import UnusableManifest, read_manifest
    from api.schema import CORE

    try:
        manifest = read_manifest(settings.documents)
    except UnusableManifest as fault:
        yield Check("documents", "fail", fault.message, fault.fix or "")
        return
    wrong = list(Documents(CORE).wrong(manifest))
    for id, why in wrong:
        yield Check("documents", "warn", f"Trusted document {id} cannot run: {why}", "Correct it where it comes from, and write the manifest anew.")
    yield Check("documents", "ok", f"{len(manifest) - len(wrong)} trusted document(s) can run")


async def database(settings: Settings, *, state: bool = True) -> AsyncGenerator[Check]:
    """Reachable, new enough, with the right login; with `state` also migrations, clock and workers."""
    import asyncpg

    if not settings.database_url:
        yield Check(
            "database",
            "fail",
            "No database is set and none runs here.",
            "Run `leadwell up`, or set DATABASE_URL.",
            True,
        )
        return
    place = masked_url(settings.database_url)
    try:
        connection = await asyncpg.connect(settings.database_url, timeout=5, command_timeout=5, statement_cache_size=0)
    except (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError) as fault:
        reason = str(fault) or type(fault).__name__
        yield Check("database", "fail", f"{place}: {reason}", "Start the server, or correct DATABASE_URL.", True)
        return
    except asyncpg.PostgresError as fault:
        yield Check("database", "fail", f"{place}: {fault}", "Correct the login or the database in DATABASE_URL.")
        return
    try:
        yield await _version(connection)
        yield await _login(connection)
        if state:
            migrations = await _migrations(connection)
            for check in (migrations, await _clock(connection), await _workers(connection)):
                yield check
            yield await _outbound(connection, settings.outbound_epoch)
            if migrations.status == "ok":
                async for check in soundness.sound(connection, settings):
                    yield check
    finally:
        await connection.close()


async def _version(connection: Any) -> Check:
    found = await connection.fetchval("SHOW server_version")
    if int(await connection.fetchval("SHOW server_version_num")) < OLDEST_SERVER:
        return Check("database", "fail", f"PostgreSQL {found} is too old.", "Use PostgreSQL 15 or newer.")
    if await connection.fetchval("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'"):
        return Check("database", "fail", f"PostgreSQL {found} takes no writes: it is a standby, or read-only.", "Name the primary in DATABASE_URL.")
    return Check("database", "ok", f"PostgreSQL {found}")


async def _login(connection: Any) -> Check:
    """Row security binds neither a superuser nor, unless forced, an owner."""
    row = await connection.fetchrow(
        "SELECT r.rolname AS name, r.rolsuper OR r.rolbypassrls AS above, EXISTS (SELECT FROM pg_class AS c"
        " WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')) OR EXISTS (SELECT FROM pg_database AS d"
        " WHERE d.datname = current_database() AND d.datdba = r.oid) AS owner"
        " FROM pg_roles AS r WHERE r.rolname = current_user"
    )
    fix = "Log in as lw_app in DATABASE_URL; `leadwell migrate` with LEADWELL_ADMIN_DATABASE_URL makes that role."
    if row["above"]:
        return Check("login", "fail", f"{row['name']} is a superuser or bypasses row security.", fix)
    if row["owner"]:
        return Check("login", "fail", f"{row['name']} owns the tables or the database.", fix)
    return Check("login", "ok", f"{row['name']} owns nothing")


async def _migrations(connection: Any) -> Check:
    from leadwell.migrations import MigrationChanged, pending

    try:
        missing = await pending(connection)
    except MigrationChanged as refusal:
        return Check("migrations", "fail", refusal.message, refusal.fix or "")
    except Exception as fault:
        fix = "Run `leadwell migrate` as lw_owner."
        return Check("migrations", "fail", f"The history cannot be read: {fault}", fix)
    if missing:
        return Check("migrations", "fail", f"{len(missing)} not applied, next {missing[0]}", "Run `leadwell migrate`.")
    return Check("migrations", "ok", "all applied")


async def _clock(connection: Any) -> Check:
    before = time.time()
    there = await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
    skew = there - (before + time.time()) / 2
    if abs(skew) > SKEW:
        return Check("clock", "warn", f"The database's clock differs by {skew:+.1f} s.", "Run NTP on both machines.")
    return Check("clock", "ok", f"differs from the database's by {abs(skew) * 1000:.0f} ms")


async def _workers(connection: Any) -> Check:
    try:
        age = await connection.fetchval(
            "SELECT extract(epoch FROM clock_timestamp() - max(b.seen_at))::float8 FROM lw_beats() AS b"
        )
    except Exception:
        return Check("workers", "warn", "Worker heartbeats cannot be read.", "Run `leadwell migrate`.")
    if age is None or age > SILENT_WORKERS:
        since = "ever" if age is None else f"for {age:.0f} s"
        return Check(
            "workers", "warn", f"No worker was heard {since}: nothing is enriched or sent.", "Run `leadwell worker`."
        )
    return Check("workers", "ok", f"heard {age:.0f} s ago")


async def _outbound(connection: Any, epoch: str) -> Check:
    """A database that was restored or copied stays silent: it says so here, before anybody wonders where the mail is."""
    from leadwell.restoring import DOUBTS

    try:
        doubt = await connection.fetchval("SELECT t.doubt FROM lw_tide() t")
        held = await connection.fetch(
            "SELECT (lw_workspace(id)).slug FROM lw_workspaces() AS id WHERE (lw_workspace(id)).outbound_epoch IS DISTINCT FROM $1"
            " AND (lw_workspace(id)).kind = 'LIVE' ORDER BY 1 LIMIT 4", epoch)
    except Exception:
        return Check("outbound", "warn", "The outbound epochs cannot be read.", "Run `leadwell migrate`.")
    if doubt:
        return Check(
            "outbound", "warn", f"Nothing leaves: this database {DOUBTS[doubt]}.",
            "A copy should stay silent. If this installation shall send, run `leadwell outbound confirm`.")
    if held:
        names = ", ".join(row["slug"] for row in held[:3]) + (" and others" if len(held) > 3 else "")
        return Check(
            "outbound", "warn", f"Nothing leaves {names}: this database is of another installation, as a restored or copied one is.",
            "A copy should stay silent. If this installation takes the other one's place, give it that one's LEADWELL_OUTBOUND_EPOCH.")
    return Check("outbound", "ok", "mail and webhooks may leave")


async def redis(settings: Settings) -> Check:
    if not settings.redis_url:
        return Check(
            "redis", "fail", "No Redis is set and none runs here.", "Run `leadwell up`, or set REDIS_URL.", True
        )
    place = masked_url(settings.redis_url)
    try:
        facts = await probes.redis_facts(settings.redis_url)
    except probes.Refused as fault:
        return Check("redis", "fail", f"{place}: {fault}", "Correct the login in REDIS_URL.")
    except (OSError, TimeoutError) as fault:
        reason = str(fault) or type(fault).__name__
        return Check("redis", "fail", f"{place}: {reason}", "Start the server, or correct REDIS_URL.", True)
    policy = facts["maxmemory-policy"]
    if policy and policy != "noeviction":
        fix = "Set maxmemory-policy to noeviction: an evicted bell delays work by a sweep."
        return Check("redis", "warn", f"The server evicts keys ({policy}).", fix)
    return Check("redis", "ok", f"Redis protocol {facts['version']}, {policy or 'policy hidden'}")


async def api(settings: Settings) -> Check:
    """Whether an API is ready where people find it, or on this machine: behind a proxy a container may not reach its own address."""
    silent = list[str]()
    for url in dict.fromkeys((settings.public_url, f"http://127.0.0.1:{settings.port}")):
        try:
            problem = await probes.readiness(url)
        except (OSError, TimeoutError, EOFError, probes.Refused, ValueError) as fault:
            silent.append(f"{url}: {fault or type(fault).__name__}")
            continue
        if problem:
            return Check("api", "fail", f"{url} is not ready: {problem}.", "Mend what it says; the other checks tell more.")
        return Check("api", "ok", f"{url} is ready")
    return Check("api", "warn", f"No API answers ({'; '.join(silent)}).", "Start `leadwell api`, or correct LEADWELL_PUBLIC_URL.")


async def smtp(settings: Settings) -> Check:
    if not settings.smtp_url:
        return Check("smtp", "warn", "No mail server is set, so no mail leaves.", "Set SMTP_URL, or use `leadwell up`.")
    place = masked_url(settings.smtp_url)
    try:
        greeting = await probes.smtp_greeting(settings.smtp_url)
    except probes.Refused as fault:
        return Check("smtp", "fail", f"{place}: {fault}", "Ask the mail server's operator, or correct SMTP_URL.")
    except (OSError, TimeoutError) as fault:
        reason = str(fault) or type(fault).__name__
        return Check("smtp", "fail", f"{place}: {reason}", "Start the mail server, or correct SMTP_URL.", True)
    return Check("smtp", "ok", greeting)
