"""Which value of a field survives when records become one. Pure.

A cleared value is an empty one that somebody emptied (it has a provenance); one never filled is no value at all. Under SURVIVOR what the
survivor cleared stays empty, what it never had is filled. Under NEWEST clearing counts like any other word. Under LONGEST nothing empty wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

Policy = Literal["SURVIVOR", "NEWEST", "LONGEST"]
ADDRESS = ("street", "postal_code", "city", "region", "country")


@dataclass(frozen=True, slots=True)
class Word:
    """Where the value of a field came from."""

    at: datetime
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One of those that become one: its columns, and for those somebody spoke about, the word. `stale` columns hold a value known to be dead."""

    id: UUID
    values: Mapping[str, Any]
    created_at: datetime
    words: Mapping[str, Word] = field(default_factory=dict[str, Word])
    stale: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Block:
    """Columns that only make sense together, such as an address; `needed` says which of them must be there for it to be filled."""

    name: str
    columns: tuple[str, ...]
    needed: tuple[str, ...] = ()

    def filled(self, record: Record) -> bool:
        return any(record.values[c] not in (None, "") and c not in record.stale for c in self.needed or self.columns)

    def cleared(self, record: Record) -> bool:
        return not self.filled(record) and any(c in record.words and c not in record.stale for c in self.columns)

    def locked(self, record: Record) -> bool:
        return any(c in record.words and record.words[c].locked for c in self.columns)

    def at(self, record: Record) -> datetime:
        """When it was last spoken about; what nobody spoke about is as old as its record."""
        return max((record.words[c].at for c in self.columns if c in record.words), default=record.created_at)

    def length(self, record: Record) -> tuple[int, int]:
        texts = [str(record.values[c]) for c in self.columns if record.values[c] not in (None, "")]
        return len(texts), sum(map(len, texts))

    def said(self, record: Record) -> tuple[Any, ...]:
        return tuple(record.values[c] for c in self.columns)


def block(name: str, *columns: str, needed: tuple[str, ...] = ()) -> Block:
    return Block(name, columns or (name,), needed)


BLOCKS: Mapping[str, tuple[Block, ...]] = {
    "Person": (
        block("name", "name", "prefix", "first_name", "middle_name", "last_name", "suffix", needed=("name", "first_name", "last_name")),
        block("email"), block("phone"), block("title", "title", "department", "seniority", needed=("title",)), block("language"), block("time_zone"),
        block("address", *ADDRESS),
    ),
    "Lead": (
        *map(block, ("title", "company_name", "company_website", "industry", "employees", "need", "interest", "product_id", "referred_by_id", "source_id",
                     "campaign_id", "owner_id")),
        block("budget", "budget_minor", "currency", needed=("budget_minor",)), block("company", "company_id", "company_match", needed=("company_id",)),
    ),
    "Contact": tuple(map(block, ("title", "owner_id", "source_id", "lead_id"))),
    "Company": (
        block("name", "name", "name_key"), *map(block, ("domain", "website", "industry", "employees", "phone", "owner_id")),
        block("revenue", "revenue_minor", "currency", needed=("revenue_minor",)), block("address", *ADDRESS),
    ),
}  # fmt: skip
PROVENANCE = {"name_key", "company_match"}   # follow another column and are spoken of by nobody


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field in which the records differ; `lost` are the values that are not kept, by record."""

    noun: str
    field: str
    kept: Any
    lost: Sequence[tuple[UUID, Any]]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the survivor's columns become where that differs, from which record each comes, and what differed."""

    values: Mapping[str, Any]
    donors: Mapping[str, UUID]
    conflicts: Sequence[Conflict]


def decide(noun: str, records: Sequence[Record], policies: Mapping[str, Policy | UUID], default: Policy = "SURVIVOR") -> Decision:
    """The survivor stands first. A policy is a rule, or the record whose value is taken; a locked value yields to a named record alone."""
    survivor = records[0]
    values: dict[str, Any] = {}
    donors: dict[str, UUID] = {}
    conflicts: list[Conflict] = []
    for one in BLOCKS[noun]:
        donor = chosen(one, records, policies.get(one.name, default))
        for column in one.columns if donor is not survivor else ():
            if donor.values[column] != survivor.values[column]:
                values[column], donors[column] = donor.values[column], donor.id
        lost = [(r.id, _shown(one, r)) for r in records if r is not donor and one.filled(r) and one.said(r) != one.said(donor)]
        if lost:
            conflicts.append(Conflict(noun, one.name, _shown(one, donor), lost))
    return Decision(values, donors, conflicts)


def chosen(one: Block, records: Sequence[Record], policy: Policy | UUID) -> Record:
    """Whose value of a block survives."""
    survivor = records[0]
    if isinstance(policy, UUID):
        return next((r for r in records if r.id == policy), survivor)
    locked = [r for r in records if one.locked(r)]
    if locked:
        return survivor if survivor in locked else max(locked, key=one.at)
    filled = [r for r in records if one.filled(r)]
    if policy == "LONGEST":
        return max(filled, key=one.length, default=survivor)
    if policy == "NEWEST":
        return max((r for r in records if one.filled(r) or one.cleared(r)), key=one.at, default=survivor)
    if one.filled(survivor) or one.cleared(survivor):
        return survivor
    return max(filled, key=one.at, default=survivor)


def _shown(one: Block, record: Record) -> Any:
    return record.values[one.columns[0]] if len(one.columns) == 1 or one.needed else {c: record.values[c] for c in one.columns}
