"""A real worker process that serves one workspace's mail until nothing is due; LW_FAULT says where it dies."""

import asyncio
import sys
from uuid import UUID

from leadwell.base import secrets
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database
from tests.mailing import OneWorkspace, open_post_kit
from workers import delivery, nurture
from workers.drain import Drain


async def main(database_url: str, smtp_url: str, workspace: str) -> None:
    secrets.configure((("test", b"t" * 32),))
    kit = open_post_kit(OneWorkspace(Database(await open_pool(database_url, size=8)), UUID(workspace)), smtp_url)
    drain = Drain(kit, [*nurture.KINDS, *delivery.KINDS])
    print("ready", flush=True)
    for _ in range(50):
        for queue in ("nurture", "deliver"):
            await drain.queue(queue)
            await drain.idle()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
