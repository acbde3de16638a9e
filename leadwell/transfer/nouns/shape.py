"""What a noun that can be imported declares: its fields, what identifies a row, and how rows are met, made and changed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from leadwell.base.tx import Tx

Mode = Literal["CREATE", "FILL_EMPTY", "OVERWRITE"]
MODES: tuple[Mode, ...] = ("CREATE", "FILL_EMPTY", "OVERWRITE")
Read = Callable[[str, "Hints"], Any]


@dataclass(frozen=True, slots=True)
class Hints:
    """What bare numbers mean: whose country, which currency."""

    country: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A value a column can fill. `names` are what columns are called (a|b|c); `column` where it goes; without `read` it names something that
    is looked up: `link` says what. A field that is no `column` cannot be overwritten."""

    name: str
    doc: str
    names: str = ""
    read: Read | None = None
    column: str = ""
    link: str = ""


@dataclass(slots=True)
class Case:
    """One row on its way in. `values` are columns with what was read, None where the row clears; `links` texts that name other records.
    `changes` {field: [before, after]} and `action` say what became of it."""

    number: int
    values: dict[str, Any]
    links: dict[str, str] = field(default_factory=dict[str, str])
    flaws: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    fatal: tuple[str, str] | None = None
    record_id: UUID | None = None
    action: Literal["CREATED", "CHANGED", "UNCHANGED"] = "UNCHANGED"
    changes: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    conflicts: dict[str, Any] = field(default_factory=dict[str, Any])
    more: dict[str, Any] = field(default_factory=dict[str, Any])

    def flaw(self, name: str, code: str, message: str) -> None:
        self.flaws.append((name, code, message))

    def given(self, name: str) -> Any:
        return self.values.get(name)

    @property
    def live(self) -> bool:
        return self.fatal is None


@dataclass(frozen=True, slots=True)
class Way:
    """How rows are taken in, for all nouns: whose external ids, which mode, which fields may be overwritten, what the workspace says."""

    system: str
    mode: Mode
    overwrite: frozenset[str]
    hints: Hints
    source_id: UUID | None = None
    campaign_id: UUID | None = None
    at: datetime | None = None


Meet = Callable[[Tx, "Way", Sequence[Case]], Awaitable[None]]
Current = Callable[[Tx, Sequence[UUID]], Awaitable[Mapping[UUID, Mapping[str, Any]]]]
Make = Callable[[Tx, "Way", Sequence[Case]], Awaitable[None]]
Change = Callable[[Tx, UUID, Mapping[str, Any]], Awaitable[Any]]
Withdraw = Callable[[Tx, Sequence[UUID]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Importable:
    """A noun that files can bring. `meet` finds the records that rows mean (record_id), `current` reads them under lock, `make` makes those that
    are not there, `change` changes one, `withdraw` takes back what an import made."""

    name: str
    fields: Mapping[str, Field]
    identifying: tuple[str, ...]
    meet: Meet
    current: Current
    make: Make
    change: Change
    withdraw: Withdraw


def declared(*fields: Field) -> Mapping[str, Field]:
    return {one.name: one for one in fields}
