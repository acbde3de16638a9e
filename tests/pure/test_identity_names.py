"""Names of people, companies and countries."""

import gzip
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwell.base.identity import (
    BLANK,
    Flaw,
    PersonName,
    cased,
    clean,
    company_key,
    country_code,
    country_currency,
    country_name,
    fold,
    given_key,
    key,
    looks_like_company,
    name_key,
    parse_name,
)


def name(text: str) -> PersonName:
    found = parse_name(text)
    assert isinstance(found, PersonName), found
    return found


@pytest.mark.parametrize(
    ("text", "prefix", "first", "middle", "last", "suffix"),
    [
        ("Jane Doe", "", "Jane", "", "Doe", ""),
        ("Dr. Jane Q. Doe PhD", "Dr.", "Jane", "Q.", "Doe", "PhD"),
        ("SMITH, JOHN", "", "John", "", "Smith", ""),
        ("o'brien, mary-anne", "", "Mary-Anne", "", "O'Brien", ""),
        ("Ludwig van Beethoven", "", "Ludwig", "", "van Beethoven", ""),
        ("van der Berg", "", "", "", "van der Berg", ""),
        ("Mr. Smith", "Mr.", "", "", "Smith", ""),
        ("Müller", "", "", "", "Müller", ""),
        ("Ana\u0000 Mar\u202eía\u200b Silva", "", "Ana", "María", "Silva", ""),
        ("Dr.", "", "", "", "Dr.", ""),
    ],
)
def test_name_is_taken_apart(text: str, prefix: str, first: str, middle: str, last: str, suffix: str) -> None:
    found = name(text)
    assert (found.prefix, found.first, found.middle, found.last, found.suffix) == (prefix, first, middle, last, suffix)


@pytest.mark.parametrize("text", ["Müller", "John & Mary Smith", "van der Berg"])
def test_name_that_could_be_read_otherwise_is_doubtful(text: str) -> None:
    assert name(text).doubtful


@pytest.mark.parametrize("text", ["joe@acme.com", "Agent 47", "---", "()"])
def test_what_is_no_name_is_refused(text: str) -> None:
    found = parse_name(text)
    assert isinstance(found, Flaw)
    assert found.code == "BAD_NAME"


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("JANE", "Jane"),
        ("mary-anne", "Mary-Anne"),
        ("MCDONALD", "McDonald"),
        ("o'brien", "O'Brien"),
        ("VON DER LEYEN", "von der Leyen"),
        ("de la Cruz", "de la Cruz"),
        ("MacLeod", "MacLeod"),
        ("JD", "JD"),
    ],
)
def test_only_shouted_or_whispered_names_are_recased(given_: str, expected: str) -> None:
    assert cased(given_) == expected


def test_names_meet_without_case_diacritics_and_short_forms() -> None:
    assert name_key("Bob", "Müller") == name_key("ROBERT", "Muller") == "robert muller"
    assert name_key("İpek", "Işık") == name_key("ipek", "isik")
    assert given_key("Søren") == "soren"


def test_blank_names_have_no_key() -> None:
    assert name_key(None, "  ") is None
    assert given_key("") is None
    assert company_key("\u200b") is None
    assert key("---") is None
    assert parse_name(" ") is BLANK


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Müller & Söhne GmbH & Co. KG", "muller and sohne"),
        ("Acme, Inc.", "acme"),
        ("ACME INC", "acme"),
        ("Foo S.à r.l.", "foo"),
        ("Bar Sp. z o.o.", "bar"),
        ("SWIDLER & SPANOLA co, llc", "swidler and spanola"),
        ("The Coca-Cola Company", "coca cola"),
        ("A.B.C. Ltd.", "abc"),
        ("株式会社トヨタ", "株式会社トヨタ"),
        ("Limited", "limited"),
        ("AB", "ab"),
    ],
)
def test_company_key_has_no_legal_form(text: str, expected: str) -> None:
    assert company_key(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Germany", "DE"),
        ("deutschland", "DE"),
        ("DEU", "DE"),
        ("U.S.A.", "US"),
        ("United States of America", "US"),
        ("Vereinigte Staaten", "US"),
        ("UK", "GB"),
        ("Côte d'Ivoire", "CI"),
        ("España", "ES"),
        ("Atlantis", None),
        ("EU", None),
        ("", None),
    ],
)
def test_country_by_name_or_code(text: str, code: str | None) -> None:
    assert country_code(text) == code


def test_what_a_country_pays_with() -> None:
    assert [country_currency(code) for code in ("DE", "US", "JP", "BG")][:3] == ["EUR", "USD", "JPY"]
    assert country_name("DE") == "Germany"


@given(st.text())
def test_normalizers_are_idempotent_and_never_stumble(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert fold(fold(text)) == fold(text)
    for normalize in (key, company_key):
        once = normalize(text)
        assert once is None or (once and normalize(once) == once)
    assert country_code(text) is None or country_code(country_code(text)) == country_code(text)
    assert cased(cased(text)) == cased(text)
    clean(text).encode()


@given(st.text())
def test_any_text_is_a_name_or_a_flaw(text: str) -> None:
    found = parse_name(text)
    assert isinstance(found, Flaw) or found.full or found.prefix or found.suffix or found.nickname


def test_labelled_names_are_taken_apart_as_people_label_them(shared: Path) -> None:
    text = gzip.decompress((shared / "data" / "probablepeople_person_labeled.xml.gz").read_bytes()).decode()
    seen = right = 0
    for row in re.findall(r"<Name>(.*?)</Name>", text, re.DOTALL):
        parts = re.findall(r"<(\w+)>(.*?)</\1>", row)
        if sorted(tag for tag, _ in parts) not in (["GivenName", "Surname"], ["GivenName", "MiddleInitial", "Surname"]):
            continue
        wanted = {tag: value.strip(" ,.").casefold() for tag, value in parts}
        found = parse_name(" ".join(value for _, value in parts))
        if parts[0][0] != "GivenName" and "," not in parts[0][1]:
            continue  # "DOE JOHN" cannot be told from "JOHN DOE"
        seen += 1
        right += isinstance(found, PersonName) and (found.first.casefold(), found.last.casefold()) == (
            wanted["GivenName"],
            wanted["Surname"],
        )
    assert seen > 500
    assert right / seen > 0.95


def test_labelled_companies_keep_a_key_without_their_legal_type(shared: Path) -> None:
    text = gzip.decompress((shared / "data" / "probablepeople_company_labeled.xml.gz").read_bytes()).decode().replace("&amp;", "&")
    seen = right = companies = 0
    for row in re.findall(r"<Name>(.*?)</Name>", text, re.DOTALL):
        parts = re.findall(r"<(\w+)>(.*?)</\1>", row)
        whole = " ".join(value for _, value in parts)
        assert company_key(whole)
        companies += looks_like_company(whole)
        if parts and parts[-1][0] == "CorporationLegalType" and len(parts) > 1:
            seen += 1
            legal = key(parts[-1][1].replace(".", "")) or ""
            right += not f" {company_key(whole)}".endswith(f" {legal}")
    assert seen > 100
    assert right / seen > 0.97
