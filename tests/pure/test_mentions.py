"""Whom a text names: found by the same digests whatever stands around it, and whatever a text looks like."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadwell.base import mentions
from leadwell.base.ids import uuid7

WORDS = [
    "ana@acme.com", "o'brien@acme.co.uk", "ana.silva+x@gmail.com", "+49 30 1234567", "+49301234567", "030/123 45 67", "(212) 555-0100",
    "01a2057d-6fa6-7ceb-b94e-76265884dc7c",
]  # fmt: skip


def names(word: str, *told: object) -> bool:
    return bool(set(mentions.sought([word])) & set(mentions.named(*told)))


@pytest.mark.parametrize("word", WORDS)
def test_word_is_found_wherever_it_stands(word: str) -> None:
    around = ["{}", " {} ", "Ana <{}>", "mailto:{}", "'{}'", "{}; bo@other.example", "mail {}.", '{{"a": "{}"}}', "x,{},y", "{}|b", "tel:{}", "line\n{}\nline"]
    assert [form for form in around if not names(word, form.format(word.upper()))] == []
    assert names(word, {"a": ["1", {"b": f"x {word}"}], "c": None})
    assert names(word, {f"{word}": "first line of a file without a header"})


def test_others_are_not_found() -> None:
    told = "bo@acme.com xana@acme.com ana@acme.com.br +49 30 1234568 2026-11-22 " + str(uuid7())
    assert [word for word in WORDS if names(word, told)] == []
    assert mentions.named("", None, 5, "Ana Silva, 12345") == []
    assert not names("12345678@qq.example", "tel 12345678")
    assert len(mentions.named("12345678-1234-7123-8123-123456789012")) == 1


@pytest.mark.parametrize(
    ("word", "told"),
    [("00493012345678", "+49 30 12345678"), ("ana@bücher.de", "Ana@xn--bcher-kva.de"), ("+49 30 12345678", "0049.30.12345678")])
def test_ways_to_write_one_address_or_number_are_one(word: str, told: str) -> None:
    assert names(word, told)


@settings(max_examples=30)
@given(st.text(), st.sampled_from(WORDS), st.text())
def test_no_text_breaks_it_and_what_stands_apart_is_found(before: str, word: str, after: str) -> None:
    assert names(word, f"{before},{word},{after}")


def test_long_texts_are_read_once() -> None:
    """What grows with the square of its length would take many seconds here."""
    for text in ("a" * 100_000, "1" * 100_000, "@" * 100_000, "a@" * 50_000, "1 " * 50_000, "- " * 50_000):
        assert len(mentions.named(text)) < 5
