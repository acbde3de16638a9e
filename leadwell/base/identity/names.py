"""Person names: taken apart, cased when shouted, and keyed without case, diacritics and short forms."""

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from leadwell.base.fixed import fixed
from leadwell.base.identity.flaws import BLANK, Flaw
from leadwell.base.identity.nicknames import full_names
from leadwell.base.identity.text import clean, key

if TYPE_CHECKING:
    from nameparser import ParsedName, Parser

_MAX = 300
_PEOPLE = re.compile(r"\s(?:&|and|und|et|y|e)\s|\sc/o\s|;|/", re.IGNORECASE)
_DIGITS_OR_AT = re.compile(r"[\d@]")
_LATIN = [chr(code) for code in (*range(0x41, 0x5B), *range(0x61, 0x7B), *range(0xC0, 0x180))]
_UPPER, _LOWER = ("".join(char for char in _LATIN if fits(char)) for fits in (str.isupper, str.islower))
_TWO_WORDS = re.compile(f"([{_UPPER}][{_LOWER}]{{2,20}}) ([{_UPPER}][{_LOWER}]{{2,20}})")
_PARTICLE_LIST = "van von de der den del della di da dos du la le el al bin ter ten zu zum zur st"
_PARTICLES = frozenset(_PARTICLE_LIST.split())


@fixed
class PersonName:
    """The parts of one name; `doubtful` is set when a reader could take it apart otherwise."""

    prefix: str
    first: str
    middle: str
    last: str
    suffix: str
    nickname: str
    doubtful: bool

    @property
    def full(self) -> str:
        """First, middle and last name."""
        return " ".join(part for part in (self.first, self.middle, self.last) if part)


def parse_name(text: str | None) -> PersonName | Flaw:
    """Take a full name apart, "Last, First" too; a single word is a last name and doubtful."""
    cleaned = clean(text, limit=_MAX)
    if not any(char.isalpha() for char in cleaned):
        return BLANK if not cleaned else Flaw("BAD_NAME", f'"{cleaned[:60]}" has no letters.')
    if _DIGITS_OR_AT.search(cleaned):
        return Flaw("BAD_NAME", f'"{cleaned[:60]}" is no name of a person: it has digits or an @.')
    if (plain := _plain(cleaned)) is not None:
        return plain
    try:
        parsed = _parser().parse(cleaned)
    except (ValueError, IndexError):  # the parser is young: a name it stumbles over stays whole
        return PersonName("", "", "", cleaned, "", "", doubtful=True)
    return _named(_shown(parsed, cleaned), cleaned)


def _plain(text: str) -> PersonName | None:
    """Two ordinary words in Latin letters, "Ana Müller", which the parser takes apart in no other way; None for anything it might."""
    found = _TWO_WORDS.fullmatch(text)
    if found is None or not _told_apart().isdisjoint((found[1].lower(), found[2].lower())):
        return None
    return PersonName("", found[1], "", found[2], "", "", doubtful=False)


def _named(name: "ParsedName", text: str) -> PersonName:
    first, middle, last = name.given, name.middle, name.family
    doubtful = bool(name.ambiguities) or _PEOPLE.search(text) is not None
    if last and _is_particle(first, last):
        first, middle, last, doubtful = "", "", " ".join(filter(None, (first, middle, last))), True
    elif not last:
        first, middle, last, doubtful = "", "", " ".join(filter(None, (first, middle))), True
    if not last:
        return PersonName("", "", "", text, "", "", doubtful=True)
    return PersonName(name.title, first, middle, last, name.suffix, name.nickname, doubtful)


def _is_particle(first: str, last: str) -> bool:
    """Whether what was read as a given name begins the family name: "van Dyk", "Van Der Berg", but not "Le Song"."""
    following = last.split()[0].casefold() in _PARTICLES
    return first.casefold() in _PARTICLES and (first.islower() or following)


def _shown(name: "ParsedName", text: str) -> "ParsedName":
    return name.capitalized() if _needs_casing(text) else name


def cased(name: str) -> str:
    """The name as a person would write it when it came all upper or all lower case, otherwise as given."""
    cleaned = clean(name, limit=_MAX)
    if not _needs_casing(cleaned):
        return cleaned
    words = [_cased_word(word) for word in cleaned.lower().split(" ")]
    return " ".join(word.lower() if word.lower() in _PARTICLES and len(words) > 1 else word for word in words)


def _cased_word(word: str) -> str:
    parts = re.split(r"([-'’.])", word)
    shown = "".join(part[:1].upper() + part[1:] for part in parts)
    if shown.startswith("Mc") and len(shown) > 3:
        return "Mc" + shown[2].upper() + shown[3:]
    return shown


def _needs_casing(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return len(letters) > 2 and (text.isupper() or text.islower())


def name_key(first: str | None, last: str | None) -> str | None:
    """First and last name for comparison ("Bob", "Müller" -> "robert muller"), None when both are blank."""
    parts = [part for part in (given_key(first), key(last)) if part]
    return " ".join(parts) or None


def given_key(first: str | None) -> str | None:
    """The first word of a given name, folded, with short forms resolved ("Bob J." -> "robert")."""
    folded = key(first)
    if folded is None:
        return None
    word = folded.split(" ")[0]
    return full_names().get(word, word)


@cache
def _parser() -> "Parser":
    from nameparser import Parser

    return Parser()


@cache
def _told_apart() -> frozenset[str]:
    """Every word that means something to the parser, as a title, suffix, particle or otherwise."""
    lexicon: Any = _parser().lexicon
    fields = [name for name in dir(lexicon) if not name.startswith("_")]    # Python 3.11.2 cannot be asked for `__weakref__`
    sets: list[frozenset[str]] = [value for name in fields if isinstance(value := getattr(lexicon, name), frozenset)]
    return _PARTICLES.union(*sets, (word for word, _ in lexicon.capitalization_exceptions))
