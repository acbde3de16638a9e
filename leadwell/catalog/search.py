"""Search in a list: which text is taken, and the SQL of what it finds. The finding is lw_search's, which sees past row security."""

import re
from unicodedata import normalize

from leadwell.access.sees import reach
from leadwell.catalog.nouns import Noun
from leadwell.catalog.predicate import mentions, parse
from leadwell.catalog.refusals import BadSearch
from leadwell.catalog.statement import Statement

PUNCTUATION = re.compile(r"[\s!-/:-@\[-`{-~]+")
LONGEST_TEXT = 200
MOST_WORDS = 10
LISTED, FILTERED = 1_000, 5_000  # the best hits, as many as a list counts; more where a filter or an order chooses among them


def checked(noun: Noun, text: object) -> None:
    """BadSearch for a text too short, too long or without letters, and for a noun that is not searched."""
    if not noun.model.searched:
        raise BadSearch(why=f"{noun.name} records are not searched", field="search")
    if not isinstance(text, str) or "\0" in text:
        raise BadSearch(why="expects a text without the character NUL", field="search")
    words = [w for w in PUNCTUATION.split(normalize("NFC", text[: LONGEST_TEXT + 1])) if w]
    if len(text) > LONGEST_TEXT or len(words) > MOST_WORDS:
        raise BadSearch(why=f"at most {LONGEST_TEXT} characters and {MOST_WORDS} words", field="search")
    if not any(len(w) > 1 and any(map(str.isalnum, w)) for w in words):
        raise BadSearch(why="at least two letters or digits side by side", field="search")


def hits(s: Statement, noun: Noun, text: str, where: object, most: int | str | None = None) -> str:
    """Rows (id, rank, cut: there are more than the best, `most`) of what a text finds among what the viewer may see; e-mail and phone only if both may be
    seen. `text` and `most` are SQL."""
    fields = [c for c in noun.columns.values() if c.name in noun.model.searched]
    contact = all(s.see(c) for c in fields if c.contract.see)
    for column in fields:
        if not column.contract.see:
            s.need(column)
    owners = s.holders(reach(s.viewer, noun.name))
    archived = mentions(parse(noun, where), "archivedAt")
    return f"lw_search($1, '{noun.name}', {text}, {contact}, {owners}, {archived}, {most or 'NULL'})"
