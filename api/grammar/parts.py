"""How Strawberry classes are put together from data: shells first, fields after, decorated once at the end."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from keyword import iskeyword
from typing import Annotated, Any, Optional

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.scalars import JSON
from strawberry.types.fields.resolver import StrawberryResolver

from api.scalars import BigInt, Duration
from api.shapes import Money, MoneyInput
from leadwell.catalog.kinds import OPERATORS, SPANS, Kind
from models.columns import Choice

OUTPUT: dict[Kind, Any] = {
    "id": strawberry.ID, "text": str, "int": int, "big": BigInt, "float": float, "flag": bool, "moment": datetime,
    "date": date, "money": Money, "json": JSON, "custom": JSON, "texts": list[str],
}  # fmt: skip
INPUT: dict[Kind, Any] = {**OUTPUT, "money": MoneyInput}
NAMES: dict[Kind, tuple[str, str]] = {  # of a kind in names of types and in sentences
    "id": ("Id", "an id"), "text": ("Text", "a text"), "int": ("Int", "a whole number"), "big": ("BigInt", "a large whole number"),
    "float": ("Float", "a number"), "flag": ("Flag", "true or false"), "moment": ("Moment", "a moment"), "date": ("Date", "a day"),
    "money": ("Money", "an amount"),
}  # fmt: skip
SAYS = {
    "eq": "Equals.", "ne": "Differs, or is missing.", "in": "Is one of; at most 1,000.",
    "notIn": "Is none of, or is missing; at most 1,000.", "gt": "Is greater.", "gte": "Is greater or equal.",
    "lt": "Is less.", "lte": "Is less or equal.", "contains": "Contains, ignoring case.",
    "startsWith": "Starts with, exactly.", "isNull": "Is missing, or is not.",
    "withinLast": "Lies within this span before now.", "withinNext": "Lies within this span from now.",
    "olderThan": "Lies further back than this span before now.",
}  # fmt: skip


PLAIN = {"__eq__": object.__eq__, "__repr__": object.__repr__}  # or dataclasses write both for each of a thousand types, 2 MB of code


def shell(name: str, doc: str, *bases: type) -> type:
    return type(name, bases, {"__annotations__": {}, "__doc__": doc, "__module__": __name__, **PLAIN})


@cache
def understood(annotation: Any) -> Any:
    """An annotation as Strawberry understands it, found out once: left to itself it asks anew at each of a thousand fields, several times."""
    return StrawberryAnnotation(annotation).resolve()


def put(cls: type, name: str, annotation: Any, doc: str, **kw: Any) -> None:
    """Adds a field; the Python attribute differs where the GraphQL name is a keyword."""
    attribute = name + "_" * iskeyword(name)
    cls.__annotations__[attribute] = understood(annotation)
    setattr(cls, attribute, strawberry.field(name=name, description=doc, **kw))


def option(cls: type, name: str, annotation: Any, doc: str) -> None:
    """An input field that may be left out."""
    put(cls, name, Optional[annotation], doc, default=strawberry.UNSET)  # noqa: UP045 - the annotation is a value


def argument(annotation: Any, doc: str) -> Any:
    return Annotated[Optional[annotation], strawberry.argument(description=doc)]  # noqa: UP045


@cache
def enum(choices: type[Choice]) -> Any:
    """A choice as a GraphQL enum, each value with its sentence."""
    made: Any = strawberry.enum(choices, name=choices.__name__, description=(choices.__doc__ or "").strip())
    for value in made.__strawberry_definition__.values:
        value.description = choices[value.name].doc
    return made


def operators(cls: type, kind: Kind, one: Any) -> None:
    """The operators of a kind as optional fields of its filter."""
    for op in OPERATORS[kind]:
        of: Any = {"isNull": bool, "in": list[one], "notIn": list[one]}.get(op, Duration if op in SPANS else one)
        option(cls, op, of, SAYS[op])


def connection_field(types: Callable[[str], type], noun: str, doc: str) -> Any:
    """A connection; what answers it is installed on the schema."""
    return strawberry.field(resolver=_paged(types, noun), description=doc)


@cache
def _paged(types: Callable[[str], type], noun: str) -> StrawberryResolver[Any]:
    """A noun's six arguments of a connection, the same wherever one leads to it."""

    def resolver(
        *,
        first: Annotated[int | None, strawberry.argument(description="Rows from the start, at most 200; 25 if unsaid.")] = strawberry.UNSET,
        after: Annotated[str | None, strawberry.argument(description="Only rows behind this cursor.")] = strawberry.UNSET,
        last: Annotated[int | None, strawberry.argument(description="Rows from the end instead, at most 200.")] = strawberry.UNSET,
        before: Annotated[str | None, strawberry.argument(description="Only rows before this cursor.")] = strawberry.UNSET,
        where: Any = strawberry.UNSET,
        order_by: Any = strawberry.UNSET,
    ) -> Any: ...

    resolver.__annotations__ |= {
        "where": argument(types(noun + "Where"), "Which rows."),
        "order_by": argument(list[types(noun + "Order")], "Sort keys, most significant first; at most 5."),  # type: ignore[misc]
        "return": types(noun + "Connection"),
    }
    return StrawberryResolver(resolver)
