"""Who wins when a provider meets a value, and what the local providers propose."""

import importlib
import subprocess
import sys
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwell.base.ids import uuid7
from leadwell.enrichment import LOCAL, Known, PersonFacts, Proposal, blend
from leadwell.enrichment.known import fingerprint, trusted, values_of
from leadwell.enrichment.port import CompanyFacts, EmailFacts, LeadFacts, Origin, PhoneFacts

PERSON = UUID(int=1)
PLACE = (PERSON, "department")


def proposal(value: Any = "SALES", provider: str = "titles", confidence: float = 0.8) -> Proposal:
    return Proposal("Person", PERSON, "department", value, provider, confidence, {})


def outcome(value: Any, origin: Origin | None, offered: Proposal | None = None) -> str | None:
    known = Known({PLACE: value}, {PLACE: origin} if origin else {})
    decisions = blend([offered or proposal()], known)
    return decisions[0].action if decisions else None


@pytest.mark.parametrize(
    ("value", "origin", "expected"),
    [
        (None, None, "FILL"),
        ("  ", None, "FILL"),
        ("SALES", None, None),
        ("LEGAL", None, "SUGGEST"),
        ("LEGAL", Origin("HUMAN"), "SUGGEST"),
        ("LEGAL", Origin("FORM"), "SUGGEST"),
        ("LEGAL", Origin("IMPORT"), "SUGGEST"),
        ("LEGAL", Origin("PROVIDER", "titles", 0.9), "FILL"),
        ("LEGAL", Origin("PROVIDER", "other", 0.7), "FILL"),
        ("LEGAL", Origin("PROVIDER", "other", 0.8), None),
        (None, Origin("HUMAN"), "SUGGEST"),
        ("LEGAL", Origin("PROVIDER", "titles", locked=True), None),
        (None, Origin("HUMAN", locked=True), None),
    ],
)
def test_human_beats_form_beats_import_beats_provider(value: Any, origin: Origin | None, expected: str | None) -> None:
    assert outcome(value, origin) == expected


@pytest.mark.parametrize("offered", [proposal(None), proposal(" "), proposal(confidence=0.4)])
def test_blank_or_unsure_proposal_is_passed_over(offered: Proposal) -> None:
    assert outcome(None, None, offered) is None


def test_waterfall_stops_at_the_first_usable_value() -> None:
    decisions = blend([proposal(None), proposal("SALES"), proposal("LEGAL", confidence=1.0)], Known({}, {}))
    assert [(decision.action, decision.proposal.value) for decision in decisions] == [("FILL", "SALES")]


def test_dismissed_value_is_not_suggested_again() -> None:
    known = Known({PLACE: "LEGAL"}, {}, {(PERSON, "department", repr("SALES"))})
    assert blend([proposal("SALES")], known) == []
    assert blend([proposal("FINANCE")], known)[0].action == "SUGGEST"


@given(st.sampled_from(["HUMAN", "FORM", "IMPORT"]), st.text(min_size=1).filter(str.strip), st.floats(0, 1), st.text())
def test_no_provider_ever_overwrites_what_a_person_gave(source: str, value: str, confidence: float, offered: str) -> None:
    assert outcome(value, Origin(source), proposal(offered, confidence=confidence)) != "FILL"


def test_value_changed_after_the_provider_is_trusted_as_a_humans() -> None:
    origins = {PLACE: Origin("PROVIDER", "titles", 0.8, value="SALES")}
    assert trusted(origins, {PLACE: "SALES"})[PLACE].source == "PROVIDER"
    assert trusted(origins, {PLACE: "LEGAL"})[PLACE].source == "HUMAN"


def test_fingerprint_ignores_what_providers_filled_and_nothing_else() -> None:
    bare = PersonFacts(PERSON, title="CFO")
    filled = PersonFacts(PERSON, title="CFO", department="FINANCE")
    origins = {PLACE: Origin("PROVIDER", "titles", 0.8, value="FINANCE")}
    assert fingerprint(filled, origins) == fingerprint(bare, {})
    assert fingerprint(filled, {}) != fingerprint(bare, {})
    assert fingerprint(PersonFacts(PERSON, title="CMO"), {}) != fingerprint(bare, {})


def filled(facts: PersonFacts) -> dict[tuple[str, str], Any]:
    offered = [one for provider in LOCAL for one in provider.propose(facts)]
    decisions = blend(offered, Known(values_of(facts, {}), {}))
    return {(one.proposal.noun, one.proposal.field): one.proposal.value for one in decisions if one.action == "FILL"}


def email(address: str, kind: str | None = None) -> EmailFacts:
    return EmailFacts(uuid7(), address, address.rpartition("@")[2].lower(), is_primary=True, is_valid=True, class_=kind)


