"""Values for every input of the schema, most of which occur in a workspace's rows, some of which are wrong."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import graphql

from leadwell.base.amounts import from_minor
from leadwell.base.ids import encode_id, uuid7
from leadwell.catalog import CATALOG, Column, Noun
from leadwell.catalog.kinds import CUSTOM_KINDS
from tests.oracle import World
from tests.scatter import WORDS

T = TypeVar("T")
Below = Callable[[int], int]
SCALARS: dict[str, list[Any]] = {
    "String": WORDS, "Int": [1, 0, 7, -1, 2**31 - 1], "BigInt": [1, 0, 10**12, 2**53 - 1], "Float": [1.0, 0.5, 0, 1e-7, -2.25, 1e300], "Boolean": [True, False],
    "DateTime": ["2026-03-31T12:00:00Z", "2026-03-01T00:00:00.123456+05:30", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
    "Date": ["2026-03-31", "2024-02-29", "0001-01-01"], "Decimal": ["10.50", "0", "-3", "99", "1.005"], "JSON": [{}, [1], "x"],
    "Duration": ["P7D", "PT36H", "P1M", "P1Y2M3DT4H5M6S", "P0D", "P9999M"],
}  # fmt: skip
WRONG: dict[str, list[Any]] = {
    "Duration": ["x", "P", "7D"], "DateTime": ["yesterday", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00"], "Date": ["31.12.2026"], "Decimal": ["x", "NaN"],
    "Int": [2**31, "1"], "BigInt": [2**53], "Float": ["x"], "Boolean": ["true"], "String": [1], "ID": ["nonsense", "", "AAAA", "Ω"],
}  # fmt: skip
CURRENCIES = ["EUR", "JPY", "KWD", "CLF", "eur", "XXX"]


@dataclass(slots=True)
class Dice:
    """Decides by one function, so that a document can be shrunk: the first choice is always the simplest."""

    below: Below

    def pick(self, of: Sequence[T]) -> T:
        return of[self.below(len(of))]

    def one_in(self, n: int) -> bool:
        return self.below(n) == n - 1

    def some(self, of: Sequence[T], most: int, least: int = 0) -> list[T]:
        return [self.pick(of) for _ in range(least + self.below(most - least + 1))] if of else []


@dataclass(frozen=True, slots=True)
class About:
    """What a value is of: a noun, one of its fields, and the operator it stands behind."""

    noun: str = ""
    api: str = ""
    op: str = ""
    depth: int = 3


@dataclass
class Pool:
    """Values that occur, by noun and field, as JSON."""

    found: dict[tuple[str, str], list[Any]]
    custom: dict[str, list[Any]]

    @classmethod
    def of(cls, world: World, most: int = 12) -> "Pool":
        columns = [(n, c) for n in CATALOG for c in n.columns.values() if c.kind not in ("json", "texts", "custom")]
        found = {(n.name, c.api): _occurring(world, n, c, most) if c.contract.where else [] for n, c in columns}
        custom: dict[str, list[Any]] = {}
        fields = {f["id"]: f["key"] for f in world.tables["custom_fields"]}
        for row in world.tables["custom_values"]:
            for name, (kind, column) in CUSTOM_KINDS.items():
                if row[column] is not None:
                    custom.setdefault(f"{fields[row['field_id']]} {name}", []).append(_json(kind, row[column]))
        return cls(found, custom)

    def ids(self, noun: str) -> list[str]:
        return self.found[noun, "id"]


def _occurring(world: World, noun: Noun, c: Column, most: int) -> list[Any]:
    values = [world.value(c, row) for row in world.tables[noun.table]]
    made = [encode_id(noun.tag, v) if c.kind == "id" else _json(c.kind, v) for v in values if v is not None]
    return [json.loads(text) for text in list(dict.fromkeys(json.dumps(v) for v in made))[:most]]


def _json(kind: str, value: Any) -> Any:
    if kind == "money":
        return {"amount": from_minor(*value), "currency": value[1]}
    return bool(value) if kind == "flag" else value.isoformat() if kind in ("moment", "date") else value


class Inputs:
    """Draws a value, as JSON, of an input type."""

    def __init__(self, pool: Pool, dice: Dice, *, wrong: int = 60) -> None:
        self.pool, self.dice, self.wrong = pool, dice, wrong

    def value(self, kind: Any, about: About) -> Any:
        if isinstance(kind, graphql.GraphQLNonNull):
            return self.value(kind.of_type, about)
        if self.dice.one_in(self.wrong):
            return None
        if isinstance(kind, graphql.GraphQLList):
            most = 3 if about.op or about.depth > 1 else 1
            return [self.value(kind.of_type, about) for _ in range(self.dice.below(most + 1))]
        if isinstance(kind, graphql.GraphQLInputObjectType):
            return self.object(kind, about)
        return self.leaf(kind, about)

    def object(self, kind: Any, about: About) -> dict[str, Any]:
        for suffix in ("OneWhere", "ManyWhere", "Where", "GroupBy", "Having", "GroupOrder", "Order"):
            if CATALOG.get(kind.name.removesuffix(suffix)) and kind.name != kind.name.removesuffix(suffix):
                about = replace(about, noun=kind.name.removesuffix(suffix), api="", depth=about.depth - (suffix in ("OneWhere", "ManyWhere", "Order")))
                break
        if kind.name == "MoneyInput":
            return self.money(about)
        if kind.name == "CustomFilter":
            return self.custom(kind, about)
        fields = [name for name, f in kind.fields.items() if about.depth > 0 or not self.deep(f.type)] or list(kind.fields)
        chosen = [self.dice.pick(fields)] if kind.is_one_of or kind.name.endswith(("Order", "OneWhere", "ManyWhere", "Filter")) else self.dice.some(fields, 2)
        if kind.name.endswith("GroupOrder") and not self.dice.one_in(3):
            chosen = ["count"]
        return {name: self.value(kind.fields[name].type, self.within(kind, name, about)) for name in dict.fromkeys(chosen)}

    def deep(self, kind: Any) -> bool:
        inner: Any = graphql.get_named_type(kind)
        return inner.name.endswith(("Where", "Order")) and isinstance(inner, graphql.GraphQLInputObjectType) and not inner.name.endswith("FigureOrder")

    def within(self, kind: Any, name: str, about: About) -> About:
        if name in ("AND", "OR", "NOT"):
            return replace(about, depth=about.depth - 1)
        if kind.name.endswith("Filter"):
            return replace(about, op=name)
        return replace(about, api=name, op="") if about.noun and name in CATALOG[about.noun].columns else replace(about, op="")

    def custom(self, kind: Any, about: About) -> dict[str, Any]:
        if not self.pool.custom or self.dice.one_in(10):
            return {"key": self.dice.pick(["nope", "", "my_text"]), "text": {"eq": "x"}}
        found = self.dice.pick(sorted(self.pool.custom))
        key, name = found.rsplit(" ", 1)
        return {"key": key, name: self.value(kind.fields[name].type, replace(about, noun="", api=found))}

    def money(self, about: About) -> dict[str, Any]:
        known = self.pool.found.get((about.noun, about.api), [])
        if known and not self.dice.one_in(4):
            return dict(self.dice.pick(known))
        return {"amount": self.dice.pick(SCALARS["Decimal"]), "currency": self.dice.pick(CURRENCIES)}

    def leaf(self, kind: Any, about: About) -> Any:
        if isinstance(kind, graphql.GraphQLEnumType):
            return self.dice.pick(list(kind.values))
        if kind.name in WRONG and self.dice.one_in(self.wrong):
            return self.dice.pick(WRONG[kind.name])
        if kind.name == "ID":
            return self.id(about.noun)
        if about.op == "isNull" or kind.name == "Boolean":
            return self.dice.pick([True, False])
        known = self.pool.custom.get(about.api) or self.pool.found.get((about.noun, about.api)) or []
        fit = [v for v in known if _is(kind.name, v)]
        value = self.dice.pick(fit if fit and not self.dice.one_in(4) else SCALARS[kind.name])
        if about.op in ("contains", "startsWith"):
            return value[: self.dice.below(4)].swapcase() if about.op == "contains" else value[: self.dice.below(4)]
        return value

    def id(self, noun: str) -> str:
        known = self.pool.ids(noun) if noun else []
        if self.dice.one_in(30):
            return encode_id(CATALOG[noun].tag if noun else 2, uuid7())
        if not known or self.dice.one_in(30):
            return self.dice.pick(self.pool.ids("Lead"))
        return self.dice.pick(known)


def _is(scalar: str, value: Any) -> bool:
    if isinstance(value, bool):
        return scalar == "Boolean"
    if isinstance(value, str):
        return scalar in ("String", "DateTime", "Date")
    return {"Int": isinstance(value, int) and abs(value) < 1 << 31, "BigInt": isinstance(value, int), "Float": isinstance(value, float)}.get(scalar, False)

