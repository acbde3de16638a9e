"""What a list is asked for, and what a page of it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from leadwell.catalog.nouns import Noun, Relation
from leadwell.catalog.refusals import BadPage
from leadwell.catalog.search import checked

LONGEST = 200
DEFAULT = 25
CAP = 1_000
Row = dict[str, Any]


@dataclass(frozen=True)
class Listing:
    """What a list is asked for. A relation makes it a list of each parent's related rows."""

    noun: Noun
    where: object = None
    order: object = None
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    relation: Relation | None = None
    search: str | None = None

    @classmethod
    def of(cls, noun: Noun, args: Mapping[str, Any], relation: Relation | None = None) -> "Listing":
        """From the arguments of a connection, by their API names."""
        return cls(noun, relation=relation, **{"order" if k == "orderBy" else k: v for k, v in args.items()})

    def __post_init__(self) -> None:
        if self.search is not None:
            checked(self.noun, self.search)
        if self.first is not None and self.last is not None:
            raise BadPage(why="first and last exclude each other", field="last")
        for name, size in (("first", self.first), ("last", self.last)):
            if size is not None and not 0 <= size <= LONGEST:
                raise BadPage(why=f"{name} must be from 0 to {LONGEST}", field=name)

    @property
    def size(self) -> int:
        given = self.last if self.first is None else self.first
        return DEFAULT if given is None else given

    @property
    def backward(self) -> bool:
        return self.last is not None

    @property
    def filter(self) -> object:
        return dict[str, object]() if self.where is None else self.where

    @property
    def cursors(self) -> dict[str, str]:
        """The cursors given, by the argument's name."""
        return {name: cursor for name, cursor in (("after", self.after), ("before", self.before)) if cursor is not None}

    @cached_property
    def name(self) -> str:
        return self.relation.path if self.relation else self.noun.name


class Page(NamedTuple):
    """Rows in the order asked for, and whether more stand behind or before them."""

    rows: list[Row]
    has_next: bool
    has_previous: bool

    @classmethod
    def of(cls, ask: Listing, rows: list[Row]) -> "Page":
        """From up to one row more than asked for, in the direction of reading."""
        more, kept = len(rows) > ask.size, rows[: ask.size]
        if ask.backward:
            return cls(kept[::-1], ask.before is not None, more)
        return cls(kept, more, ask.after is not None)
