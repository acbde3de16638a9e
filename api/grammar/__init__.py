"""The API's grammar, made from the catalog: types, inputs, connections, and the ordinary resolvers behind them."""

from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

import graphql as ql
import strawberry

from api.grammar import aggregates
from api.grammar.nouns import Nouns
from api.grammar.parts import LEAVES, Types, enum, listed
from api.grammar.resolvers import NOUN, Item, Reading, by_key, node, nodes, single
from api.shapes import Node
from leadwell.catalog import CATALOG, Catalog

Class: TypeAlias = type[Any]  # inside the class `type` is a method


class Grammar:
    """What doors build the schema from, and what answers the generated part of it."""

    enum = staticmethod(enum)

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        empty = ((n, type(n.name, (Node,), {"__module__": __name__})) for n in catalog)
        self.classes: dict[str, Class] = {n.name: strawberry.type(cls, description=n.doc) for n, cls in empty}
        choices = {c.choices: None for n in catalog for c in n.columns.values() if c.choices}
        self.known: list[Any] = [*self.classes.values(), *LEAVES, *map(enum, choices)]  # what Strawberry needs for the schema besides what doors mention

    def type(self, name: str) -> Class:
        """A noun's class, to annotate fields written by hand; it is empty, and its fields are in the schema."""
        return self.classes[name]

    async def row(self, context: Reading, noun: str, id: UUID) -> dict[str, Any] | None:
        """What a payload's or subscription's record field returns: the record as it is now, or None."""
        found = (await by_key(context, self.catalog[noun], "id", [id], None)).get(id)
        return found and found | {NOUN: noun}

    def install(self, schema: ql.GraphQLSchema) -> None:
        """Puts all of it into a schema that Strawberry built."""
        types = Types(schema.type_map)
        types["Node"].resolve_type = _noun_of
        for n in self.catalog:
            types[n.name].is_type_of = None
        made = Nouns(types, self.catalog)
        made.make()
        root = types["Query"].fields
        by_hand = dict(root)
        root.clear()
        root |= self._roots(types, made) | by_hand
        aggregates.install(types, self.catalog)
        for name in ("PageInfo", "Money"):
            for key, field in types[name].fields.items():
                field.resolve = Item(key)

    def _roots(self, types: Types, made: Nouns) -> dict[str, ql.GraphQLField]:
        """node, nodes, and one and many of every noun."""
        id, ids = ql.GraphQLNonNull(types["ID"]), ql.GraphQLNonNull(listed(types["ID"]))
        says = "Records by their ids, in that order; null where one is missing or hidden."
        found = {
            "node": ql.GraphQLField(
                types["Node"], {"id": ql.GraphQLArgument(id, description="An id of any noun.")},
                description="Any record by its global id; null if it is missing or hidden.", resolve=partial(node, self.catalog)),
            "nodes": ql.GraphQLField(
                ql.GraphQLNonNull(ql.GraphQLList(types["Node"])), {"ids": ql.GraphQLArgument(ids, description="Ids of any nouns, at most 100.")},
                description=says, resolve=partial(nodes, self.catalog)),
        }  # fmt: skip
        for n in self.catalog:
            found[n.singular] = ql.GraphQLField(
                types[n.name], {"id": ql.GraphQLArgument(id, description="Its id.")}, description=n.doc, resolve=partial(single, n))
            found[n.plural] = made.paged(n, f"Pages of {n.name} records, in order of making unless sorted.")
        return found


def _noun_of(row: dict[str, Any], _info: object, _type: object) -> str:
    return str(row[NOUN])


GRAMMAR = Grammar(CATALOG)

__all__ = ["GRAMMAR", "Grammar"]
