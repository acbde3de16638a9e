"""Fills a source in, inside the sandbox. Its library, slow to import, comes with the first template."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from leadwell.templates.limits import MISSING, SNIPPETS, CannotRender, begin, environment
from leadwell.templates.scanning import place, slip

if TYPE_CHECKING:
    from liquid.template import BoundTemplate


@lru_cache(maxsize=4000)
def parsed(source: str, html: bool, watching: bool = False) -> "BoundTemplate":
    """CannotRender for what is not even parsed; LiquidError of the library."""
    if found := slip(source):
        raise CannotRender(why=f"{found.message} (line {place(source, found.at)[0]})")
    return environment(html, watching).from_string(source)


def fill(source: str, facts: Mapping[str, Any], *, html: bool, snippets: Mapping[str, str] | None = None, missing: list[str] | None = None) -> str:
    """The text with its variables filled in; CannotRender at a limit or an error. Into `missing` go variables that had no value."""
    begin()
    tokens = SNIPPETS.set(snippets or {}), MISSING.set(missing)
    try:
        return parsed(source, html, missing is not None).render(**facts)
    except CannotRender:
        raise
    except Exception as error:
        raise CannotRender(why=sentence(error)) from error
    finally:
        SNIPPETS.reset(tokens[0])
        MISSING.reset(tokens[1])


def sentence(error: Exception) -> str:
    """What an error of the library says, as a sentence of ours."""
    if isinstance(error, RecursionError):
        return "It is nested too deep."
    text = str(getattr(error, "message", None) or error).strip()
    return text[:1].upper() + text[1:200].rstrip(".") + "."
