"""Contacts from files: the person by outside id or address, as everywhere; the company by outside id or found and made by web site and name."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell import companies, contacts, events, people, work
from leadwell.base.identity import Email, Flaw, parse_phone
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.base.workspace import workspace_facts
from leadwell.companies import NewCompany
from leadwell.people import PersonGiven, PhoneGiven
from leadwell.transfer.nouns import readers
from leadwell.transfer.nouns.looking import companies_for, link, link_outside, outside, people_at
from leadwell.transfer.nouns.shape import Case, Field, Hints, Importable, Way, declared

TYPES = {word.casefold().replace("_", " "): word for word in contacts.TYPES} | {"client": "CUSTOMER", "vendor": "SUPPLIER", "lead": "PROSPECT"}
PERSON = ("name", "prefix", "first_name", "middle_name", "last_name", "suffix", "title", "language", "country", "region", "city", "postal_code", "street")
FIELDS = declared(
    Field("name", "Full name.", "name|full name|contact name|contact|person|nom complet|nombre completo", readers.line, "name"),
    Field("prefix", "Title before the name.", "prefix|salutation|anrede|civilite", readers.line, "prefix"),
    Field("firstName", "Given name.", "first name|firstname|given name|vorname|prenom|nombre|nome|fname", readers.line, "first_name"),
    Field("middleName", "Middle names.", "middle name|middlename|second name", readers.line, "middle_name"),
    Field("lastName", "Family name.", "last name|lastname|surname|family name|nachname|nom|apellido|apellidos|cognome|lname", readers.line, "last_name"),
    Field("suffix", "What follows the name.", "suffix", readers.line, "suffix"),
    Field("email", "E-mail address.", "email|e mail|email address|mail|work email|email 1|correo|courriel", readers.email, "email"),
    Field("phone", "Phone number, with + or with a country.", "phone|phone number|telephone|business phone|work phone|tel|telefon|telefono", link="phone"),
    Field("mobile", "Mobile number.", "mobile|mobile phone|mobilephone|cell|cell phone|mobile phone number|handy|movil|celular", link="phone"),
    Field("title", "Job title.", "title|job title|jobtitle|position|role|funktion|cargo|poste", readers.line, "title"),
    Field("country", "Country: a code or a name.", "country|country region|mailing country|mailingcountry|land|pays|pais", readers.country, "country"),
    Field("region", "State, province or region.", "state|region|state region|province|mailing state|mailing state province|mailingstate", readers.line,
          "region"),
    Field("city", "City.", "city|town|mailing city|mailingcity|ort|stadt|ville|ciudad", readers.line, "city"),
    Field("postalCode", "Postal code.", "zip|zip code|postal code|postcode|mailing zip postal code|mailing zip|mailingpostalcode|plz", readers.line,
          "postal_code"),
    Field("street", "Street and number.", "street|address|street address|mailing street|mailingstreet|strasse|adresse|direccion", readers.line, "street"),
    Field("language", "Language, BCP 47.", "language|preferred language|sprache|langue|idioma", readers.line, "language"),
    Field("type", "CUSTOMER, PROSPECT, PARTNER, SUPPLIER …", "type|contact type|relationship type",
          readers.one_of(TYPES, "BAD_CONTACT_TYPE", "a type of contact"), "type"),
    Field("company", "Name of the company; made if there is none.", "company|company name|account|account name|organization|organisation|associated company|"
          "organization name|primary associated company|firma|empresa|societe|azienda", link="Company"),
    Field("companyWebsite", "Web site or domain of the company.", "website|company website|website url|company domain|company domain name", link="Company"),
    Field("companyId", "What the other system calls the company.", "account id|accountid|company id|companyid|organization id|associated company ids|"
          "primary associated company id", link="Company"),
    Field("owner", "Name or e-mail address of a user.", "owner|contact owner|responsible|person owner", link="User"),
    Field("source", "Name of a source.", "source|lead source|leadsource|original source|quelle|fuente", link="Source"),
    Field("externalId", "What the other system calls the contact.", "external id|externalid|id|record id|contact id|contactid|person id", link="own"),
)  # fmt: skip


async def meet(tx: Tx, way: Way, cases: Sequence[Case]) -> None:
    """Which contacts are known by outside id or address. New ones need a company, where the workspace has no individuals without one."""
    await link(tx, cases, (("owner", "User", "owner_id"), ("source", "Source", "source_id")))
    await link_outside(tx, way, cases, (("companyId", "Company", "company_id"),))
    known = await outside(tx, "Contact", way.system, (case.links["externalId"] for case in cases if case.links.get("externalId")))
    at = await people_at(tx, (case.values["email"] for case in cases if case.given("email")))
    of_person = await _of_people(tx, list(at.values()))
    individuals = (await workspace_facts(tx)).settings.individuals
    for case in cases:
        email = case.given("email")
        case.record_id = known.get(case.links.get("externalId", "")) or (of_person.get(at.get(email, UUID(int=0))) if email else None)
        named = email or case.given("name") or case.given("last_name") or case.given("first_name")
        if case.record_id is None and not named:
            case.fatal = ("NOBODY_NAMED", "Nothing says who this is: give a name or an e-mail address.")
        elif case.record_id is None and not individuals and not (case.given("company_id") or case.links.get("company") or case.links.get("companyWebsite")):
            case.fatal = ("COMPANY_REQUIRED", "A contact needs a company. Map one, or let the workspace have individuals without one.")
    await _met(tx, way, [case for case in cases if case.live and not (case.record_id and way.mode == "CREATE")])


async def _of_people(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    sql = "SELECT c.person_id, c.id FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = ANY($2::uuid[]) AND c.archived_at IS NULL"
    return {row["person_id"]: row["id"] for row in await tx.fetch(sql, tx.workspace, list(ids))} if ids else {}


async def _met(tx: Tx, way: Way, cases: Sequence[Case]) -> None:
    """The people are found or made by the verb behind every door, which fills what is empty and keeps contradictions as suggestions."""
    if not cases:
        return
    await _companies(tx, cases)
    for case, who in zip(cases, await people.identify_many(tx, [_given(case, way) for case in cases]), strict=True):
        case.more["person"] = who.person_id
        if who.created:
            case.more.setdefault("made", []).append(("Person", who.person_id))
        else:
            case.more["filled"] = {name: [None, value] for name, value in who.filled.items()}
            case.conflicts |= who.conflicts
    of_person = await _of_people(tx, [case.more["person"] for case in cases])
    for case in cases:
        case.record_id = of_person.get(case.more["person"])


async def _companies(tx: Tx, cases: Sequence[Case]) -> None:
    naming = [case for case in cases if not case.given("company_id") and (case.links.get("company") or case.links.get("companyWebsite"))]
    wanted = [NewCompany(case.links.get("company") or case.links["companyWebsite"], website=case.links.get("companyWebsite")) for case in naming]
    for case, found in zip(naming, await companies_for(tx, wanted), strict=True):
        case.values["company_id"] = found.id
        if found.created:
            case.more.setdefault("made", []).append(("Company", found.id))


def _given(case: Case, way: Way) -> PersonGiven:
    fields = {name: case.values[name] for name in PERSON if case.given(name)}
    parts = [fields[name] for name in ("prefix", "first_name", "middle_name", "last_name", "suffix") if name in fields]
    if parts and "name" not in fields:
        fields["name"] = " ".join(parts)
    email: Email | None = case.more.get("email")
    external = ((way.system, f"contact {case.links['externalId']}"),) if case.links.get("externalId") else ()
    return PersonGiven(fields, email, phones(case, way.hints), external, way.at, "IMPORT", {"quiet": True})


def phones(case: Case, hints: Hints) -> tuple[PhoneGiven, ...]:
    """Numbers as written, and as read where they name a country or the file does."""
    found: list[PhoneGiven] = []
    for name, label in (("phone", "WORK"), ("mobile", "MOBILE")):
        raw = case.links.get(name, "")[:60]
        read = parse_phone(raw, case.given("country") or hints.country) if raw else None
        if isinstance(read, Flaw):
            case.flaw(name, read.code, read.reason)
            if read.code == "PHONE_NEEDS_COUNTRY":
                found.append(PhoneGiven(raw, label))
        elif read:
            found.append(PhoneGiven(raw, label, read.e164, read.region, read.type, read.valid))
    return tuple({phone.e164 or phone.raw: phone for phone in found}.values())


async def current(tx: Tx, ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    """Contacts with what their people say; people are locked first, as everywhere. `company_links` are all their companies."""
    return {row["id"]: dict(row) for row in await tx.fetch(load(__name__, "contacts"), tx.workspace, list(ids))}


async def make(tx: Tx, way: Way, cases: Sequence[Case]) -> None:
    """Makes contacts of people who are none yet; two rows about one person make one."""
    first: dict[UUID, Case] = {}
    for case in cases:
        first.setdefault(case.more["person"], case)
    await _hidden(tx, list(first.values()))
    rows: list[dict[str, Any]] = []
    for person, case in first.items():
        case.record_id, case.action = uuid7(), "CREATED"
        more = {"owner_id": case.given("owner_id"), "source_id": case.given("source_id") or way.source_id, "title": case.given("title")}
        rows.append({"id": case.record_id, "person_id": person, "link_id": uuid7(), "company_id": case.values["company_id"],
                     "type": case.given("type") or "PROSPECT", **more})  # fmt: skip
    made = {row["person_id"]: row["id"] for row in await tx.fetch(load(__name__, "make_contacts"), tx.workspace, rows, await tx.now())}
    for row in rows:
        row["id"] = first[row["person_id"]].record_id = made[row["person_id"]]
    await events.note_all(tx, [events.Event("contact.created", "Contact", row["id"], row["person_id"], 1,
          {"company_id": str(row["company_id"])}) for row in rows])
    await work.put(tx, *(work.NewJob("score", "score.person", {"person_id": str(row["person_id"])}, key=str(row["person_id"])) for row in rows))
    for case in cases:
        case.record_id = first[case.more["person"]].record_id


async def _hidden(tx: Tx, cases: Sequence[Case]) -> None:
    """Individuals have a company of their own that nobody sees."""
    alone = [case for case in cases if not case.given("company_id")]
    made = [NewCompany(case.given("name") or case.given("last_name") or "Unknown", kind="INDIVIDUAL") for case in alone]
    await companies.insert(tx, made)
    await events.note_all(tx, [companies.created(company) for company in made])
    for case, company in zip(alone, made, strict=True):
        case.values["company_id"] = company.id
        case.more.setdefault("made", []).append(("Company", company.id))


async def change(tx: Tx, id: UUID, changes: Mapping[str, Any]) -> Any:
    """A second company is a second link, never a move; None takes such a link back."""
    plain = {name: value for name, value in changes.items() if name != "company_id"}
    if plain:
        await contacts.update(tx, id, plain)
    if changes.get("company_id"):
        await contacts.link_company(tx, id, changes["company_id"])


async def withdraw(tx: Tx, ids: Sequence[UUID]) -> None:
    for name in ("free_outside", "put_away_contacts"):
        args = [await tx.now()] if name == "put_away_contacts" else []
        await tx.execute(load(__name__, name), tx.workspace, list(ids), *args)


CONTACT = Importable("Contact", FIELDS, ("name", "firstName", "lastName", "email", "externalId"), meet, current, make, change, withdraw)
