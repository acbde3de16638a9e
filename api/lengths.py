"""Refuses texts that are longer than their field allows, wherever they stand in an input."""

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any, cast

import strawberry

from leadwell.base.lengths import check_length

BATCHES = frozenset({"leads"})  # each entry is looked at by itself, so that one alone is refused


def check_lengths(value: Any, path: str = "", name: str = "", skipped: Collection[str] = ()) -> None:
    """TextTooLong for the first text of an input, or of the inputs in it, that is too long; `path` is where it stands."""
    if isinstance(value, strawberry.Some):
        check_lengths(cast("strawberry.Some[Any]", value).value, path, name)
    elif isinstance(value, str):
        check_length(name, value, path)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.name not in skipped:
                check_lengths(getattr(value, field.name), f"{path}.{field.name}" if path else field.name, field.name)
    elif isinstance(value, (list, tuple)):
        for i, one in enumerate(cast("Sequence[Any]", value)):
            check_lengths(one, f"{path}.{i}", name)
