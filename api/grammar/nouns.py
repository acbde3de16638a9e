"""Every noun of the catalog as a type, and its inputs and connection."""

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeAlias

import graphql as ql

from api.grammar.parts import NAMES, SCALARS, Fields, Types, listed
from api.grammar.resolvers import CONNECTION, EDGE, leaf, many, one
from leadwell.access.names import camel
from leadwell.catalog import CAP, Catalog, Column, Noun, Relation
from leadwell.catalog.kinds import CUSTOM_KINDS, OPERATORS, SPANS, Kind
from models.columns import Choice

Choices: TypeAlias = type[Choice]
SAYS = {
    "eq": "Equals.", "ne": "Differs, or is missing.", "in": "Is one of; at most 1,000.",
    "notIn": "Is none of, or is missing; at most 1,000.", "gt": "Is greater.", "gte": "Is greater or equal.",
    "lt": "Is less.", "lte": "Is less or equal.", "contains": "Contains, ignoring case.",
    "startsWith": "Starts with, exactly.", "isNull": "Is missing, or is not.",
    "withinLast": "Lies within this span before now.", "withinNext": "Lies within this span from now.",
    "olderThan": "Lies further back than this span before now.",
}  # fmt: skip
TAGS = {"hasAny": "Has one of these, by name.", "hasAll": "Has all of these, by name.", "hasNone": "Has none of these, by name."}
MANY = {"some": "At least one matches.", "none": "None matches.", "every": "All match; true if there are none."}
PAGING = {
    "first": ("Int", "Rows from the start, at most 200; 25 if unsaid."), "after": ("String", "Only rows behind this cursor."),
    "last": ("Int", "Rows from the end instead, at most 200."), "before": ("String", "Only rows before this cursor."),
}  # fmt: skip


