"""The words a noun is declared with: a plain Tortoise field is private, public(...) puts it into the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, Literal, Protocol, Self, TypeVar, overload
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model as TortoiseModel
from tortoise.models import ModelMeta
from tortoise.queryset import QuerySet

T = TypeVar("T")
V = TypeVar("V")
E = TypeVar("E", bound="Choice")


@dataclass(frozen=True, slots=True)
class Contract:
    """What the outside may do with a column; `see` names the permission to read, filter and sort by it."""

    doc: str
    see: str | None = None
    sort: bool = False
    where: bool = True


def public(field: fields.Field[V], doc: str, *, see: str | None = None, sort: bool = False, where: bool = True) -> fields.Field[V]:
    """Makes a column part of the API, with the sentence its readers see."""
    field.description = doc
    setattr(field, "contract", Contract(doc, see, sort, where))  # noqa: B010 - Tortoise's class does not declare it
    return field


class Choice(StrEnum):
    """Stored text equals the API's enum value; each member carries its own sentence."""

    doc: str

    def __new__(cls, value: str, doc: str) -> Self:
        self = str.__new__(cls, value)
        self._value_, self.doc = value, doc
        return self


class Direction(Choice):
    """Which end comes first; missing values come last unless asked otherwise."""

    ASC = "ASC", "Smallest first, missing last."
    DESC = "DESC", "Largest first, missing last."
    ASC_NULLS_FIRST = "ASC_NULLS_FIRST", "Missing first, then smallest."
    DESC_NULLS_FIRST = "DESC_NULLS_FIRST", "Missing first, then largest."


class ChoiceField(fields.TextField):
    """Text restricted by a CHECK, because enum types are not leakproof under row security."""

    of: type[Choice]


@overload
def text(*, null: Literal[False] = False, default: str | None = None, column: str | None = None) -> fields.Field[str]: ...
@overload
def text(*, null: Literal[True], default: str | None = None, column: str | None = None) -> fields.Field[str | None]: ...
def text(*, null: bool = False, default: str | None = None, column: str | None = None) -> fields.Field[Any]:
    """Tortoise types a nullable TextField as str; this one tells the truth. `column` is its other name in the table."""
    given: dict[str, Any] = {} if default is None else {"default": default}
    return fields.TextField(null=null, source_field=column, **given)


@overload
def big(*, null: Literal[False] = False, default: int | None = None) -> fields.Field[int]: ...
@overload
def big(*, null: Literal[True], default: int | None = None) -> fields.Field[int | None]: ...
def big(*, null: bool = False, default: int | None = None) -> fields.Field[Any]:
    """A whole number beyond 32 bits."""
    field: Any = fields.BigIntField(null=null) if default is None else fields.BigIntField(null=null, default=default)
    return field


def texts() -> fields.Field[list[str]]:
    """A list of texts, never null."""
    field: Any = ArrayField("text", default=list)
    return field


@overload
def choice(of: type[E], *, null: Literal[False] = False, default: E | None = None, column: str | None = None) -> fields.Field[E]: ...
@overload
def choice(of: type[E], *, null: Literal[True], default: E | None = None, column: str | None = None) -> fields.Field[E | None]: ...
def choice(of: type[E], *, null: bool = False, default: E | None = None, column: str | None = None) -> fields.Field[Any]:
    """A text column whose CHECK lists exactly the members of the enum."""
    given: dict[str, Any] = {} if default is None else {"default": default}
    field = ChoiceField(null=null, source_field=column, **given)
    field.of = of
    return field


@dataclass(frozen=True, slots=True)
class Computed(Generic[T]):
    """A field made by SQL: {t} is our row, {x} the one row of `table` that `on` finds, $1 the workspace."""

    type: type[T]
    sql: str
    contract: Contract
    null: bool = False
    table: str | None = None
    on: str = ""


