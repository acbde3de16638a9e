"""What kinds of values there are: their SQL casts, their operators, and how JSON becomes a parameter."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal, cast

from leadwell.base.amounts import minor_of

Kind = Literal["id", "text", "choice", "int", "big", "float", "flag", "moment", "date", "money", "json", "texts", "custom"]

CASTS: dict[Kind, str] = {
    "id": "uuid", "text": "text", "choice": "text", "int": "int4", "big": "int8", "float": "float8", "flag": "bool", "moment": "timestamptz",
    "date": "date", "money": "int8", "json": "jsonb", "texts": "text[]", "custom": "jsonb",
}  # fmt: skip
EQUAL, MEMBER, COMPARE, MISSING = ("eq", "ne"), ("in", "notIn"), ("gt", "gte", "lt", "lte"), ("isNull",)
SPANS = ("withinLast", "withinNext", "olderThan")
NUMBER = (*EQUAL, *MEMBER, *COMPARE, *MISSING)
OPERATORS: dict[Kind, tuple[str, ...]] = {
    "id": (*EQUAL, *MEMBER),
    "text": (*EQUAL, *MEMBER, "contains", "startsWith", *MISSING),
    "choice": (*EQUAL, *MEMBER, *MISSING),
    "int": NUMBER, "big": NUMBER, "float": NUMBER,
    "flag": (*EQUAL, *MISSING),
    "moment": (*COMPARE, *SPANS, *MISSING),
    "date": (*EQUAL, *COMPARE, *MISSING), "money": (*EQUAL, *COMPARE, *MISSING),
    "json": (), "texts": (), "custom": (),
}  # fmt: skip
CUSTOM_KINDS: dict[str, tuple[Kind, str]] = {
    "text": ("text", "text_value"), "int": ("big", "int_value"), "float": ("float", "float_value"), "flag": ("flag", "int_value"),
    "moment": ("moment", "time_value"),
}  # fmt: skip
CUSTOM_TYPES = {  # of custom fields, by the name of their tests
    "text": ("TEXT", "CHOICE"), "int": ("INT",), "float": ("FLOAT",), "flag": ("FLAG",), "moment": ("MOMENT", "DATE"),
}  # fmt: skip
LONGEST_LIST = 1_000
DURATION = re.compile(r"P(?=\d|T\d)(\d{1,3}Y)?(\d{1,4}M)?(\d{1,4}W)?(\d{1,5}D)?(T(?=\d)(\d{1,5}H)?(\d{1,6}M)?(\d{1,8}S)?)?")


def money_of(value: object) -> tuple[int, str]:
    if not isinstance(value, Mapping):
        raise ValueError("expects {amount, currency}")
    given = cast("Mapping[str, Any]", value)
    currency = given.get("currency")
    if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
        raise ValueError("currency is three capital letters, ISO 4217")
    return minor_of(given.get("amount"), currency), currency


def duration_of(value: object) -> str:
    if not isinstance(value, str) or not DURATION.fullmatch(value):
        raise ValueError("expects an ISO 8601 duration such as P7D")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("expects a text")
    if "\0" in value:
        raise ValueError("may not hold the character NUL")
    return value


def _whole(bits: int) -> Callable[[object], int]:
    def convert(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError("expects a whole number")
        if not -(1 << bits) <= value < 1 << bits:
            raise ValueError("out of range")
        return value

    return convert


def _float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("expects a number")
    return float(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("expects true or false")
    return value


def _moment(value: object) -> datetime:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
        if at.tzinfo is None:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("expects a moment with its offset, ISO 8601, such as 2026-01-31T12:00:00Z") from None


def _date(value: object) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(_text(value))
    except ValueError:
        raise ValueError("expects a day, ISO 8601, such as 2026-01-31") from None


CONVERT: dict[Kind, Callable[[object], Any]] = {
    "text": _text, "choice": _text, "int": _whole(31), "big": _whole(63), "float": _float, "flag": _flag, "moment": _moment, "date": _date, "money": money_of,
}  # fmt: skip


def list_of(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("expects a list")
    found = cast("list[object]", value)
    if len(found) > LONGEST_LIST:
        raise ValueError(f"at most {LONGEST_LIST} values")
    if None in found:
        raise ValueError("null is not a value; use isNull")
    return found
