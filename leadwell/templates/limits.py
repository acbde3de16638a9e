"""Liquid with limits: no template can loop, grow, recurse or take longer than a mail needs, and none reads a file."""

import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any

from leadwell.base.refusals import Refusal

if TYPE_CHECKING:
    from liquid import Environment

MOST_SECONDS = 0.5        # of this thread's work: a process that stands still uses none
MOST_NODES = 200_000      # tags, outputs and texts that are written
MOST_ITEMS = 10_000       # iterations of nested loops together, and items of a list
MOST_TEXT = 500_000       # characters of the result and of everything on the way
SNIPPETS: ContextVar[Mapping[str, str]] = ContextVar("snippets")
MISSING: ContextVar[list[str] | None] = ContextVar("missing", default=None)
_SPENT: ContextVar[list[float]] = ContextVar("spent")   # [nodes, when the time is over, at how many nodes to look]


class CannotRender(Refusal):
    """The mail cannot be made: {why}"""

    fix = "Correct the template or the person's data."


def begin() -> None:
    """A fresh allowance for one rendering."""
    _SPENT.set([0, time.thread_time() + MOST_SECONDS, 128])


def spend(nodes: int = 1) -> None:
    """Counts what was done; CannotRender when it was too much."""
    spent = _SPENT.get()
    spent[0] += nodes
    if spent[0] > MOST_NODES:
        raise CannotRender(why="The template repeats too much.")
    if spent[0] >= spent[2]:
        spent[2] = spent[0] + 128
        if time.thread_time() > spent[1]:
            raise CannotRender(why="The template takes too long.")


def _small(value: Any) -> None:
    if isinstance(value, str) and len(value) > MOST_TEXT:
        raise CannotRender(why="A text in the template grows too long.")
    if isinstance(value, (range, list, tuple)) and len(value) > MOST_ITEMS:   # pyright: ignore[reportUnknownArgumentType]
        raise CannotRender(why="A list in the template grows too long.")


def _growth(name: str, args: tuple[Any, ...]) -> int:
    """How long the result can get, where a filter multiplies."""
    texts = [a for a in args if isinstance(a, str)]
    if name.startswith("replace") and len(texts) == 3:
        return (texts[0].count(texts[1]) if texts[1] else len(texts[0]) + 1) * len(texts[2])
    if name == "join" and isinstance(args[0], (list, tuple)):
        glue = len(texts[0]) if texts else 1
        return sum(len(x) + glue if isinstance(x, str) else glue for x in args[0])   # pyright: ignore
    return 0


def guarded(name: str, filter: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, which refuses what is too long before it makes more of it."""

    @wraps(filter)
    def checked(*args: Any, **given: Any) -> Any:
        for value in args:
            _small(value)
        if _growth(name, args) > MOST_TEXT:
            raise CannotRender(why="A text in the template grows too long.")
        spend(16)
        found = filter(*args, **given)
        _small(found)
        return found

    return checked


def environment(html: bool, watching: bool = False) -> "Environment":
    """The sandbox of HTML or of plain parts; one that is `watching` notes variables that were shown and have no value."""
    from leadwell.templates.sandbox import sandbox

    return sandbox(html, watching)
