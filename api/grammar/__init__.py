"""The API's grammar, made from the catalog: types, inputs, connections, and the ordinary resolvers behind them."""

from typing import Annotated, Any, Optional
from uuid import UUID

import strawberry
from graphql import GraphQLArgument, GraphQLSchema, GraphQLString

from api.grammar import aggregates
from api.grammar.batches import Batches
from api.grammar.nouns import Nouns
from api.grammar.parts import connection_field
from api.grammar.resolvers import (
    NOUN,
    Reading,
    is_capped,
    leaf,
    many,
    node,
    nodes,
    one,
    page_info,
    row_of,
    rows_of,
    single,
    total_count,
    total_exact,
)
from api.grammar.shapes import Money, MoneyInput, Node, PageInfo
from leadwell.catalog import CATALOG, Noun
from leadwell.catalog.nouns import camel
from models.columns import Choice


class Grammar(Nouns):
    """What doors build the schema from, and what answers the generated part of it."""

    def enum(self, choices: type[Choice]) -> Any:
        """The GraphQL enum of a choice, for arguments and inputs written by hand."""
        return self.enums.of(choices)

    def query_fields(self) -> dict[str, Any]:
        """Root fields by name: node, nodes, and one and many of every noun."""
        fields: dict[str, Any] = {"node": _node_field(), "nodes": _nodes_field()}
        for n in self.catalog:
            fields[n.singular] = _single_field(self.types[n.name], n.doc)
            fields[n.plural] = connection_field(self.type, n.name, f"Pages of {n.name} records, in order of making unless sorted.")
        return fields

    def add_to(self, query: type) -> type:
        """Puts the root fields on a class that is not decorated yet."""
        for name, field in self.query_fields().items():
            setattr(query, name, field)
        return query

    async def row(self, context: Reading, noun: str, id: UUID) -> dict[str, Any] | None:
        """What a payload's or subscription's record field returns: the record as it is now, or None."""
        return await row_of(context, self.catalog[noun], id)

    def install(self, schema: GraphQLSchema) -> None:
        """Sets resolvers on the graphql-core fields, past Strawberry's wrappers; fields written by hand keep theirs."""
        types: Any = schema.type_map
        types["Node"].resolve_type = _noun_of
        root = types["Query"].fields
        root["node"].resolve, root["nodes"].resolve = node(self.catalog), nodes(self.catalog)
        for n in self.catalog:
            types[n.name].is_type_of = None
            types[n.name + "Order"].is_one_of = True  # which Strawberry looks after in its own way, unseen by graphql-core's rules
            fields = types[n.name].fields
            for c in n.columns.values():
                fields[c.api].resolve = leaf(n, c)
            for r in n.relations.values():
                fields[r.api].resolve = many(r.target, r) if r.many else one(r)
            if n.singular in root:
                root[n.singular].resolve = single(n)
            if n.plural in root:
                root[n.plural].resolve = many(n, None)
                root[n.plural].args |= _search(n)
            _install_connection(types[n.name + "Connection"].fields, types[n.name + "Edge"].fields)
        aggregates.install(types, self.catalog)
        for name in ("PageInfo", "Money"):
            for key, field in types[name].fields.items():
                field.resolve = _item(key)


def _noun_of(row: dict[str, Any], _info: object, _type: object) -> str:
    return str(row[NOUN])


def _install_connection(connection: Any, edge: Any) -> None:
    connection["nodes"].resolve = connection["edges"].resolve = rows_of
    connection["pageInfo"].resolve = page_info
    connection["totalCount"].resolve, connection["totalCountIsCapped"].resolve = total_count, is_capped
    connection["totalCountExact"].resolve = total_exact
    edge["cursor"].resolve, edge["node"].resolve = _item("cursor_"), _same


def _same(row: dict[str, Any], _info: object) -> dict[str, Any]:
    return row


def _item(key: str) -> Any:
    def resolve(row: dict[str, Any], _info: object) -> Any:
        return row[key]

    return resolve


def _search(n: Noun) -> dict[str, GraphQLArgument]:
    """The argument of nouns whose words are found."""
    doc = f"Words or pieces of {', '.join(camel(name) for name in n.model.searched)}; all must be found. Best first unless sorted."
    return {"search": GraphQLArgument(GraphQLString, description=doc)} if n.model.searched else {}


def _node_field() -> Any:
    def resolver(id: Annotated[strawberry.ID, strawberry.argument(description="An id of any noun.")]) -> Node | None: ...

    return strawberry.field(resolver=resolver, description="Any record by its global id; null if it is missing or hidden.")


def _nodes_field() -> Any:
    def resolver(
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Ids of any nouns, at most 100.")],
    ) -> list[Node | None]: ...

    return strawberry.field(resolver=resolver, description="Records by their ids, in that order; null where one is missing or hidden.")


def _single_field(of: type, doc: str) -> Any:
    def resolver(id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]) -> Any: ...

    resolver.__annotations__["return"] = Optional[of]  # noqa: UP045 - the annotation is a value
    return strawberry.field(resolver=resolver, description=doc)


GRAMMAR = Grammar(CATALOG)

__all__ = ["GRAMMAR", "Batches", "Grammar", "Money", "MoneyInput", "Node", "PageInfo"]
