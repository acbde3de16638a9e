"""Whether two names can be one person's: the evidence that lets an address link, or forbids it."""

from collections.abc import Mapping
from typing import Literal

from leadwell.base.fixed import fixed
from leadwell.base.identity import Flaw, given_key, key, parse_name

Verdict = Literal["SAME", "UNKNOWN", "OTHER"]


@fixed
class Named:
    """A name for comparison: the given name if it is known, and all words."""

    first: str | None
    words: frozenset[str]


def named(fields: Mapping[str, str | None]) -> Named:
    """From first and last name, or from the full name taken apart."""
    first, last, full = fields.get("first_name"), fields.get("last_name"), fields.get("name")
    if not first and not last and full:
        parsed = parse_name(full)
        if not isinstance(parsed, Flaw):
            first, last = parsed.first, parsed.last
    text = key(" ".join(filter(None, (first, last)))) or key(full)
    return Named(given_key(first), frozenset(text.split()) if text else frozenset())


def alike(one: Named, other: Named) -> Verdict:
    """Another given name means another person; a blank name says nothing; an initial or a beginning fits."""
    if not one.words or not other.words:
        return "UNKNOWN"
    if one.first and other.first:
        begins = one.first.startswith(other.first) or other.first.startswith(one.first)
        return "SAME" if begins or one.words == other.words else "OTHER"
    return "SAME" if one.words & other.words else "OTHER"
