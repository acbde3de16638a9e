"""Makes and changes companies by hand: names, domains, the hierarchy."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from leadwell import custom, events, work
from leadwell.base.identity import business_domain, clean, company_key, company_name, country_code
from leadwell.base.ids import encode_id
from leadwell.base.rows import Named, Revision, locked, require, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.calendars import zone_of
from leadwell.catalog import CATALOG
from leadwell.companies.finding import NewCompany, created, insert, known_by
from leadwell.companies.hierarchy import place_below
from leadwell.companies.identity import Key, Known, domain_key, match, name_key
from leadwell.companies.refusals import BadCompanyField, BadWebsite, CompanyExists, NameRequired

TEXTS = frozenset({"website", "industry", "phone", "region", "city", "postal_code", "street", "time_zone"})
COUNTS = frozenset({"employees", "revenue_minor"})
SCORED = frozenset({"name", "country", "industry", "employees"})  # what scores of its people may depend on
REFERENCES = {"parent_id": ("company", "companies"), "owner_id": ("user", "users")}
CHECKED = ("name", "domain", "country", "employees")
FIELDS = TEXTS | COUNTS | {"name", "domain", "country", "currency", "parent_id", "owner_id"}


async def create(tx: Tx, company: NewCompany, *, allow_duplicate: bool = False) -> UUID:
    """A company made by hand. CompanyExists when its domain or name leads to one, unless a second one is asked for:
    the second has no keys, so that matching goes on finding the first."""
    company = replace(company, **{field: checked(field, getattr(company, field)) for field in CHECKED})
    await require(tx, *_references({"parent_id": company.parent_id, "owner_id": company.owner_id}))
    if company.parent_id:
        await place_below(tx, company.id, company.parent_id)
    taken = await _claim(tx, company)
    hit = match(*company.identity, taken)
    if hit and not allow_duplicate:
        raise exists(hit.by, hit.company)
    domain = company.identity[0]
    await insert(tx, [company], match_primary=domain not in taken)
    await custom.write(tx, "Company", company.id, company.custom)
    await events.note_all(tx, [created(company)])
    return company.id


def exists(by: str, holder: Known) -> CompanyExists:
    opaque = encode_id(CATALOG["Company"].tag, holder.id)
    return CompanyExists(field=by.lower(), what=by.lower(), name=holder.name, company=opaque)


async def _claim(tx: Tx, company: NewCompany) -> Mapping[Key, Any]:
    """Claims what is free of the company's keys; returns those that others hold."""
    keys = [key for key in company.identity if key]
    kinds, texts, ids = [kind for kind, _ in keys], [key for _, key in keys], [company.id] * len(keys)
    claimed = await tx.execute(load(__name__, "claim"), tx.workspace, kinds, texts, ids, await tx.now())
    return await known_by(tx, keys) if claimed < len(keys) else {}


async def update(tx: Tx, company_id: UUID, changes: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """Writes `changes` ({column: value, "custom": {key: value}}; None clears); NotFound, StaleVersion, NameRequired, CompanyExists, HierarchyCycle,
    HierarchyTooDeep, BadCompanyField."""
    if strange := set(changes) - FIELDS - {"custom"}:
        raise BadCompanyField(name=sorted(strange)[0], value="", why="companies have no such field")
    if changes.get("parent_id"):
        await place_below(tx, company_id, changes["parent_id"])
    company = await locked(tx, "company", "companies", company_id, expected_version)
    values = {field: checked(field, value) for field, value in changes.items() if field != "custom"}
    if "name" in values:
        values["name_key"] = company_key(values["name"])
    await require(tx, *_references(values))
    await _rekey(tx, company, values)
    own = await custom.write(tx, "Company", company_id, changes.get("custom") or {})
    revision = await revise(tx, "company", "companies", company, values, touch=bool(own))
    revision = Revision(revision.changes | own, revision.version)
    if revision.changes:
        await events.note(tx, "company.updated", "Company", company_id, version=revision.version, data={"changes": revision.changes})
    if SCORED & revision.changes.keys():
        people = [str(row["person_id"]) for row in await tx.fetch(load(__name__, "people"), tx.workspace, [company_id])]
        await work.put(tx, *(work.NewJob("score", "score.person", {"person_id": id}, key=id, priority=work.BULK) for id in people))
    return revision


def _references(values: Mapping[str, Any]) -> list[Named]:
    return [Named(*REFERENCES[field], values[field], field) for field in REFERENCES if values.get(field)]


def checked(field: str, value: Any) -> Any:
    if field == "name":
        name = company_name(value)
        if name is None:
            raise NameRequired(field="name")
        return name
    if field == "domain":
        return _checked_domain(value)
    if field == "country":
        return checked_country(value)
    if field == "time_zone" and clean(value) and zone_of(clean(value)).key != clean(value):
        raise BadCompanyField(field=field, name=field, value=str(value)[:40], why="it is no time zone such as Europe/Berlin")
    if field in TEXTS:
        return clean(value) or None
    if field == "employees" and value is not None and value < 0:
        raise BadCompanyField(field=field, name=field, value=str(value), why="it is less than zero")
    return value


def checked_country(country: str | None) -> str | None:
    """The country's code, from its code or name."""
    code = country_code(country)
    if code is None and clean(country):
        raise BadCompanyField(field="country", name="country", value=str(country)[:40], why="it is not a country")
    return code


def _checked_domain(domain: str | None) -> str | None:
    if not domain:
        return None
    found = business_domain(domain)
    if found is None:
        raise BadWebsite(field="domain", value=domain[:80], fix="Give the company's own domain, not that of a mail provider.")
    return found


async def _rekey(tx: Tx, company: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Moves the keys that a changed name, country or domain stands behind. A name may be taken; a domain may not."""
    after = {**company, **values}
    if company["kind"] == "INDIVIDUAL":
        return
    if domain_key(company["domain"]) != domain_key(after["domain"]):
        await _change_domain(tx, company["id"], company["domain"], after["domain"])
    old, new = name_key(company["name"], company["country"]), name_key(after["name"], after["country"])
    if old != new and old and new:
        await tx.execute(
            "DELETE FROM company_keys WHERE workspace_id = $1 AND kind = 'NAME' AND key = $2 AND company_id = $3", tx.workspace, old[1], company["id"]
        )
        await tx.execute(load(__name__, "claim"), tx.workspace, ["NAME"], [new[1]], [company["id"]], await tx.now())


async def _change_domain(tx: Tx, company_id: UUID, old: str | None, new: str | None) -> None:
    now = await tx.now()
    if new and not await tx.execute(load(__name__, "claim"), tx.workspace, ["DOMAIN"], [new], [company_id], now):
        holder = (await known_by(tx, [("DOMAIN", new)])).get(("DOMAIN", new))
        if holder and holder.id != company_id:
            raise exists("DOMAIN", holder)
    if old:
        await tx.execute(
            "DELETE FROM company_keys WHERE workspace_id = $1 AND kind = 'DOMAIN' AND key = $2 AND company_id = $3", tx.workspace, old, company_id
        )
        await tx.execute("DELETE FROM company_domains WHERE workspace_id = $1 AND domain = $2 AND company_id = $3", tx.workspace, old, company_id)
    if new:
        await tx.execute(
            "INSERT INTO company_domains (workspace_id, domain, company_id, match_primary, created_at) VALUES ($1, $2, $3, true, $4)"
            " ON CONFLICT (workspace_id, domain, company_id) DO UPDATE SET match_primary = true",
            tx.workspace, new, company_id, now,
        )
