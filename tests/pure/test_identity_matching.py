"""Streets, scripts and generations made comparable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwell.base.identity import generation, key, latin, parse_email, street_key
from leadwell.base.identity.emails import Email


@pytest.mark.parametrize(("one", "other", "expected"), [
    ("221 East 51st Street, Apt 4", "221 E. 51st St.", "221 e 51 st"), ("Hauptstraße 5", "Hauptstr. 5", "5 haupt st"),
    ("Haupt Strasse 5a", "5a Haupt-Str", "5a haupt st"),
    ("12 North Avenue #3", "12 n ave", "12 n ave"), ("Rue de la Paix 7", "7 r de la Paix", "7 r de la paix"), ("Suite 5", "suite 5", "5 suite"),
    ("Platz der Republik", "pl der Republik", "pl der republik"),
])  # fmt: skip
def test_streets_written_otherwise_are_one(one: str, other: str, expected: str) -> None:
    assert street_key(one) == street_key(other) == expected


def test_blank_street_has_no_key() -> None:
    assert [street_key(text) for text in (None, "", "  ", "...")] == [None] * 4


@pytest.mark.parametrize(("text", "expected"), [
    ("Юлия Щербакова", "yuliya shcherbakova"), ("Γιώργος", "giorgos"), ("Київ", "kiyiv"), ("José", "José"), ("Ana", "Ana"), ("Тарасъ", "taras"),
])  # fmt: skip
def test_greek_and_cyrillic_are_written_in_latin(text: str, expected: str) -> None:
    assert latin(text) == expected


@given(st.text(max_size=30))
def test_latin_is_idempotent_and_never_fails(text: str) -> None:
    assert latin(latin(text)) == latin(text)


@pytest.mark.parametrize(("suffix", "expected"), [("Jr.", "jr"), ("JUNIOR", "jr"), ("Sr", "sr"), ("III", "3"), ("PhD", None), (None, None), ("PhD, Jr.", "jr")])
def test_generations_are_told_apart(suffix: str | None, expected: str | None) -> None:
    assert generation(suffix) == expected


@pytest.mark.parametrize(("one", "other"), [
    ("Jane.Doe+crm@Gmail.com", "janedoe@googlemail.com"), ("ana@xn--mller-kva.example", "ANA@MÜLLER.example"), ("jose\u0301@x.example", "jos\u00e9@x.example"),
    ("a.b+c@outlook.com", "A.B@outlook.com"),
])  # fmt: skip
def test_one_mailbox_has_one_match_key(one: str, other: str) -> None:
    found = [parse_email(text) for text in (one, other)]
    assert all(isinstance(email, Email) for email in found)
    assert len({email.match_key for email in found if isinstance(email, Email)}) == 1


def test_turkish_i_with_and_without_its_dot_is_one_for_comparison_only() -> None:
    assert key("İPEK IŞIK") == key("ipek ışık") == "ipek isik"
