"""Telephone numbers: to E.164 with a country hint, with region, type and time zones."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, cast

from leadwell.base.fixed import fixed
from leadwell.base.identity.flaws import BLANK, Flaw
from leadwell.base.identity.text import clean

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

PhoneType = Literal["MOBILE", "FIXED_LINE", "FIXED_OR_MOBILE", "TOLL_FREE", "VOIP", "OTHER"]

_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?e[+-]?\d+", re.IGNORECASE)
_SEVERAL = re.compile(r"\s*(?:[;|,]|\s/\s|\bor\b|\boder\b)\s*", re.IGNORECASE)
_TYPES: dict[int, PhoneType] = {0: "FIXED_LINE", 1: "MOBILE", 2: "FIXED_OR_MOBILE", 3: "TOLL_FREE", 6: "VOIP"}
_UNKNOWN_ZONE = "Etc/Unknown"


@fixed
class Phone:
    """One number. `valid` says whether the region's numbering plan knows the range; `region` is alpha-2 or None."""

    display: str
    e164: str
    region: str | None
    type: PhoneType
    valid: bool
    extension: str | None = None


@lru_cache(maxsize=4_096)
def parse_phone(text: str | None, country: str | None = None) -> Phone | Flaw:
    """Read one number; `country` (alpha-2) is where it is dialled from when it has no "+"."""
    cleaned = clean(text, limit=200).lstrip("'")
    if not cleaned:
        return BLANK
    if _SCIENTIFIC.fullmatch(cleaned):
        return Flaw("BAD_PHONE", f'"{cleaned}" lost its digits in a spreadsheet. Export the column as text.')
    region = country.upper() if country else None
    numbers = [found for form in _forms(cleaned) if (found := _parsed(form, region))]
    best = next((number for number in numbers if number.valid), numbers[0] if numbers else None)
    return best or _flaw(cleaned, region)


def time_zones(e164: str) -> tuple[str, ...]:
    """The IANA zones a valid number may ring in, empty when unknown."""
    digits, alone = e164[1:4], _alone()
    return next((alone[digits[:size]] for size in (1, 2, 3) if digits[:size] in alone), None) or _time_zones(e164)


@cache
def _alone() -> dict[str, tuple[str, ...]]:
    """The calling codes under which all numbers ring in the same zones, so that no number has to be taken apart: six in seven of them."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
    from phonenumbers.timezone import TIMEZONE_DATA  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]

    codes, zones = {str(code) for code in COUNTRY_CODE_TO_REGION_CODE}, cast("dict[str, tuple[str, ...]]", TIMEZONE_DATA)
    several = {prefix[:size] for prefix in zones for size in range(1, len(prefix)) if prefix not in codes}
    return {code: zones[code] for code in codes - several if code in zones}


@lru_cache(maxsize=4_096)
def _time_zones(e164: str) -> tuple[str, ...]:
    import phonenumbers
    from phonenumbers.timezone import time_zones_for_number

    try:
        zones = time_zones_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return ()
    return () if _UNKNOWN_ZONE in zones else tuple(zones)


def _forms(text: str) -> Iterable[str]:
    """The ways to read what was typed, the literal one first."""
    plain = re.sub(r"\.0$", "", text)
    yield plain
    if plain.startswith("00"):
        yield "+" + plain[2:]
    first = _SEVERAL.split(plain)[0]
    if first != plain:
        yield first


def _parsed(text: str, region: str | None) -> Phone | None:
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    found = _phone(text, number)
    if not found.valid and phonenumbers.parse(found.e164) != _plain(number):  # zeros that E.164 cannot hold: another number would come back
        return None
    return found


def _plain(number: "PhoneNumber") -> "PhoneNumber":
    """The number as E.164 has it: without extension and what the text said of it."""
    import phonenumbers

    found = phonenumbers.PhoneNumber(country_code=number.country_code, national_number=number.national_number)
    found.italian_leading_zero, found.number_of_leading_zeros = number.italian_leading_zero, number.number_of_leading_zeros
    return found


def _phone(text: str, number: "PhoneNumber") -> Phone:
    import phonenumbers

    region, kind = phonenumbers.region_code_for_number(number), phonenumbers.number_type(number)
    return Phone(
        display=text,
        e164=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        region=region if region and region != "001" else None,
        type=_TYPES.get(kind, "OTHER"),
        valid=kind != phonenumbers.PhoneNumberType.UNKNOWN,  # what is_valid_number asks, once more
        extension=number.extension,
    )


def _flaw(text: str, region: str | None) -> Flaw:
    if region is None and not text.startswith("+") and sum(char.isdigit() for char in text) >= 6:
        return Flaw("PHONE_NEEDS_COUNTRY", f'"{text[:40]}" has no country. Write it with "+" or name the country.')
    where = f" in {region}" if region else ""
    return Flaw("BAD_PHONE", f'"{text[:40]}" is not a telephone number{where}.')
