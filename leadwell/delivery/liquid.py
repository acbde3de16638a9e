"""Liquid with limits: no template can loop, grow or reach further than a mail needs. Its library, slow to import, comes with the first template."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from leadwell.base.refusals import Refusal

if TYPE_CHECKING:
    from liquid import Environment
    from liquid.exceptions import LiquidError
    from liquid.template import BoundTemplate

FACTS: Mapping[str, frozenset[str]] = {
    "person": frozenset({"name", "first_name", "last_name", "email", "title", "department", "language", "city", "country", "visitor"}),
    "lead": frozenset({"title", "company_name", "need", "interest"}),
    "company": frozenset({"name", "domain", "industry"}),
    "owner": frozenset({"name", "email"}),
    "sender": frozenset({"name", "address"}),
    "workspace": frozenset({"name"}),
    "topic": frozenset({"name"}),
}
LINKS = frozenset({"unsubscribe_url"})
_TAGS_REFUSED = frozenset({"include", "render", "layout", "extends", "block"})



@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a part of a template (`subject`, `html` or `text`), and what to do about it."""

    part: str
    code: str
    message: str
    fix: str


class CannotRender(Refusal):
    """The mail cannot be made: {why}"""

    fix = "Correct the template or the person's data."


@cache
def _environment(html: bool) -> "Environment":
    from liquid import Environment

    class Limited(Environment):
        loop_iteration_limit = 10_000
        output_stream_limit = 500_000
        local_namespace_limit = 100_000
        context_depth_limit = 20
        block_nesting_limit = 50

    return Limited(autoescape=html)


@lru_cache(maxsize=2000)
def parsed(source: str, html: bool) -> "BoundTemplate":
    return _environment(html).from_string(source)


def fill(source: str, facts: Mapping[str, Any], *, html: bool) -> str:
    """The text with its variables filled in; CannotRender at a limit or an error."""
    from liquid.exceptions import LiquidError

    try:
        return parsed(source, html).render(**facts)
    except LiquidError as error:
        raise CannotRender(why=_sentence(error)) from error


def problems(part: str, source: str) -> list[Problem]:
    """Everything in one part that would make it fail or leave a hole."""
    from liquid.exceptions import LiquidError

    try:
        template = parsed(source, part == "html")
        refused = _TAGS_REFUSED.intersection(template.tag_names(include_partials=False))
        tags = [Problem(part, "TAG_REFUSED", f"The tag {t} is not available in mail.", "Write its content out.") for t in sorted(refused)]
        if tags:
            return tags
        unknown = [_unknown(part, ".".join(map(str, path))) for path in template.global_variable_segments() if not _known(path)]
        filters = [Problem(part, "UNKNOWN_FILTER", f"There is no filter {f}.", _near(f, list(_environment(True).filters)))
                   for f in template.filter_names() if f not in _environment(True).filters]
    except LiquidError as error:
        return [Problem(part, "BAD_SYNTAX", _sentence(error), "Correct the tag; each {% … %} and {{ … }} must be closed.")]
    return [*unknown, *filters]


def names_link(source: str, link: str) -> bool:
    """Whether a part uses a link such as unsubscribe_url."""
    from liquid.exceptions import LiquidError

    try:
        return any(path == [link] for path in parsed(source, True).global_variable_segments(include_partials=False))
    except LiquidError:
        return False


def _known(path: list[Any]) -> bool:
    if len(path) == 1:
        return path[0] in LINKS or path[0] in FACTS
    return len(path) == 2 and path[1] in FACTS.get(str(path[0]), ())


def _unknown(part: str, name: str) -> Problem:
    every = [f"{noun}.{fact}" for noun, facts in FACTS.items() for fact in facts] + list(LINKS)
    return Problem(part, "UNKNOWN_VARIABLE", f"There is no variable {name}.", _near(name, every))


def _near(name: str, names: list[str]) -> str:
    found = difflib.get_close_matches(name, names, n=1)
    return f"Did you mean {found[0]}?" if found else "Take one of: " + ", ".join(sorted(names)) + "."


def _sentence(error: "LiquidError") -> str:
    text = str(error.message or error).strip()
    return text[:1].upper() + text[1:].rstrip(".") + "."
