"""What a custom field may hold: a value as JSON to the column of its type. Pure."""

import hashlib
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from leadwell.base.identity import clean

LONGEST = 600   # characters: such a text fits into an index
LARGEST = 2**63 - 1
COLUMN = {
    "TEXT": "text_value", "CHOICE": "text_value", "INT": "int_value", "FLAG": "int_value", "FLOAT": "float_value", "MOMENT": "time_value",
    "DATE": "time_value",
}  # fmt: skip


class Unfit(ValueError):
    """Why a value does not fit its field."""


def read(type: str, options: Sequence[str] | None, value: Any) -> Any:
    """The value as its column keeps it; Unfit. A text that is blank is none."""
    if type == "CHOICE":
        return _choice(options or (), value)
    return READERS[type](value)


def fitting(type: str, options: Sequence[str] | None, value: Any) -> Any:
    """The value as the API would show it once kept, or the Unfit that says why it cannot be."""
    try:
        return shown(type, read(type, options, value))
    except Unfit as why:
        return why


def shown(type: str, kept: Any) -> Any:
    """A kept value as JSON, as the API shows it."""
    if kept is None:
        return None
    if type == "FLAG":
        return bool(kept)
    if type == "DATE":
        return kept.astimezone(UTC).date().isoformat()
    return kept.isoformat() if type == "MOMENT" else kept


def folded(type: str, kept: Any) -> str:
    """What two values that count as the same have in common: letters whatever their case and form, everything else as shown."""
    plain = unicodedata.normalize("NFKC", kept).casefold() if isinstance(kept, str) else str(shown(type, kept))
    return plain if len(plain) <= LONGEST else hashlib.sha256(plain.encode()).hexdigest()


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        raise Unfit("it is no text")
    if len(value) > LONGEST:
        raise Unfit(f"it has {len(value)} characters; {LONGEST} are allowed")
    return clean(value, limit=LONGEST) or None


def _choice(options: Sequence[str], value: Any) -> str:
    if value not in options:
        raise Unfit("it is not one of " + ", ".join(options[:20]))
    return str(value)


def _int(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
        raise Unfit("it is not a whole number")
    return value


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Unfit("it is not a number")
    return float(value)


def _flag(value: Any) -> int:
    if not isinstance(value, bool):
        raise Unfit("it is neither true nor false")
    return int(value)


def _moment(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
        known = at.astimezone(UTC) if at.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        known = None
    if known is None:
        raise Unfit("it is no moment with an offset, such as 2026-01-31T12:00:00Z")
    return known


def _date(value: Any) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(value), time(), UTC)
    except (TypeError, ValueError):
        raise Unfit("it is no day, such as 2026-01-31") from None


READERS: Mapping[str, Callable[[Any], Any]] = {"TEXT": _text, "INT": _int, "FLOAT": _float, "FLAG": _flag, "MOMENT": _moment, "DATE": _date}
