"""JSON text as an SQL expression: literals and expressions side by side, neighboring literals as one."""

from collections.abc import Iterable
from typing import NamedTuple

FORBIDDEN = "chr(1)"  # stands where a null may not be; JSON text never holds this character


class Literal(NamedTuple):
    """JSON text that is known when the statement is written."""

    text: str


Part = Literal | str
NULL = Literal("null")
QUOTE = Literal('"')


class Text:
    """A concatenation of parts; strings are SQL expressions of type text that are never NULL."""

    def __init__(self, *parts: "Part | Text") -> None:
        self.parts: list[Part] = []
        for part in parts:
            self.add(part)

    def add(self, part: "Part | Text") -> None:
        for p in part.parts if isinstance(part, Text) else [part]:
            last = self.parts[-1] if self.parts else None
            if isinstance(p, Literal) and isinstance(last, Literal):
                self.parts[-1] = Literal(last.text + p.text)
            else:
                self.parts.append(p)

    @property
    def sql(self) -> str:
        """The expression, of type text."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Literal):
            return f"{_quoted(self.parts[0])}::text"
        return "||".join(_quoted(p) if isinstance(p, Literal) else p for p in self.parts)

    @property
    def known(self) -> str | None:
        """The text itself, if no expression is part of it."""
        return "".join(p.text for p in self.parts if isinstance(p, Literal)) if all(isinstance(p, Literal) for p in self.parts) else None


def _quoted(literal: Literal) -> str:
    return "'" + literal.text.replace("'", "''") + "'"


def obj(pairs: Iterable[tuple[str, "Part | Text"]]) -> Text:
    """An object of the response; keys are GraphQL names, which need no escaping."""
    out = Text(Literal("{"))
    for i, (key, value) in enumerate(pairs):
        out.add(Literal(f'{"," * bool(i)}"{key}":'))
        out.add(value)
    out.add(Literal("}"))
    return out


def string(known: str) -> Literal:
    """A string that needs no escaping."""
    return Literal(f'"{known}"')


def or_null(text: Text, *, null: bool) -> str:
    """An expression that may be NULL: JSON's null where one may stand, else the mark of a fault."""
    return f"coalesce({text.sql},{_quoted(NULL) if null else FORBIDDEN})"
