"""The port of tracing: spans of requests, operations, statements, jobs and posts. Nobody implements it unless traces are wanted."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

Facts = Mapping[str, str | int | float | bool]
Role = Literal["SERVER", "CLIENT", "CONSUMER", "INTERNAL"]
TRACE = "trace"     # the name in a job's payload under which a mark travels

markers: list[Callable[[], str | None]] = []
"""Asked whenever work is put: the mark (W3C traceparent) of what is under way."""


class Span(Protocol):
    """Facts are of ours: patterns, kinds, counts and codes, never what a caller wrote."""

    def note(self, name: str | None = None, /, **facts: str | int | float | bool) -> None:
        """More facts (a dot of their names is written "__"), or a better name."""
        ...

    def fail(self, what: str) -> None:
        """It came to that: a code or the name of an exception."""
        ...


class Tracer(Protocol):
    def span(self, name: str, role: Role, facts: Facts, marks: Sequence[str] = ()) -> AbstractContextManager[Span]:
        """A span that what follows in this task belongs to. One mark is its parent, several are linked. An exception fails it."""
        ...

    def apart(self, name: str, role: Role, facts: Facts) -> AbstractContextManager[Span]:
        """The same for a stream, which goes from task to task: nothing belongs to it by itself."""
        ...

    def mark(self) -> str | None:
        """Where we are, to be told elsewhere."""
        ...

    def statement(self, record: Any) -> None:
        """A statement that asyncpg has run, with its time."""
        ...

    def close(self) -> None:
        """Sends what is left; blocks for seconds."""
        ...
