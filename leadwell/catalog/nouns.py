"""Reads the models once and answers which nouns, fields and relations exist, of what kind, and who may see them."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from leadwell.access.names import camel
from leadwell.catalog.kinds import CASTS, Kind
from models.columns import Choice, ChoiceField, Computed, Contract, MoneyPair, Tenant, Through, ToMany, ToOne

KINDS: dict[type, Kind] = {
    ChoiceField: "choice", fields.UUIDField: "id", fields.BigIntField: "big", fields.SmallIntField: "int", fields.IntField: "int",
    fields.FloatField: "float", fields.BooleanField: "flag", fields.DatetimeField: "moment", fields.DateField: "date", fields.JSONField: "json",
    fields.TextField: "text", ArrayField: "texts",
}  # fmt: skip
PYTHON: dict[object, Kind] = {str: "text", int: "int", float: "float", bool: "flag", datetime: "moment", dict[str, Any]: "custom", list[str]: "texts"}


@dataclass(frozen=True, eq=False)
class Column:
    """A public value of a noun. `sql` is over {t}, our row, and {x}, the row of `lookup` if there is one."""

    noun: str
    name: str
    kind: Kind
    null: bool
    sql: str
    contract: Contract
    tag: int = 0
    choices: type[Choice] | None = None
    computed: bool = False
    lookup: str | None = None
    on: str = ""
    currency: str = ""

    def inner(self, alias: str) -> str:
        """The expression, where {x} is at hand."""
        return self.sql.replace("{t}", alias)

    def at(self, alias: str) -> str:
        """The expression over a row of the noun's own table."""
        if self.lookup is None:
            return self.inner(alias)
        return f"(SELECT {self.inner(alias).replace('{x}', 'x')} FROM {self.lookup} x WHERE {self.found(alias, 'x')})"

    def found(self, alias: str, x: str) -> str:
        return f"{x}.workspace_id = $1 AND " + self.on.replace("{t}", alias).replace("{x}", x)

    @property
    def ends(self) -> tuple[str, str] | None:
        """Of a field looked up: the column of the other table that equals one of ours, and ours."""
        found = re.search(r"\{x\}\.(\w+) = \{t\}\.(\w+)", self.on)
        return (found[1], found[2]) if found else None

    @cached_property
    def api(self) -> str:
        return camel(self.name)

    @cached_property
    def path(self) -> str:
        return f"{self.noun}.{self.api}"

    @property
    def cast(self) -> str:
        return CASTS[self.kind]


@dataclass(frozen=True, eq=False)
class Relation:
    """How a noun's rows find those of another: here.`here` = there.`there`, directly or as the ends of a link table."""

    noun: str
    name: str
    target: "Noun"
    here: str
    there: str
    many: bool
    null: bool
    doc: str
    order: tuple[tuple[str, str], ...] = ()
    through: Through | None = None

    @cached_property
    def api(self) -> str:
        return camel(self.name)

    @cached_property
    def path(self) -> str:
        return f"{self.noun}.{self.api}"

    def source(self, there: str, link: str, *, alone: bool = False) -> str:
        """What stands behind FROM for the related rows; `alone`: for what the link table repeats of them."""
        if not self.through:
            return f"{self.target.table} {there}"
        if alone:
            return f"{self.through.table} {link}"
        ends = f"{there}.workspace_id = $1 AND {there}.{self.there} = {link}.{self.through.there}"
        return f"{self.through.table} {link} JOIN {self.target.table} {there} ON {ends}"

    def join(self, key: str, there: str, link: str, *, alone: bool = False) -> str:
        """The condition that ties the related rows to `key`, the value of our column; each table names its workspace."""
        if not self.through:
            return f"{there}.workspace_id = $1 AND {there}.{self.there} = {key}"
        theirs = "" if alone else f"{there}.workspace_id = $1 AND "
        return f"{link}.workspace_id = $1 AND {theirs}{link}.{self.through.here} = {key}"

    def repeated(self, names: Collection[str], link: str) -> str | None:
        """These columns of the related rows as the link table repeats them, for a select list; None if it does not."""
        if self.through is None or not {*names} <= {self.there, *self.through.copies}:
            return None
        return ", ".join(f"{link}.{self.through.there if name == self.there else name} AS {name}" for name in names)