def computed(
    type: type[T],
    sql: str,
    doc: str,
    *,
    null: bool = False,
    see: str | None = None,
    sort: bool = False,
    where: bool = True,
) -> Computed[T]:
    """A read-only field of the API that no column holds."""
    return Computed(type, sql, Contract(doc, see, sort, where), null)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Where a field is looked up: at most one row of `table` for ours; filters on it become semi-joins."""

    table: str
    on: str

    def field(self, type: type[T], column: str, doc: str, *, null: bool = True, see: str | None = None, sort: bool = False) -> Computed[T]:
        """A column of the row found, shown as a field of ours."""
        return Computed(type, "{x}." + column, Contract(doc, see, sort), null, self.table, self.on)


@dataclass(frozen=True, slots=True)
class MoneyPair:
    """An amount in minor units and its currency, two private columns (SQL over {t}) that the API shows as one value."""

    minor: str
    currency: str
    contract: Contract
    null: bool


def money(minor: str, currency: str, doc: str, *, null: bool = False, see: str | None = None, sort: bool = False) -> MoneyPair:
    """One Money field from the two columns named; an expression over {t} can stand for either."""
    over_row = [sql if "{t}" in sql else "{t}." + sql for sql in (minor, currency)]
    return MoneyPair(over_row[0], over_row[1], Contract(doc, see, sort), null)


@dataclass(frozen=True, slots=True)
class Through:
    """A link table: `here` is our key in it, `there` theirs; `copies` are their columns it repeats, to sort by and to be shown from."""

    table: str
    here: str
    there: str
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToOne:
    """At most one related row: our column `key` equals their column `there`."""

    noun: str
    key: str
    doc: str
    null: bool = True
    there: str = "id"


@dataclass(frozen=True, slots=True)
class ToMany:
    """Related rows: their column `key` equals our column `here`, directly or as the ends of a link table."""

    noun: str
    key: str
    doc: str
    order: str
    here: str = "id"
    through: Through | None = None


class InTransaction(Protocol):
    """What a query needs of a transaction; leadwell.base.tx.Tx satisfies it."""

    @property
    def workspace(self) -> UUID: ...
    @property
    def db(self) -> Any: ...


Table = TortoiseModel.Meta  # what a concrete table's Meta extends, because `abstract` is inherited
Abstract: Any = type("Meta", (Table,), {"abstract": True})


class Uncommented(ModelMeta):
    """Spares every process 0.15 s: Tortoise reads each class's source for `#:` comments unless it carries this mark."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> ModelMeta:
        return super().__new__(cls, name, bases, {"_no_comments": True, **attrs})


class Model(TortoiseModel, metaclass=Uncommented):
    """A table. What its columns mean is said with `public`."""

    Meta = Abstract


class Rows(Model):
    """A table of one workspace's rows. Tortoise knows one key column; the real key begins with workspace_id."""

    workspace_id = fields.UUIDField()

    Meta = Abstract

    @classmethod
    def of(cls, tx: InTransaction) -> QuerySet[Self]:
        """The one entry to a table: this workspace's rows, on this transaction's connection."""
        return cls.filter(workspace_id=tx.workspace).using_db(tx.db)


class Tenant(Rows):
    """A row with the database key (workspace_id, id); a tag above 0 makes it a noun of the API."""

    tag: ClassVar[int] = 0  # the type part of opaque ids: never reused, never renumbered
    owned_by: ClassVar[str | None] = None  # whose a row is: a column of users, or SQL over {t} and {theirs}, the comparison
    part_of: ClassVar[tuple[str, str] | None] = None  # the noun whose permissions hold, and our key to it
    read_with: ClassVar[tuple[str, ...]] = ()  # nouns whose readers may read this one too
    listed: ClassVar[Mapping[str, str]] = {}  # the rows (SQL over {t}) that lists show unless the filter names the field
    searched: ClassVar[tuple[str, ...]] = ()  # the fields whose words `search` finds; lw_search knows their tables

    id = public(fields.UUIDField(primary_key=True), "Opaque global id.")

    Meta = Abstract


class Dated(Tenant):
    """A tenant row that knows when it was made and last changed, and how often."""

    listed: ClassVar[Mapping[str, str]] = {"archivedAt": "{t}.archived_at IS NULL"}

    created_at = public(fields.DatetimeField(), "When the record was made.", sort=True)
    updated_at = public(fields.DatetimeField(), "When the record last changed.", sort=True)
    version = public(fields.IntField(default=1), "Adds one with every change.", where=False)
    archived_at: fields.Field[datetime | None] = public(
        fields.DatetimeField(null=True), "When the record was put away; lists leave it out unless asked."
    )

    Meta = Abstract
