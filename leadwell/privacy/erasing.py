"""Erases people: nobody finds them from the moment that it is asked for; a worker does the rest, batch by batch, and leaves a receipt."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import dedupe, events, merging, nurture, people, work
from leadwell.base.actor import Actor
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database, Tx
from leadwell.files import removal
from leadwell.privacy import engine, requests
from leadwell.privacy.ours import naming
from leadwell.privacy.packs import Walk
from leadwell.privacy.parts import EARLY, PARTS, told
from leadwell.privacy.refusals import AlreadyErased
from leadwell.privacy.scope import Scope, scope, unsealed
from leadwell.privacy.table import Part

JOB, FOLLOW = "transfer.erase", "transfer.erase_late"
LATE = timedelta(minutes=10)
AGAIN = timedelta(seconds=5)
LATER: tuple[Part, ...] = PARTS[len(EARLY):]
OLD = "SELECT q.id FROM privacy_requests q WHERE q.workspace_id = $1 AND q.kind = 'ERASURE' AND q.person_id = $2 AND q.state IN ('RUNNING', 'DONE', 'FAILED')"
GONE = "SELECT 1 FROM events e WHERE e.workspace_id = $1 AND e.record_id = $2 AND e.kind = 'person.erased' LIMIT 1"
HELD = "SELECT s.id FROM sends s WHERE s.workspace_id = $1 AND s.person_id = ANY($2::uuid[]) AND s.state IN ('PLANNED', 'DEFERRED', 'SENDING') LIMIT 1"
SKIP = (
    "UPDATE sends SET state = 'SKIPPED', reason = 'ERASED', ended_at = $3, version = version + 1, updated_at = $3 "
    "WHERE workspace_id = $1 AND person_id = ANY($2::uuid[]) AND state IN ('PLANNED', 'DEFERRED')")
RUNNING = "SELECT e.id FROM enrollments e WHERE e.workspace_id = $1 AND e.person_id = ANY($2::uuid[]) AND e.state = 'ACTIVE' ORDER BY e.id"
TOLD = told(f" AND k.kind NOT IN ('events.redacted', 'person.erased', 'person.exported', 'privacyRequest.asked') AND {engine.TAKEN}")
FOUND = f"{TOLD} UNION {naming()}"    # and what is ours, but names them
BACK = "UPDATE privacy_requests SET step = 0 WHERE workspace_id = $1 AND id = $2 AND state = 'RUNNING'"
UNREAD = f"SELECT 1 FROM events w WHERE w.workspace_id = $1 AND w.redacted_by IS NULL AND w.data <> '{{}}' AND w.id IN ({FOUND}) LIMIT 1"
FRESH = f"SELECT w.id FROM events w WHERE w.workspace_id = $1 AND w.salt IS NOT NULL AND w.data <> '{{}}' AND w.id IN ({FOUND}) LIMIT ${engine.SCOPE + 2}"


class StillMoving(Exception):
    """Mail is being handed over, or events are still to be read: a moment later the rest can be done."""


async def ask(tx: Tx, person_id: UUID, reason: str | None = None) -> UUID:
    """Erases a person: in this transaction whatever they are found, matched and written to by; a worker goes on. Asked twice it is done once; asked of one
    that failed, it goes on where it was. NotFound, AlreadyErased when it was done as retention."""
    found = (await people.lock(tx, [person_id])).get(person_id)
    if found is None:
        raise NotFound(noun="person", field="id")
    person = found["id"]
    if old := await tx.value(OLD, tx.workspace, person):
        if await requests.revive(tx, old):
            await _put(tx, old)
        return old
    if found["kind"] == "ANONYMOUS" and await tx.value(GONE, tx.workspace, person):
        raise AlreadyErased(field="id")
    of = await scope(tx, [person])
    id = await requests.put(tx, "ERASURE", of, person, reason=reason)
    await cut(tx, id, of)
    await _put(tx, id)
    return id


async def _put(tx: Tx, id: UUID) -> None:
    await work.put(tx, work.NewJob("transfer", JOB, {"id": str(id)}, key=str(id)))


async def cut(tx: Tx, id: UUID, of: Scope) -> None:
    """Nobody finds these people any more, nothing is sent to them; what they were compared and merged by is gone."""
    row = await requests.locked(tx, id)
    assert row is not None
    await nurture.leave(tx, [one["id"] for one in await tx.fetch(RUNNING, tx.workspace, list(of.people))], "ERASED")
    await tx.execute(SKIP, tx.workspace, list(of.people), await tx.now())
    await dedupe.forget(tx, of.records)
    counts = dict(row["counts"])
    for person in of.people:
        counts["merges"] = counts.get("merges", 0) + await merging.blank(tx, person)
    for part in EARLY:
        while rows := await engine.carry_out(tx, part, of):
            counts[part.table] = counts.get(part.table, 0) + rows
    await requests.move(tx, {**row, "counts": {table: n for table, n in counts.items() if n}}, 0)


async def perform(db: Database, workspace: UUID, id: UUID) -> None:
    """Does an erasure, from where a killed worker left it; one that failed goes on, since somebody put its job again. StillMoving."""
    actor = Actor.system(workspace)
    await db.run(actor, lambda tx: requests.revive(tx, id), replayable=True)
    await steps(db, actor, id)
    await closed(db, actor, id, lambda tx: _finish(tx, id))


async def closed(db: Database, actor: Actor, id: UUID, end: Callable[[Tx], Awaitable[None]]) -> None:
    """Ends a request, or sets it back to its first step where something would be left behind. StillMoving."""
    try:
        await db.run(actor, end, replayable=True)
    except StillMoving:
        await db.run(actor, lambda tx: tx.execute(BACK, tx.workspace, id), replayable=True)
        raise


async def steps(db: Database, actor: Actor, id: UUID) -> None:
    """Everything but the cut, for the people of a request, from the step that it has come to."""
    async with db.read(actor) as tx:
        begun = await tx.value("SELECT q.step FROM privacy_requests q WHERE q.workspace_id = $1 AND q.id = $2", tx.workspace, id) or 0
    doings: list[tuple[str, Callable[[Tx, Scope], Awaitable[int]], Callable[[], bool]]] = [(part.table, _part(part), lambda: True) for part in LATER]
    for table in ("import_rows", "import_changes"):
        walk = Walk(table)
        doings.append((table, walk.step, lambda walk=walk: walk.done))
    doings.append(("events", redact, lambda: True))
    for number, (table, doing, over) in list(enumerate(doings))[begun:]:
        rows: int | None = 1
        while rows or (rows == 0 and not over()):
            rows = await db.run(actor, lambda tx, n=number, t=table, d=doing: _batch(tx, id, n, t, d), replayable=True)


async def _batch(tx: Tx, id: UUID, number: int, table: str, doing: Callable[[Tx, Scope], Awaitable[int]]) -> int | None:
    """One batch of one step, with its count; None for a step that is behind. Whoever else is at it waits here."""
    row = await requests.locked(tx, id)
    if row is None or row["step"] > number:
        return None
    rows = await doing(tx, await of_request(tx, row))
    await requests.move(tx, dict(row), number, table, rows)
    return rows


async def of_request(tx: Tx, row: Any) -> Scope:
    """The scope that was put down with a request."""
    return await scope(tx, row["people"], unsealed(row["sealed_key_id"], row["sealed_ciphertext"]))


def _part(part: Part) -> Callable[[Tx, Scope], Awaitable[int]]:
    async def batch(tx: Tx, of: Scope) -> int:
        if part.table == "files":
            stored = await tx.fetch(engine.picking(part).replace("SELECT x.id", "SELECT x.store_key", 1), tx.workspace, *of.args(), engine.BATCH)
            await work.put(tx, *(removal(row["store_key"]) for row in stored if row["store_key"]))
        return await engine.carry_out(tx, part, of)

    return batch


async def redact(tx: Tx, of: Scope) -> int:
    """The data of events about these people that have a number and were read."""
    ids = [row["id"] for row in await tx.fetch(FRESH, tx.workspace, *of.args(), engine.BATCH)]
    return await events.redact(tx, ids, of.people[0]) if ids else 0


async def still(tx: Tx, of: Scope) -> None:
    """StillMoving while something would be left behind."""
    if await tx.value(HELD, tx.workspace, list(of.people)) or await tx.value(UNREAD, tx.workspace, *of.args()):
        raise StillMoving("Mail is under way, or events are still to be read.")


async def _finish(tx: Tx, id: UUID) -> None:
    row = await requests.locked(tx, id)
    if row is None:
        return
    of = await of_request(tx, row)
    await still(tx, of)
    await tx.execute(
        "DELETE FROM transfer_parts WHERE workspace_id = $1 AND holder_id IN (SELECT q.id FROM privacy_requests q WHERE q.workspace_id = $1 "
        "AND q.kind = 'ACCESS' AND q.person_id = ANY($2::uuid[]))", tx.workspace, list(of.people))
    receipt = await requests.close(tx, dict(row), kept=await left(tx, of))
    await events.note(tx, "person.erased", "Person", row["person_id"], data={"counts": row["counts"], "receipt": receipt, "request": str(id)})
    await work.put(tx, work.NewJob("transfer", FOLLOW, {"id": str(id)}, key=str(id), delay=LATE, priority=work.BULK))


async def left(tx: Tx, of: Scope) -> dict[str, int]:
    """How many rows of each table stay."""
    from leadwell.privacy.keeps import KEPT

    counts = {one.table: await engine.count(tx, one, of) for one in KEPT if one.where}
    return {table: n for table, n in counts.items() if n}


async def follow(db: Database, workspace: UUID, id: UUID) -> None:
    """Once more, for what was on its way when the person went: a job that held the id, a mail that was answered by then."""
    actor = Actor.system(workspace)
    async with db.read(actor) as tx:
        row = await tx.row("SELECT q.people FROM privacy_requests q WHERE q.workspace_id = $1 AND q.id = $2 AND q.state = 'DONE'", tx.workspace, id)
    for part in (*PARTS, None) if row else ():
        async def batch(tx: Tx, part: Part | None = part, ids: Sequence[UUID] = row["people"] if row else ()) -> int:
            of = await scope(tx, ids)
            return await redact(tx, of) if part is None else await _part(part)(tx, of)

        while await db.run(actor, batch, replayable=True):
            pass
