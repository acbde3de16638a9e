"""Looks a source over before the parser does: unclosed and endless tags are found in one pass, which the parser takes minutes for. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_TAGS = 2_000
LONGEST_TAG = 5_000
CLOSE = {"{{": "}}", "{%": "%}"}
_RAW = re.compile(r"\{%-?\s*raw\s*-?%\}")
_ENDRAW = re.compile(r"\{%-?\s*endraw\s*-?%\}")


@dataclass(frozen=True, slots=True)
class Slip:
    """Why a source is not even parsed, and where."""

    at: int
    message: str
    fix: str


def slip(source: str) -> Slip | None:
    """The first thing that keeps the source from being parsed; None when it may be."""
    at = count = 0
    while (found := _next(source, at)) is not None:
        at, count = found, count + 1
        if count > MOST_TAGS:
            return Slip(at, f"There are more than {MOST_TAGS} tags.", "Split it, or write repeated pieces as a snippet.")
        if source.startswith("{{{", at) or source.startswith("{{%", at):
            return Slip(at, "There is a brace too many.", "Begin with two braces, or with a brace and a percent sign.")
        if raw := _RAW.match(source, at, at + 40):
            end = _ENDRAW.search(source, raw.end())
            if end is None:
                return Slip(at, "The tag raw is never closed.", "Add {% endraw %}.")
            at = end.end()
            continue
        close = source.find(CLOSE[source[at : at + 2]], at + 2, at + LONGEST_TAG)
        if close < 0 or "{%" in source[at + 2 : close] or "{{" in source[at + 2 : close]:
            return Slip(at, f"{source[at:at + 2]} is never closed.", f"Close it with {CLOSE[source[at:at + 2]]}.")
        at = close + 2
    return None


def _next(source: str, at: int) -> int | None:
    places = [p for p in (source.find("{{", at), source.find("{%", at)) if p >= 0]
    return min(places, default=None)


def masked(source: str) -> str:
    """The source with something harmless, as long, in place of its tags: what is left is HTML with the positions it had."""
    return "".join(_masked(source))


def _masked(source: str) -> Iterator[str]:
    at = 0
    while (start := _next(source, at)) is not None:
        end = source.find(CLOSE[source[start : start + 2]], start + 2)
        end = len(source) if end < 0 else end + 2
        yield source[at:start]
        yield "".join(c if c == "\n" else FILL for c in source[start:end])
        at = end
    yield source[at:]


FILL = "\ue000"


def place(source: str, at: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    return source.count("\n", 0, at) + 1, at - (source.rfind("\n", 0, at) + 1) + 1
