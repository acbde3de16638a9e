"""Which figures the fields of a noun have, what they are grouped by, and what an aggregate is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from leadwell.catalog.kinds import Kind
from leadwell.catalog.nouns import Column, Noun, Relation
from leadwell.catalog.refusals import bad_groups
from leadwell.catalog.search import checked

MOST_GROUPS, GROUPS = 1_000, 100
UNITS = ("HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
COUNTS = ("count", "countDistinct")
RANGE = ("count", "min", "max")
NUMBER = (*COUNTS, "sum", "avg", "min", "max")
FIGURES: dict[Kind, tuple[str, ...]] = {
    "text": COUNTS, "choice": COUNTS, "flag": COUNTS, "id": COUNTS, "int": NUMBER, "big": NUMBER, "float": NUMBER,
    "moment": RANGE, "date": RANGE, "money": ("count", "sum", "avg", "min", "max"),
}  # fmt: skip
CHARTED = frozenset((
    "Person", "Lead", "Contact", "Company", "Deal", "Activity", "Task", "Purchase", "Touchpoint", "CampaignMember", "Enrollment", "Send", "Submission",
    "Conversion", "LeadStatusSpan", "DealStageSpan", "Consent", "WebhookDelivery",
))  # fmt: skip


def charted(noun: Noun) -> bool:
    """Whether people chart the noun: only then it has an aggregate, for each takes as much of the schema as a noun's list."""
    return noun.name in CHARTED


def measured(noun: Noun) -> dict[str, Column]:
    """The fields that have figures."""
    return {c.api: c for c in noun.columns.values() if c.contract.where and c.kind in FIGURES and c.kind != "id"}


def related(noun: Noun) -> dict[str, Relation]:
    """The relations to group by: those that a column of ours names."""
    return {r.api: r for r in noun.relations.values() if not r.many and r.there == "id" and r.here != "id"}


def units(kind: Kind) -> tuple[str, ...]:
    """What a field of this kind is grouped by."""
    return {"moment": UNITS, "date": UNITS[1:], "money": ()}.get(kind, ("VALUE",))


def figure_kind(kind: Kind, figure: str) -> Kind:
    """What kind of value a figure is; sums of whole numbers are large ones."""
    if figure in COUNTS:
        return "int"
    if figure in ("min", "max", "value") or kind in ("money", "float"):
        return kind
    return "float" if figure == "avg" else "big"


@dataclass(frozen=True, slots=True)
class Grouping:
    """What an aggregate is asked for."""

    noun: Noun
    where: object = None
    by: object = None
    having: object = None
    order: object = None
    first: int | None = None
    zone: str | None = None
    search: str | None = None

    @classmethod
    def of(cls, noun: Noun, args: Mapping[str, Any]) -> "Grouping":
        """From the arguments of an aggregate, by their API names."""
        names = {"groupBy": "by", "orderBy": "order", "timeZone": "zone"}
        return cls(noun, **{names.get(k, k): v for k, v in args.items()})

    def __post_init__(self) -> None:
        if self.search is not None:
            checked(self.noun, self.search)
        if self.first is not None and not 0 <= self.first <= MOST_GROUPS:
            raise bad_groups(("first",), f"expects 0 to {MOST_GROUPS:,}")
        if self.zone is not None and self.zone not in _zones():
            raise bad_groups(("timeZone",), "expects an IANA time zone such as Europe/Berlin")

    @property
    def size(self) -> int:
        return GROUPS if self.first is None else self.first

    @property
    def whole(self) -> "Grouping":
        """All records that match, as one group."""
        return Grouping(self.noun, self.where, search=self.search)

    @property
    def values(self) -> dict[str, Any]:
        """What the parameters of the statement are picked from."""
        return {
            "where": self.where or {}, "having": self.having, "orderBy": self.order, "limit": self.size + 1, "timeZone": self.zone, "search": self.search,
        }  # fmt: skip


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "Factory"})
