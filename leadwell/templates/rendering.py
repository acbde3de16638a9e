"""From words and facts to what a reader sees: nothing a person wrote can become a header or a script."""

import re
from collections.abc import Mapping
from typing import Any

from leadwell.templates.limits import CannotRender
from leadwell.templates.liquid import fill
from leadwell.templates.plain_text import plain_text
from leadwell.templates.words import Words

_GENERIC = {"style", "class", "align", "valign", "width", "height", "bgcolor", "border", "cellpadding", "cellspacing", "role", "dir", "lang", "title"}
_ATTRIBUTES = {
    "*": _GENERIC, "a": {"href", "name"}, "img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"},
    "font": {"color", "face", "size"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_CONTROL = re.compile(r"[\r\n\x00]")
CONTENT = "content"   # what a layout calls the mail it stands around


def clean_html(html: str) -> str:
    """What mail programs may see: no script, form, frame, style sheet, and no address but web, mail and telephone."""
    import nh3

    tags = nh3.ALLOWED_TAGS | {"font"}
    return nh3.clean(html, tags=tags, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None, clean_content_tags={"script", "style", "title"})


def words(template: Words, facts: Mapping[str, Any], missing: list[str] | None = None) -> tuple[str, str, str]:
    """Subject, HTML and text with the facts filled in; into `missing` go variables that had no value."""
    subject = fill(template.subject, facts, html=False, snippets=template.snippets("subject"), missing=missing).strip()
    if _CONTROL.search(subject):
        raise CannotRender(why="The subject has a line break in it.")
    html = clean_html(_part(template, "html", facts, missing))
    text = plain_text(html) if template.text is None else _part(template, "text", facts, missing)
    return subject, html, text


def _part(template: Words, part: str, facts: Mapping[str, Any], missing: list[str] | None) -> str:
    html, snippets = part == "html", template.snippets(part)
    inner = fill(template.source(part) or "", facts, html=html, snippets=snippets, missing=missing)
    around = template.layout(part)
    if around is None:
        return inner
    from markupsafe import Markup

    content: Any = Markup(inner) if html else inner  # noqa: S704 - rendered and escaped above, and cleaned as a whole below
    return fill(around, {**facts, CONTENT: content}, html=html, snippets=snippets, missing=missing)
