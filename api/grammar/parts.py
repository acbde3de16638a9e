"""How GraphQL types are made of data, on graphql-core itself: a tenth of the memory and time of classes decorated for Strawberry."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, TypeAlias

import graphql as ql
import strawberry
from strawberry.scalars import JSON
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema_directives import OneOf

from api.scalars import BigInt, Duration
from api.shapes import Money, MoneyInput, PageInfo
from leadwell.catalog.kinds import Kind
from models.columns import Choice, Direction

OUTPUT: dict[Kind, Any] = {
    "id": strawberry.ID, "text": str, "int": int, "big": BigInt, "float": float, "flag": bool, "moment": datetime,
    "date": date, "money": Money, "json": JSON, "custom": JSON, "texts": list[str],
}  # fmt: skip
SCALARS: dict[Kind, str] = {
    "id": "ID", "text": "String", "int": "Int", "big": "BigInt", "float": "Float", "flag": "Boolean", "moment": "DateTime", "date": "Date",
    "money": "Money", "json": "JSON", "custom": "JSON",
}  # fmt: skip
NAMES: dict[Kind, tuple[str, str]] = {  # of a kind in names of types and in sentences
    "id": ("Id", "an id"), "text": ("Text", "a text"), "int": ("Int", "a whole number"), "big": ("BigInt", "a large whole number"),
    "float": ("Float", "a number"), "flag": ("Flag", "true or false"), "moment": ("Moment", "a moment"), "date": ("Date", "a day"),
    "money": ("Money", "an amount"),
}  # fmt: skip
Fields: TypeAlias = Mapping[str, tuple[Any, str]]
SAID_AS_ONE = {GraphQLCoreConverter.DEFINITION_BACKREF: SimpleNamespace(is_input=True, directives=[OneOf()])}  # from which Strawberry prints @oneOf


class Types:
    """The types of a schema by name. One that is made is there at once, its fields when they are first looked at: most processes never do."""

    def __init__(self, known: dict[str, Any]) -> None:
        self.known = known

    def __getitem__(self, name: str) -> Any:
        return self.known[name]

    def output(self, name: str, doc: str, fields: Callable[[], Fields], resolve: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        """A type of answers, `resolve` by the names of its fields."""
        if name not in self.known:
            made = lambda: {key: ql.GraphQLField(of, description=says, resolve=(resolve or {}).get(key)) for key, (of, says) in fields().items()}  # noqa: E731
            self.known[name] = ql.GraphQLObjectType(name, made, description=doc)
        return self.known[name]

    def input(self, name: str, doc: str, fields: Callable[[], Fields], *, one: bool = False) -> Any:
        """A type of questions; of one whose fields exclude each other if `one`."""
        if name not in self.known:
            made = lambda: {key: ql.GraphQLInputField(of, description=says) for key, (of, says) in fields().items()}  # noqa: E731
            self.known[name] = ql.GraphQLInputObjectType(name, made, description=doc, is_one_of=one, extensions=SAID_AS_ONE if one else None)
        return self.known[name]

    def enum(self, name: str, doc: str, values: Mapping[str, str]) -> Any:
        if name not in self.known:
            self.known[name] = ql.GraphQLEnumType(name, {v: ql.GraphQLEnumValue(v, description=says) for v, says in values.items()}, description=doc)
        return self.known[name]

    def fill(self, name: str, fields: Callable[[], Mapping[str, ql.GraphQLField]]) -> None:
        """Puts fields into a type that Strawberry made of an empty class."""
        kind = self.known[name]
        kind._fields = fields
        del kind.fields     # which were looked at already


def listed(of: Any) -> ql.GraphQLList[Any]:
    return ql.GraphQLList(ql.GraphQLNonNull(of))


@cache
def enum(choices: type[Choice]) -> Any:
    """A choice as a GraphQL enum, each value with its sentence."""
    made: Any = strawberry.enum(choices, name=choices.__name__, description=(choices.__doc__ or "").strip())
    for value in made.__strawberry_definition__.values:
        value.description = choices[value.name].doc
    return made


LEAVES = (*(of for kind, of in OUTPUT.items() if kind != "texts"), Duration, MoneyInput, PageInfo, enum(Direction))
"""What Strawberry has to know of for the types that are made of data."""
