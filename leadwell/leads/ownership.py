"""Gives a lead to a user, or back to nobody."""

from uuid import UUID

from leadwell import events
from leadwell.base.rows import Named, Revision, require, revise
from leadwell.base.tx import Tx
from leadwell.leads.locking import lock


async def assign(tx: Tx, lead_id: UUID, owner_id: UUID | None, expected_version: int | None = None) -> Revision:
    """Changes the owner of a lead that is not sealed; NotFound when the user is unknown or archived."""
    lead = await lock(tx, lead_id, expected_version)
    await require(tx, Named("user", "users", owner_id, "owner_id"))
    revision = await revise(tx, "lead", "leads", lead, {"owner_id": owner_id})
    if revision.changes:
        data = {"changes": revision.changes}
        await events.note(tx, "lead.assigned", "Lead", lead_id, person_id=lead["person_id"], version=revision.version, data=data)
    return revision
