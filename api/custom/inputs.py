"""How inputs of records carry values of custom fields, and inputs that name a record alone."""

from typing import Any

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION

CUSTOM = "Values of the workspace's own fields; those left out stay, null clears."


@strawberry.input(description="A value of a custom field.")
class CustomValueInput:
    key: str = strawberry.field(description="Key of the field.")
    value: JSON | None = strawberry.field(default=None, description="A value of the field's type, moments and days as text; null clears.")


@strawberry.input(description="A record.")
class RecordInput:
    id: strawberry.ID = strawberry.field(description="The record.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


def values_of(custom: list[CustomValueInput] | None) -> dict[str, Any]:
    """The values sent, by key."""
    return {one.key: one.value for one in custom or ()}


def with_values(sent: dict[str, Any], custom: list[CustomValueInput] | None) -> dict[str, Any]:
    """Changes of a record, with those of its custom fields."""
    return {**sent, "custom": values_of(custom)} if custom else sent
