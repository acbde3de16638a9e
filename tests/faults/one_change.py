"""A process that does a change set, or takes it back, and dies by SIGKILL inside the transaction of the batch that its last argument counts to."""

import asyncio
import os
import signal
import sys
from uuid import UUID

from leadwell.base import secrets
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database, Tx
from leadwell.changes import performing, reverting


async def main(url: str, workspace: str, state: str, id: str, last: str) -> None:
    secrets.configure((("test", b"t" * 32),))
    db, batch, begun = Database(await open_pool(url, size=2)), {"RUNNING": performing.one_batch, "REVERTING": reverting.one_batch}[state], 0

    async def counted(tx: Tx, id: UUID) -> bool:
        nonlocal begun
        begun += 1
        more = await batch(tx, id)
        if begun == int(last):
            os.kill(os.getpid(), signal.SIGKILL)
        return more

    await performing.batches(db, UUID(workspace), UUID(id), state, counted)
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
