"""The embedded servers under every kind of end: signals to real processes, stale files, restarts."""

import os
import queue
import signal
import subprocess
from pathlib import Path

import asyncpg
import pytest

from leadwell.embedded import refusals, roles, servers
from tests.processes import ended, held, keep, numbers, owner_url, server_pids

AS_ROOT = os.geteuid() == 0


async def test_a_second_start_finds_what_the_first_wrote(tmp_path: Path) -> None:
    async with servers.start(tmp_path, fsync=False) as running:
        await keep(running.owner_database_url, 1, 2)
    async with servers.start(tmp_path, fsync=False) as running:
        assert await numbers(running.owner_database_url) == [1, 2]


async def test_servers_stop_when_their_parent_is_killed(place: Path) -> None:
    with held(place) as (owner, _):
        pids = server_pids(place)
        owner.send_signal(signal.SIGKILL)
        assert [ended(pid) for pid in pids] == [True, True]
    assert servers.announced(place) == {}


async def test_nothing_acknowledged_is_lost_when_everything_is_killed_and_started_again(place: Path) -> None:
    with held(place) as (owner, _):
        await keep(owner_url(place), 1, 2, 3)
        for pid in (*server_pids(place), owner.pid):
            os.kill(pid, signal.SIGKILL)
    async with servers.start(place, fsync=False) as running:
        assert await numbers(running.owner_database_url) == [1, 2, 3]


async def test_a_server_that_falls_alone_is_started_again(place: Path) -> None:
    said: queue.Queue[str] = queue.Queue()
    async with servers.start(place, fsync=False, progress=said.put) as running:
        await keep(running.owner_database_url, 7)
        before = server_pids(place)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        for name in ("Postgres", "Valkey"):
            while said.get(timeout=8) != f"{name} runs again":
                continue
        assert await numbers(running.owner_database_url) == [7]
        assert not set(before) & set(server_pids(place))


async def test_a_second_process_is_refused_and_reads_the_addresses_of_the_first(place: Path) -> None:
    with held(place) as (owner, url):
        with pytest.raises(refusals.DataDirectoryInUse) as refused, servers.start(place):
            pass
        assert refused.value.params == {"path": place, "pid": str(owner.pid)}
        announced = servers.announced(place)
        assert announced["database_url"] == url
        assert announced["pid"] == str(owner.pid)
        await keep(announced["owner_database_url"], 5)
        assert await numbers(announced["owner_database_url"]) == [5]


def living_and_dead() -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
    zombie = subprocess.Popen(["true"])
    assert ended(zombie.pid)
    return subprocess.Popen(["sleep", "60"]), zombie


async def test_a_pid_file_naming_a_stranger_or_a_zombie_does_not_stop_a_start(place: Path) -> None:
    async with servers.start(place, fsync=False) as running:
        await keep(running.owner_database_url, 1)
    stranger, zombie = living_and_dead()
    try:
        for pid in (stranger.pid, zombie.pid):
            (place / "pg" / "postmaster.pid").write_text(f"{pid}\n{place}/pg\n1\n5432\n/tmp\n\n  1 1\nready\n")
            (place / "run" / "valkey.pid").write_text(str(pid))
            async with servers.start(place, fsync=False) as running:
                assert await numbers(running.owner_database_url) == [1]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        zombie.wait()


def test_a_cut_while_the_cluster_is_made_leaves_no_half_of_one(place: Path) -> None:
    (place / "pg.partial").mkdir()
    (place / "pg.partial" / "PG_VERSION").write_text("18\n")
    with servers.start(place, valkey=False, fsync=False):
        assert not (place / "pg.partial").exists()


async def test_roles_own_and_inherit_exactly_what_they_should(place: Path) -> None:
    async with servers.start(place, valkey=False, fsync=False) as running:
        admin = await asyncpg.connect(running.admin_database_url)
        found = await admin.fetch(
            "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname LIKE 'lw%'"
        )
        assert {row["rolname"]: tuple(row)[1:] for row in found} == {
            "lw_owner": (True, False, False, True, False),
            "lw_app": (True, False, False, False, False),
            "lw_search": (False, False, False, False, False),
            "lw_scheduler": (False, False, False, False, False),
            "lw_keeper": (False, False, False, False, False),
        }
        app = await asyncpg.connect(running.database_url)
        assert await app.fetchval("SELECT pg_has_role('lw_keeper', 'USAGE')") is False
        await app.execute("BEGIN; SET LOCAL ROLE lw_keeper; ROLLBACK")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("CREATE TABLE mine (n int)")
        owner = await asyncpg.connect(running.owner_database_url)
        await owner.execute(
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT CREATE ON SCHEMA public TO lw_search;"
            "ALTER FUNCTION f() OWNER TO lw_search; CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'"
        )
        assert await owner.fetchval("SHOW timezone") == "UTC"
        for connection in (admin, app, owner):
            await connection.close()


async def test_roles_can_be_made_again_by_an_administrator_who_is_no_superuser(place: Path) -> None:
    async with servers.start(place, valkey=False, fsync=False) as running:
        admin = await asyncpg.connect(running.admin_database_url)
        await admin.execute("DROP DATABASE leadwell")
        await admin.execute("DROP OWNED BY lw_app, lw_owner")
        await admin.execute("DROP ROLE lw_app, lw_owner, lw_search, lw_scheduler, lw_keeper")
        await admin.execute("CREATE ROLE managed LOGIN CREATEROLE CREATEDB PASSWORD 'm'")
        await admin.close()
        managed = roles.login_url(running.admin_database_url, "managed", "m", "postgres")
        for password in ("it's one", "two%40"):
            logins = await roles.bootstrap(managed, owner_password=password, app_password=password, database="crm")
            for url in (logins.owner_database_url, logins.database_url):
                connection = await asyncpg.connect(url)
                await connection.close()
