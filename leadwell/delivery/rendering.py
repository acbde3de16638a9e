"""From a template and facts to the bytes that go over the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadwell.delivery.message import Envelope, message
from leadwell.templates import Words, words


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to be handed over."""

    subject: str
    html: str
    text: str
    content: bytes


def render(template: Words, facts: Mapping[str, Any], envelope: Envelope) -> Mail:
    """The whole message; CannotRender says why it could not be made."""
    subject, html, text = words(template, facts)
    page = f'<!doctype html><html><head><meta charset="utf-8"></head><body>{html}</body></html>'
    return Mail(subject, html, text, message(envelope, subject, text, page))
