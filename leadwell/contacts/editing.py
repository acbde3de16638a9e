"""Makes contacts by hand, without a lead, and changes them."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import custom, events, people, work
from leadwell.base.fixed import fixed
from leadwell.base.identity import clean
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Named, Revision, require, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.contacts.linking import lock
from leadwell.contacts.refusals import BadContactField, CompanyRequired, ContactExists

TYPES = ("CUSTOMER", "FORMER_CUSTOMER", "PROSPECT", "PARTNER", "SUPPLIER", "AFFILIATE", "OTHER")
REFERENCES = {"owner_id": ("user", "users"), "source_id": ("source", "sources")}
OWN_FIELDS = frozenset({"type", "title", *REFERENCES})
PERSON_FIELDS = frozenset({
    "name", "prefix", "first_name", "middle_name", "last_name", "suffix", "email", "phone", "department", "seniority",
    "language", "time_zone", "country", "region", "city", "postal_code", "street",
})


@fixed
class NewContact:
    """A contact of a known person, with the company that is its primary one."""

    person_id: UUID
    company_id: UUID | None
    type: str = "PROSPECT"
    owner_id: UUID | None = None
    title: str | None = None
    source_id: UUID | None = None
    lead_id: UUID | None = None
    role: str | None = None
    last_activity_at: datetime | None = None
    custom: Mapping[str, Any] = field(default_factory=dict[str, Any])
    id: UUID = field(default_factory=uuid7)


async def create(tx: Tx, contact: NewContact) -> UUID:
    """A contact by hand; its person must not be one yet. NotFound, ContactExists, CompanyRequired."""
    if contact.company_id is None:
        raise CompanyRequired(field="company_id")
    checked("type", contact.type)
    if contact.person_id not in await people.lock(tx, [contact.person_id]):
        raise NotFound(field="person_id", noun="person")
    existing = await tx.value("SELECT c.id FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = $2", tx.workspace, contact.person_id)
    if existing:
        raise ContactExists(contact=encode_id(CATALOG["Contact"].tag, existing))
    company = Named("company", "companies", contact.company_id, "company_id")
    await require(tx, company, Named("user", "users", contact.owner_id, "owner_id"), Named("source", "sources", contact.source_id, "source_id"))
    await insert(tx, contact)
    await custom.write(tx, "Contact", contact.id, contact.custom)
    await events.note_all(tx, [created(contact)])
    await work.put(tx, work.NewJob("score", "score.person", {"person_id": str(contact.person_id)}, key=str(contact.person_id)))
    return contact.id


async def insert(tx: Tx, contact: NewContact) -> None:
    """Writes a contact and its first link; whoever calls has locked the person and found no contact."""
    await tx.execute(
        load(__name__, "insert"), tx.workspace, contact.id, contact.person_id, contact.type, contact.owner_id, contact.company_id,
        clean(contact.title) or None, contact.source_id, contact.lead_id, contact.last_activity_at, await tx.now(), uuid7(), contact.role,
    )


def created(contact: NewContact) -> events.Event:
    """What is noted about a new contact."""
    data = {"company_id": contact.company_id, "lead_id": contact.lead_id}
    return events.Event("contact.created", "Contact", contact.id, contact.person_id, 1, data)


async def update(tx: Tx, contact_id: UUID, changes: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """Writes `changes` ({column of contacts or people: value, "custom": {key: value}}; None clears)."""
    contact = await lock(tx, contact_id, expected_version)
    if strange := set(changes) - OWN_FIELDS - PERSON_FIELDS - {"custom"}:
        raise BadContactField(name=sorted(strange)[0], value="", why="contacts have no such field")
    own = {name: checked(name, value) for name, value in changes.items() if name in OWN_FIELDS}
    await require(tx, *(Named(*REFERENCES[name], value, name) for name, value in own.items() if name in REFERENCES))
    theirs = {name: value for name, value in changes.items() if name in PERSON_FIELDS}
    edited = await people.edit(tx, contact["person_id"], theirs) if theirs else {}
    edited |= await custom.write(tx, "Contact", contact_id, changes.get("custom") or {})
    revision = await revise(tx, "contact", "contacts", contact, own, touch=bool(edited))
    revision = Revision(revision.changes | edited, revision.version)
    if revision.changes:
        await _noted(tx, contact, revision)
    return revision


def checked(name: str, value: Any) -> Any:
    if name == "type" and value not in TYPES:
        raise BadContactField(field="type", name="type", value=str(value)[:40], why="it is not one of " + ", ".join(TYPES))
    return clean(value) or None if name == "title" else value


async def _noted(tx: Tx, contact: Mapping[str, Any], revision: Revision) -> None:
    person, data = contact["person_id"], {"changes": revision.changes}
    await events.note(tx, "contact.updated", "Contact", contact["id"], person_id=person, version=revision.version, data=data)
    await work.put(tx, work.NewJob("score", "score.person", {"person_id": str(person)}, key=str(person)))