class Nouns:
    """Makes them in a schema that has an empty type of each noun."""

    def __init__(self, types: Types, catalog: Catalog) -> None:
        self.types, self.catalog = types, catalog

    def make(self) -> None:
        filters = {name: self.filter(kind) for name, (kind, _) in CUSTOM_KINDS.items()}
        custom = {"key": (ql.GraphQLNonNull(self.types["String"]), "Key of the custom field.")}
        custom |= {name: (of, f"Its value, if the field holds {name}.") for name, of in filters.items()}
        self.types.input("CustomFilter", "Conditions on one of the workspace's own fields; all must hold.", lambda: custom)
        for n in self.catalog:
            for c in filter(_filtered, n.columns.values()):
                self.condition(c)
            for name, plenty in ((r.target.name, r.many) for r in n.relations.values()):
                if plenty:
                    self.types.input(name + "ManyWhere", f"Conditions on related {name} records; all must hold.", partial(self.many, name))
                else:
                    self.types.input(name + "OneWhere", f"Conditions on a related {name} record; all must hold.", partial(self.one, name))
            self.types.input(n.name + "Where", f"Conditions on {n.name} records; all must hold.", partial(self.where, n))
            self.types.input(n.name + "Order", f"One sort key of {n.name} records; name exactly one field.", partial(self.order, n), one=True)
            self.types.output(n.name + "Connection", f"A page of {n.name} records.", partial(self.page, n), CONNECTION)
            self.types.output(n.name + "Edge", f"A {n.name} record and its cursor.", partial(self.edge, n), EDGE)
            self.types.fill(n.name, partial(self.noun, n))

    def filter(self, kind: Kind, choices: Choices | None = None) -> Any:
        """The operators of a kind as optional fields."""
        name, what = (choices.__name__, choices.__name__) if choices else NAMES[kind]
        value = self.types[name if choices else "MoneyInput" if kind == "money" else SCALARS[kind]]
        special = {"isNull": self.types["Boolean"], "in": listed(value), "notIn": listed(value)} | dict.fromkeys(SPANS, self.types["Duration"])
        foreign = " Amounts of other currencies never match." if kind == "money" else ""
        doc = f"Conditions on {what}; all must hold.{foreign}"
        return self.types.input(name + "Filter", doc, lambda: {op: (special.get(op, value), SAYS[op]) for op in OPERATORS[kind]})

    def condition(self, c: Column) -> Any:
        return listed(self.types["CustomFilter"]) if c.kind == "custom" else self.filter(c.kind, c.choices)

    def noun(self, n: Noun) -> dict[str, ql.GraphQLField]:
        found = {c.api: ql.GraphQLField(self.value(c), description=c.contract.doc, resolve=leaf(n, c)) for c in n.columns.values()}
        return found | {r.api: self.paged(r.target, r.doc, r) if r.many else self.related(r) for r in n.relations.values()}

    def value(self, c: Column) -> Any:
        of = self.types[c.choices.__name__ if c.choices else SCALARS.get(c.kind, "String")]
        of = listed(of) if c.kind == "texts" else of
        return of if c.null or c.contract.see else ql.GraphQLNonNull(of)

    def related(self, r: Relation) -> ql.GraphQLField:
        of = self.types[r.target.name]
        return ql.GraphQLField(of if r.null else ql.GraphQLNonNull(of), description=r.doc, resolve=partial(one, r))

    def paged(self, n: Noun, doc: str, r: Relation | None = None) -> ql.GraphQLField:
        """A connection, as a relation or of the workspace."""
        asked: dict[str, tuple[Any, str]] = {name: (self.types[of], says) for name, (of, says) in PAGING.items()}
        asked["where"] = self.types[n.name + "Where"], "Which rows."
        asked["orderBy"] = listed(self.types[n.name + "Order"]), "Sort keys, most significant first; at most 5."
        if r is None and n.model.searched:
            words = ", ".join(camel(name) for name in n.model.searched)
            asked["search"] = self.types["String"], f"Words or pieces of {words}; all must be found. Best first unless sorted."
        arguments = {name: ql.GraphQLArgument(of, description=says) for name, (of, says) in asked.items()}
        return ql.GraphQLField(ql.GraphQLNonNull(self.types[n.name + "Connection"]), arguments, description=doc, resolve=partial(many, n, r))

    def where(self, n: Noun) -> Fields:
        of = self.types[n.name + "Where"]
        found: dict[str, tuple[Any, str]] = {c.api: (self.condition(c), c.contract.doc) for c in filter(_filtered, n.columns.values())}
        found |= {r.api: (self.types[r.target.name + ("ManyWhere" if r.many else "OneWhere")], r.doc) for r in n.relations.values()}
        return found | {
            "AND": (listed(of), "All of these."), "OR": (listed(of), "Any of these; an empty list matches nothing."),
            "NOT": (of, "Not this; true also where a value is missing."),
        }  # fmt: skip

    def many(self, noun: str) -> Fields:
        found: dict[str, tuple[Any, str]] = {quantifier: (self.types[noun + "Where"], doc) for quantifier, doc in MANY.items()}
        return found | ({quantifier: (listed(self.types["String"]), doc) for quantifier, doc in TAGS.items()} if noun == "Tag" else {})

    def one(self, noun: str) -> Fields:
        return {"is": (self.types[noun + "Where"], "It is there and matches."), "isNull": (self.types["Boolean"], "It is missing, or is not.")}

    def order(self, n: Noun) -> Fields:
        found: dict[str, tuple[Any, str]] = {c.api: (self.types["Direction"], c.contract.doc) for c in n.columns.values() if c.contract.sort}
        return found | {r.api: (self.types[r.target.name + "Order"], r.doc) for r in n.relations.values() if not r.many}

    def page(self, n: Noun) -> Fields:
        parts: Mapping[str, tuple[Any, str]] = {
            "nodes": (listed(self.types[n.name]), "The rows."), "edges": (listed(self.types[n.name + "Edge"]), "The rows with their cursors."),
            "pageInfo": (self.types["PageInfo"], "Where this page stands."),
            "totalCount": (self.types["Int"], f"Rows in the whole list, counted up to {CAP:,}."),
            "totalCountIsCapped": (self.types["Boolean"], f"More than {CAP:,} rows match."),
            "totalCountExact": (self.types["Int"], "Rows in the whole list, all counted; slow for large lists."),
        }  # fmt: skip
        return {name: (ql.GraphQLNonNull(of), doc) for name, (of, doc) in parts.items()}

    def edge(self, n: Noun) -> Fields:
        parts = {"cursor": (self.types["String"], "Pass as after: or before: to go on from this row."), "node": (self.types[n.name], "The row.")}
        return {name: (ql.GraphQLNonNull(of), doc) for name, (of, doc) in parts.items()}


def _filtered(c: Column) -> bool:
    return bool(c.contract.where) and c.kind not in ("json", "texts")
