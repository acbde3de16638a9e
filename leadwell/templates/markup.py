"""What is wrong with a template as HTML: links that lead nowhere or run something, pictures without words, tags left open. Pure."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

from leadwell.templates.scanning import FILL, masked, place

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
LOOSE = frozenset({"p", "li", "td", "th", "tr", "tbody", "thead", "tfoot", "dt", "dd", "option", "html", "head", "body"})   # HTML closes them itself
GONE = frozenset({"script", "iframe", "object", "embed", "form", "input", "button", "textarea", "select", "video", "audio", "svg", "base"})
LONGEST_TAG = 5_000
RUNS = re.compile(r"^[\s\x00-\x20]*(javascript|vbscript|data|file|blob)\s*:", re.IGNORECASE)
GOOD = ("http", "https", "mailto", "tel")
Found = tuple[str, int, int, str, str, str]   # code, line, column, message, fix, severity


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Found] = []
        self.open: list[tuple[str, int, int]] = []

    def note(self, code: str, message: str, fix: str, severity: str = "WARNING", at: tuple[int, int] | None = None) -> None:
        line, column = at or self.getpos()
        self.found.append((code, line, column + 1, message, fix, severity))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if FILL in tag:
            return
        given = dict(attrs)
        if tag in GONE:
            self.note("TAG_REMOVED", f"<{tag}> is taken out of mail.", "Mail programs do not show it; link to a page instead.")
        for name in ("href", "src", "action", "background"):
            if name in given:
                self._link(tag, name, (given[name] or "").strip())
        if tag == "img" and "alt" not in given:
            self.note("NO_ALT", "A picture has no words.", 'Add alt="…": many readers do not load pictures; alt="" where it only decorates.', "HINT")
        if any(name.startswith("on") for name in given):
            self.note("SCRIPT_REMOVED", f"What <{tag}> runs is taken out of mail.", "Remove it.")
        if tag not in VOID and tag not in LOOSE:
            self.open.append((tag, *self.getpos()))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1][0] == tag:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        for i in range(len(self.open) - 1, max(-1, len(self.open) - 50), -1):
            if self.open[i][0] == tag:
                del self.open[i]
                return

    def _link(self, tag: str, name: str, value: str) -> None:
        if RUNS.match(value):
            scheme = value.split(":", 1)[0].strip()[:20]
            self.note("BAD_LINK", f"A link begins with {scheme}:, which runs something instead of leading somewhere.", "Link to a web address.", "ERROR")
        elif why := broken(value, picture=tag == "img" or name == "background"):
            self.note("BROKEN_LINK", f"A link leads nowhere: {why}.", "Write the whole address, such as https://www.example.com/page.")


def broken(value: str, *, picture: bool = False) -> str | None:
    """Why an address does not work in a mail; None when it may. What Liquid fills in is believed."""
    if value.startswith(FILL):
        return None
    if not value or value == "#":
        return "it is empty"
    if value.startswith("#"):
        return None
    try:
        read = urlsplit(value.split(FILL)[0] + "x" if FILL in value else value)
    except ValueError:
        return f"{value[:60]} cannot be read as an address"
    if read.scheme not in GOOD or (picture and read.scheme not in ("http", "https")):
        return f"{value.replace(FILL, '')[:60]} has no https:// in front"
    if read.scheme in ("http", "https") and not read.netloc:
        return f"{value[:60]} names no server"
    return "there is a blank in it" if any(c.isspace() for c in value) else None


def _whole(html: str) -> str:
    """As much as can be read in one pass: up to the first tag or comment that has no end."""
    at = 0
    while (start := html.find("<", at)) >= 0:
        comment = html.startswith("<!--", start)
        if not comment and not html[start + 1 : start + 2].strip("/!?").isalpha() and html[start + 1 : start + 2] not in ("/", "!", "?"):
            at = start + 1
            continue
        end = html.find("-->", start + 4) if comment else html.find(">", start, start + LONGEST_TAG)
        if end < 0:
            return html[:start]
        at = end + 1
    return html


def flaws(html: str) -> Iterator[Found]:
    """Everything found, in order; at most 100."""
    reader, plain = _Reader(), masked(html)
    whole = _whole(plain)
    reader.feed(whole)
    if len(whole) < len(plain):
        line, column = place(plain, len(whole))
        reader.note("UNCLOSED_HTML", "A tag or comment is never closed.", "Close it with >.", at=(line, column - 1))
    reader.close()
    for tag, line, column in reader.open:
        if FILL not in tag:
            reader.note("UNCLOSED_HTML", f"<{tag}> is never closed.", f"Add </{tag}>.", "HINT", (line, column))
    yield from sorted(reader.found, key=lambda one: one[1:3])[:100]
