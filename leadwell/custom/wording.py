"""What people write, as a value of a custom field's type: "1,200", "ja", "3 March 2026", "Gold " for the choice gold. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any

from leadwell.base.identity import Flaw, clean, key, parse_date, parse_moment
from leadwell.custom.reading import Unfit, fitting

YES = frozenset(("yes", "y", "true", "t", "1", "x", "on", "ja", "j", "wahr", "oui", "vrai", "si", "sim", "verdadeiro", "vero", "verdadero"))
NO = frozenset(("no", "n", "false", "f", "0", "off", "nein", "falsch", "non", "faux", "nao", "falso"))
GROUPED = re.compile(r"\d{1,3}(?:(?P<mark>[,.' ])\d{3})(?:(?P=mark)\d{3})*")
WRONG = {"INT": "it is not a whole number", "FLOAT": "it is not a number", "FLAG": "it is neither yes nor no"}


def worded(type: str, options: Sequence[str], text: str) -> Any:
    """As JSON shows it, None where the text says nothing, or the Unfit that says why it is none."""
    if not clean(text):
        return None
    try:
        value = READERS[type](options, text)
    except ValueError:
        return Unfit(WRONG[type])
    return Unfit(value.reason) if isinstance(value, Flaw) else fitting(type, options, value)


def _choice(options: Sequence[str], text: str) -> str:
    """However it is written; what fits none is left to be told as it stands."""
    word = clean(text)
    return next((option for option in options if option == word or key(option) == key(word)), word)


def _number(text: str, *, whole: bool) -> str:
    """With a point for decimals. The last of two different marks is that of decimals; a mark before groups of three is none, but for the one point that
    programs write."""
    plain = clean(text).replace("\u2212", "-").replace("’", "'").rstrip("%").strip()
    if "_" in plain or (not whole and "," not in plain and plain.count(".") < 2 and " " not in plain and "'" not in plain):
        return plain.replace("_", "?")
    sign, body = ("-", plain[1:]) if plain.startswith("-") else ("", plain.removeprefix("+"))
    if GROUPED.fullmatch(body):
        return sign + _digits(body)
    head, mark, tail = body.rpartition(max(",.", key=body.rfind))
    if mark and head and not (head.isdigit() or GROUPED.fullmatch(head)):
        return "?"
    return f"{sign}{_digits(head) or 0}.{tail}" if mark else plain


def _digits(text: str) -> str:
    return re.sub(r"[,.' ]", "", text)


def _int(options: Sequence[str], text: str) -> int:
    whole, _, rest = _number(text, whole=True).partition(".")
    if rest.strip("0"):
        raise ValueError(text)
    return int(whole)


def _flag(options: Sequence[str], text: str) -> bool:
    word = key(text) or ""
    if word not in YES | NO:
        raise ValueError(text)
    return word in YES


def _date(options: Sequence[str], text: str) -> Any:
    found = parse_date(text)
    return found if isinstance(found, Flaw) else found.isoformat()


def _moment(options: Sequence[str], text: str) -> Any:
    found = parse_moment(text, UTC)
    return found if isinstance(found, Flaw) else found.isoformat()


READERS: Mapping[str, Callable[[Sequence[str], str], Any]] = {
    "TEXT": lambda options, text: text, "CHOICE": _choice, "INT": _int, "FLOAT": lambda options, text: float(_number(text, whole=False)), "FLAG": _flag,
    "DATE": _date, "MOMENT": _moment,
}  # fmt: skip