class Noun:
    """A table of the contract with its fields and relations, by their API names."""

    def __init__(self, model: type[Tenant]) -> None:
        self.model, self.name, self.tag = model, model.__name__, model.tag
        self.table = str(model._meta.db_table)  # pyright: ignore[reportPrivateUsage]
        self.singular, self.plural = self.name[0].lower() + self.name[1:], camel(self.table)
        self.doc = (model.__doc__ or "").strip()
        self.parent: tuple[Noun, str] | None = None
        self.columns: dict[str, Column] = {}
        self.relations: dict[str, Relation] = {}

    def mine(self, t: str, theirs: str) -> str:
        """The condition under which a row is somebody's, for a noun that has owners; `theirs` compares the column before it with them."""
        owned = self.model.owned_by or ""
        return owned.replace("{t}", t).replace("{theirs}", theirs) if "{" in owned else f"{t}.{owned} {theirs}"

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The columns relations start from: always read, they cost nothing."""
        return tuple(sorted({"id", *(r.here for r in self.relations.values())}))


class Catalog:
    """Every noun by name and by tag."""

    def __init__(self, nouns: Sequence[Noun]) -> None:
        self.nouns = {n.name: n for n in nouns}
        self.tags = {n.tag: n for n in nouns}
        self.plurals = {n.plural: n for n in nouns}
        self.singulars = {n.singular: n for n in nouns}
        if len(self.tags) != len(nouns):
            raise TypeError("two nouns share a tag")

    def __getitem__(self, name: str) -> Noun:
        return self.nouns[name]

    def __iter__(self) -> Iterator[Noun]:
        return iter(self.nouns.values())

    def get(self, name: str) -> Noun | None:
        return self.nouns.get(name)

    def by_tag(self, tag: int) -> Noun | None:
        return self.tags.get(tag)


def fields_of(model: type[Model]) -> dict[str, Any]:
    """Tortoise's own way to the fields is its metadata."""
    return cast("dict[str, Any]", model._meta.fields_map)  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]


def catalog(models: Sequence[type[Tenant]]) -> Catalog:
    """Builds and closes the catalog: a relation to an unknown noun or column fails here, at import."""
    found = Catalog([Noun(m) for m in models])
    for noun in found:
        noun.columns = {c.api: c for c in _columns(noun)}
    for noun in found:
        noun.relations = {r.api: r for r in _relations(found, noun)}
        if noun.model.part_of:
            noun.parent = (found[noun.model.part_of[0]], noun.model.part_of[1])
    return found


def _columns(noun: Noun) -> Iterator[Column]:
    for name, of in fields_of(noun.model).items():
        contract = cast("Contract | None", getattr(of, "contract", None))
        if contract:
            choices, sql = cast("type[Choice] | None", getattr(of, "of", None)), "{t}." + (of.source_field or name)
            yield Column(noun.name, name, _kind(of), bool(of.null), sql, contract, noun.tag, choices)
    for name, of in _declared(noun.model).items():
        if isinstance(of, Computed):
            c = cast("Computed[Any]", of)
            yield Column(noun.name, name, PYTHON[c.type], c.null, c.sql, c.contract, noun.tag, computed=True, lookup=c.table, on=c.on)
        elif isinstance(of, MoneyPair):
            yield Column(noun.name, name, "money", of.null, of.minor, of.contract, currency=of.currency)


def _declared(model: type) -> dict[str, object]:
    return {name: thing for cls in reversed(model.__mro__) for name, thing in vars(cls).items()}


def _kind(of: object) -> Kind:
    for cls in type(of).__mro__:
        if cls in KINDS:
            return KINDS[cls]
    raise TypeError(f"no kind for {of!r}")


def _relations(found: Catalog, noun: Noun) -> Iterator[Relation]:
    for name, of in _declared(noun.model).items():
        if isinstance(of, ToOne):
            relation = Relation(noun.name, name, found[of.noun], of.key, of.there, many=False, null=of.null, doc=of.doc)
        elif isinstance(of, ToMany):
            key, way = camel(of.order.lstrip("-")), "DESC" if of.order[0] == "-" else "ASC"
            relation = Relation(noun.name, name, found[of.noun], of.here, of.key, True, False, of.doc, ((key, way),), of.through)
            if key not in relation.target.columns:
                raise TypeError(f"{relation.path}: no field {key} to sort by")
        else:
            continue
        if relation.here not in fields_of(noun.model) or relation.there not in fields_of(relation.target.model):
            raise TypeError(f"{relation.path}: no column {relation.here} or {relation.there}")
        yield relation
