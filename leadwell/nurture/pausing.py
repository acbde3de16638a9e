"""Pauses and resumes: of a sequence and of one person's way through it, and what becomes of what was due meanwhile."""

from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import events, work
from leadwell.base.refusals import NotFound
from leadwell.base.rows import locked
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.due import wake
from leadwell.nurture.exits import leave
from leadwell.nurture.refusals import BadSetting, EnrollmentEnded, EnrollmentNotPaused, SequenceInUse, SequenceNotLive, UnknownChoice
from leadwell.nurture.sequences import touch

CATCH_UPS = ("SEND", "SKIP", "SPREAD")
PACE = 100        # an hour, where SPREAD says nothing else
MOST_PACE = 1_000_000


async def pause(tx: Tx, sequence_id: UUID, expected_version: int | None = None) -> None:
    """Holds everybody where they are; mail planned but not yet handed over is held back too."""
    row = await locked(tx, "sequence", "sequences", sequence_id, expected_version)
    if row["state"] == "PAUSED":
        return
    if row["state"] != "LIVE":
        raise SequenceNotLive(state=row["state"])
    await tx.execute(
        "UPDATE sequences SET state = 'PAUSED', paused_at = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, sequence_id, await tx.now())
    await touch(tx, sequence_id, "sequence.paused", row["version"])


async def resume(tx: Tx, sequence_id: UUID, expected_version: int | None = None, catch_up: str = "SEND", per_hour: int = PACE) -> None:
    """What was due meanwhile: is done now (SEND), bit by bit (SPREAD), or without its mail (SKIP), as if time had passed. Windows, throttles and caps hold
    all the same. SequenceNotLive, UnknownChoice, BadSetting."""
    _catch_up(catch_up, per_hour)
    row = await locked(tx, "sequence", "sequences", sequence_id, expected_version)
    if row["state"] == "LIVE":
        return
    if row["state"] != "PAUSED":
        raise SequenceNotLive(state=row["state"])
    now = await tx.now()
    await tx.execute("UPDATE sequences SET state = 'LIVE', paused_at = NULL WHERE workspace_id = $1 AND id = $2", tx.workspace, sequence_id)
    if catch_up != "SEND":
        await tx.execute(load(__name__, "catch_up"), tx.workspace, sequence_id, now, catch_up == "SKIP", per_hour)
    await touch(tx, sequence_id, "sequence.resumed", row["version"], {"catch_up": catch_up})
    await wake(tx, now)


def _catch_up(catch_up: str, per_hour: int) -> None:
    if catch_up not in CATCH_UPS:
        raise UnknownChoice(field="catch_up", value=catch_up, fix="Take one of " + ", ".join(CATCH_UPS) + ".")
    if not 0 < per_hour <= MOST_PACE:
        raise BadSetting(field="per_hour", why=f"per_hour is no number from 1 to {MOST_PACE}")


async def archive(tx: Tx, sequence_id: UUID, expected_version: int | None = None, *, leaving: bool = False) -> None:
    """Puts a sequence away; whoever is in it leaves where that is wished. SequenceInUse."""
    row = await locked(tx, "sequence", "sequences", sequence_id, expected_version)
    if row["state"] == "ARCHIVED":
        return
    sql = "SELECT e.id FROM enrollments e WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND e.state = 'ACTIVE'"
    ids = [r["id"] for r in await tx.fetch(sql, tx.workspace, sequence_id)]
    if ids and not leaving:
        raise SequenceInUse(count=len(ids))
    await leave(tx, ids, "ARCHIVED")
    now = await tx.now()
    await tx.execute("UPDATE sequences SET state = 'ARCHIVED', archived_at = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, sequence_id, now)
    await touch(tx, sequence_id, "sequence.archived", row["version"])


ENROLLMENT = "SELECT e.* FROM enrollments e WHERE e.workspace_id = $1 AND e.id = $2 FOR NO KEY UPDATE"
HOLD = (
    "UPDATE enrollments SET paused_at = $3, paused_until = $4::timestamptz, resume_due_at = coalesce(resume_due_at, due_at), "
    "due_at = CASE WHEN due_at IS NULL OR $4::timestamptz IS NULL THEN NULL ELSE greatest(due_at, $4::timestamptz) END, "
    "version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND state = 'ACTIVE' RETURNING id, person_id, version"
)


async def hold(tx: Tx, enrollment_ids: list[UUID], until: datetime | None = None) -> int:
    """Pauses people's ways through their sequences, until an instant or until somebody resumes them; returns how many."""
    rows = await tx.fetch(HOLD, tx.workspace, sorted(enrollment_ids), await tx.now(), until) if enrollment_ids else []
    await events.note_all(tx, [events.Event("enrollment.paused", "Enrollment", row["id"], row["person_id"], row["version"]) for row in rows])
    return len(rows)


async def pause_enrollment(tx: Tx, enrollment_id: UUID, until: datetime | None = None) -> None:
    """NotFound, EnrollmentEnded, BadSetting for an instant that is past."""
    row = await _enrollment(tx, enrollment_id)
    if until is not None and until <= await tx.now():
        raise BadSetting(field="until", why="until is not in the future")
    if row["paused_at"] is None or row["paused_until"] != until:
        await hold(tx, [enrollment_id], until)


async def resume_enrollment(tx: Tx, enrollment_id: UUID, catch_up: str = "SEND") -> None:
    """NotFound, EnrollmentEnded, EnrollmentNotPaused, UnknownChoice."""
    _catch_up(catch_up, PACE)
    row, now = await _enrollment(tx, enrollment_id), await tx.now()
    if row["paused_at"] is None:
        raise EnrollmentNotPaused()
    waits = row["due_at"] is None and row["resume_due_at"] is None     # for the outcome of a mail or task, as before
    due = None if waits else row["resume_due_at"] or now
    await tx.execute(
        "UPDATE enrollments SET paused_at = NULL, paused_until = NULL, resume_due_at = NULL, due_at = $3, skip_until = $4, version = version + 1, "
        "updated_at = $5 WHERE workspace_id = $1 AND id = $2", tx.workspace, enrollment_id, due, now if catch_up == "SKIP" else row["skip_until"], now)
    await _hurry(tx, enrollment_id)
    await events.note(tx, "enrollment.resumed", "Enrollment", enrollment_id, person_id=row["person_id"], version=row["version"] + 1)
    await wake(tx, due or now)


async def _hurry(tx: Tx, enrollment_id: UUID) -> None:
    """Mail that was put off because of the pause is looked at now."""
    sql = "SELECT s.id FROM sends s WHERE s.workspace_id = $1 AND s.enrollment_id = $2 AND s.state IN ('PLANNED', 'DEFERRED')"
    for row in await tx.fetch(sql, tx.workspace, enrollment_id):
        await work.put(tx, work.NewJob("deliver", "deliver.send", {"send_id": str(row["id"])}, key=str(row["id"]), max_attempts=60))


async def _enrollment(tx: Tx, id: UUID) -> dict[str, Any]:
    row = await tx.row(ENROLLMENT, tx.workspace, id)
    if row is None:
        raise NotFound(noun="enrollment")
    if row["state"] != "ACTIVE":
        raise EnrollmentEnded()
    return dict(row)
