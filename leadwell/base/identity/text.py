"""Text as people paste it made safe to show (`clean`) and safe to compare (`fold`, `key`)."""

import re
import unicodedata
from collections.abc import Iterable

MAX_LENGTH = 2_000

_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[\W_]+")
_JOINERS = "\u200c\u200d"
# Letters that Unicode does not decompose, although people type them without the stroke or ligature.
_STROKES = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ŧ": "t"})


def clean(text: str | None, *, limit: int = MAX_LENGTH) -> str:
    """The text in NFC on one line, without controls, direction marks and other invisible characters; "" for none."""
    if not text:
        return ""
    if text.isascii() and text.isprintable():
        return " ".join(text[:limit].split())
    composed = unicodedata.normalize("NFC", text[:limit])
    if composed.isascii() and composed.isprintable():
        return _SPACES.sub(" ", composed).strip()
    return _SPACES.sub(" ", "".join(_visible(composed))).strip(" " + _JOINERS)


def _visible(text: str) -> Iterable[str]:
    before = ""
    for char in text:
        if char.isspace():
            yield " "
        elif char in _JOINERS:
            # Persian, Indic scripts and emoji families need joiners; between Latin letters they only hide twins.
            if before and not before.isascii():
                yield char
        elif unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co"):
            yield char
        before = char


def fold(text: str) -> str:
    """The text for comparison: compatibility form, no case, no diacritics, no invisible characters. Idempotent."""
    if text.isascii():
        return text.casefold()
    plain = "".join(_bare(unicodedata.normalize("NFKD", text).casefold()))
    return unicodedata.normalize("NFKC", plain.translate(_STROKES)).casefold()


def _bare(text: str) -> Iterable[str]:
    for char in unicodedata.normalize("NFKD", text):
        if unicodedata.category(char) not in ("Mn", "Cf", "Cc", "Cs"):
            yield char


def key(text: str | None) -> str | None:
    """Words of the folded text joined by single spaces, or None when nothing is left: blank never equals blank."""
    words = _NOT_WORD.sub(" ", fold(clean(text))).strip()
    return words or None
