"""The API's grammar, made from the catalog: types, inputs, connections, and the ordinary resolvers behind them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, Optional
from uuid import UUID

import strawberry
from graphql import GraphQLArgument, GraphQLSchema, GraphQLString

from api.grammar import aggregates
from api.grammar.nouns import Nouns
from api.grammar.parts import connection_field, enum
from api.grammar.resolvers import CONNECTION, EDGE, NOUN, Reading, by_key, item, leaf, many, node, nodes, one, single
from api.shapes import Node
from leadwell.access.names import camel
from leadwell.catalog import CATALOG, Noun


class Grammar(Nouns):
    """What doors build the schema from, and what answers the generated part of it."""

    enum = staticmethod(enum)

    def query_fields(self) -> dict[str, Any]:
        """Root fields by name: node, nodes, and one and many of every noun."""
        any_record = "Any record by its global id; null if it is missing or hidden."
        fields: dict[str, Any] = {"node": _by_id(Node, "An id of any noun.", any_record), "nodes": _by_ids()}
        for n in self.catalog:
            fields[n.singular] = _by_id(self.types[n.name], "Its id.", n.doc)
            fields[n.plural] = connection_field(self.type, n.name, f"Pages of {n.name} records, in order of making unless sorted.")
        return fields

    async def row(self, context: Reading, noun: str, id: UUID) -> dict[str, Any] | None:
        """What a payload's or subscription's record field returns: the record as it is now, or None."""
        found = (await by_key(context, self.catalog[noun], "id", [id], None)).get(id)
        return found and found | {NOUN: noun}

    def install(self, schema: GraphQLSchema) -> None:
        """Sets resolvers on the graphql-core fields, past Strawberry's wrappers; fields written by hand keep theirs."""
        types: Any = schema.type_map
        types["Node"].resolve_type = _noun_of
        root = types["Query"].fields
        _install(root, {"node": partial(node, self.catalog), "nodes": partial(nodes, self.catalog)})
        for n in self.catalog:
            types[n.name].is_type_of = None
            types[n.name + "Order"].is_one_of = True  # which Strawberry looks after in its own way, unseen by graphql-core's rules
            relations = {r.api: partial(many, r.target, r) if r.many else partial(one, r) for r in n.relations.values()}
            _install(types[n.name].fields, {c.api: leaf(n, c) for c in n.columns.values()} | relations)
            _install(root, {n.singular: partial(single, n), n.plural: partial(many, n, None)})
            root[n.plural].args |= _search(n)
            _install(types[n.name + "Connection"].fields, CONNECTION)
            _install(types[n.name + "Edge"].fields, EDGE)
        aggregates.install(types, self.catalog)
        for name in ("PageInfo", "Money"):
            _install(types[name].fields, {key: item(key) for key in types[name].fields})


def _noun_of(row: dict[str, Any], _info: object, _type: object) -> str:
    return str(row[NOUN])


def _install(fields: Any, resolvers: Mapping[str, Callable[..., Any]]) -> None:
    for name, resolve in resolvers.items():
        fields[name].resolve = resolve


def _search(n: Noun) -> dict[str, GraphQLArgument]:
    """The argument of nouns whose words are found."""
    doc = f"Words or pieces of {', '.join(camel(name) for name in n.model.searched)}; all must be found. Best first unless sorted."
    return {"search": GraphQLArgument(GraphQLString, description=doc)} if n.model.searched else {}


def _by_id(of: type, says: str, doc: str) -> Any:
    def resolver(id: Annotated[strawberry.ID, strawberry.argument(description=says)]) -> Any: ...

    resolver.__annotations__["return"] = Optional[of]  # noqa: UP045 - the annotation is a value
    return strawberry.field(resolver=resolver, description=doc)


def _by_ids() -> Any:
    def resolver(ids: Annotated[list[strawberry.ID], strawberry.argument(description="Ids of any nouns, at most 100.")]) -> list[Node | None]: ...

    return strawberry.field(resolver=resolver, description="Records by their ids, in that order; null where one is missing or hidden.")


GRAMMAR = Grammar(CATALOG)

__all__ = ["GRAMMAR", "Grammar"]
