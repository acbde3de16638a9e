"""A real worker process for everything that leaves one workspace, until nothing is due; LW_FAULT says where it dies, `statements` when, or `words` behind
which statement."""

import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell.base import pool, secrets
from leadwell.base.tx import Database
from tests.posting import open_worker


def die_behind(statements: int, seconds: float) -> None:
    """A power cut that many milliseconds behind so many statements: an instant that has nothing to do with what is done then, on any machine."""
    left = itertools.count(statements, -1)

    def cut() -> None:
        time.sleep(seconds)
        os.kill(os.getpid(), signal.SIGKILL)

    def look(record: object) -> None:
        if next(left) == 0:
            threading.Thread(target=cut, daemon=True).start()

    pool.watchers.append(look)


def die_after(words: Sequence[str]) -> None:
    """A power cut when the server has done a statement with these words; of several, when it has done one with the next behind each."""
    left = list(words)

    def look(record: Any) -> None:
        if left[0] in record.query and record.exception is None:
            left.pop(0)
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    pool.watchers.append(look)


async def main(database_url: str, smtp_url: str, workspace: str, statements: str = "", seconds: str = "0", *words: str) -> None:
    secrets.configure((("test", b"t" * 32),))
    if words:
        die_after(words)
    elif statements:
        die_behind(int(statements), float(seconds))
    worker = open_worker(Database(await pool.open_pool(database_url, size=6)), UUID(workspace), smtp_url)
    worker.queues = ("transfer", *worker.queues)
    await worker.run()


if __name__ == "__main__":
    import asyncio

    asyncio.run(main(*sys.argv[1:]))
