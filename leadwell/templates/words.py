"""What a mail is made of before it is anybody's: its three parts, and the snippets and the layout they use. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LONGEST: Mapping[str, int] = {"subject": 500, "html": 500_000, "text": 200_000}


@dataclass(frozen=True, slots=True)
class Words:
    """A template's three parts; `text` None is read off the HTML. `parts` is {"snippets": {name: {"html", "text"}}, "layout": {"html", "text"}}:
    everything else that rendering needs, so that it asks nobody."""

    subject: str
    html: str
    text: str | None = None
    parts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def source(self, part: str) -> str | None:
        return {"subject": self.subject, "html": self.html, "text": self.text}[part]

    def snippets(self, part: str) -> dict[str, str]:
        """The snippets as a part of the mail takes them in."""
        found: Mapping[str, Mapping[str, Any]] = self.parts.get("snippets") or {}
        kind = "html" if part == "html" else "text"
        return {name: str(one.get(kind) or one.get("html") or "") for name, one in found.items()}

    def layout(self, part: str) -> str | None:
        """What stands around a part, if anything does."""
        found: Mapping[str, Any] = self.parts.get("layout") or {}
        return found.get(part) or None
