"""Cells for custom fields and tags, as a value of the field's type or a flaw that says what is wrong. Pure."""

from collections.abc import Mapping
from typing import Any

from leadwell import custom
from leadwell.base.identity import BLANK, Flaw, clean
from leadwell.transfer.extras import Extra

CODE = "BAD_CUSTOM_VALUE"
LONGEST_TAG, MOST_TAGS = 200, 50


def value_of(extra: Extra, text: str) -> Any:
    """As JSON shows it, or a Flaw; BLANK where the cell says nothing."""
    if not clean(text):
        return BLANK
    found = custom.worded(extra.type, extra.options, text)
    return Flaw(CODE, f'"{clean(text)[:60]}" does not fit "{extra.label}": {found}.') if isinstance(found, custom.Unfit) else found


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
