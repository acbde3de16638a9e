"""The shapes of the job plane."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell.base.fixed import fixed
from leadwell.base.tx import Tx

PROMPT, BULK = 0, 1
QUEUES = ("enrich", "score", "nurture", "deliver", "hook", "transfer", "match", "assign", "upkeep")


class Retry(Exception):
    """Raised by a handler: run this job again, after `after` or by the backoff. `free`: it costs no attempt, because nothing was tried."""

    def __init__(self, reason: str, after: timedelta | None = None, *, free: bool = False) -> None:
        super().__init__(reason)
        self.after, self.free = after, free


class Dead(Exception):
    """Raised by a handler: this job can never succeed; keep it for a person to see."""


@fixed
class NewJob:
    """What to do, at `run_at` (now when None) and `delay` later. `payload` holds ids and versions only. At most one ready row per (kind, key):
    a second wakes the first.
    BULK work (imports, backfills) takes turns with PROMPT work and never stands before it."""

    queue: str
    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict[str, Any])
    key: str | None = None
    run_at: datetime | None = None
    delay: timedelta = timedelta(0)
    priority: int = PROMPT
    max_attempts: int = 10
    version: int = 1


@fixed
class Job:
    """A claimed row. `lease` is the token that every later word about it must name."""

    workspace: UUID
    id: UUID
    queue: str
    kind: str
    key: str | None
    payload: dict[str, Any]
    version: int
    attempts: int
    crashes: int
    max_attempts: int
    run_at: datetime
    lease: UUID

    @property
    def quiet(self) -> bool:
        """Put by a quiet actor; whoever does it is quiet as well."""
        return self.payload.get("quiet") is True


Perform = Callable[[Any, Job], Awaitable[Any]]
Record = Callable[[Tx, list[Job], list[Any]], Awaitable[None]]


@fixed
class Kind:
    """How a kind of job is done: `perform` one job outside any transaction (the network lives here), `record` a batch and its
    results in the transaction that settles it. `version` is the newest payload this release reads; newer ones wait.
    `apart`: its jobs wait long for others' servers, so they hold none of the queue's turns meanwhile, and bound themselves."""

    name: str
    record: Record
    perform: Perform | None = None
    batch: int = 50
    concurrency: int = 10
    version: int = 1
    apart: bool = False

    @property
    def queue(self) -> str:
        return self.name.split(".", 1)[0]


def backoff(attempts: int, chance: float) -> timedelta:
    """Exponential with full jitter: 2 s, 4 s, 8 s … at most an hour; `chance` in [0, 1) picks from its upper half."""
    seconds = min(3600.0, 2.0**attempts)
    return timedelta(seconds=seconds / 2 + seconds / 2 * chance)
