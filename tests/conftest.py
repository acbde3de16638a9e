"""A real PostgreSQL and Valkey per test process; a fresh workspace per test, so tests commit for real and never see each other."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from leadwell import work, workspaces
from leadwell.base import pool, secrets
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database
from leadwell.embedded import servers
from leadwell.embedded.servers import Servers
from leadwell.migrations import migrate
from tests.processes import PROGRAMS
from tests.sql_law import breaches

SHARED = Path(os.environ.get("LW_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(scope="session", autouse=True)
def keys() -> None:
    """The key ring of every test process."""
    secrets.configure((("test", b"t" * 32),))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """PostgreSQL (roles made, empty database `leadwell`) and Valkey, without fsync."""
    with servers.start(tmp_path_factory.mktemp("cluster"), fsync=False, programs=PROGRAMS) as started:
        yield started


@pytest_asyncio.fixture(scope="session")
async def migrated(cluster: Servers) -> Servers:
    await migrate(cluster.owner_database_url)
    return cluster


@pytest.fixture(scope="session", autouse=True)
def workspace_law() -> Iterator[None]:
    """Every statement that any test sends through our pool is held to the workspace law when the session ends."""
    seen: set[str] = set()
    pool.watchers.append(lambda record: seen.add(record.query))
    yield
    assert {statement: list(found) for statement in sorted(seen) if (found := list(breaches(statement)))} == {}


@pytest.fixture(scope="session")
def bell() -> work.RecordingBell:
    return work.RecordingBell()


@pytest_asyncio.fixture(scope="session")
async def db(migrated: Servers, bell: work.RecordingBell) -> AsyncIterator[Database]:
    """The database as lw_app: owns nothing, sees one workspace at a time."""
    database = Database(await open_pool(migrated.database_url, size=16), ring=bell.ring)
    await database.be_brief()
    yield database
    await database.close()


@pytest_asyncio.fixture
async def workspace(db: Database) -> UUID:
    return await workspaces.create(db, uuid7().hex, "Test", epoch="test")


@pytest_asyncio.fixture
async def other_workspace(db: Database) -> UUID:
    return await workspaces.create(db, uuid7().hex, "Other", epoch="test")


@pytest.fixture
def actor(workspace: UUID) -> Actor:
    return Actor.system(workspace)


@pytest.fixture
def shared() -> Path:
    """Real data for tests, where it is present."""
    if not SHARED.exists():
        pytest.skip("no shared data on this machine")
    return SHARED
