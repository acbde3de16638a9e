"""Reads cells: every value normalized, or a flaw that says what is wrong. Pure."""

from datetime import UTC
from typing import Any

from leadwell.base.identity import (
    BLANK,
    Flaw,
    business_domain,
    clean,
    company_name,
    country_code,
    domain_of_url,
    parse_date,
    parse_email,
    parse_moment,
    parse_money,
)
from leadwell.capture.fields import FIELDS, block
from leadwell.transfer.nouns.shape import Hints, Read


def line(text: str, _: Hints) -> str | Flaw:
    return clean(text, limit=500) or BLANK


def lines(text: str, _: Hints) -> str | Flaw:
    return block(text)


def company(text: str, _: Hints) -> str | Flaw:
    return company_name(text) or (Flaw("BAD_COMPANY", f'"{clean(text)[:60]}" is no name.') if clean(text) else BLANK)


def domain(text: str, _: Hints) -> str | Flaw:
    """A business domain; that of a mail provider says nothing about a company."""
    host = domain_of_url(text)
    if isinstance(host, Flaw):
        return host
    return business_domain(host) or Flaw("FREE_DOMAIN", f'"{host[:60]}" is the domain of a mail provider.')


def website(text: str, _: Hints) -> str | Flaw:
    host = domain_of_url(text)
    return host if isinstance(host, Flaw) else clean(text)


def country(text: str, _: Hints) -> str | Flaw:
    if not clean(text):
        return BLANK
    return country_code(text) or Flaw("BAD_COUNTRY", f'"{clean(text)[:40]}" is not a country. Give a code such as DE, or its name.')


def money(text: str, hints: Hints) -> Any:
    """(minor units, currency)."""
    found = parse_money(text, hints.currency)
    return found if isinstance(found, Flaw) else (found.amount_minor, found.currency or hints.currency)


def count(text: str, _: Hints) -> Any:
    read = FIELDS["employees"].read
    assert read is not None
    return read(text)


def percent(text: str, _: Hints) -> int | Flaw:
    plain = clean(text).rstrip("% ").replace(",", ".")
    if not plain:
        return BLANK
    try:
        number = round(float(plain))
    except (ValueError, OverflowError):
        number = -1
    return number if 0 <= number <= 100 else Flaw("BAD_PERCENT", f'"{clean(text)[:40]}" is not between 0 and 100.')


def day(text: str, _: Hints) -> Any:
    return parse_date(text)


def moment(text: str, _: Hints) -> Any:
    return parse_moment(text, UTC)


def email(text: str, _: Hints) -> Any:
    return parse_email(text)


def seconds(text: str, _: Hints) -> int | Flaw:
    """"420", "7 min", "1:30:00"."""
    plain = clean(text).lower()
    if not plain:
        return BLANK
    parts = plain.split(":")
    try:
        if len(parts) > 1:
            return min(sum(int(part) * 60**i for i, part in enumerate(reversed(parts))), 2_000_000_000)
        times = 60 if plain.endswith(("min", "minutes", "m")) else 3600 if plain.endswith(("h", "hours")) else 1
        found = round(float(plain.rstrip("abcdefghijklmnopqrstuvwxyz. ").replace(",", ".")) * times)
    except (ValueError, OverflowError):
        found = -1
    return found if 0 <= found <= 2_000_000_000 else Flaw("BAD_DURATION", f'"{clean(text)[:40]}" is not a duration. Give seconds.')


def one_of(words: dict[str, str], code: str, what: str) -> Read:
    """One of the words people use, folded."""
    def read(text: str, _: Hints) -> str | Flaw:
        folded = clean(text).casefold().replace("_", " ")
        if not folded:
            return BLANK
        return words.get(folded) or Flaw(code, f'"{clean(text)[:40]}" is not {what}; use one of {", ".join(sorted(set(words.values())))}.')

    return read
