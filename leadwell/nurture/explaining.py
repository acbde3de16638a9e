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
    wanted = [line for line in lines if line.send_id == id] or lines
    return [
        Step(
            line.ended_at or line.sending_at or line.planned_at,
            f"{line.state}: {line.subject or line.template or 'mail'} to {line.address}", line.explanation)
        for line in reversed(wanted)
    ]
