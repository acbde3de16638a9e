"""Cells for custom fields and tags, as a value of the field's type or a flaw that says what is wrong. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from leadwell import custom
from leadwell.base.identity import BLANK, Flaw, clean, key, parse_date, parse_moment
from leadwell.transfer.extras import Extra

CODE = "BAD_CUSTOM_VALUE"
YES = frozenset(("yes", "y", "true", "t", "1", "x", "on", "ja", "j", "wahr", "oui", "vrai", "si", "sim", "verdadeiro", "vero", "verdadero"))
NO = frozenset(("no", "n", "false", "f", "0", "off", "nein", "falsch", "non", "faux", "nao", "falso"))
LONGEST_TAG, MOST_TAGS = 200, 50
GROUPED = re.compile(r"\d{1,3}(?:(?P<mark>[,.' ])\d{3})(?:(?P=mark)\d{3})*")


def value_of(extra: Extra, text: str) -> Any:
    """As JSON shows it, or a Flaw; BLANK where the cell says nothing."""
    if not clean(text):
        return BLANK
    try:
        value = READERS[extra.type](extra, text)
    except ValueError:
        return _flaw(extra, text, {"INT": "it is not a whole number", "FLOAT": "it is not a number", "FLAG": "it is neither yes nor no"}[extra.type])
    if isinstance(value, Flaw):
        return _flaw(extra, text, value.reason)
    found = custom.fitting(extra.type, extra.options, value)
    return _flaw(extra, text, str(found)) if isinstance(found, custom.Unfit) else found


def tags_of(text: str, known: Mapping[str, Any]) -> list[str]:
    """The tags of a cell, each once: by semicolons where there are some, else by commas, unless the whole cell is a tag that is `known` (in small
    letters)."""
    plain = text.replace("\n", ";").replace("\0", "")
    parts = plain.split(";") if ";" in plain else [plain] if clean(plain).lower() in known else plain.split(",")
    words: dict[str, str] = {}
    for part in parts:
        if word := clean(part, limit=LONGEST_TAG):
            words.setdefault(word.lower(), word)
    return list(words.values())[:MOST_TAGS]


def _flaw(extra: Extra, text: str, why: str) -> Flaw:
    return Flaw(CODE, f'"{clean(text)[:60]}" does not fit "{extra.label}": {why}.')


def _choice(extra: Extra, text: str) -> str:
    """However it is written; what fits none is left to be told as it stands."""
    word = clean(text)
    return next((option for option in extra.options if option == word or key(option) == key(word)), word)


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


def _int(extra: Extra, text: str) -> int:
    whole, _, rest = _number(text, whole=True).partition(".")
    if rest.strip("0"):
        raise ValueError(text)
    return int(whole)


def _flag(extra: Extra, text: str) -> bool:
    word = key(text) or ""
    if word not in YES | NO:
        raise ValueError(text)
    return word in YES


def _date(extra: Extra, text: str) -> Any:
    found = parse_date(text)
    return found if isinstance(found, Flaw) else found.isoformat()


def _moment(extra: Extra, text: str) -> Any:
    found = parse_moment(text, UTC)
    return found if isinstance(found, Flaw) else found.isoformat()


READERS: Mapping[str, Callable[[Extra, str], Any]] = {
    "TEXT": lambda extra, text: text, "CHOICE": _choice, "INT": _int, "FLOAT": lambda extra, text: float(_number(text, whole=False)), "FLAG": _flag,
    "DATE": _date, "MOMENT": _moment,
}  # fmt: skip
