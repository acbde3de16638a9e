"""Takes the people behind many records into a sequence."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import nurture
from leadwell.base.ids import decode_id
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.changes.refusals import MissingOption, NoLongerMatches, NotEnrolled
from leadwell.changes.shape import Action, Back, Json, Result, Results, refused

BEHIND = {"Person": "SELECT x.id, x.id AS person_id FROM people x", "Lead": "SELECT x.id, x.person_id FROM leads x",
          "Contact": "SELECT x.id, x.person_id FROM contacts x"}
HERE = " WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[]) AND x.archived_at IS NULL"
STATE = "SELECT s.state FROM sequences s WHERE s.workspace_id = $1 AND s.id = $2"
ENTERED = (
    "SELECT e.state, EXISTS (SELECT 1 FROM sends s WHERE s.workspace_id = $1 AND s.enrollment_id = e.id AND s.state IN ('SENT', 'SENDING', 'AMBIGUOUS')) "
    "AS mailed FROM enrollments e WHERE e.workspace_id = $1 AND e.id = $2"
)
MAILED = "Mail that had gone out stays out."


async def check(tx: Tx, noun: str, given: Json) -> dict[str, Any]:
    """`sequence_id`: a live sequence. MissingOption, NotFound, SequenceNotLive."""
    if not given.get("sequence_id"):
        raise MissingOption(field="sequence_id", action="ENROLL", name="sequenceId")
    id = decode_id(str(given["sequence_id"]), CATALOG["Sequence"].tag)[1]
    state = await tx.value(STATE, tx.workspace, id)
    if state is None:
        raise NotFound(noun="sequence", field="sequence_id")
    if state != "LIVE":
        raise nurture.SequenceNotLive(state=state)
    return {"sequence_id": id}


async def perform(tx: Tx, noun: str, options: Json, ids: Sequence[UUID]) -> Results:
    """People who stand behind several of the records enter once."""
    behind = {row["id"]: row["person_id"] for row in await tx.fetch(BEHIND[noun] + HERE, tx.workspace, list(ids))}
    people = list(dict.fromkeys(behind[id] for id in ids if id in behind))
    entries = await nurture.enroll_many(tx, UUID(str(options["sequence_id"])), people, "HAND" if tx.actor.kind == "USER" else "API") if people else []
    left = {entry.person_id: entry for entry in entries}
    found: Results = {}
    for id in ids:
        entry = left.pop(behind[id], None) if id in behind else None
        found[id] = _result(id in behind, entry)
    return found


def _result(there: bool, entry: nurture.Entry | None) -> Result:
    if not there:
        return refused(NoLongerMatches())
    if entry is None or entry.refusal == "ALREADY_IN":
        return Result("UNCHANGED")
    if entry.enrollment_id:
        return Result("CHANGED", {"enrollment_id": [None, entry.enrollment_id]})
    return refused(NotEnrolled(why=entry.refusal))


async def undo(tx: Tx, noun: str, options: Json, id: UUID, changes: Json) -> Back:
    """The person leaves the sequence; who has left already is let be."""
    enrollment = UUID(changes["enrollment_id"][1])
    row = await tx.row(ENTERED, tx.workspace, enrollment)
    if row is None or not await nurture.leave(tx, [enrollment], "REVERTED"):
        return Back({"enrollment": "The person has left the sequence already."})
    return Back(note=MAILED if row["mailed"] else None)


ENROLL = Action("ENROLL", {"Person": "enroll", "Lead": "enroll", "Contact": "enroll"}, check, perform, undo, of="Person")
