"""How much of a field's arguments changes the SQL: what is equal here is served by one plan."""

from collections.abc import Callable, Mapping
from typing import Any

from leadwell.base.ids import decode_id
from leadwell.base.refusals import Refusal
from leadwell.catalog.order import nulls_of
from leadwell.catalog.predicate import shape
from leadwell.catalog.writer import SIZES, bucket

IRREGULAR = "irregular"  # the plan leaves such a root to the executor, which says what is wrong


def _size(value: Any) -> object:
    return (bucket(value), value in SIZES) if value >= 0 else IRREGULAR


SHAPES: dict[str, Callable[[Any], object]] = {
    "where": shape, "having": shape, "first": _size, "last": _size, "after": nulls_of, "before": nulls_of,
    "id": lambda id: decode_id(id)[0], "ids": lambda ids: tuple(sorted({decode_id(id)[0] for id in ids})), "search": lambda _: True,
}  # fmt: skip


def shape_of(arguments: Mapping[str, Any]) -> tuple[object, ...]:
    """Hashable. Arguments that are null count as absent; others than those above change the SQL with every value."""
    return tuple((name, _one(name, value)) for name, value in arguments.items() if value is not None)


def _one(name: str, value: Any) -> object:
    try:
        return SHAPES.get(name, repr)(value)
    except (Refusal, ValueError, TypeError, StopIteration):
        return IRREGULAR
