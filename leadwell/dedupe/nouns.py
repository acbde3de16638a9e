"""The kinds of records that are compared, each with its spec, what reads it and what its rows come to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leadwell.dedupe.companies import COMPANIES, company_facts, company_keys, one_company
from leadwell.dedupe.keys import KeyKind
from leadwell.dedupe.people import PEOPLE, one_person, person_facts, person_keys
from leadwell.dedupe.spec import Facts, Spec


@dataclass(frozen=True, slots=True)
class Compared:
    """`code` as pairs and models name it; `query` reads rows by id; `worth` says cheaply which pairs are worth weighing; `counted` are the fields whose
    frequent values are counted, `words` by word."""

    code: str
    spec: Spec
    query: str
    facts: Callable[[Mapping[str, Any]], dict[str, list[str]]]
    keys: Callable[[Facts], dict[int, KeyKind]]
    worth: Callable[[Facts, Facts], bool]
    table: str
    living: str
    counted: tuple[str, ...]
    words: tuple[str, ...] = ()

    @property
    def noun(self) -> str:
        return self.spec.noun


PERSON = Compared(
    "PERSON", PEOPLE, "read_people", person_facts, person_keys, one_person, "people", "x.merged_into IS NULL AND x.kind <> 'ANONYMOUS'",
    ("given", "family", "company", "city"),
)  # fmt: skip
COMPANY = Compared(
    "COMPANY", COMPANIES, "read_companies", company_facts, company_keys, one_company, "companies", "x.kind = 'COMPANY'", ("name", "city"), ("name",))
NOUNS = (PERSON, COMPANY)