def phone(raw: str) -> PhoneFacts:
    return PhoneFacts(uuid7(), raw, is_primary=True, is_valid=True)


def test_first_name_is_read_from_an_address_that_spells_the_last() -> None:
    found = filled(PersonFacts(PERSON, last_name="Denson", emails=(email("GaryLDenson@cuvox.de"),)))
    assert (found["Person", "first_name"], found["Person", "middle_name"]) == ("Gary", "L")
    assert ("Person", "first_name") not in filled(PersonFacts(PERSON, last_name="Smith", emails=(email("GaryLDenson@cuvox.de"),)))


def test_nameless_person_is_named_by_a_dotted_address_but_not_by_a_role() -> None:
    found = filled(PersonFacts(PERSON, emails=(email("jane.doe@acme.com"),)))
    assert [found["Person", field] for field in ("first_name", "last_name", "name")] == ["Jane", "Doe", "Jane Doe"]
    assert filled(PersonFacts(PERSON, emails=(email("sales.eu@acme.com"),))) == {("PersonEmail", "class"): "ROLE"}


def test_local_number_is_dialled_from_the_persons_country_before_the_workspaces() -> None:
    facts = PersonFacts(PERSON, country="DE", home_country="US", phones=(phone("030 901820"),))
    assert filled(facts)["PersonPhone", "e164"] == "+4930901820"
    abroad = PersonFacts(PERSON, home_country="US", phones=(phone("660-485-0224"),))
    assert filled(abroad)["PersonPhone", "e164"] == "+16604850224"


def test_workspaces_country_is_never_taken_for_the_persons() -> None:
    assert ("Person", "country") not in filled(PersonFacts(PERSON, home_country="US", phones=(phone("660-485-0224"),)))


def test_country_follows_an_international_number_then_the_end_of_a_domain() -> None:
    both = PersonFacts(PERSON, phones=(phone("+44 20 7946 0958"),), emails=(email("jane@acme.de"),))
    assert (filled(both)["Person", "country"], filled(both)["Person", "time_zone"]) == ("GB", "Europe/London")
    assert filled(PersonFacts(PERSON, emails=(email("jane@acme.co.uk"),)))["Person", "country"] == "GB"
    assert ("Person", "country") not in filled(PersonFacts(PERSON, emails=(email("jane@acme.io"),)))


def test_budget_without_currency_gets_that_of_the_country() -> None:
    lead = LeadFacts(uuid7(), budget_minor=5_000)
    assert filled(PersonFacts(PERSON, country="CH", leads=(lead,)))["Lead", "currency"] == "CHF"
    assert ("Lead", "currency") not in filled(PersonFacts(PERSON, country="CH", leads=(LeadFacts(uuid7()),)))


def test_confirmed_company_is_left_alone() -> None:
    company = CompanyFacts(uuid7(), "Acme", "DOMAIN", "acme.com")
    lead = LeadFacts(uuid7(), company_name="Other", company_match={"state": "CONFIRMED"})
    facts = PersonFacts(PERSON, emails=(email("jane@acme.com"),), leads=(lead,), companies=(company,))
    assert ("Lead", "company_id") not in filled(facts)


def test_company_of_that_name_in_another_country_is_another_one() -> None:
    german, french, nowhere = [CompanyFacts(uuid7(), "Acme", "NAME", "acme", country) for country in ("DE", "FR", None)]

    def matched(country: str | None, *companies: CompanyFacts) -> Any:
        lead = LeadFacts(uuid7(), company_name="Acme GmbH")
        return filled(PersonFacts(PERSON, country=country, leads=(lead,), companies=companies)).get(("Lead", "company_id"))

    assert matched("DE", german, french) == str(german.id)
    assert matched("DE", french) is None
    assert matched("DE", french, nowhere) == str(nowhere.id)
    assert matched(None, german) == str(german.id)
    assert matched(None, german, french) is None


TEXT = st.one_of(st.none(), st.text(max_size=40))


@given(TEXT, TEXT, TEXT, TEXT, st.text(max_size=40), st.text(max_size=30))
def test_providers_take_any_text_and_propose_no_blank(
    name: str | None, first: str | None, title: str | None, company: str | None, address: str, raw: str
) -> None:
    facts = PersonFacts(
        PERSON, name=name, first_name=first, title=title, emails=(email(address),), phones=(phone(raw),), leads=(LeadFacts(uuid7(), company_name=company),)
    )
    for value in filled(facts).values():
        assert value is False or str(value).strip()


def test_normalizers_cost_nothing_to_import() -> None:
    heavy = ("phonenumbers", "nameparser", "email_validator", "babel", "cleanco", "disposable_email_domains")
    seen = "import sys, leadwell.base.identity; print(*sorted(m for m in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True).stdout.split()
    assert not set(heavy) & set(loaded)
    assert importlib.import_module("leadwell.base.identity")
