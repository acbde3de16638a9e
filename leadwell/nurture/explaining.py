"""Why somebody got a mail or did not: the ledger told as steps, oldest first."""

from uuid import UUID

from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.base.why import Step
from leadwell.nurture.ledger import send_ledger


async def explain(tx: Tx, id: UUID) -> list[Step]:
    """By the id of a send, or of a person, lead or contact (then of all their mail)."""
    person = await tx.value(
        "SELECT coalesce((SELECT s.person_id FROM sends s WHERE s.workspace_id = $1 AND s.id = $2), "
        "(SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = $2), "
        "(SELECT c.person_id FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2), "
        "(SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = $2))", tx.workspace, id)
    if person is None:
        raise NotFound(noun="send, person, lead or contact")
    lines = await send_ledger(tx, person)
    if not lines:
        return [Step(None, "No mail was planned for them", await _why_none(tx, person))]
    wanted = [line for line in lines if line.send_id == id] or lines
    return [
        Step(
            line.ended_at or line.sending_at or line.planned_at,
            f"{line.state}: {line.subject or line.template or 'mail'} to {line.address}", line.explanation)
        for line in reversed(wanted)
    ]


async def _why_none(tx: Tx, person: UUID) -> str:
    """What the sequences they entered, newest first, have to say to that."""
    entered = await tx.fetch(
        "SELECT q.name, e.state, lower(replace(e.exit_reason, '_', ' ')) AS reason "
        "FROM enrollments e JOIN sequences q ON q.workspace_id = $1 AND q.id = e.sequence_id "
        "WHERE e.workspace_id = $1 AND e.person_id = $2 ORDER BY e.created_at DESC, e.id DESC", tx.workspace, person)
    said = {"ACTIVE": "{name} has not come to a mail yet", "COMPLETED": "{name} ended without one", "EXITED": "they left {name} before ({reason})"}
    return "; ".join(said[row["state"]].format_map(row) for row in entered) or "they have entered no sequence"
