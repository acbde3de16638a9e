"""Companies from files: matched by outside id, domain, else name and country; parents by name or outside id."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell import companies
from leadwell.base.refusals import Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.companies import NewCompany
from leadwell.transfer.nouns import readers
from leadwell.transfer.nouns.looking import companies_for, link, link_outside, outside
from leadwell.transfer.nouns.shape import Case, Field, Importable, Way, declared

PLAIN = ("website", "industry", "employees", "phone", "country", "region", "city", "postal_code", "street", "owner_id", "revenue_minor", "currency")
FIELDS = declared(
    Field("name", "Name of the company.", "name|company|company name|account|account name|organization|organisation|organization name|firma|empresa|societe|"
          "organization name", readers.company, "name"),
    Field("domain", "Its own domain.", "domain|company domain|company domain name|domain name|email domain", readers.domain, "domain"),
    Field("website", "Web site.", "website|web site|url|homepage|company website|website url|web|webseite", readers.website, "website"),
    Field("industry", "Industry.", "industry|sector|branche|vertical", readers.line, "industry"),
    Field("employees", "Number of employees; of a range the lower end.", "employees|number of employees|no of employees|numberofemployees|headcount|"
          "company size|employee count|mitarbeiter", readers.count, "employees"),
    Field("revenue", "Revenue a year, such as 2.5m EUR.", "revenue|annual revenue|annualrevenue|turnover|umsatz", readers.money, "revenue_minor"),
    Field("phone", "Main phone number.", "phone|phone number|telephone|main phone|tel|telefon", readers.line, "phone"),
    Field("country", "Country: a code or a name.", "country|country region|billing country|billingcountry|address 1 country region|land", readers.country,
          "country"),
    Field("region", "State, province or region.", "state|region|state region|province|billing state|billing state province|billingstate|"
          "address 1 state province", readers.line, "region"),
    Field("city", "City.", "city|town|billing city|billingcity|address 1 city|ort|stadt", readers.line, "city"),
    Field("postalCode", "Postal code.", "zip|zip code|postal code|postcode|billing zip postal code|billing zip|billing code|billingpostalcode|"
          "address 1 zip postal code|plz", readers.line, "postal_code"),
    Field("street", "Street and number.", "street|address|street address|billing street|billingstreet|address 1 street 1|organization address|strasse",
          readers.line, "street"),
    Field("parent", "Name of the company it belongs to; made if there is none.", "parent|parent company|parent account|parent account name", link="Company"),
    Field("parentId", "What the other system calls the company it belongs to.", "parent id|parentid|parent account id|parent company id", link="Company"),
    Field("owner", "Name or e-mail address of a user.", "owner|account owner|company owner|organization owner|responsible", link="User"),
    Field("externalId", "What the other system calls the company.", "external id|externalid|id|record id|account id|accountid|company id|organization id",
          link="own"),
)  # fmt: skip


async def meet(tx: Tx, way: Way, cases: Sequence[Case]) -> None:
    """Who is known by an outside id, a domain or a name; who names no company at all cannot be taken in."""
    ids = await outside(tx, "Company", way.system, (case.links["externalId"] for case in cases if case.links.get("externalId")))
    for case in cases:
        case.record_id = ids.get(case.links.get("externalId", ""))
    await link(tx, cases, (("owner", "User", "owner_id"),))
    open_ = [case for case in cases if case.record_id is None and case.given("name")]
    known = await companies.known_by(tx, (key for case in open_ for key in new(case).identity if key))
    for case in open_:
        hit = companies.match(*new(case).identity, known)
        case.record_id = hit.company.id if hit else None
    for case in cases:
        if case.record_id is None and not case.given("name"):
            case.fatal = ("NO_COMPANY_NAMED", "A new company needs a name.")


def new(case: Case) -> NewCompany:
    values = {name: case.values[name] for name in ("name", "domain", *PLAIN) if case.values.get(name) is not None}
    return NewCompany(**values)


async def current(tx: Tx, ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    sql = "SELECT c.* FROM companies c WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) AND c.archived_at IS NULL ORDER BY c.id FOR NO KEY UPDATE"
    return {row["id"]: dict(row) for row in await tx.fetch(sql, tx.workspace, list(ids))}


async def make(tx: Tx, way: Way, cases: Sequence[Case]) -> None:
    """Makes what is not there; rows of one batch that mean one company make one."""
    for case, found in zip(cases, await companies.find_or_create_many(tx, [new(case) for case in cases]), strict=True):
        case.record_id, case.action = found.id, "CREATED" if found.created else "UNCHANGED"


async def change(tx: Tx, id: UUID, changes: Mapping[str, Any]) -> Any:
    return await companies.update(tx, id, changes)


async def parents(tx: Tx, way: Way, cases: Sequence[Case]) -> None:
    """Once all rows of a batch have their companies: what each belongs to, by the other system's id or by name."""
    naming = [case for case in cases if case.live and case.record_id and (case.links.get("parent") or case.links.get("parentId"))]
    if not naming:
        return
    await link_outside(tx, way, naming, (("parentId", "Company", "parent_id"),))
    by_name = [case for case in naming if not case.given("parent_id") and case.links.get("parent") and not case.links.get("parentId")]
    found = await companies_for(tx, [NewCompany(case.links["parent"]) for case in by_name])
    for case, company in zip(by_name, found, strict=True):
        case.values["parent_id"] = company.id
        if company.created:
            case.more.setdefault("made", []).append(("Company", company.id))
    now = await current(tx, [case.record_id for case in naming if case.record_id])
    for case in naming:
        await _belongs(tx, way, case, now.get(case.record_id) if case.record_id else None)


async def _belongs(tx: Tx, way: Way, case: Case, row: Mapping[str, Any] | None) -> None:
    parent = case.given("parent_id")
    if row is None or parent is None or row["parent_id"] == parent or parent == row["id"]:
        return
    if row["parent_id"] is not None and "parent_id" not in way.overwrite:
        case.conflicts["parent_id"] = parent
        return
    try:
        await companies.update(tx, row["id"], {"parent_id": parent})
    except Refusal as refusal:
        case.flaw("parent", str(refusal.code), refusal.message)
        return
    case.changes["parent_id"] = [row["parent_id"], parent]
    if case.action == "UNCHANGED":
        case.action = "CHANGED"


async def withdraw(tx: Tx, ids: Sequence[UUID]) -> None:
    """Puts companies away and frees what they were matched by."""
    for name in ("free_company", "free_domains", "free_outside", "put_away_companies"):
        args = [await tx.now()] if name == "put_away_companies" else []
        await tx.execute(load(__name__, name), tx.workspace, list(ids), *args)


COMPANY = Importable("Company", FIELDS, ("name", "externalId"), meet, current, make, change, withdraw)
