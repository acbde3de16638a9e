"""Ends links to companies, and puts contacts away. Who has left the last company says so, and somebody is asked to find out where they went."""

from datetime import date
from typing import Any
from uuid import UUID

from leadwell import events, work
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Revision, revise
from leadwell.base.tx import Tx
from leadwell.base.workspace import workspace_facts
from leadwell.contacts.linking import Link, links_of, lock
from leadwell.contacts.refusals import BadContactField, HiddenCompany


def successor(links: list[Link], ended: UUID) -> UUID | None:
    """The company that becomes the primary one when the link to `ended` closes: the one linked longest of those still open."""
    return next((link.company_id for link in links if link.company_id != ended and link.to_on is None and not link.hidden), None)


async def end_link(tx: Tx, contact_id: UUID, company_id: UUID, to_on: date | None = None, *, expected_version: int | None = None) -> Revision:
    """The contact is no longer at a company since `to_on` (None: today). Another one becomes the primary company; without any the contact has left, which
    `contact.left_company` tells: the owner gets a task. NotFound, StaleVersion, HiddenCompany, BadContactField."""
    contact = await lock(tx, contact_id, expected_version)
    links, today = await links_of(tx, contact_id), (await workspace_facts(tx)).today(await tx.now())
    link = next((one for one in links if one.company_id == company_id), None)
    if link is None:
        raise NotFound(field="company_id", noun="company of the contact")
    if link.hidden:
        raise HiddenCompany(field="company_id")
    if link.to_on is not None:
        return Revision({}, contact["version"])
    last = to_on or today
    if last > today or (link.from_on and last < link.from_on):
        why = "it lies in the future" if last > today else "it lies before the first day"
        raise BadContactField(field="to_on", name="to_on", value=last.isoformat(), why=why)
    await _close(tx, contact_id, company_id, last)
    return await _moved_on(tx, contact, link, successor(links, company_id), last)


async def _close(tx: Tx, contact_id: UUID, company_id: UUID, last: date) -> None:
    await tx.execute(
        "UPDATE contact_companies l SET to_on = $4, is_primary = false, version = l.version + 1, updated_at = $5"
        " WHERE l.workspace_id = $1 AND l.contact_id = $2 AND l.company_id = $3", tx.workspace, contact_id, company_id, last, await tx.now(),
    )


async def _moved_on(tx: Tx, contact: dict[str, Any], link: Link, next_company: UUID | None, last: date) -> Revision:
    """The primary company follows. Who has none left keeps the last one as the primary, so that a contact always belongs to one."""
    values: dict[str, Any] = {}
    left = next_company is None and contact["left_company_at"] is None
    if left:
        values["left_company_at"] = await tx.now()
    keep = link.company_id if next_company is None else next_company
    if link.is_primary:
        values["company_id"] = keep
        await tx.execute(
            "UPDATE contact_companies l SET is_primary = true, version = l.version + 1, updated_at = $4"
            " WHERE l.workspace_id = $1 AND l.contact_id = $2 AND l.company_id = $3", tx.workspace, contact["id"], keep, await tx.now(),
        )
    revision = await revise(tx, "contact", "contacts", contact, values, touch=True)
    told = {"company_id": link.company_id, "company": link.name, "to_on": last.isoformat(), "changes": revision.changes}
    person = contact["person_id"]
    kind = "contact.left_company" if left else "contact.unlinked"
    await events.note(tx, kind, "Contact", contact["id"], person_id=person, version=revision.version, data=told)
    await work.put(tx, work.NewJob("score", "score.person", {"person_id": str(person)}, key=str(person)))
    return revision


async def archive(tx: Tx, contact_id: UUID, expected_version: int | None = None) -> Revision:
    """Puts a contact away; the person and their history stay."""
    return await _put(tx, contact_id, expected_version, away=True)


async def unarchive(tx: Tx, contact_id: UUID, expected_version: int | None = None) -> Revision:
    """Brings a contact back."""
    return await _put(tx, contact_id, expected_version, away=False)


async def _put(tx: Tx, contact_id: UUID, expected_version: int | None, *, away: bool) -> Revision:
    contact = await lock(tx, contact_id, expected_version)
    if (contact["archived_at"] is not None) == away:
        return Revision({}, contact["version"])
    revision = await revise(tx, "contact", "contacts", contact, {"archived_at": await tx.now() if away else None})
    kind, data = "contact.archived" if away else "contact.unarchived", {"changes": revision.changes}
    await events.note(tx, kind, "Contact", contact_id, person_id=contact["person_id"], version=revision.version, data=data)
    return revision
