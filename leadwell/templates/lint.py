"""Looks words over before they are kept: every problem with its place, and what to do about it."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from leadwell.templates.known import Known
from leadwell.templates.limits import SNIPPETS, CannotRender, environment
from leadwell.templates.liquid import parsed, sentence
from leadwell.templates.markup import flaws
from leadwell.templates.rendering import CONTENT
from leadwell.templates.scanning import place, slip
from leadwell.templates.words import Words

if TYPE_CHECKING:
    from liquid.static_analysis import TemplateAnalysis

REFUSED = frozenset({"include", "layout", "extends", "block"})
CLIPPED = 100_000   # bytes from which large mail programs cut a mail off
ANYTHING = Known()
Severity = Literal["ERROR", "WARNING", "HINT"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a part (`subject`, `html` or `text`), where (from 1; None: in all of it), and what to do about it. An ERROR keeps the
    template from being saved, a WARNING from being used in some places, a HINT from nothing."""

    part: str
    code: str
    message: str
    fix: str
    line: int | None = None
    column: int | None = None
    severity: Severity = "ERROR"


def lint(words: Words, known: Known = ANYTHING) -> list[Problem]:
    """Everything that would fail or leave a hole in a mail, whether somebody's words or what stands around them."""
    return [one for one in looked_over(words, known) if one.severity == "ERROR"]


def warnings(words: Words) -> list[Problem]:
    """What marketing mail cannot go without; service mail may."""
    if any(names_link(source, "unsubscribe_url") for source in (words.html, words.layout("html")) if source):
        return []
    if any(names_link(words.snippets("html")[name], "unsubscribe_url") for name in used(words.html) + used(words.layout("html") or "")):
        return []
    fix = 'Add <a href="{{ unsubscribe_url }}">Unsubscribe</a>; sequences need it.'
    return [Problem("html", "NO_UNSUBSCRIBE", "There is no link to unsubscribe.", fix, severity="WARNING")]


def looked_over(words: Words, known: Known = ANYTHING) -> list[Problem]:
    """All there is to say, in order of the parts, but for what `warnings` says."""
    found: list[Problem] = []
    for part in ("subject", "html", "text"):
        source = words.source(part)
        if source is not None:
            found += problems(part, source, known, words.snippets(part))
    if not slip(words.html):
        found += [Problem("html", code, message, fix, line, column, severity)  # type: ignore[arg-type]
                  for code, line, column, message, fix, severity in flaws(words.html)]
    size = len(words.html.encode()) + len((words.layout("html") or "").encode())
    if size > CLIPPED:
        found.append(Problem("html", "HTML_TOO_BIG", f"The HTML has {size // 1000} kB; some mail programs cut it off at {CLIPPED // 1000}.",
                             "Shorten it, and link to pictures instead of writing them in.", severity="HINT"))
    return found


def problems(part: str, source: str, known: Known = ANYTHING, snippets: dict[str, str] | None = None) -> list[Problem]:
    """Everything in one part that would make it fail or leave a hole."""
    if found := slip(source):
        return [Problem(part, "BAD_SYNTAX", found.message, found.fix, *place(source, found.at))]
    token = SNIPPETS.set(snippets or {})
    try:
        tags = list(_tags(part, source, snippets or {}))
        return tags or [*_names(part, source, known, parsed(source, part == "html").analyze(include_partials=False))]
    except CannotRender as error:
        return [Problem(part, "BAD_SYNTAX", str(error.params["why"]), "Correct the tag.")]
    except Exception as error:
        return [_syntax(part, source, error)]
    finally:
        SNIPPETS.reset(token)


def _syntax(part: str, source: str, error: Exception) -> Problem:
    token: Any = getattr(error, "token", None)
    at = place(source, token.start_index) if token is not None and 0 <= token.start_index <= len(source) else (None, None)
    return Problem(part, "BAD_SYNTAX", sentence(error), "Correct the tag; each {% … %} and {{ … }} must be closed.", *at)


