"""A process that looks at everybody for duplicates, batch by batch, or merges a pair by itself, and dies at the point its environment names."""

import asyncio
import sys
from uuid import UUID

from leadwell import dedupe, merging
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database


async def main(url: str, workspace: str, *pair: str) -> None:
    secrets.configure((("test", b"t" * 32),))
    db = Database(await open_pool(url, size=2))
    actor = Actor.system(UUID(workspace))
    if pair:
        await db.run(actor, lambda tx: merging.link(tx, UUID(pair[0])))
    else:
        await db.run(actor, dedupe.start)
        while await db.run(actor, dedupe.step):
            pass
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
