"""The words in which changes of many records are told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx

Json = Mapping[str, Any]
SINCE = "It has another value by now."
GONE = "It is no longer there, or closed."


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a record: CHANGED with {field: [before, after]}, UNCHANGED, or REFUSED with code and message."""

    state: str
    changes: Json = field(default_factory=dict[str, Any])
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Back:
    """What taking a record back came to: nothing `left` means all of it; `note` is said all the same."""

    left: Mapping[str, str] = field(default_factory=dict[str, str])
    note: str | None = None


Results = dict[UUID, Result]
UNCHANGED = Result("UNCHANGED")


def refused(refusal: Refusal) -> Result:
    return Result("REFUSED", code=refusal.code, message=refusal.message)


def changed(changes: Json) -> Result:
    return Result("CHANGED", changes) if changes else UNCHANGED


@dataclass(frozen=True, slots=True)
class Action:
    """What can be done to many records. `verbs`: noun → the permission it needs. `check` reads the options a caller gives into those that are
    kept; `perform` does a batch inside one transaction; `undo` takes one record back unless somebody has touched it since."""

    name: str
    verbs: Mapping[str, str]
    check: Callable[[Tx, str, Json], Awaitable[dict[str, Any]]]
    perform: Callable[[Tx, str, Json, Sequence[UUID]], Awaitable[Results]]
    undo: Callable[[Tx, str, Json, UUID, Json], Awaitable[Back]]
    undo_all: Callable[[Tx, str, Json, Mapping[UUID, Json]], Awaitable[Mapping[UUID, Back]]] | None = None   # of a batch at once, where there is a way
    of: str | None = None   # the noun whose permission it is, where that is not the records' own

    def permission(self, noun: str) -> tuple[str, str]:
        """Noun and verb that a viewer must have."""
        return self.of or noun, self.verbs[noun]
