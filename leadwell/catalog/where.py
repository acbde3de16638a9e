"""A filter's tree as SQL: every value a parameter, every table with its workspace and the viewer's row scope."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from leadwell.base.ids import BadId, decode_id
from leadwell.base.tx import Tx
from leadwell.catalog.kinds import CASTS, CONVERT, CUSTOM_KINDS, CUSTOM_TYPES, Kind, duration_of, list_of
from leadwell.catalog.nouns import Column, Noun, Relation
from leadwell.catalog.predicate import All, AnyOf, CustomTest, Missing, Not, Predicate, Related, Test, mentions, pick
from leadwell.catalog.refusals import Path, bad_filter
from leadwell.catalog.statement import Binder, Custom, Given, Statement

Values = Callable[[Given], Mapping[str, Any]]
SIGNS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
NEGATED = {"ne": "eq", "notIn": "in"}
request_values: Values = attrgetter("values")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a kind's values come out of the JSON."""

    kind: Kind
    one: Callable[[object], Any]

    @property
    def cast(self) -> str:
        return CASTS[self.kind]

    def many(self, value: object) -> list[Any]:
        return [self.one(x) for x in list_of(value)]


class Where(NamedTuple):
    """Writes the conditions of one statement; `values` finds the JSON that the tree's paths lead into."""

    statement: Statement
    values: Values = request_values

    def rows(self, noun: Noun, t: str, p: All) -> str:
        """Visible rows that match; archived ones, and others the model leaves out of lists, only if the filter itself mentions the field they go by."""
        return f"{self.statement.rows(noun, t)}{self.present(noun, t, p)} AND {self.sql(p, noun, t)}"

    def present(self, noun: Noun, t: str, p: Predicate) -> str:
        return "".join(f" AND {rows.replace('{t}', t)}" for field, rows in noun.model.listed.items() if not mentions(p, field))

    def sql(self, p: Predicate, noun: Noun, t: str) -> str:
        match p:
            case All(of):
                return "(" + " AND ".join(self.sql(x, noun, t) for x in of) + ")" if of else "true"
            case AnyOf(of):
                return "(" + " OR ".join(self.sql(x, noun, t) for x in of) + ")" if of else "false"
            case Not(of):
                return f"({self.sql(of, noun, t)}) IS NOT TRUE"
            case Related(relation, quantifier, of):
                return self.related(relation, quantifier, of, t)
            case Missing(relation, flag):
                return self.missing(relation, flag, t)
            case CustomTest():
                return self.custom(p, t)
            case Test():
                return self.test(p, t)

    def related(self, r: Relation, quantifier: str, of: Predicate, t: str) -> str:
        if key := self.by_key(r, of, t):
            return key
        u = self.statement.alias()
        source, tied = self.statement.linked(r, f"{t}.{r.here}", u)
        inner = self.sql(of, r.target, u)
        hidden = self.present(r.target, u, of) if r.many else ""
        exists = f"EXISTS (SELECT 1 FROM {source} WHERE {tied}{hidden} AND "
        if quantifier == "every":
            return f"NOT {exists}({inner}) IS NOT TRUE)"
        return f"{'NOT ' if quantifier == 'none' else ''}{exists}{inner})"

    def by_key(self, r: Relation, of: Predicate, t: str) -> str | None:
        """`owner: {is: {id: ..}}` is a comparison of our own column: the foreign key vouches for the row."""
        if r.many or r.there != "id" or self.statement.scoped(r.target):
            return None
        match of:
            case All((Test(column, "eq" | "in") as test,)) if column.api == "id":
                self.statement.read(r.target)
                return self.plain(test, f"{t}.{r.here}")
            case _:
                return None

    def missing(self, r: Relation, flag: bool, t: str) -> str:
        """Without a scope the column alone tells; else what may not be seen counts as missing."""
        if r.there == "id" and not self.statement.scoped(r.target):
            self.statement.read(r.target)
            return f"{t}.{r.here} IS {'' if flag else 'NOT '}NULL"
        u = self.statement.alias()
        source, tied = self.statement.linked(r, f"{t}.{r.here}", u)
        return f"{'NOT ' if flag else ''}EXISTS (SELECT 1 FROM {source} WHERE {tied})"

    def test(self, p: Test, t: str) -> str:
        column = self.statement.need(p.column)
        if column.kind == "money":
            return self.money(p, column, t)
        if column.lookup is None:
            return self.plain(p, column.at(t))
        negated = p.op in NEGATED or (p.op == "isNull" and p.flag)
        return "NOT " * negated + self.looked_up(Test(column, NEGATED.get(p.op, p.op), p.at, False), column, t)

    def looked_up(self, p: Test, column: Column, t: str) -> str:
        """A semi-join, so that an index of the other table can lead."""
        u = self.statement.alias()
        x = column.inner(t).replace("{x}", u)
        return f"EXISTS (SELECT 1 FROM {column.lookup} {u} WHERE {column.found(t, u)} AND {self.plain(p, x)})"

    def plain(self, p: Test, x: str) -> str:
        return self.compare(x, p.op, p.at, p.flag, Reading(p.column.kind, reader(p.column)))

    def compare(self, x: str, op: str, at: Path, flag: bool, of: "Reading") -> str:
        match op:
            case "isNull":
                return f"{x} IS {'' if flag else 'NOT '}NULL"
            case "ne":
                return f"{x} IS DISTINCT FROM {self.typed(of.one, at, of.cast)}"
            case "in":
                return f"{x} = ANY({self.typed(of.many, at, of.cast + '[]')})"
            case "notIn":
                return f"({x} = ANY({self.typed(of.many, at, of.cast + '[]')})) IS NOT TRUE"
            case "contains":
                return f"strpos(lower({x}), lower({self.typed(of.one, at, of.cast)})) > 0"
            case "startsWith":
                return f"starts_with({x}, {self.typed(of.one, at, of.cast)})"
            case "withinLast" | "withinNext" | "olderThan":
                return self.relative(op, x, at)
            case _:
                return f"{x} {SIGNS[op]} {self.typed(of.one, at, of.cast)}"

    def relative(self, op: str, x: str, at: Path) -> str:
        now, span = self.statement.now(), f"({self.typed(duration_of, at, 'text')})::interval"
        if op == "olderThan":
            return f"{x} < {now} - {span}"
        if op == "withinLast":
            return f"({x} > {now} - {span} AND {x} <= {now})"
        return f"({x} >= {now} AND {x} < {now} + {span})"

    def money(self, p: Test, column: Column, t: str) -> str:
        """Amounts compare within a currency; one in another currency is like a missing one."""
        x = column.at(t)
        if p.op == "isNull":
            return f"{x} IS {'' if p.flag else 'NOT '}NULL"
        convert = CONVERT["money"]
        minor = self.typed(lambda v: convert(v)[0], p.at, "int8")
        currency = self.typed(lambda v: convert(v)[1], p.at, "text")
        same = f"{column.currency.replace('{t}', t)} = {currency} AND {x} {SIGNS[NEGATED.get(p.op, p.op)]} {minor}"
        return f"({same}) IS NOT TRUE" if p.op == "ne" else f"({same})"

    def custom(self, p: CustomTest, t: str) -> str:
        kind, column = CUSTOM_KINDS[p.type]
        field, v = self.field(p), self.statement.alias()
        x = f"({v}.{column} <> 0)" if kind == "flag" else f"{v}.{column}"
        negated = p.op in NEGATED or (p.op == "isNull" and p.flag)
        test = self.compare(x, NEGATED.get(p.op, p.op), p.at, False, Reading(kind, CONVERT[kind]))
        found = f"{v}.workspace_id = $1 AND {v}.record_id = {t}.id AND {v}.field_id = ({field})"
        exists = f"EXISTS (SELECT 1 FROM custom_values {v} WHERE {found} AND {test})"
        return f"NOT {exists}" if negated else exists

    def field(self, p: CustomTest) -> str:
        """The id of the field with a key, and a note that there must be one for tests of this type."""
        f, key = self.statement.alias(), _checked(CONVERT["text"], p.key_at, self.values)
        named = f"{f}.noun = '{p.noun.name}' AND {f}.key = {self.statement.bind(key, 'text')}"
        found = f"SELECT {f}.id FROM custom_fields {f} WHERE {f}.workspace_id = $1 AND {named}"
        exists = f"EXISTS ({found} AND {f}.type = ANY('{{{','.join(CUSTOM_TYPES[p.type])}}}'))"
        self.statement.customs.append(Custom(p.noun.name, p.type, p.key_at[:-1], key, exists))
        return found

    def typed(self, convert: Callable[[object], Any], at: Path, cast: str) -> str:
        return self.statement.bind(_checked(convert, at, self.values), cast)


