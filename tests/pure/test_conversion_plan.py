"""What a conversion decides, from facts alone."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.workspace import WorkspaceFacts, WorkspaceSettings
from leadwell.contacts import HiddenCompany, Link
from leadwell.conversion import CompanyWish, ContactWish, ConversionWish, DealWish, plan
from leadwell.conversion import refusals as no
from leadwell.conversion.facts import CompanyFound, ContactFound, DealFound, Found, LeadFacts
from leadwell.conversion.wish import check
from leadwell.deals import Stage
from leadwell.leads import Status

OWNER, CALLER, OTHER = uuid7(), uuid7(), uuid7()
PIPELINE, DEALS = uuid7(), uuid7()
CONVERTED = Status(uuid7(), "Converted", "CONVERTED", PIPELINE)
STAGE = Stage(uuid7(), "Discovery", "OPEN", DEALS, 10)
WORKSPACE = WorkspaceFacts("EUR", "Pacific/Auckland", "NZ")
NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
LEAD = LeadFacts(uuid7(), uuid7(), PIPELINE, owner_id=OWNER, company_name="Acme Ltd", person={"name": "Ada Lovelace", "email": "ada@acme.example"})
FOUND = Found(WORKSPACE, NOW, CONVERTED, STAGE, users=frozenset({OWNER, CALLER, OTHER}), caller=CALLER)
ACME = CompanyFound("DOMAIN", uuid7(), "Acme", domain="acme.example")


def link(company: CompanyFound, *, primary: bool = True, to_on: str | None = None) -> Link:
    return Link(company.id, None, primary, company.kind, company.name, to_on)


def test_defaults_make_company_contact_and_deal() -> None:
    made = plan(LEAD, ConversionWish(), FOUND)
    assert made.owner_id == OWNER
    assert made.status == CONVERTED
    assert (made.company.found, made.company.name, made.company.hidden) == (None, "Acme Ltd", False)
    assert made.contact.found is None
    assert made.deal is not None
    assert (made.deal.name, made.deal.stage, made.deal.amount_minor, made.deal.currency) == ("Acme Ltd", STAGE, None, "EUR")
    assert made.deal.close_on == date(2026, 4, 1), "thirty days on from the second of March, the day it is in Auckland"
    assert made.conflicts == ()


@pytest.mark.parametrize(("given", "lead_owner", "caller", "users", "owner"), [
    (OTHER, OWNER, CALLER, {OWNER, CALLER, OTHER}, OTHER),
    (None, OWNER, CALLER, {OWNER, CALLER}, OWNER),
    (None, None, CALLER, {CALLER}, CALLER),
    (None, OWNER, CALLER, {CALLER}, CALLER),
])  # fmt: skip
def test_owner_is_given_then_the_leads_then_the_caller(
    given: UUID | None, lead_owner: UUID | None, caller: UUID | None, users: set[UUID], owner: UUID
) -> None:
    found = replace(FOUND, caller=caller, users=frozenset(users))
    assert plan(replace(LEAD, owner_id=lead_owner), ConversionWish(owner_id=given), found).owner_id == owner


@pytest.mark.parametrize(("lead", "found", "name"), [
    ({}, {}, "Acme Ltd"),
    ({"interest": " Analytics "}, {"campaign": "Fair"}, "Acme Ltd – Analytics"),
    ({}, {"product": "Suite", "campaign": "Fair"}, "Acme Ltd – Suite"),
    ({}, {"campaign": "Fair"}, "Acme Ltd – Fair"),
    ({}, {"companies": [ACME], "campaign": "Fair"}, "Acme – Fair"),
])  # fmt: skip
def test_deal_is_named_by_company_and_interest_or_campaign(lead: dict[str, Any], found: dict[str, Any], name: str) -> None:
    made = plan(replace(LEAD, **lead), ConversionWish(), replace(FOUND, **found)).deal
    assert made is not None
    assert made.name == name


def test_deal_of_an_individual_is_named_by_the_person() -> None:
    found = replace(FOUND, workspace=replace(WORKSPACE, settings=WorkspaceSettings(individuals=True)))
    made = plan(replace(LEAD, company_name=None), ConversionWish(), found)
    assert (made.company.hidden, made.company.name) == (True, "Ada Lovelace")
    assert made.deal is not None
    assert made.deal.name == "Ada Lovelace"


def test_amount_is_the_budget_unless_another_is_given() -> None:
    lead = replace(LEAD, budget_minor=500, currency="USD")
    default, wished = plan(lead, ConversionWish(), FOUND).deal, plan(lead, ConversionWish(deal=DealWish("CREATE", amount_minor=7)), FOUND).deal
    assert default is not None
    assert wished is not None
    assert [(d.amount_minor, d.currency) for d in (default, wished)] == [(500, "USD"), (7, "EUR")]


@pytest.mark.parametrize(("setting", "wish", "made"), [
    ({}, DealWish(), True),
    ({"convert_deal": "NONE"}, DealWish(), False),
    ({"convert_deal": "NONE"}, DealWish("CREATE"), True),
    ({}, DealWish("NONE"), False),
])  # fmt: skip
def test_workspace_decides_about_the_deal_unless_told(setting: dict[str, Any], wish: DealWish, made: bool) -> None:
    found = replace(FOUND, workspace=replace(WORKSPACE, settings=WorkspaceSettings.of(setting)))
    assert (plan(LEAD, ConversionWish(deal=wish), found).deal is not None) is made


SURE = CompanyFound("ID", uuid7(), "Sure")
NAMED = CompanyFound("NAME", uuid7(), "Acme Ltd")
FOREIGN = replace(NAMED, domain="acme-two.example")
CURRENT = CompanyFound("CURRENT", uuid7(), "Present Employer")


@pytest.mark.parametrize(("lead", "companies", "chosen"), [
    ({"company_id": SURE.id}, [SURE, ACME, NAMED], SURE),
    ({"company_id": SURE.id, "company_state": "CONFIRMED"}, [SURE, ACME], SURE),
    ({"company_id": SURE.id, "company_state": "SUGGESTED"}, [SURE, ACME], ACME),
    ({"company_id": SURE.id, "company_state": "SUGGESTED"}, [SURE], SURE),
    ({}, [NAMED, ACME], ACME),
    ({}, [NAMED], NAMED),
    ({}, [CURRENT], None),
    ({"company_name": None}, [CURRENT], CURRENT),
    ({"person": {"email": "ada@gmail.com"}}, [FOREIGN], FOREIGN),
])  # fmt: skip
def test_company_is_the_confirmed_then_by_domain_then_by_name_then_suggested(
    lead: dict[str, Any], companies: list[CompanyFound], chosen: CompanyFound | None
) -> None:
    assert plan(replace(LEAD, **lead), ConversionWish(), replace(FOUND, companies=companies)).company.found == chosen


def test_company_known_by_name_learns_the_domain_of_the_address() -> None:
    assert plan(LEAD, ConversionWish(), replace(FOUND, companies=[NAMED])).company.domain == "acme.example"
    free = replace(LEAD, person={"name": "Ada", "email": "ada@gmail.com"})
    assert plan(free, ConversionWish(), replace(FOUND, companies=[NAMED])).company.domain is None


SIMILAR = CompanyFound("SIMILAR", uuid7(), "Acme Ltd", domain="acme-two.example", country="DE")


@pytest.mark.parametrize(("choice", "linked"), [("LINK", True), ("CREATE", False)])
def test_doubtful_company_is_linked_or_made_as_told(choice: Any, linked: bool) -> None:
    made = plan(LEAD, ConversionWish(on_duplicate=choice), replace(FOUND, companies=[SIMILAR]))
    assert (made.company.found is not None) is linked


def test_same_name_in_another_known_country_is_another_company() -> None:
    lead = replace(LEAD, person={**LEAD.person, "country": "FR"})
    assert plan(lead, ConversionWish(), replace(FOUND, companies=[SIMILAR])).company.found is None


def test_existing_records_take_what_they_lack_and_report_what_differs() -> None:
    company = replace(ACME, industry="Retail", website=None)
    contact = ContactFound(uuid7(), title="Boss", links=[link(company)])
    source = uuid7()
    lead = replace(LEAD, industry="Software", company_website="acme.example", title="CTO", source_id=source, company_name="Other Name")
    made = plan(lead, ConversionWish(), replace(FOUND, companies=[company], contact=contact))
    assert made.company.fills == {"website": "acme.example"}
    assert made.contact.fills == {"source_id": source, "owner_id": OWNER, "lead_id": LEAD.id}
    assert made.contact.link is None
    assert [(c["noun"], c["field"], c["kept"], c["offered"]) for c in made.conflicts] == [
        ("Company", "name", "Acme", "Other Name"), ("Company", "industry", "Retail", "Software"), ("Contact", "title", "Boss", "CTO"),
    ]  # fmt: skip


def test_lead_source_is_overwritten_only_when_asked() -> None:
    first, second = uuid7(), uuid7()
    found = replace(FOUND, contact=ContactFound(uuid7(), source_id=first, owner_id=OTHER, lead_id=uuid7()))
    lead = replace(LEAD, source_id=second)
    kept, overwritten = plan(lead, ConversionWish(), found), plan(lead, ConversionWish(overwrite_lead_source=True), found)
    assert (kept.contact.fills, [c["field"] for c in kept.conflicts]) == ({}, ["source_id"])
    assert (overwritten.contact.fills, overwritten.conflicts) == ({"source_id": second}, ())


@pytest.mark.parametrize(("links", "fresh", "primary", "drops"), [
    ([link(CURRENT)], True, False, False),
    ([link(ACME, to_on="2025-01-01")], False, True, False),
    ([link(replace(CURRENT, kind="INDIVIDUAL"))], True, True, True),
    ([], True, True, False),
])  # fmt: skip
def test_contact_is_linked_not_moved(links: list[Link], fresh: bool, primary: bool, drops: bool) -> None:
    made = plan(LEAD, ConversionWish(), replace(FOUND, companies=[ACME], contact=ContactFound(uuid7(), links=links))).contact.link
    assert made is not None
    assert (made.fresh, made.primary, made.drop is not None) == (fresh, primary, drops)


def test_lead_joins_an_open_deal_and_fills_what_it_lacks() -> None:
    deal = DealFound(uuid7(), "Big", "OPEN", company_id=CURRENT.id, currency="USD")
    lead = replace(LEAD, budget_minor=900, currency="USD")
    made = plan(lead, ConversionWish(deal=DealWish("USE", deal.id)), replace(FOUND, companies=[ACME], deal=deal))
    assert made.deal is not None
    assert made.deal.fills == {"owner_id": OWNER, "lead_id": LEAD.id, "amount_minor": 900}
    assert [(c["field"], c["kept"], c["offered"]) for c in made.conflicts] == [("company_id", CURRENT.id, ACME.id)]


CONTACT = ContactFound(uuid7())
LOST = DealFound(uuid7(), "Old", "LOST")
REFUSED: list[tuple[type[Refusal], str, dict[str, Any], ConversionWish, dict[str, Any]]] = [
    (no.OwnerRequired, "owner_id", {"owner_id": None}, ConversionWish(), {"caller": None}),
    (no.OwnerRequired, "owner_id", {}, ConversionWish(), {"users": frozenset(), "caller": None}),
    (NotFound, "owner_id", {}, ConversionWish(owner_id=uuid7()), {}),
    (NotFound, "converted_status_id", {}, ConversionWish(), {"status": None}),
    (no.NotAConvertedStatus, "converted_status_id", {}, ConversionWish(), {"status": replace(CONVERTED, type="WORKING")}),
    (no.NotAConvertedStatus, "converted_status_id", {}, ConversionWish(), {"status": replace(CONVERTED, pipeline_id=uuid7())}),
    (no.CompanyNameRequired, "company.name", {"company_name": " "}, ConversionWish(), {}),
    (no.CompanyNameRequired, "company.name", {"company_name": None}, ConversionWish(company=CompanyWish("CREATE")), {}),
    (NotFound, "company.id", {}, ConversionWish(company=CompanyWish("USE", uuid7())), {}),
    (HiddenCompany, "company.id", {}, ConversionWish(company=CompanyWish("USE", SURE.id)), {"companies": [replace(SURE, kind="INDIVIDUAL")]}),
    (no.PossibleDuplicate, "company", {}, ConversionWish(), {"companies": [SIMILAR]}),
    (no.PossibleDuplicate, "company", {}, ConversionWish(), {"companies": [FOREIGN, replace(FOREIGN, how="SIMILAR")]}),
    (no.PossibleDuplicate, "company", {}, ConversionWish(company=CompanyWish("CREATE")), {"companies": [ACME]}),
    (NotFound, "contact.id", {}, ConversionWish(contact=ContactWish("USE", uuid7())), {}),
    (no.ContactOfAnotherPerson, "contact.id", {}, ConversionWish(contact=ContactWish("USE", OTHER)), {"wished_contact": OTHER}),
    (no.ContactOfAnotherPerson, "contact.id", {}, ConversionWish(contact=ContactWish("USE", OTHER)), {"wished_contact": OTHER, "contact": CONTACT}),
    (no.PersonIsContact, "contact", {}, ConversionWish(contact=ContactWish("CREATE")), {"contact": CONTACT}),
    (NotFound, "deal.stage_id", {}, ConversionWish(), {"stage": None}),
    (NotFound, "deal.id", {}, ConversionWish(deal=DealWish("USE", uuid7())), {}),
    (no.DealClosed, "deal.id", {}, ConversionWish(deal=DealWish("USE", LOST.id)), {"deal": LOST}),
]


@pytest.mark.parametrize(("kind", "field", "lead", "wish", "found"), REFUSED)
def test_refusals_name_the_field(kind: type[Refusal], field: str, lead: dict[str, Any], wish: ConversionWish, found: dict[str, Any]) -> None:
    with pytest.raises(kind) as caught:
        plan(replace(LEAD, **lead), wish, replace(FOUND, **found))
    assert caught.value.field == field


@pytest.mark.parametrize(("wish", "field"), [
    (ConversionWish(company=CompanyWish("USE")), "company.id"),
    (ConversionWish(contact=ContactWish("AUTO", OTHER)), "contact.id"),
    (ConversionWish(deal=DealWish("NONE", OTHER)), "deal.id"),
    (ConversionWish(deal=DealWish("CREATE", amount_minor=-1)), "deal.amount"),
])  # fmt: skip
def test_wish_that_contradicts_itself_is_refused(wish: ConversionWish, field: str) -> None:
    with pytest.raises(no.BadWish) as caught:
        check(wish)
    assert caught.value.field == field


def test_wishes_are_the_same_when_they_ask_for_the_same() -> None:
    explicit = ConversionWish(company=CompanyWish("AUTO"), deal=DealWish("AUTO"), on_duplicate="BLOCK")
    assert explicit.fingerprint == ConversionWish().fingerprint
    assert ConversionWish(deal=DealWish("CREATE", name=" A  deal ")).fingerprint == ConversionWish(deal=DealWish("CREATE", name="A deal")).fingerprint
    assert ConversionWish(deal=DealWish("NONE")).fingerprint != ConversionWish().fingerprint
    assert ConversionWish(owner_id=OWNER).canonical() == {"owner_id": str(OWNER)}
