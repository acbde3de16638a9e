"""Fetches the answers of leads that Meta and LinkedIn only announced. Asking again harms nothing, and a lead is taken once."""

from typing import Any
from uuid import UUID

from leadwell import capture
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.capture import Fetched
from leadwell.wiring import Kit
from leadwell.work import Job, Kind, Retry


async def fetch(kit: Kit, job: Job) -> Fetched | None:
    id = UUID(job.payload["id"])
    try:
        return await capture.fetch(kit.db, kit.ads, Actor.system(job.workspace), id)
    except capture.VendorAway as away:
        if job.attempts >= job.max_attempts:
            return Fetched(id, why=f"{away.message} It was asked {job.attempts} times.")
        raise Retry(away.message, away.after) from away


async def settled(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    for fetched in results:
        if fetched is not None:
            await capture.take_fetched(tx, fetched)


KINDS = [Kind("transfer.fetch", record=settled, perform=fetch, batch=20, concurrency=4)]
