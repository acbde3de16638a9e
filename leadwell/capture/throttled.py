"""What a form was sent above its number a minute waits its turn: it goes in, oldest first, as soon as the form has room again."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from leadwell import work
from leadwell.base.actor import Actor
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx
from leadwell.capture import opt_in, visitors
from leadwell.capture.intake import RESCUE, Received, process
from leadwell.capture.spam import ABOVE

MOST = 100
FORMS = (
    "SELECT DISTINCT s.form_id FROM submissions s WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[]) AND s.state = 'PARKED' AND s.reason = $3 "
    "AND s.form_id IS NOT NULL ORDER BY s.form_id"
)
FORM = "SELECT f.per_minute, f.double_opt_in FROM forms f WHERE f.workspace_id = $1 AND f.id = $2"
FREE = (
    "UPDATE submissions s SET state = $3, reason = $4, version = s.version + 1, updated_at = $5 "
    "WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[]) AND s.state = 'PARKED'"
)


async def finish_waiting(db: Database, actor: Actor, ids: Sequence[UUID]) -> None:
    """Has the forms looked after that some of these submissions wait for."""
    async def put(tx: Tx) -> None:
        rows = await tx.fetch(FORMS, tx.workspace, list(ids), ABOVE)
        forms = [str(row["form_id"]) for row in rows]
        await work.put(tx, *(work.NewJob("transfer", "transfer.room", {"form_id": id}, key=id) for id in forms))

    await db.run(actor, put, replayable=True)


async def let_in(db: Database, actor: Actor, form_id: UUID) -> timedelta | None:
    """Takes in as many as there is room for; when to look again, None when nobody waits any more. Who dies in between leaves them received, and the
    rescue of received submissions takes them in."""
    ids, asked, again = await db.run(actor, lambda tx: _freed(tx, form_id), replayable=True)
    if ids and not asked:
        await process(db, actor, Received(ids))
        await visitors.stitch_submissions(db, actor, ids)
    return again


async def _freed(tx: Tx, form_id: UUID) -> tuple[list[UUID], bool, timedelta | None]:
    """Who may go in, whether they are asked by mail first, and when the next one may."""
    form = await tx.row(FORM, tx.workspace, form_id)
    waiting = [row["id"] for row in await tx.fetch(load(__name__, "waiting"), tx.workspace, form_id, ABOVE, MOST)]
    if form is None or not waiting:
        return [], False, None
    ids = waiting if form["per_minute"] is None else await _room(tx, form_id, form["per_minute"], waiting)
    asked = bool(form["double_opt_in"])
    await tx.execute(FREE, tx.workspace, ids, "PARKED" if asked else "RECEIVED", opt_in.WAITS if asked else None, await tx.now())
    if asked:
        await opt_in.ask(tx, ids)
    elif ids:
        await work.put(tx, work.NewJob("transfer", "transfer.capture", {"ids": [str(id) for id in ids]}, delay=RESCUE))
    left = len(waiting) == MOST or len(ids) < len(waiting)
    return ids, asked, timedelta(seconds=max(5.0, 60 / (form["per_minute"] or 60))) if left else None


async def _room(tx: Tx, form_id: UUID, per_minute: int, waiting: Sequence[UUID]) -> list[UUID]:
    ids: list[UUID] = []
    for id in waiting:
        if not await tx.value(load("leadwell.capture.spam", "take_token"), tx.workspace, form_id, float(per_minute)):
            break
        ids.append(id)
    return ids