def _tags(part: str, source: str, snippets: dict[str, str]) -> Iterator[Problem]:
    """Tags that do not exist, are not closed, or stand where they do not belong: all of them, where the parser stops at the first."""
    read = environment(part == "html").analyze_tags_from_string(source)
    for tag, spans in read.all_tags.items():
        if tag in REFUSED:
            yield from (_at(part, source, s.index, "TAG_REFUSED", f"The tag {tag} is not available in mail.", "Take {% render 'snippet' %}.") for s in spans)
    for tag, spans in read.unclosed_tags.items():
        yield from (_at(part, source, s.index, "BAD_SYNTAX", f"The tag {tag} is never closed.", f"Add {{% end{tag} %}}.") for s in spans)
    for tag, spans in read.unknown_tags.items():
        if tag not in REFUSED:
            names = [t for t in environment(True).tags if t.isalpha() and t not in REFUSED | {"output", "content", "illegal"}]
            yield from (_at(part, source, s.index, "UNKNOWN_TAG", f"There is no tag {tag}.", near(tag, names)) for s in spans)
    for name in used(source):
        if name not in snippets:
            at = source.find(name)
            yield _at(part, source, at, "UNKNOWN_SNIPPET", f"There is no snippet {name}.", near(name, list(snippets)) if snippets else "Make it first.")


def _names(part: str, source: str, known: Known, read: "TemplateAnalysis") -> Iterator[Problem]:
    for variables in read.globals.values():
        for one in variables:
            if not known.has(list(one.segments)):
                name = ".".join(map(str, one.segments))
                yield _at(part, source, one.span.index, "UNKNOWN_VARIABLE", f"There is no variable {name}.", near(name, known.every()))
    filters = environment(True).filters
    for name, spans in read.filters.items():
        if name not in filters:
            yield from (_at(part, source, s.index, "UNKNOWN_FILTER", f"There is no filter {name}.", near(name, list(filters))) for s in spans)


def _at(part: str, source: str, index: int, code: str, message: str, fix: str) -> Problem:
    return Problem(part, code, message, fix, *place(source, max(0, index)))


def used(source: str) -> list[str]:
    """The names of the snippets that a source takes in, each once; none of a source that is not even parsed."""
    try:
        template = parsed(source, True)
    except Exception:
        return []
    found: list[str] = []
    waiting: list[Any] = list(template.nodes)
    while waiting:
        node = waiting.pop()
        if getattr(node, "tag", None) == "render" and hasattr(node.name, "value"):
            found.append(str(node.name.value))
        waiting += _below(node)
    return list(dict.fromkeys(found))


def _below(node: Any) -> list[Any]:
    """The nodes in a node; a snippet's own are not looked into."""
    return [] if getattr(node, "tag", None) == "render" else list(node.children(None, include_partials=False))


def names_link(source: str, link: str) -> bool:
    """Whether a source uses a link such as unsubscribe_url."""
    try:
        return any(path == [link] for path in parsed(source, True).global_variable_segments(include_partials=False))
    except Exception:
        return False


def near(name: str, names: Sequence[str]) -> str:
    found = difflib.get_close_matches(name, names, n=1)
    return f"Did you mean {found[0]}?" if found else "Take one of: " + ", ".join(sorted(names)[:60]) + "."


def layout_problems(html: str, text: str | None, known: Known, snippets: dict[str, dict[str, str]]) -> list[Problem]:
    """Of a layout: what templates would fail with, and that it says where they go."""
    wider = Known(known.custom, known.extra | {CONTENT})
    found = looked_over(Words("-", html, text, {"snippets": snippets}), wider)
    if not names_link(html, CONTENT):
        found.insert(0, Problem("html", "NO_CONTENT", "The layout does not say where the mail goes.", "Add {{ content }}."))
    return found
