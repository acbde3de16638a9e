"""Countries: names in seven languages, alpha-2 and alpha-3 to alpha-2, with currency and English name."""

from functools import cache
from typing import Any, cast

from leadwell.base.identity.text import key

_LANGUAGES = ("pt", "nl", "it", "es", "fr", "de", "en")
# What people write beside the official names.
_MORE = {
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "u k": "GB",
    "u s": "US",
    "u s a": "US",
    "america": "US",
    "united states of america": "US",
    "the united states": "US",
    "estados unidos de america": "US",
    "holland": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "czechia": "CZ",
    "russian federation": "RU",
    "republic of korea": "KR",
    "korea": "KR",
    "viet nam": "VN",
    "brasil": "BR",
    "republic of ireland": "IE",
    "eire": "IE",
    "prc": "CN",
    "p r china": "CN",
    "peoples republic of china": "CN",
    "mainland china": "CN",
    "hong kong": "HK",
    "macau": "MO",
    "macao": "MO",
    "uae": "AE",
    "u a e": "AE",
    "ivory coast": "CI",
    "turkey": "TR",
    "turkiye": "TR",
    "osterreich": "AT",
    "brd": "DE",
    "bundesrepublik deutschland": "DE",
    "schweiz": "CH",
    "suisse": "CH",
    "svizzera": "CH",
    "espana": "ES",
    "sverige": "SE",
    "norge": "NO",
    "danmark": "DK",
    "suomi": "FI",
    "polska": "PL",
    "magyarorszag": "HU",
    "belgie": "BE",
    "hellas": "GR",
}
_NOT_COUNTRIES = frozenset({"EU", "UN", "EZ", "QO", "XA", "XB", "ZZ"})


def country_code(text: str | None) -> str | None:
    """The alpha-2 code of a country given by code or by name, None when it is not known."""
    wanted = key(text)
    if wanted is None:
        return None
    if len(wanted) == 2 and wanted.upper() in _codes():
        return wanted.upper()
    return _MORE.get(wanted) or _names().get(wanted) or _names().get(wanted.removeprefix("the "))


def country_name(code: str) -> str | None:
    """The English name of an alpha-2 code."""
    return _territories("en").get(code) if code in _codes() else None


def country_currency(code: str) -> str | None:
    """The ISO 4217 code of the country's present legal tender."""
    from babel.core import get_global

    listed = cast("dict[str, list[Any]]", get_global("territory_currencies"))
    return next((entry[0] for entry in listed.get(code, []) if entry[2] is None and entry[3]), None)


def country_zone(code: str) -> str | None:
    """The IANA zone of a country that has only one, else None."""
    from babel.core import get_global

    zones = cast("dict[str, list[str]]", get_global("territory_zones")).get(code, [])
    return _FIRST_ZONE.get(code) or (zones[0] if len(zones) == 1 else None)


# Countries with an exclave or a village in a zone of its own: the zone nearly everybody lives in.
_FIRST_ZONE = {"DE": "Europe/Berlin", "CN": "Asia/Shanghai", "UA": "Europe/Kiev", "NZ": "Pacific/Auckland"}


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for code in _territories("en") if len(code) == 2 and code.isalpha()) - _NOT_COUNTRIES


@cache
def _names() -> dict[str, str]:
    found = _alpha3()
    for language in _LANGUAGES:
        for code, name in _territories(language).items():
            folded = key(name)
            if folded and code in _codes():
                found[folded] = code
    return found


def _alpha3() -> dict[str, str]:
    from babel.core import get_global

    aliases = cast("dict[str, list[str]]", get_global("territory_aliases"))
    return {long.lower(): short[0] for long, short in aliases.items() if len(long) == 3 and short[0] in _codes()}


def _territories(language: str) -> dict[str, str]:
    from babel.core import Locale

    return dict(cast("dict[str, str]", Locale.parse(language).territories))
