"""Asks the owner of a contact who has left the last company to find out where they are now."""

from collections.abc import Sequence
from typing import Any

from leadwell.base.tx import Tx
from leadwell.events import hushed
from leadwell.tasks.about import About
from leadwell.tasks.tasks import NewTask, create


async def ask_where_they_went(tx: Tx, told: Sequence[Any]) -> None:
    """A task for each contact who left, unless the link was ended quietly. Nobody, where the owner is gone or there is none: it stands in the open."""
    for event in told:
        if hushed(event["data"], "TASKS"):
            continue
        row = await tx.row(
            "SELECT coalesce(p.name, p.email, p.phone, 'A contact') AS who, u.id AS owner FROM contacts c"
            " JOIN people p ON p.workspace_id = $1 AND p.id = c.person_id"
            " LEFT JOIN users u ON u.workspace_id = $1 AND u.id = c.owner_id AND u.archived_at IS NULL WHERE c.workspace_id = $1 AND c.id = $2",
            tx.workspace, event["record_id"],
        )
        if row:
            title = f"{row['who']} has left {event['data'].get('company') or 'the company'}: find out where to"[:200]
            await create(tx, NewTask(title, About(contact_id=event["record_id"]), due_at=await tx.now(), assignee_id=row["owner"]))
