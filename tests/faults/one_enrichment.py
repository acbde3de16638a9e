"""A real worker process that asks one workspace's provider until nothing is due; LW_FAULT says where it dies."""

import asyncio
import sys
from uuid import UUID

import httpx

from leadwell import work
from leadwell.base import faults, secrets
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database
from leadwell.wiring import Kit
from tests.enriching import NONE
from tests.internet import Internet
from tests.mailing import OneWorkspace
from workers.drain import Drain
from workers.enrichment import KINDS


class Provider(Internet):
    """Knows everybody's title, if its asker lives until then."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        faults.point("provider.asked")
        return httpx.Response(200, json={"email": request.url.params["email"], "title": "CEO"})


async def main(database_url: str, workspace: str) -> None:
    secrets.configure((("test", b"t" * 32),))
    db = OneWorkspace(Database(await open_pool(database_url, size=4)), UUID(workspace))
    drain = Drain(Kit(NONE, db, work.SilentBell(), NONE, NONE, NONE, lookup=Provider().lookups()), KINDS)
    for _ in range(3):
        await drain.queue("enrich")
        await drain.idle()
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
