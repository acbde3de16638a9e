"""The shape in which a door is declared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Taken:
    """A body: a schema for each media type, and an example of JSON that a test sends."""

    content: Mapping[str, Any]
    example: Any = None
    required: bool = True

    def described(self) -> dict[str, Any]:
        shown = {media: {"schema": schema} for media, schema in self.content.items()}
        if self.example is not None:
            shown[JSON]["example"] = self.example
        return {"required": self.required, "content": shown}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. `says`: what the answer is, by status; `names`: parameters by "in:name", "!" behind the name where it is required."""

    method: str
    path: str
    tag: str
    summary: str
    says: Mapping[int, tuple[str, Mapping[str, Any]]]
    name: str
    about: str = ""
    takes: Taken | None = None
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    by: Sequence[str] = ()

    def described(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"tags": [self.tag], "operationId": self.name, "summary": self.summary}
        if self.about:
            shown["description"] = self.about
        if parameters := [*self._placed(), *(_parameter(where, said) for where, said in self.names.items())]:
            shown["parameters"] = parameters
        if self.takes:
            shown["requestBody"] = self.takes.described()
        shown["responses"] = {
            **{str(status): _answer(said, content) for status, (said, content) in self.says.items()}, "default": {"$ref": "#/components/responses/Refused"}}
        shown["security"] = [{scheme: []} for scheme in self.by]
        return shown

    def _placed(self) -> list[dict[str, Any]]:
        """Those in the address."""
        parts = [part[1:-1] for part in self.path.split("/") if part.startswith("{")]
        return [{"name": part, "in": "path", "required": True, "schema": {"type": "string"}} for part in parts]


def _parameter(where: str, said: str) -> dict[str, Any]:
    place, _, name = where.partition(":")
    return {"name": name.rstrip("!"), "in": place, "required": name.endswith("!"), "description": said, "schema": {"type": "string"}}


def _answer(said: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": said, **({"content": {media: {"schema": schema} for media, schema in content.items()}} if content else {})}


def ref(name: str) -> dict[str, str]:
    """A shape of `shapes.py`."""
    return {"$ref": f"#/components/schemas/{name}"}


def json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {JSON: schema}


def bytes_of(*media: str) -> dict[str, Any]:
    """Content that is no JSON."""
    return {kind: {} for kind in media}
