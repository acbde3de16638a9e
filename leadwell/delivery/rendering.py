"""From a template and facts to the bytes that go over the wire; nothing a person wrote can become a header or a script."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nh3

from leadwell.delivery.liquid import CannotRender, fill
from leadwell.delivery.message import Envelope, message
from leadwell.delivery.plain_text import plain_text

_GENERIC = {"style", "class", "align", "valign", "width", "height", "bgcolor", "border", "cellpadding", "cellspacing", "role", "dir", "lang", "title"}
_ATTRIBUTES = {
    "*": _GENERIC, "a": {"href", "name"}, "img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"},
    "font": {"color", "face", "size"},
}
_TAGS = nh3.ALLOWED_TAGS | {"font"}
_SCHEMES = {"http", "https", "mailto", "tel"}
_CONTROL = re.compile(r"[\r\n\x00]")


@dataclass(frozen=True, slots=True)
class Words:
    """A template's three parts; `text` None is read off the HTML."""

    subject: str
    html: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to be handed over."""

    subject: str
    html: str
    text: str
    content: bytes


def clean_html(html: str) -> str:
    """What mail programs may see: no script, form, frame, style sheet, and no address but web, mail and telephone."""
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None, clean_content_tags={"script", "style", "title"})


def words(template: Words, facts: Mapping[str, Any]) -> tuple[str, str, str]:
    """Subject, HTML and text with the facts filled in."""
    subject = fill(template.subject, facts, html=False).strip()
    if _CONTROL.search(subject):
        raise CannotRender(why="The subject has a line break in it.")
    html = clean_html(fill(template.html, facts, html=True))
    text = plain_text(html) if template.text is None else fill(template.text, facts, html=False)
    return subject, html, text


def render(template: Words, facts: Mapping[str, Any], envelope: Envelope) -> Mail:
    """The whole message; CannotRender says why it could not be made."""
    subject, html, text = words(template, facts)
    page = f'<!doctype html><html><head><meta charset="utf-8"></head><body>{html}</body></html>'
    return Mail(subject, html, text, message(envelope, subject, text, page))
