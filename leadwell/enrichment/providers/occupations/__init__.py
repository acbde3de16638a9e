"""Occupations by their names, from a table derived from the O*NET 27.0 database (U.S. Department of Labor, CC BY 4.0); see `derive`."""

from functools import cache
from pathlib import Path


@cache
def _table() -> dict[str, str]:
    lines = Path(__file__).with_name("occupations.txt").read_text().splitlines()
    return {entry: department for line in lines for department, *entries in [line.split("|")] for entry in entries}


def occupation_of(words: str) -> tuple[str | None, str]:
    """The department of a folded title and what decided: the whole title, else its last two words, else its last one."""
    parts = words.split()
    for entry in (words, f"* {' '.join(parts[-2:])}", f"* {parts[-1]}") if parts else ():
        if entry in _table():
            return _table()[entry], entry.removeprefix("* ")
    return None, ""
