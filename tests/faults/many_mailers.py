"""A real process with several workers for the mail of one workspace, until nothing is due."""

import asyncio
import sys
from uuid import UUID

from leadwell.base import secrets
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database
from tests.posting import open_worker


async def main(database_url: str, smtp_url: str, workspace: str, count: str) -> None:
    secrets.configure((("test", b"t" * 32),))
    db = Database(await open_pool(database_url, size=8))
    workers = [open_worker(db, UUID(workspace), smtp_url) for _ in range(int(count))]
    while await workers[0].kit.db.control("SELECT d.workspace_id FROM lw_due($1, $2) d", "deliver", 1):
        await asyncio.gather(*(worker.drain.queue("deliver") for worker in workers))
        await asyncio.gather(*(worker.drain.idle() for worker in workers))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
