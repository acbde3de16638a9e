"""What a caller sends to /graphql, by whatever door."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.errors import BadRequest
from api.limits import too_deep
from api.persisted import Reference


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller sent, its form checked."""

    query: str
    variables: Mapping[str, Any] | None = None
    operation: str | None = None
    reference: Reference | None = None

    @classmethod
    def read(cls, data: Any) -> "Request":
        """From JSON; BadRequest says which part is wrong."""
        if not isinstance(data, dict):
            raise BadRequest(problem="it is no JSON object" if not isinstance(data, list) else "batches are not taken; send one operation at a time")
        found: dict[str, Any] = data  # pyright: ignore[reportUnknownVariableType]
        query, variables, name = found.get("query"), found.get("variables"), found.get("operationName")
        if not isinstance(variables, (dict, type(None))):
            raise BadRequest(problem="variables is no object", field="variables")
        if not isinstance(name, (str, type(None))):
            raise BadRequest(problem="operationName is no text", field="operation_name")
        if not isinstance(found.get("extensions"), (dict, type(None))):
            raise BadRequest(problem="extensions is no object", field="extensions")
        query, reference = _document(query, Reference.read(found))
        try:
            if too_deep(variables):  # pyright: ignore[reportUnknownArgumentType]
                raise BadRequest(problem="variables are nested too deeply", field="variables")
        except ValueError as error:
            raise BadRequest(problem=str(error), field="variables") from None
        return cls(query, variables, name or None, reference)  # pyright: ignore[reportUnknownArgumentType]


def _document(query: Any, reference: Reference | None) -> tuple[str, Reference | None]:
    """The text, empty where a reference stands for it."""
    if query in (None, "") and reference is not None:
        return "", reference
    if not isinstance(query, str) or not query.strip():
        raise BadRequest(problem="query is missing or no text", field="query")
    if reference is not None:
        reference.check(query)
    return query, reference
