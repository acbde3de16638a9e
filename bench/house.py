"""A migrated database of its own for a measurement: real durability, no other load."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from leadwell import work, workspaces
from leadwell.base import secrets
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database
from leadwell.embedded import servers
from leadwell.embedded.servers import Servers
from leadwell.migrations import migrate


@dataclass(slots=True)
class House:
    servers: Servers
    db: Database
    workspace: UUID


@asynccontextmanager
async def house(pool_size: int = 16) -> AsyncGenerator[House]:
    secrets.configure((("bench", b"0" * 32),))
    with tempfile.TemporaryDirectory(prefix="lwbench") as home, servers.start(Path(home), fsync=True) as started:
        await migrate(started.owner_database_url)
        db = Database(await open_pool(started.database_url, size=pool_size, statement_timeout_s=600), ring=work.SilentBell().ring)
        yield House(started, db, await workspaces.create(db, "bench", "Bench", epoch="bench"))
        await db.close()
