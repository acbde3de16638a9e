"""Scores people: one statement a batch and model, only changed rows written, crossings told once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from leadwell import events, work
from leadwell.base.ids import uuid7
from leadwell.base.tx import Tx
from leadwell.scoring.compile import Statement, compiled
from leadwell.scoring.rules import parse

DUE_BATCH = 2000
TRIES = 5


@dataclass(frozen=True, slots=True)
class Live:
    """A published model."""

    id: UUID
    version_id: UUID
    is_default: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one person's score; `was_*` is None for somebody scored for the first time."""

    model_id: UUID
    person_id: UUID
    score: int
    grade: str
    was_score: int | None
    was_grade: str | None
    next_at: datetime | None
    crossed: Sequence[str]
    fallen: Sequence[str]


async def rescore(tx: Tx, person_ids: Iterable[UUID], *, model_id: UUID | None = None, quiet: bool = False) -> list[Change]:
    """Scores these people under every published model, or one. Returns what was written.

    A threshold crossed is told as score.crossed, fallen from as score.fell, a new grade as score.changed. `quiet` (imports, changed rules)
    remembers crossings without telling them and marks score.changed as quiet.
    """
    ids = sorted(set(person_ids))
    changes: list[Change] = []
    for live in await live_models(tx) if ids else ():
        if model_id in (None, live.id):
            changes += await _score(tx, live, ids)
    await events.note_all(tx, [event for change in changes for event in _told(change, quiet)])
    await _wake(tx, min((c.next_at for c in changes if c.next_at), default=None))
    return changes


async def live_models(tx: Tx) -> list[Live]:
    rows = await tx.fetch(
        "SELECT m.id, m.live_version_id, m.is_default FROM scoring_models m WHERE m.workspace_id = $1 AND m.live_version_id IS NOT NULL"
        " AND m.archived_at IS NULL AND m.subject = 'PERSON' ORDER BY m.is_default DESC, m.id", tx.workspace)
    return [Live(r["id"], r["live_version_id"], r["is_default"]) for r in rows]


_statements: dict[UUID, Statement] = {}


async def statement(tx: Tx, version_id: UUID) -> Statement:
    """The compiled statement of a published version; its rules are frozen, so it is compiled once a process."""
    known = _statements.get(version_id)
    if known is None:
        rules = await tx.value("SELECT v.rules FROM scoring_versions v WHERE v.workspace_id = $1 AND v.id = $2", tx.workspace, version_id)
        known = compiled(parse(rules))
        if len(_statements) >= 256:
            _statements.clear()
        _statements[version_id] = known
    return known
