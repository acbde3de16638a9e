"""A worker of a newer release: it knows one more kind of job, which takes its time and then leaves one tag. `ROUNDS` runs it again after each SIGTERM."""

import asyncio
import logging
import os
from functools import partial
from typing import Any

import uvloop

from leadwell.base.ids import uuid7
from leadwell.base.settings import load_settings
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind
from workers.kinds import KINDS
from workers.run import serve

NAME = "transfer.slow"


async def perform(kit: Kit, job: Job) -> str:
    print("begun", job.payload["name"], flush=True)
    await asyncio.sleep(job.payload["seconds"])
    print("performed", job.payload["name"], flush=True)
    return job.payload["name"]


async def record(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    now = await tx.now()
    for name in results:
        await tx.execute(
            "INSERT INTO tags (workspace_id, id, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)", tx.workspace, uuid7(), f"{name} {uuid7()}", now)


async def serving(number: int, kit: Kit) -> None:
    print("serving", number, flush=True)


def main() -> None:
    logging.basicConfig(level="INFO")
    KINDS.append(Kind(NAME, record, perform, batch=10, concurrency=4))
    settings = load_settings()
    for number in range(int(os.environ.get("ROUNDS", "1"))):
        uvloop.run(serve(settings, ready=partial(serving, number)))


if __name__ == "__main__":
    main()
