"""What the transfer queue does: finishes captures and imports, changes many records at once, writes exports."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import capture, changes, transfer
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind, Retry


async def finish_captures(kit: Kit, job: Job) -> None:
    """Processes what is still waiting, in transactions of its own, so that what cannot be processed is parked one by one. Submissions that were
    processed or parked meanwhile are left alone, which makes a second run harmless."""
    ids = [UUID(id) for id in job.payload["ids"]]
    await capture.rescue(kit.db, Actor.system(job.workspace), ids)
    await capture.finish_asking(kit.db, Actor.system(job.workspace), ids)
    await capture.finish_fetching(kit.db, Actor.system(job.workspace), ids)
    await capture.finish_waiting(kit.db, Actor.system(job.workspace), ids)
    await capture.stitch_submissions(kit.db, Actor.system(job.workspace), ids)


async def make_room(kit: Kit, job: Job) -> None:
    """Takes in what a form had no room for, as much as there is now."""
    again = await capture.let_in(kit.db, Actor.system(job.workspace), UUID(job.payload["form_id"]))
    if again:
        raise Retry("More wait for room.", again, free=True)


async def finish_import(kit: Kit, job: Job) -> None:
    """Takes in an upload, or the rest of an import's kept rows, unless somebody is still at it."""
    if await transfer.perform(kit.db, job.workspace, UUID(job.payload["id"])):
        return
    if not await transfer.resume(kit.db, Actor.system(job.workspace), UUID(job.payload["id"]), asked=bool(job.payload.get("begin"))):
        raise Retry("The import is under way.", transfer.RESCUE, free=True)


async def rehearse_import(kit: Kit, job: Job) -> None:
    """A dry run asked for over the API."""
    await transfer.rehearse(kit.db, job.workspace, UUID(job.payload["id"]))


async def revert_import(kit: Kit, job: Job) -> None:
    """Takes back what an import did; what a killed worker left of it as well."""
    await transfer.revert(kit.db, Actor.system(job.workspace), UUID(job.payload["id"]))


async def write_export(kit: Kit, job: Job) -> None:
    """Writes an export, from where a killed worker left it."""
    await transfer.write_export(kit.db, job.workspace, UUID(job.payload["id"]))


async def change_many(kit: Kit, job: Job) -> None:
    """Does a change set, from where a killed worker left it."""
    await changes.perform(kit.db, job.workspace, UUID(job.payload["id"]))


async def unchange_many(kit: Kit, job: Job) -> None:
    """Takes a change set back, from where a killed worker left it."""
    await changes.revert(kit.db, job.workspace, UUID(job.payload["id"]))


async def settled(_tx: Tx, _jobs: Sequence[Job], _results: Sequence[Any]) -> None:
    """Everything was kept by the verb itself."""


KINDS = [
    Kind("transfer.capture", record=settled, perform=finish_captures, batch=10, concurrency=2),
    Kind("transfer.room", record=settled, perform=make_room, batch=5, concurrency=1),
    Kind("transfer.import", record=settled, perform=finish_import, batch=1, concurrency=1),
    Kind("transfer.rehearse", record=settled, perform=rehearse_import, batch=1, concurrency=1),
    Kind("transfer.revert", record=settled, perform=revert_import, batch=1, concurrency=1),
    Kind("transfer.export", record=settled, perform=write_export, batch=1, concurrency=1),
    Kind("transfer.change", record=settled, perform=change_many, batch=1, concurrency=1),
    Kind("transfer.unchange", record=settled, perform=unchange_many, batch=1, concurrency=1),
]
