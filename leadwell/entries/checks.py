"""What a field of an entry may hold: each check takes the field's name and a value, and returns what is kept or refuses."""

import re
from collections.abc import Callable
from typing import Any

from leadwell.base.identity import Email, clean, parse_email
from leadwell.entries.refusals import BadEntryField

Check = Callable[[str, Any], Any]
LONGEST_CODE = 60


def _bad(name: str, value: Any, why: str) -> BadEntryField:
    return BadEntryField(field=name, name=name, value=str(value)[:60], why=why)


def line(name: str, value: Any) -> str:
    """A text of one line that is not blank."""
    text = clean(value)
    if not text:
        raise _bad(name, "" if value is None else value, "it is empty")
    return text


def code(name: str, value: Any) -> str:
    """A stable code: capital letters, digits and underscores; made of a name in words."""
    text = re.sub(r"[^A-Z0-9]+", "_", line(name, value).upper()).strip("_")[:LONGEST_CODE]
    if not text:
        raise _bad(name, value, "it has no letter or digit of A to Z and 0 to 9")
    return text


def small_code(name: str, value: Any) -> str:
    """A stable code in small letters."""
    return code(name, value).lower()


def flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _bad(name, value, "it is neither true nor false")
    return value


def count_of(least: int, most: int) -> Check:
    """A whole number between two."""

    def check(name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise _bad(name, value, f"it is not a whole number from {least} to {most}")
        return value

    return check


def one_of(*known: str) -> Check:
    """One of some words."""

    def check(name: str, value: Any) -> str:
        if str(value) not in known:
            raise _bad(name, value, "it is not one of " + ", ".join(known))
        return str(value)

    return check


def optional(check: Check) -> Check:
    """What the check allows, or nothing."""
    return lambda name, value: None if value is None or value == "" else check(name, value)


def email(name: str, value: Any) -> str:
    """An e-mail address."""
    read = parse_email(value)
    if not isinstance(read, Email):
        raise _bad(name, value, "it is not an e-mail address")
    return read.display


def as_given(_name: str, value: Any) -> Any:
    """What the caller has checked."""
    return value
