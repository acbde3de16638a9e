"""Job title to department and seniority: by a table of words, then by the names of occupations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from leadwell.base.identity.text import clean, fold
from leadwell.enrichment.port import PersonFacts, Proposal
from leadwell.enrichment.providers.departments import LONGEST, ROOTS, phrases, ranks
from leadwell.enrichment.providers.occupations import occupation_of
from leadwell.enrichment.providers.seniorities import seniority_of

_FORMER = re.compile(r"^(?:ex|former|formerly|retired|ehemalige[rs]?|ancien(?:ne)?|anterior)\b")
_ASIDE = re.compile(r"\([^)]*\)|\b(?:m w d|w m d|m f d|h f|f h|m d w)\b")
_GENDER = re.compile(r"(?<=\w)(?:[*:_/](?:in|innen|frau|e|a|trice)|\((?:in|e|a|trice|s)\))\b", re.IGNORECASE)
_AT = re.compile(r"\s+(?:@|at|bei|chez)\s+.*$", re.IGNORECASE)
_RANK = re.compile(r"^(?:senior|sr|junior|jr|lead|chief|head|principal|staff|assistant|associate|deputy|trainee|apprentice)\b\s*|\s*\b(?:i{1,3}|iv|[1-4])$")
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class TitleReading:
    """What one title says; None where it says nothing."""

    department: str | None
    seniority: str | None
    matched: str = ""
    by: str = "words"


class Titles:
    """Proposes the department and seniority of a person from the job title."""

    name = "titles"
    fills = ("department", "seniority")

    def propose(self, facts: PersonFacts) -> Iterable[Proposal]:
        """Two proposals at most, with the words that decided as evidence."""
        title = facts.title or facts.lead_title
        if not title:
            return
        reading = read_title(title)
        evidence = {"title": title, "matched": reading.matched, "by": reading.by}
        if reading.department:
            yield facts.about("department", reading.department, self.name, 0.8 if reading.by == "words" else 0.65, evidence)
        if reading.seniority:
            yield facts.about("seniority", reading.seniority, self.name, 0.8, {"title": title})


@lru_cache(maxsize=20_000)
def read_title(title: str) -> TitleReading:
    """Read one title in English, German, French or Spanish; occupations in English."""
    folded = fold(_AT.sub("", _GENDER.sub("", clean(title, limit=200))))
    aside = " ".join(_WORDS.findall(folded))
    main = " ".join(_WORDS.findall(_ASIDE.sub(" ", folded))) or aside
    if _FORMER.match(main):
        return TitleReading(None, None)
    department, matched = phrase_of(main)
    if department is None:
        department, matched = phrase_of(aside)
    seniority = seniority_of(main) or seniority_of(aside)
    if department is None:
        department, matched = occupation_of(_RANK.sub("", main).strip())
        return TitleReading(department, seniority, matched, "occupation")
    return TitleReading(department, seniority, matched)


def words_of(title: str) -> str:
    """A title as the table of occupations has it: folded, without what stands in brackets."""
    return " ".join(_WORDS.findall(_ASIDE.sub(" ", fold(clean(title, limit=200)))))


def phrase_of(text: str) -> tuple[str | None, str]:
    """The department of the weightiest phrase: by rank, then the longest, then the rightmost."""
    words = text.split()
    hits = list(_hits(words))
    if hits and max(hits)[0] > 0:
        phrase = max(hits)[3]
        return phrases()[phrase], phrase
    rooted = _rooted(words)
    if rooted[0] or not hits:
        return rooted
    return "EXECUTIVE", max(hits)[3]


def _hits(words: list[str]) -> Iterable[tuple[int, int, int, str]]:
    table, rank = phrases(), ranks()
    for size in range(1, min(LONGEST, len(words)) + 1):
        for at in range(len(words) - size + 1):
            phrase = " ".join(words[at : at + size])
            if phrase in table:
                yield rank.get(phrase, 2), size, at, phrase


def _rooted(words: list[str]) -> tuple[str | None, str]:
    """German compounds by their beginning, English plurals by their singular."""
    for word in words:
        for root, department in ROOTS.items():
            if len(word) > len(root) and word.startswith(root):
                return department, word
    singular = [word[:-1] for word in words if word.endswith("s") and word[:-1] in phrases()]
    return (phrases()[singular[-1]], singular[-1]) if singular else (None, "")