def _checked(convert: Callable[[object], Any], at: Path, values: Values) -> Binder:
    def binder(given: Given) -> Any:
        try:
            return convert(pick(values(given), at))
        except ValueError as error:
            raise bad_filter(at, str(error)) from None

    return binder


async def check_customs(tx: Tx, customs: Sequence[Custom], given: Given) -> None:
    """BadFilter for a custom field that the workspace does not have, or whose type has other tests."""
    rows = await tx.fetch("SELECT f.noun, f.key, f.type FROM custom_fields f WHERE f.workspace_id = $1", tx.workspace) if customs else ()
    types = {(r["noun"], r["key"]): r["type"] for r in rows}
    for c in customs:
        key = c.key(given)
        found = types.get((c.noun, key))
        if found is None:
            raise bad_filter((*c.at, "key"), f"{c.noun} has no custom field {key[:60]!r}")
        if found not in CUSTOM_TYPES[c.test]:
            fit = next(test for test, of in CUSTOM_TYPES.items() if found in of)
            raise bad_filter((*c.at, c.test), f"{key[:60]!r} is a field of type {found}; test it with {fit}")


def reader(column: Column) -> Callable[[object], Any]:
    """The check and conversion of one value of a column."""
    if column.kind == "id":
        return partial(_id, column.tag)
    return partial(_choice, frozenset(map(str, column.choices))) if column.choices else CONVERT[column.kind]


def _choice(known: frozenset[str], value: object) -> str:
    if str(value) not in known:
        raise ValueError(f"{str(value)[:60]!r} is not one of {', '.join(sorted(known))}")
    return str(value)


def _id(tag: int, value: object) -> UUID:
    if isinstance(value, UUID):
        return value
    try:
        return decode_id(str(value), tag)[1]
    except (BadId, UnicodeError):
        raise ValueError(f"{str(value)[:60]!r} is not an id of this kind") from None
