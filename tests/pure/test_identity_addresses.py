"""E-mails, phones and domains: what they become, what is refused, and what always holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwell.base.identity import (
    BLANK,
    Email,
    Flaw,
    Phone,
    business_domain,
    domain_of_url,
    email_class,
    emails,
    parse_email,
    parse_phone,
    registrable,
    time_zones,
)


def email(text: str) -> Email:
    found = parse_email(text)
    assert isinstance(found, Email), found
    return found


def phone(text: str, country: str | None = None) -> Phone:
    found = parse_phone(text, country)
    assert isinstance(found, Phone), found
    return found


@pytest.mark.parametrize(
    ("text", "display", "normalized", "match_key"),
    [
        ("Jane.Doe@Acme.COM", "Jane.Doe@Acme.COM", "jane.doe@acme.com", "jane.doe@acme.com"),
        ("J.O.E+news@googlemail.com", "J.O.E+news@googlemail.com", "j.o.e+news@googlemail.com", "joe@gmail.com"),
        ("joe+x@outlook.com", "joe+x@outlook.com", "joe+x@outlook.com", "joe@outlook.com"),
        ("joe+x@acme.com", "joe+x@acme.com", "joe+x@acme.com", "joe+x@acme.com"),
        ("+tag@gmail.com", "+tag@gmail.com", "+tag@gmail.com", "+tag@gmail.com"),
        ("joe@bücher.de", "joe@bücher.de", "joe@xn--bcher-kva.de", "joe@xn--bcher-kva.de"),
        ("joe@acme.com.", "joe@acme.com", "joe@acme.com", "joe@acme.com"),
        ("mailto:joe@acme.com", "joe@acme.com", "joe@acme.com", "joe@acme.com"),
        ("Joe Doe <joe@acme.com>", "joe@acme.com", "joe@acme.com", "joe@acme.com"),
        ('"joe"@acme.com', '"joe"@acme.com', "joe@acme.com", "joe@acme.com"),
        ("\u200bjoe\u202e@acme.com ", "joe@acme.com", "joe@acme.com", "joe@acme.com"),
        ("ame\u0301lie@acme.com", "am\u00e9lie@acme.com", "am\u00e9lie@acme.com", "am\u00e9lie@acme.com"),
        ("STRASSE@acme.de", "STRASSE@acme.de", "strasse@acme.de", "strasse@acme.de"),
    ],
)
def test_address_is_shown_as_typed_and_compared_normalized(text: str, display: str, normalized: str, match_key: str) -> None:
    found = email(text)
    assert (found.display, found.normalized, found.match_key) == (display, normalized, match_key)


@pytest.mark.parametrize(
    "text",
    [
        "a@[127.0.0.1]",
        '"joe smith"@acme.com',
        "joe",
        "joe@acme",
        "joe@@acme.com",
        "joe..doe@acme.com",
        ".joe@acme.com",
        "joe@acme.com,ann@acme.com",
        "joe@-acme.com",
        "joe@acme_x.com",
        "joe@10.0.0.1",
        "joe@intranet.local",
        "joe@foo.invalid",
        "a" * 320 + "@acme.com",
        "joe\n@acme.com\r\nBcc: x@y.z",
    ],
)
def test_bad_address_is_refused_with_a_reason(text: str) -> None:
    found = parse_email(text)
    assert isinstance(found, Flaw)
    assert found.code == "BAD_EMAIL"
    assert len(found.reason) > 20


def test_homoglyph_domain_is_another_domain() -> None:
    assert email("joe@\u0430pple.com").normalized == "joe@xn--pple-43d.com"


@pytest.mark.parametrize("blank", [None, "", "   ", "\u200b\u202e", "\x00"])
def test_blank_never_becomes_a_value(blank: str | None) -> None:
    assert parse_email(blank) is BLANK
    assert parse_phone(blank, "US") is BLANK
    assert domain_of_url(blank) is BLANK


@given(st.one_of(st.text(), st.emails()))
def test_any_text_is_an_address_or_a_flaw_and_reading_again_changes_nothing(text: str) -> None:
    found = parse_email(text)
    if isinstance(found, Email):
        again = email(found.normalized)
        assert (again.normalized, again.match_key) == (found.normalized, found.match_key)
        twin = parse_email(found.match_key)
        assert isinstance(twin, Email)
        assert twin.match_key == found.match_key
        found.normalized.encode()


@pytest.mark.parametrize(
    ("domain", "local", "expected"),
    [
        ("gmail.com", "jane", "FREE"),
        ("mailinator.com", "jane", "DISPOSABLE"),
        ("x.mailinator.com", "jane", "DISPOSABLE"),
        ("mailinator.com", "info", "DISPOSABLE"),
        ("acme.com", "info", "ROLE"),
        ("acme.com", "Sales.DE", "ROLE"),
        ("acme.com", "support2", "ROLE"),
        ("acme.com", "no-reply", "ROLE"),
        ("acme.com", "it.smith", "BUSINESS"),
        ("acme.com", "jane", "BUSINESS"),
    ],
)
def test_class_of_an_address(domain: str, local: str, expected: str) -> None:
    assert email_class(domain, local) == expected


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("mail.acme.co.uk", "acme.co.uk"),
        ("acme.com", "acme.com"),
        ("gmail.com", None),
        ("cuvox.de", None),
        ("co.uk", None),
        ("localhost", None),
    ],
)
def test_only_a_registered_domain_of_its_own_stands_for_a_company(domain: str, expected: str | None) -> None:
    assert business_domain(domain) == expected


@pytest.mark.parametrize(
    ("text", "country", "e164", "region", "type_", "valid"),
    [
        ("660-485-0224", "US", "+16604850224", "US", "FIXED_OR_MOBILE", True),
        ("030 901820", "de", "+4930901820", "DE", "FIXED_LINE", True),
        ("0044 20 7946 0958", "US", "+442079460958", "GB", "FIXED_LINE", True),
        ("+44 (0)20 7946 0958", None, "+442079460958", "GB", "FIXED_LINE", True),
        ("'6604850224.0", "US", "+16604850224", "US", "FIXED_OR_MOBILE", True),
        ("650-253-0000 / 650-253-0001", "US", "+16502530000", "US", "FIXED_OR_MOBILE", True),
        ("+49 151 23456789", None, "+4915123456789", "DE", "MOBILE", True),
        ("+1 800 555 0199", None, "+18005550199", "US", "TOLL_FREE", True),
        ("(123) 456-7890", "US", "+11234567890", None, "OTHER", False),
    ],
)
def test_phone_becomes_e164(text: str, country: str | None, e164: str, region: str | None, type_: str, valid: bool) -> None:
    found = phone(text, country)
    assert (found.e164, found.region, found.type, found.valid) == (e164, region, type_, valid)


def test_extension_is_kept_beside_the_number() -> None:
    found = phone("650-253-0000 ext. 12", "US")
    assert (found.e164, found.extension) == ("+16502530000", "12")


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("660-485-0224", None, "PHONE_NEEDS_COUNTRY"),
        ("6.60E+09", "US", "BAD_PHONE"),
        ("call me", "US", "BAD_PHONE"),
        ("12", "US", "BAD_PHONE"),
        ("+999999999999", None, "BAD_PHONE"),
        ("660-485-0224", "XX", "BAD_PHONE"),
        ("000000", "DE", "BAD_PHONE"),
    ],
)
def test_bad_phone_is_refused_with_a_reason(text: str, country: str | None, code: str) -> None:
    found = parse_phone(text, country)
    assert isinstance(found, Flaw)
    assert found.code == code


def test_time_zone_of_a_number() -> None:
    assert time_zones("+16604850224") == ("America/Chicago",)
    assert time_zones("+4930901820") == ("Europe/Berlin",)
    assert time_zones("nonsense") == ()


@given(st.one_of(st.text(), st.from_regex(r"\+?[0-9 ()-]{5,18}")), st.sampled_from([None, "US", "DE", "GB", "ZZ"]))
def test_any_text_is_a_phone_or_a_flaw_and_reading_again_changes_nothing(text: str, country: str | None) -> None:
    found = parse_phone(text, country)
    if isinstance(found, Phone):
        assert phone(found.e164).e164 == found.e164


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://www.Acme.co.uk/about?x=1", "acme.co.uk"),
        ("CameraUpdate.com", "cameraupdate.com"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("http://shop.acme.com:8080", "shop.acme.com"),
        ("www.com", "www.com"),
    ],
)
def test_domain_of_a_web_address(text: str, expected: str) -> None:
    assert domain_of_url(text) == expected


@pytest.mark.parametrize("text", ["http://[::1]/", "http://127.0.0.1/", "localhost", "not a url", "http://[", "//"])
def test_what_is_no_web_address_is_refused(text: str) -> None:
    assert isinstance(domain_of_url(text), Flaw)


@given(st.text())
def test_domains_of_any_text_are_stable(text: str) -> None:
    domain_of_url(text)
    found = registrable(text)
    assert found is None or registrable(found) == found


def test_addresses_in_header_fields_are_found_though_others_are_empty_or_wrong() -> None:
    fields = ("", "Ana <ana@acme.com>, leads+x@acme.com", " ", "broken <", '"Silva, Bo" <bo@acme.com>', "ana@acme.com")
    assert [one for one in emails.listed(*fields) if "@" in one] == ["ana@acme.com", "leads+x@acme.com", "bo@acme.com"]
    assert emails.listed("", "") == ()
