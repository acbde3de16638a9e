"""Amounts of money as people write them, to minor units and an ISO 4217 code."""

import re
from decimal import Decimal

from leadwell.base.fixed import fixed
from leadwell.base.identity.flaws import BLANK, Flaw
from leadwell.base.identity.text import clean

LARGEST_MINOR = 9_000_000_000_000_000

_SYMBOLS = {
    "US$": "USD",
    "C$": "CAD",
    "CA$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "R$": "BRL",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "¥": "JPY",
    "₩": "KRW",
    "₽": "RUB",
    "₺": "TRY",
    "₴": "UAH",
    "₪": "ILS",
    "฿": "THB",
    "zł": "PLN",
    "Kč": "CZK",
    "Fr.": "CHF",
    "SFr.": "CHF",
    "Rs.": "INR",
    "Rs": "INR",
}
DIGITS = {  # of a currency's minor unit, where it is not a hundredth
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_MINOR_DIGITS = {code: digits for digits, codes in DIGITS.items() for code in codes.split()}
_SHAPE = re.compile(r"(?P<before>[^\d.,'()+-]*)(?P<number>\d[\d.,'’ ]*|[.,]\d+)(?P<after>[^\d]*)")
_SWISS = re.compile(r"(?<=\d)[.,][-\u2013]+")  # "20.-" has no cents
_INNER_MINUS = re.compile(r"([^\d-]*)-\s*(\d.*)")
_GROUPS = re.compile(r"\d{1,3}(?:(?P<mark>[.,' ])\d{2,3}(?:(?P=mark)\d{2,3})*(?:(?P=mark)\d{3}))|\d{1,3}[.,' ]\d{3}")
_TIMES = {"k": 1_000, "m": 1_000_000, "mio": 1_000_000, "mm": 1_000_000, "b": 1_000_000_000, "bn": 1_000_000_000}


@fixed
class Money:
    """An amount in minor units (cents); `currency` is None when the text names none."""

    amount_minor: int
    currency: str | None


def minor_digits(currency: str | None) -> int:
    """How many decimal places the currency has; two when it is not known."""
    return _MINOR_DIGITS.get(currency or "", 2)


def parse_money(text: str | None, currency: str | None = None) -> Money | Flaw:
    """Read "$22,700.00", "22.700,00 EUR", "1 234,5", "(500)", "12k"; `currency` is what a bare number means."""
    cleaned = clean(text, limit=100)
    if not cleaned:
        return BLANK
    negative, body = _sign(cleaned)
    shape = _SHAPE.fullmatch(body)
    unit = _unit(shape) if shape else None
    if shape is None or unit is None:
        return Flaw("BAD_MONEY", f'"{cleaned[:40]}" is not an amount. Write it like "1,234.50 EUR".')
    code, times = unit[0] or currency, unit[1]
    number = _plain(shape["number"], minor_digits(code))
    if number is None:
        return Flaw("BAD_MONEY", f'"{cleaned[:40]}" mixes its separators. Write it like "1,234.50 EUR".')
    minor = int((Decimal(number) * times * 10 ** minor_digits(code)).to_integral_value())
    if minor > LARGEST_MINOR:
        return Flaw("BAD_MONEY", f'"{cleaned[:40]}" is too large an amount.')
    return Money(-minor if negative else minor, code)


def _sign(text: str) -> tuple[bool, str]:
    if text.startswith("(") and text.endswith(")"):
        return True, text[1:-1].strip()
    bare = _SWISS.sub("", text.replace("\u2212", "-"))
    if bare.startswith(("-", "+")) or bare.endswith("-"):
        shorter = bare[1:] if bare[0] in "+-" else bare[:-1]
        return "-" in (bare[0], bare[-1]), shorter.strip()
    found = _INNER_MINUS.match(bare)
    return (True, found[1] + found[2]) if found else (False, bare)


def _unit(shape: re.Match[str]) -> tuple[str | None, int] | None:
    """Currency and multiplier named around the number, or None when there is a word that is neither."""
    code, times = None, 1
    for word in (*shape["before"].split(), *shape["after"].split()):
        found = _SYMBOLS.get(word) or _SYMBOLS.get(word.strip(".")) or (word.upper() if _is_code(word) else None)
        if found:
            code = code if code and code != "USD" and found == "USD" else found
        elif word.lower().rstrip(".") in _TIMES and times == 1:
            times = _TIMES[word.lower().rstrip(".")]
        else:
            return None
    return code, times


def _is_code(word: str) -> bool:
    from leadwell.base.identity.currencies import CODES

    return word.upper() in CODES


def _plain(number: str, digits: int) -> str | None:
    """The number with "." for decimals: the last separator decides, unless it groups thousands; None if neither fits."""
    compact = number.replace("’", "'").strip(" '")
    if compact.startswith((".", ",")):
        return f"0.{compact[1:]}" if compact[1:].isdigit() else None
    compact = compact.rstrip(".,")
    marks = [char for char in compact if char in ".,' "]
    if not marks:
        return compact
    head, _, tail = compact.rpartition(marks[-1])
    likely = marks[-1] in "' " or marks.count(marks[-1]) > 1 or (len(tail) == 3 and digits != 3)
    if likely and _GROUPS.fullmatch(compact):
        return _digits(compact)
    whole = head.isdigit() or (_GROUPS.fullmatch(head) and marks[-1] not in head)
    return f"{_digits(head)}.{tail}" if whole and tail.isdigit() else None


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
