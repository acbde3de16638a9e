"""The plain-text part of a mail, read off its HTML part."""

import re
from html.parser import HTMLParser

_BREAKS = {"p": 2, "div": 1, "br": 1, "tr": 1, "li": 1, "h1": 2, "h2": 2, "h3": 2, "h4": 2, "table": 1, "ul": 1, "ol": 1, "blockquote": 2, "hr": 1}
_SILENT = frozenset({"style", "script", "head", "title"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._links: list[tuple[str, int]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.parts)))
        else:
            self._break(tag)
            if tag == "li":
                self.parts.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "a" and self._links:
            href, start = self._links.pop()
            shown = "".join(self.parts[start:]).strip()
            if href and href != shown:
                self.parts.append(f" ({href})" if shown else href)
        elif tag != "br":
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if tag in _BREAKS:
            self.parts.append("\n" * _BREAKS[tag])


def plain_text(html: str) -> str:
    """Paragraphs, list items and links ("words (address)"); no runs of empty lines."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [line.strip() for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
