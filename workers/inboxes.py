"""Reads the inboxes of workspaces: each letter is taken in a transaction of its own, and counts as read only then."""

import hashlib
import logging
from typing import Any
from uuid import UUID

from leadwell import delivery
from leadwell.base.actor import Actor
from leadwell.base.refusals import NotFound, Refusal, Unavailable
from leadwell.base.tx import Tx
from leadwell.delivery.inboxes import InboxClosed
from leadwell.delivery.returned import read_message
from leadwell.wiring import Kit
from leadwell.work import Job, Kind

log = logging.getLogger(__name__)


async def read(kit: Kit, job: Job) -> tuple[UUID, str | None]:
    """The inbox, and why it could not be read."""
    id, actor = UUID(job.payload["id"]), Actor.system(job.workspace)
    try:
        async with kit.db.read(actor) as tx:
            inbox = await delivery.open_inbox(tx, id)
        if kit.inboxes is None:
            return id, None
        box = await kit.inboxes.open(inbox)
        while await _some(kit, actor, inbox, box) == delivery.MOST_LETTERS:
            pass
    except Unavailable as away:
        return id, away.message
    except (NotFound, InboxClosed):
        return id, None
    return id, None


async def _some(kit: Kit, actor: Actor, inbox: dict[str, Any], box: Any) -> int:
    letters = await box.fetch(delivery.MOST_LETTERS)
    for letter in letters:
        try:
            returned = read_message(letter.raw, hashlib.sha256(letter.raw).hexdigest())
            arrival = delivery.Arrival(returned, inbox["id"], inbox["key"], raw=letter.raw)
            await kit.db.run(actor, lambda tx, arrival=arrival: delivery.take(tx, arrival), replayable=True)
        except Unavailable:
            raise
        except Refusal as refusal:
            log.warning("letter %s of inbox %s is left as it is: %s", letter.uid, inbox["id"], refusal)
        await box.done([letter.uid])
    return len(letters)


async def settled(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    for id, error in results:
        await delivery.was_read(tx, id, error)


KINDS = [Kind("transfer.inbox", record=settled, perform=read, batch=10, concurrency=4)]
