"""Which permission each mutation asks for: found by calling all of them as somebody who may do nothing."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import graphql

NOBODY = UUID(int=0)


def needed() -> dict[str, list[str]]:
    """The permissions of every mutation, by its name. Nothing is reached: the permission is asked before a transaction is opened."""
    from api.schema import CORE

    assert CORE.mutation_type is not None
    return {name: asyncio.run(_asked(CORE, name)) for name in sorted(CORE.mutation_type.fields)}


async def _asked(schema: graphql.GraphQLSchema, name: str) -> list[str]:
    """Grants what was missing and asks again, until something else is missing."""
    granted: list[str] = []
    while True:
        error = await _refusal(schema, name, granted)
        if error is None or error["code"] != "FORBIDDEN":
            return granted
        scope = f"{error['params']['noun']}:{error['params']['verb']}"
        if scope in granted:
            return granted
        granted.append(scope)


async def _refusal(schema: graphql.GraphQLSchema, name: str, granted: list[str]) -> dict[str, Any] | None:
    from api.context import Context
    from api.execution import EXECUTE
    from leadwell.access import Viewer
    from leadwell.base.settings import load_settings

    kind = _input(schema, name)
    text = f"mutation($input: {kind.name}!) {{ {name}(input: $input) {{ userErrors {{ code params }} }} }}"
    nothing: Any = None
    kit: Any = SimpleNamespace(db=None, settings=load_settings(env={}, dotenv=None))
    context = Context(kit, nothing, nothing, known=Viewer.of_key(NOBODY, NOBODY, "nobody", granted))
    result = await EXECUTE(schema, graphql.parse(text), context_value=context, variable_values={"input": _sample(kind)})
    errors: list[dict[str, Any]] = result.data[name]["userErrors"] if result.data else []
    return errors[0] if errors else None


def _input(schema: Any, mutation: str) -> Any:
    return schema.mutation_type.fields[mutation].args["input"].type.of_type


def _sample(kind: Any) -> Any:
    """The least that an input type takes."""
    if isinstance(kind, graphql.GraphQLInputObjectType):
        fields = cast("dict[str, Any]", kind.fields)
        return {name: _sample(field.type.of_type) for name, field in fields.items() if graphql.is_required_input_field(field)}
    if isinstance(kind, graphql.GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, graphql.GraphQLList):
        return []
    return SCALARS.get(kind.name, "x")


SCALARS: dict[str, Any] = {"Int": 1, "Float": 1.0, "Boolean": True, "DateTime": "2026-01-01T00:00:00Z", "Date": "2026-01-01", "Decimal": "1", "JSON": {}}
