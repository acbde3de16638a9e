"""A process that takes in an upload, imports, reverts or exports, and dies by SIGKILL at the end of the transaction that its last argument counts to."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from leadwell import transfer
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database, Tx
from leadwell.transfer import uploads

T = TypeVar("T")
PIECE = bytes(range(256)) * 1024


class Dying(Database):
    """Its process dies when the work of one transaction is done, and not committed."""

    left = 0

    async def run(self, actor: Actor, work: Callable[[Tx], Awaitable[T]], **more: Any) -> T:
        self.left -= 1
        last = self.left == 0

        async def killed(tx: Tx) -> T:
            result = await work(tx)
            if last:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return await super().run(actor, killed, **more)


async def stream(pieces: int) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        yield PIECE


async def main(url: str, workspace: str, what: str, id: str, last: str) -> None:
    secrets.configure((("test", b"t" * 32),))
    db = Dying(await open_pool(url, size=4))
    db.left, place, actor = int(last), UUID(workspace), Actor.system(UUID(workspace))
    verbs: dict[str, Callable[[], Awaitable[Any]]] = {
        "upload": lambda: uploads.receive(db, actor, UUID(id), "me", 0, stream(16)), "import": lambda: transfer.perform(db, place, UUID(id)),
        "revert": lambda: transfer.revert(db, actor, UUID(id)), "export": lambda: transfer.write_export(db, place, UUID(id)),
    }  # fmt: skip
    await verbs[what]()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
