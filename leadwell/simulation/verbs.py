"""Rehearsals as they are asked for, watched, stopped and finished; the rehearsal itself leaves nothing but its result."""

from typing import Any
from uuid import UUID

from leadwell import events, nurture, work
from leadwell.access import Viewer
from leadwell.access.sees import Everything, Sees
from leadwell.access.standing import standing
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Forbidden, NotFound, Refusal
from leadwell.base.tx import Database, Tx
from leadwell.nurture import SequenceFlawed
from leadwell.simulation import audience
from leadwell.simulation.playing import Stopped
from leadwell.simulation.rehearsing import Part, Watching, rehearsal
from leadwell.simulation.wish import Wish, checked, read

JOB = "transfer.simulate"
ROW = (
    "SELECT s.sequence_id, s.version_id, s.options, s.state, s.credential FROM simulations s WHERE s.workspace_id = $1 AND s.id = $2 FOR NO KEY UPDATE")
END = (
    "UPDATE simulations SET state = $3, result = $4, error = $5, finished_at = $6, done_days = CASE WHEN $3 = 'DONE' THEN total_days ELSE done_days END, "
    "version = version + 1, updated_at = $6 WHERE workspace_id = $1 AND id = $2 AND state = 'RUNNING' RETURNING version")
FURTHER = (
    "UPDATE simulations SET done_days = greatest(done_days, $3), version = version + 1, updated_at = $4 "
    "WHERE workspace_id = $1 AND id = $2 AND state = 'RUNNING' RETURNING id")


class NothingToRehearse(Refusal):
    """The sequence has no version of that kind."""

    fix = "Give it steps with updateSequenceDraft, or publish it."


class SimulationOver(Refusal):
    """This rehearsal is {state} already."""

    fix = "Ask for another one with simulateSequence."
    status = 409


async def part(tx: Tx, sequence_id: UUID, which: str = "NEXT") -> Part:
    """NEXT: the draft, or else what is live; or DRAFT or LIVE alone. NotFound, NothingToRehearse, SequenceFlawed."""
    row = await tx.row(
        "SELECT s.live_version_id AS live, (SELECT v.id FROM sequence_versions v WHERE v.workspace_id = $1 AND v.sequence_id = s.id AND v.state = 'DRAFT') "
        "AS draft FROM sequences s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, sequence_id)
    if row is None:
        raise NotFound(noun="sequence", field="sequenceId")
    found: UUID | None = {"DRAFT": row["draft"], "LIVE": row["live"]}.get(which, row["draft"] or row["live"])
    if found is None:
        raise NothingToRehearse(field="version")
    if found == row["draft"] and (flaws := await nurture.validate(tx, sequence_id)):
        raise SequenceFlawed(field="steps", problem=flaws[0].message, fix=flaws[0].fix, problems=[flaw.message for flaw in flaws])
    return Part(sequence_id, found)


async def ask(tx: Tx, of: Part, wish: Wish, viewer: Viewer) -> UUID:
    """Puts a rehearsal to work; returns its id. BadSimulation, BadFilter, NotFound."""
    await audience.chosen(tx, checked(wish), viewer)     # what is wrong with it is told at once
    id, now = uuid7(), await tx.now()
    await tx.execute(
        "INSERT INTO simulations (workspace_id, id, sequence_id, version_id, options, from_at, until_at, total_days, credential, user_id, created_at, "
        "updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        tx.workspace, id, of.sequence_id, of.version_id, wish.kept(), wish.from_at, wish.until_at, wish.days, viewer.credential, viewer.user, now)
    await work.put(tx, work.NewJob("transfer", JOB, {"id": str(id)}, key=str(id), priority=work.BULK))
    await events.note(tx, "simulation.started", "Simulation", id, version=1, data={"sequence_id": str(of.sequence_id)})
    return id


async def cancel(tx: Tx, id: UUID) -> None:
    """Ends one that is not done. NotFound, SimulationOver."""
    row = await tx.row(ROW, tx.workspace, id)
    if row is None:
        raise NotFound(noun="simulation", field="id")
    if row["state"] != "RUNNING":
        raise SimulationOver(state=row["state"].lower())
    await end(tx, id, "CANCELED")


async def end(tx: Tx, id: UUID, state: str, result: Any = None, error: str | None = None) -> bool:
    """Writes down how it ended; False when it was over already."""
    version = await tx.value(END, tx.workspace, id, state, result, error, await tx.now())
    if version is not None:
        kind = {"DONE": "simulation.finished", "FAILED": "simulation.failed"}.get(state, "simulation.canceled")
        await events.note(tx, kind, "Simulation", id, version=version, data={"error": error} if error else {})
    return version is not None


async def perform(db: Database, workspace: UUID, id: UUID) -> None:
    """Plays it and keeps the result. Whoever dies meanwhile leaves nothing, and the next one begins anew."""
    actor = Actor.system(workspace)
    row = await db.run(actor, lambda tx: tx.row(ROW, tx.workspace, id))
    if row is None or row["state"] != "RUNNING":
        return

    async def further(tx: Tx, days: int) -> bool:
        return await tx.value(FURTHER, tx.workspace, id, days, await tx.now()) is not None

    async def told(days: int) -> bool:
        return await db.run(actor, lambda tx: further(tx, days))

    try:
        viewer = await _author(db, actor, row["credential"])
        result = await rehearsal(db, actor, Part(row["sequence_id"], row["version_id"]), read(row["options"]), Watching(viewer, told))
        await db.run(actor, lambda tx: end(tx, id, "DONE", result), replayable=True)
    except Stopped:
        return
    except Refusal as refusal:
        if refusal.retryable:
            raise
        await db.run(actor, lambda tx, why=refusal.message: end(tx, id, "FAILED", error=why), replayable=True)


async def _author(db: Database, actor: Actor, credential: str) -> Sees:
    """Whoever asked, with the rights of today; the command line sees everything."""
    if credential == "SYSTEM":
        return Everything(actor.workspace)
    async with db.read(actor) as tx:
        viewer = await standing(tx, credential)
    if viewer is None:
        raise Forbidden(verb="read", noun="people")
    return viewer
