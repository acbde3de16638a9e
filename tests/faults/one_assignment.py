"""Four workers in one process that give leads of one workspace, one batch after another, and die at the point its environment names."""

import asyncio
import sys
from uuid import UUID

from leadwell import assignment
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database, Tx

WORKERS = 4
FREE = "SELECT l.id FROM leads l WHERE l.workspace_id = $1 AND l.owner_id IS NULL ORDER BY l.id LIMIT 10"


async def main(url: str, workspace: str) -> None:
    secrets.configure((("test", b"t" * 32),))
    db = Database(await open_pool(url, size=WORKERS))
    actor = Actor.system(UUID(workspace))

    async def batch(tx: Tx) -> int:
        leads = [row["id"] for row in await tx.fetch(FREE, tx.workspace)]
        return len(await assignment.assign(tx, [assignment.Wanted(id) for id in leads])) or len(leads)

    async def worker() -> None:
        while await db.run(actor, batch):
            pass

    await asyncio.gather(*(worker() for _ in range(WORKERS)))
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
