"""A process that merges or takes a merge back, and dies at the point its environment names."""

import asyncio
import sys
from uuid import UUID

from leadwell import merging
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database
from leadwell.merging import Wish


async def main(url: str, workspace: str, verb: str, *ids: str) -> None:
    secrets.configure((("test", b"t" * 32),))
    db = Database(await open_pool(url, size=2))
    given, actor = [UUID(id) for id in ids], Actor.system(UUID(workspace))
    if verb in ("Person", "Company"):
        await db.run(actor, lambda tx: merging.merge(tx, verb, Wish(given[0], tuple(given[1:]))))
    else:
        await db.run(actor, lambda tx: merging.unmerge(tx, given[0]))
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
