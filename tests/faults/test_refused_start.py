"""What will not start says why and what to do: a login with too much power, a database without this release, one that is too old."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from leadwell.embedded import servers
from leadwell.migrations import DatabaseTooOld, MigrationRights, migrate
from tests.processes import leadwell

KEYS = {"LEADWELL_SECRET_KEYS": "k1:" + "A" * 43 + "=", "LEADWELL_OUTBOUND_EPOCH": "test"}
VERBS = [("api", "--port", "0"), ("worker",)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with servers.start(tmp_path_factory.mktemp("cluster"), fsync=False) as started:
        yield started


@pytest.mark.parametrize("verb", VERBS, ids=lambda v: v[0])
async def test_database_without_this_release_is_refused(place: Path, cluster: servers.Servers, verb: tuple[str, ...]) -> None:
    """Runs first: nothing is migrated yet."""
    done = leadwell(place, *verb, DATABASE_URL=cluster.database_url, REDIS_URL=cluster.redis_url, **KEYS)
    assert done.returncode != 0
    assert "NOT_MIGRATED" in done.stderr
    assert "leadwell migrate" in done.stderr


@pytest.mark.parametrize("verb", VERBS, ids=lambda v: v[0])
@pytest.mark.parametrize(("login", "why"), [("owner_database_url", "owns tables"), ("admin_database_url", "is a superuser")])
async def test_login_with_too_much_power_is_refused(place: Path, cluster: servers.Servers, verb: tuple[str, ...], login: str, why: str) -> None:
    await migrate(cluster.owner_database_url)
    url = getattr(cluster, login).replace("/postgres?", "/leadwell?")
    done = leadwell(place, *verb, DATABASE_URL=url, REDIS_URL=cluster.redis_url, **KEYS)
    assert done.returncode != 0
    assert "WRONG_LOGIN" in done.stderr
    assert why in done.stderr
    assert "lw_app" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", VERBS, ids=lambda v: v[0])
@pytest.mark.parametrize(("old", "new", "code"), [("lw_app:", "lw_app:x", "LOGIN_REFUSED"), ("/leadwell?", "/nowhere?", "DATABASE_MISSING")])
async def test_address_that_leads_to_no_database_is_said_with_what_to_correct(
    place: Path, cluster: servers.Servers, verb: tuple[str, ...], old: str, new: str, code: str
) -> None:
    done = leadwell(place, *verb, DATABASE_URL=cluster.database_url.replace(old, new), REDIS_URL=cluster.redis_url, **KEYS)
    assert done.returncode == 4
    assert done.stderr.splitlines()[-2].startswith(f"{code}: PostgreSQL")
    assert done.stderr.splitlines()[-1].startswith("fix: Correct the ")


async def test_login_without_rights_may_not_migrate(cluster: servers.Servers) -> None:
    with pytest.raises(MigrationRights) as refused:
        await migrate(cluster.database_url)
    assert (refused.value.code, refused.value.params["login"]) == ("MIGRATION_RIGHTS", "lw_app")


async def test_database_that_is_too_old_is_named_with_its_version(cluster: servers.Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        """A connection to PostgreSQL 14."""

        async def fetchval(self, sql: str, *args: Any) -> Any:
            return {"SHOW server_version_num": "140012", "SHOW server_version": "14.12"}[sql]

        async def close(self) -> None: ...

    async def connect(*_: Any, **__: Any) -> Old:
        return Old()

    monkeypatch.setattr(asyncpg, "connect", connect)
    with pytest.raises(DatabaseTooOld) as refused:
        await migrate(cluster.owner_database_url)
    assert refused.value.message == "PostgreSQL 14.12 is too old: Leadwell needs 15 or newer."
