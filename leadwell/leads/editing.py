"""Changes the fields of an open lead; name and addresses belong to the person and are changed there."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leadwell import custom, events, people, work
from leadwell.base.identity import clean
from leadwell.base.rows import Changes, Named, Revision, require, revise
from leadwell.base.tx import Tx
from leadwell.leads.locking import lock
from leadwell.leads.refusals import BadField, NothingLeft

TEXTS = frozenset({"title", "company_name", "company_website", "industry", "need", "interest"})
NUMBERS = {"employees": "employees", "budget_minor": "budget"}
REFERENCES = {
    "source_id": ("source", "sources"), "campaign_id": ("campaign", "campaigns"), "product_id": ("product", "products"),
    "referred_by_id": ("person", "people"), "company_id": ("company", "companies"),
}
OWN_FIELDS = frozenset({*TEXTS, *NUMBERS, *REFERENCES, "currency", "intent"})
PERSON_FIELDS = frozenset({
    "name", "prefix", "first_name", "middle_name", "last_name", "suffix", "email", "phone", "department", "seniority",
    "language", "time_zone", "country", "region", "city", "postal_code", "street",
})
MATTERS_TO_ENRICHMENT = frozenset({"title", "company_name", "company_website", "email", "phone", "name", "country"})


async def update(tx: Tx, lead_id: UUID, changes: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """Writes `changes` ({column of leads or people: value, "custom": {key: value}}; None clears); raises NotFound, LeadSealed, StaleVersion, BadField
    and what `people.edit` and `custom.write` refuse."""
    lead = await lock(tx, lead_id, expected_version)
    own = {field: checked(field, value) for field, value in changes.items() if field in OWN_FIELDS}
    theirs = {field: value for field, value in changes.items() if field in PERSON_FIELDS}
    if strange := set(changes) - OWN_FIELDS - PERSON_FIELDS - {"custom"}:
        raise BadField(name=sorted(strange)[0], value="", why="leads have no such field")
    await require(tx, *(Named(*REFERENCES[field], value, field) for field, value in own.items() if field in REFERENCES))
    if "company_id" in own:
        own["company_match"] = own["company_id"] and {"state": "CONFIRMED", "by": str(tx.actor)}
    edited: Changes = await people.edit(tx, lead["person_id"], theirs) if theirs else {}
    await _something_left(tx, lead, own, edited)
    edited |= await custom.write(tx, "Lead", lead_id, changes.get("custom") or {})
    revision = await revise(tx, "lead", "leads", lead, own, touch=bool(edited))
    return await _noted(tx, lead, Revision(revision.changes | edited, revision.version))


def checked(field: str, value: Any) -> Any:
    """A value of a lead's own column as it is kept; BadField."""
    if field in TEXTS:
        return clean(value) or None
    if field in NUMBERS and value is not None and value < 0:
        raise BadField(field=NUMBERS[field], name=NUMBERS[field], value=str(value), why="it is less than zero")
    return value


async def _something_left(tx: Tx, lead: dict[str, Any], own: Mapping[str, Any], edited: Changes) -> None:
    """A lead needs one of name, e-mail, phone, company name."""
    cleared = own.get("company_name", lead["company_name"]) is None and ("company_name" in own or any(after is None for _, after in edited.values()))
    if cleared and not await tx.value(
        "SELECT coalesce(p.name, p.email, p.phone) FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, lead["person_id"]
    ):
        raise NothingLeft()


async def _noted(tx: Tx, lead: dict[str, Any], revision: Revision) -> Revision:
    if not revision.changes:
        return revision
    person = lead["person_id"]
    await events.note(tx, "lead.updated", "Lead", lead["id"], person_id=person, version=revision.version, data={"changes": revision.changes})
    jobs = [work.NewJob("score", "score.person", {"person_id": str(person)}, key=str(person))]
    if MATTERS_TO_ENRICHMENT & revision.changes.keys():
        jobs.append(work.NewJob("enrich", "enrich.person", {"person_id": str(person)}, key=str(person)))
    await work.put(tx, *jobs)
    return revision
