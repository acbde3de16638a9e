"""Every noun of the catalog as Strawberry types, inputs and connections."""

from typing import Any, Optional, TypeAlias

import strawberry

from api.grammar.parts import FILTERS, INPUT, OUTPUT, Enums, connection_field, operators, option, put, shell
from api.grammar.scalars import SCALARS
from api.grammar.shapes import Node, PageInfo
from leadwell.catalog import CAP, Catalog, Column, Noun
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
    """The classes by GraphQL name, undecorated until `close`, so that doors can add fields of their own."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog, self.enums = catalog, Enums()
        self.types: dict[str, type] = {}
        self.closed = False
        self.custom_filter()
        for n in catalog:  # shells first: circles close by themselves
            for suffix, doc in PARTS.items():
                name = n.name + suffix
                self.types[name] = shell(name, doc.format(n.name) or n.doc, *([] if suffix else [Node]))
        for n in catalog:
            self.noun(n)

    @property
    def scalar_map(self) -> dict[object, Any]:
        """For StrawberryConfig."""
        return dict(SCALARS)

    def type(self, name: str) -> Class:
        """The class of a generated type, to annotate fields written by hand."""
        return self.types[name]

    def extend(self, noun: str, name: str, field: Any, annotation: Any = None) -> None:
        """Adds a field written by hand to a noun's type; only before `close`."""
        if self.closed:
            raise RuntimeError(f"{noun} is closed: extend it before the schema is assembled")
        if annotation is not None:
            self.types[noun].__annotations__[name] = annotation
        setattr(self.types[noun], name, field)

    def close(self) -> None:
        """Decorates every class, once: Strawberry loses fields when applied twice."""
        if self.closed:
            return
        self.closed = True
        for name, cls in self.types.items():
            if name.endswith(("Where", "Filter")):
                strawberry.input(cls, description=cls.__doc__)
            elif name.endswith("Order"):
                strawberry.input(cls, description=cls.__doc__, one_of=True)
            else:
                strawberry.type(cls, description=cls.__doc__)

    def output(self, c: Column) -> Any:
        return self.enums.of(c.choices) if c.choices else OUTPUT[c.kind]

    def filter(self, kind: Kind, choices: Choices | None = None) -> Class:
        name, doc = FILTERS.get(kind, ("", ""))
        if choices:
            name, doc = f"{choices.__name__}Filter", f"Conditions on {choices.__name__}; all must hold."
        if name not in self.types:
            self.types[name] = shell(name, doc)
            operators(self.types[name], kind, self.enums.of(choices) if choices else INPUT[kind])
        return self.types[name]

    def custom_filter(self) -> None:
        cls = self.types["CustomFilter"] = shell("CustomFilter", "Conditions on one of the workspace's own fields; all must hold.")
        put(cls, "key", str, "Key of the custom field.")
        for name, (kind, _) in CUSTOM_KINDS.items():
            option(cls, name, self.filter(kind), f"Its value, if the field holds {name}.")

    def noun(self, n: Noun) -> None:
        out, where, order = (self.types[n.name + part] for part in ("", "Where", "Order"))
        for c in n.columns.values():
            value = self.output(c)
            put(out, c.api, Optional[value] if c.null or c.contract.see else value, c.contract.doc)  # noqa: UP045
            if c.contract.where and c.kind not in ("json", "texts"):
                custom = self.types["CustomFilter"]
                option(where, c.api, list[custom] if c.kind == "custom" else self.filter(c.kind, c.choices), c.contract.doc)
            if c.contract.sort:
                option(order, c.api, self.enums.of(Direction), c.contract.doc)
        self.relations(n, out, where, order)
        for op, doc in {"AND": "All of these.", "OR": "Any of these; an empty list matches nothing."}.items():
            option(where, op, list[where], doc)  # type: ignore[valid-type]
        option(where, "NOT", where, "Not this; true also where a value is missing.")
        self.connection(n)

    def relations(self, n: Noun, out: Class, where: Class, order: Class) -> None:
        for r in n.relations.values():
            target = r.target.name
            if r.many:
                self.types[n.name].__annotations__[r.api] = self.types[target + "Connection"]
                setattr(out, r.api, connection_field(self.type, target, r.doc))
                option(where, r.api, self.types[target + "ManyWhere"], r.doc)
            else:
                of: Any = self.types[target]
                put(out, r.api, Optional[of] if r.null else of, r.doc)  # noqa: UP045
                option(where, r.api, self.types[target + "OneWhere"], r.doc)
                option(order, r.api, self.types[target + "Order"], r.doc)

    def connection(self, n: Noun) -> None:
        node, where, many, one, page, edge = (
            self.types[n.name + part] for part in ("", "Where", "ManyWhere", "OneWhere", "Connection", "Edge")
        )
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
