"""Every noun of the catalog as Strawberry types, inputs and connections."""

from typing import Any, Optional, TypeAlias

import strawberry

from api.grammar.parts import INPUT, NAMES, OUTPUT, connection_field, enum, operators, option, put, shell
from api.shapes import Node, PageInfo
from leadwell.catalog import CAP, Catalog, Noun
from leadwell.catalog.kinds import CUSTOM_KINDS, Kind
from models.columns import Choice, Direction

Class: TypeAlias = type[Any]  # inside the class `type` is a method
Choices: TypeAlias = type[Choice]
PARTS = {
    "": "",
    "Connection": "A page of {0} records.",
    "Edge": "A {0} record and its cursor.",
    "Where": "Conditions on {0} records; all must hold.",
    "ManyWhere": "Conditions on related {0} records; all must hold.",
    "OneWhere": "Conditions on a related {0} record; all must hold.",
    "Order": "One sort key of {0} records; name exactly one field.",
}
TAGS = {"hasAny": "Has one of these, by name.", "hasAll": "Has all of these, by name.", "hasNone": "Has none of these, by name."}
MANY = {"some": "At least one matches.", "none": "None matches.", "every": "All match; true if there are none."}


class Nouns:
    """The classes by GraphQL name."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.types: dict[str, type] = {}
        self.custom_filter()
        for n in catalog:  # shells first: circles close by themselves
            for suffix, doc in PARTS.items():
                name = n.name + suffix
                self.types[name] = shell(name, doc.format(n.name) or n.doc, *([] if suffix else [Node]))
        for n in catalog:
            self.noun(n)
            self.relations(n)
            self.connection(n)
        for name, cls in self.types.items():
            if name.endswith(("Where", "Filter", "Order")):
                strawberry.input(cls, description=cls.__doc__, one_of=name.endswith("Order"))
            else:
                strawberry.type(cls, description=cls.__doc__)

    def type(self, name: str) -> Class:
        """The class of a generated type, to annotate fields written by hand."""
        return self.types[name]

    def filter(self, kind: Kind, choices: Choices | None = None) -> Class:
        name, what = (choices.__name__, choices.__name__) if choices else NAMES[kind]
        if (filter := name + "Filter") not in self.types:
            foreign = " Amounts of other currencies never match." if kind == "money" else ""
            self.types[filter] = shell(filter, f"Conditions on {what}; all must hold.{foreign}")
            operators(self.types[filter], kind, enum(choices) if choices else INPUT[kind])
        return self.types[filter]

    def custom_filter(self) -> None:
        cls = self.types["CustomFilter"] = shell("CustomFilter", "Conditions on one of the workspace's own fields; all must hold.")
        put(cls, "key", str, "Key of the custom field.")
        for name, (kind, _) in CUSTOM_KINDS.items():
            option(cls, name, self.filter(kind), f"Its value, if the field holds {name}.")

    def parts(self, n: Noun, *suffixes: str) -> list[Class]:
        return [self.types[n.name + suffix] for suffix in suffixes]

    def noun(self, n: Noun) -> None:
        out, where, order = self.parts(n, "", "Where", "Order")
        for c in n.columns.values():
            value = enum(c.choices) if c.choices else OUTPUT[c.kind]
            put(out, c.api, Optional[value] if c.null or c.contract.see else value, c.contract.doc)  # noqa: UP045
            if c.contract.where and c.kind not in ("json", "texts"):
                custom = self.types["CustomFilter"]
                option(where, c.api, list[custom] if c.kind == "custom" else self.filter(c.kind, c.choices), c.contract.doc)
            if c.contract.sort:
                option(order, c.api, enum(Direction), c.contract.doc)

    def relations(self, n: Noun) -> None:
        out, where, order = self.parts(n, "", "Where", "Order")
        for r in n.relations.values():
            if r.many:
                connection, target = self.parts(r.target, "Connection", "ManyWhere")
                out.__annotations__[r.api] = connection
                setattr(out, r.api, connection_field(self.type, r.target.name, r.doc))
            else:
                of, target, target_order = self.parts(r.target, "", "OneWhere", "Order")
                put(out, r.api, Optional[of] if r.null else of, r.doc)  # noqa: UP045
                option(order, r.api, target_order, r.doc)
            option(where, r.api, target, r.doc)
        option(where, "AND", list[where], "All of these.")  # type: ignore[valid-type]
        option(where, "OR", list[where], "Any of these; an empty list matches nothing.")  # type: ignore[valid-type]
        option(where, "NOT", where, "Not this; true also where a value is missing.")

    def connection(self, n: Noun) -> None:
        node, where, many, one, page, edge = self.parts(n, "", "Where", "ManyWhere", "OneWhere", "Connection", "Edge")
        for quantifier, doc in MANY.items():
            option(many, quantifier, where, doc)
        for quantifier, doc in TAGS.items() if n.name == "Tag" else ():
            option(many, quantifier, list[str], doc)
        option(one, "is", where, "It is there and matches.")
        option(one, "isNull", bool, "It is missing, or is not.")
        put(edge, "cursor", str, "Pass as after: or before: to go on from this row.")
        put(edge, "node", node, "The row.")
        put(page, "nodes", list[node], "The rows.")  # type: ignore[valid-type]
        put(page, "edges", list[edge], "The rows with their cursors.")  # type: ignore[valid-type]
        put(page, "pageInfo", PageInfo, "Where this page stands.")
        put(page, "totalCount", int, f"Rows in the whole list, counted up to {CAP:,}.")
        put(page, "totalCountIsCapped", bool, f"More than {CAP:,} rows match.")
        put(page, "totalCountExact", int, "Rows in the whole list, all counted; slow for large lists.")
