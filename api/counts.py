"""How long a list is, as the arguments of a field say it: in the document or in variables."""

from collections.abc import Mapping
from typing import Any, cast

from graphql import IntValueNode, ListValueNode, NullValueNode, ObjectValueNode, VariableNode

Variables = Mapping[str, Any]
HUGE = 10**9


class Count:
    """The length of a list as arguments say it: `place` is the field's, `ways` lead to what says it."""

    __slots__ = ("most", "place", "plain", "total", "varies", "ways")

    def __init__(self, place: tuple[int, str], ways: list[tuple[Any, tuple[str, ...]]], most: int, *, total: bool) -> None:
        self.place, self.ways, self.most, self.total = place, ways, most, total
        (value, path), *more = ways
        self.plain = value.name.value if isinstance(value, VariableNode) and not path and not more else None
        self.varies = any(_moves(value) for value, _ in ways)

    def of(self, variables: Variables) -> int | None:
        """None where nothing says it."""
        if self.plain is not None and type(value := variables.get(self.plain)) is int:
            return max(0, min(value, self.most))
        found = [n for value, path in self.ways if (n := _length(value, path, variables)) is not None]
        return None if not found else max(0, min(sum(found) if self.total else found[0], self.most))


def _moves(value: Any) -> bool:
    """Whether a value has variables in it."""
    if isinstance(value, ObjectValueNode):
        return any(_moves(f.value) for f in value.fields)
    return isinstance(value, VariableNode)


def _length(value: Any, path: tuple[str, ...], variables: Variables) -> int | None:
    """A whole number, or how many elements a list has, at a path in an argument; None where nothing is said."""
    for step in path:
        value = _part(_known(value, variables), step)
    value = _known(value, variables)
    if value is None or isinstance(value, NullValueNode):
        return None
    if isinstance(value, (IntValueNode, ListValueNode)):
        return int(value.value[:10]) if isinstance(value, IntValueNode) else len(value.values)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value) if abs(value) < HUGE else HUGE
    return len(cast("list[Any]", value)) if isinstance(value, list) else 1


def _known(value: Any, variables: Variables) -> Any:
    return variables.get(value.name.value) if isinstance(value, VariableNode) else value


def _part(value: Any, name: str) -> Any:
    if isinstance(value, ObjectValueNode):
        return next((f.value for f in value.fields if f.name.value == name), None)
    return cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
