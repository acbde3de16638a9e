"""A migrated database of its own for a measurement: real durability, no other load."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from leadwell import work, workspaces
from leadwell.base import secrets
from leadwell.base.pool import Deadlines, open_pool
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
async def house(pool_size: int = 16, place: Path | None = None) -> AsyncGenerator[House]:
    """In a place of its own for as long as it stands, unless one is given, which stays as it is left."""
    secrets.configure((("bench", b"0" * 32),))
    with tempfile.TemporaryDirectory(prefix="lwbench") as home, servers.start(place or Path(home), fsync=True) as started:
        await migrate(started.owner_database_url)
        db = Database(await open_pool(started.database_url, size=pool_size, deadlines=Deadlines(600, 610)), ring=work.SilentBell().ring)
        await db.be_brief()
        yield House(started, db, await workspaces.create(db, "bench", "Bench", epoch="bench"))
        await db.close()
