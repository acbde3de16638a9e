"""Scores people: one statement a batch and model, only changed rows written, crossings told once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import events, work
from leadwell.base.ids import uuid7
from leadwell.base.sparing import rarely
from leadwell.base.tx import Tx
from leadwell.scoring.companies import wake_companies
from leadwell.scoring.compile import Statement, compiled
from leadwell.scoring.fields import Scope
from leadwell.scoring.rules import parse

DUE_BATCH = 2000
PARTS = 4
Part = tuple[UUID | None, UUID | None]
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
    return await _rescore(tx, sorted(set(person_ids)), "BATCH", model_id, quiet)


async def _rescore(tx: Tx, ids: Sequence[UUID], scope: Scope, model_id: UUID | None, quiet: bool) -> list[Change]:
    with rarely():
        return await _rescored(tx, ids, scope, model_id, quiet)


async def _rescored(tx: Tx, ids: Sequence[UUID], scope: Scope, model_id: UUID | None, quiet: bool) -> list[Change]:
    changes: list[Change] = []
    # A plan kept from when the tables were nearly empty would be ruinous later; making one for each batch costs a few milliseconds.
    await tx.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    models, of_companies = await _published(tx) if ids else ([], False)
    for live in models:
        if model_id in (None, live.id):
            changes += await _score(tx, live, ids, scope)
    if of_companies:
        await wake_companies(tx, ids if model_id is None else [change.person_id for change in changes])
    await events.note_all(tx, [event for change in changes for event in _told(change, quiet or tx.actor.quiet)])
    await _wake(tx, min((c.next_at for c in changes if c.next_at), default=None))
    return changes


async def live_models(tx: Tx) -> list[Live]:
    """The published models of people, the default first."""
    models, _ = await _published(tx)
    return models


async def _published(tx: Tx) -> tuple[list[Live], bool]:
    """The published models of people, and whether there is one of companies."""
    rows = await tx.fetch(
        "SELECT m.id, m.live_version_id, m.is_default, m.subject FROM scoring_models m WHERE m.workspace_id = $1 AND m.live_version_id IS NOT NULL"
        " AND m.archived_at IS NULL ORDER BY m.is_default DESC, m.id", tx.workspace)
    people = [Live(r["id"], r["live_version_id"], r["is_default"]) for r in rows if r["subject"] == "PERSON"]
    return people, len(people) < len(rows)


async def is_live(tx: Tx, model_id: UUID, version_id: UUID) -> bool:
    """Whether a version, of people or companies, is the one in use."""
    return bool(await tx.value(
        "SELECT 1 FROM scoring_models m WHERE m.workspace_id = $1 AND m.id = $2 AND m.live_version_id = $3 AND m.archived_at IS NULL",
        tx.workspace, model_id, version_id))


_statements: dict[tuple[UUID, Scope], Statement] = {}


async def statement(tx: Tx, version_id: UUID, scope: Scope = "BATCH") -> Statement:
    """The compiled statement of a published version; its rules are frozen, so it is compiled once a process."""
    known = _statements.get((version_id, scope))
    if known is None:
        rules = await tx.value("SELECT v.rules FROM scoring_versions v WHERE v.workspace_id = $1 AND v.id = $2", tx.workspace, version_id)
        known = compiled(parse(rules), scope)
        if len(_statements) >= 256:
            _statements.clear()
        _statements[version_id, scope] = known
    return known


async def _score(tx: Tx, live: Live, ids: Sequence[UUID], scope: Scope) -> list[Change]:
    """People whose row another transaction wrote meanwhile are scored again, from what is committed now."""
    made, written = await statement(tx, live.version_id, scope), list[Change]()
    now = await tx.value("SELECT lw_clock($1)", tx.workspace)   # as late as can be: what is committed by now is part of the score
    for _ in range(TRIES):
        rows = await tx.fetch(made.sql, tx.workspace, ids, now, live.id, live.version_id, live.is_default, _history_id(), *made.values)
        written += _read(live.id, rows)
        ids = [r["person_id"] for r in rows if r["what"] == "MISSED"]
        if not ids:
            return written
        made = await statement(tx, live.version_id)
    raise RuntimeError(f"{len(ids)} scores kept changing under us")


def _read(model_id: UUID, rows: Sequence[Any]) -> list[Change]:
    """One change per written row, with the thresholds it crossed and fell from."""
    moved: defaultdict[tuple[str, UUID], list[str]] = defaultdict(list)
    for r in rows:
        if r["threshold"]:
            moved[r["what"], r["person_id"]].append(r["threshold"])
    return [
        Change(
            model_id, r["person_id"], r["score"], r["grade"], r["was_score"], r["was_grade"], r["next_at"],
            sorted(moved.get(("CROSSED", r["person_id"]), ())), sorted(moved.get(("FALLEN", r["person_id"]), ())))
        for r in rows if r["what"] == "WRITTEN"]


def _history_id() -> str:
    """The time half of a uuid7; the statement adds the random half for each row."""
    return str(uuid7())[:15]


def _told(change: Change, quiet: bool) -> Iterator[events.Event]:
    def event(kind: str, **data: object) -> events.Event:
        data = {"model_id": str(change.model_id), "score": change.score, "grade": change.grade, **data}
        return events.Event(kind, "Person", change.person_id, change.person_id, data=data)

    for name in () if quiet else change.crossed:
        yield event("score.crossed", threshold=name)
    for name in () if quiet else change.fallen:
        yield event("score.fell", threshold=name)
    if change.grade != change.was_grade:
        moved = {"score": [change.was_score, change.score], "grade": [change.was_grade, change.grade]}
        yield event("score.changed", changes=moved, **({"quiet": True} if quiet else {}))


async def _wake(tx: Tx, at: datetime | None) -> None:
    """Makes sure that score.due runs by `at`; its one ready row is only touched when it must come forward."""
    if at is None:
        return
    planned = await tx.value(
        "SELECT w.run_at FROM work w WHERE w.workspace_id = $1 AND w.kind = 'score.due' AND w.key = 'due' AND w.state = 'READY'", tx.workspace)
    if planned is None or at < planned:
        await work.put(tx, work.NewJob("score", "score.due", key="due", run_at=at))


async def due(tx: Tx, limit: int = DUE_BATCH) -> list[Change]:
    """Rescores those whose grade or threshold may change by the passing of time alone, and plans the next look."""
    now = await tx.now()
    rows = await tx.fetch(
        "SELECT s.person_id FROM scores s WHERE s.workspace_id = $1 AND s.next_at <= $2 ORDER BY s.next_at LIMIT $3", tx.workspace, now, limit)
    ids = [r["person_id"] for r in rows]
    changes = await rescore(tx, ids)
    await tx.execute(  # what no live model scores any more (merged people, archived models) must not be due for ever
        "UPDATE scores SET next_at = NULL WHERE workspace_id = $1 AND person_id = ANY($2::uuid[]) AND next_at <= $3", tx.workspace, ids, now)
    await _wake(tx, await tx.value("SELECT min(s.next_at) FROM scores s WHERE s.workspace_id = $1", tx.workspace))
    return changes


async def rescore_after(tx: Tx, model_id: UUID, after: UUID | None, limit: int, *, quiet: bool, until: UUID | None = None) -> UUID | None:
    """Rescores the next `limit` people by id, to `until` at most, under one model; returns the id to go on after, None at the end."""
    first, end = after or UUID(int=0), until or UUID(int=2**128 - 1)
    last = await tx.value(
        "SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id > $2 AND p.id < $4 ORDER BY p.id OFFSET $3 - 1 LIMIT 1",
        tx.workspace, first, limit, end)  # fmt: skip
    await _rescore(tx, [UUID(int=first.int + 1), last or end], await _stretch(tx, limit), model_id, quiet)
    return last


async def _stretch(tx: Tx, limit: int) -> Scope:
    """How a range of so many people is asked for: by how many the table holds, of all workspaces, as far as the planner knows."""
    rows: float = await tx.value("SELECT c.reltuples FROM pg_class c WHERE c.oid = 'people'::regclass")
    return "FEW_OF_MANY" if rows > 30 * limit else "RANGE"


async def parts(tx: Tx, least: int) -> list[Part]:
    """All ids of people in up to `PARTS` stretches, (after, until], of about as many people each, but of no fewer than `least`: workers take one each."""
    known: int = await tx.value("SELECT count(*) FROM people p WHERE p.workspace_id = $1", tx.workspace)
    count = min(PARTS, max(1, known // least))
    ends: list[UUID | None] = [
        await tx.value("SELECT p.id FROM people p WHERE p.workspace_id = $1 ORDER BY p.id OFFSET $2 LIMIT 1", tx.workspace, known * i // count)
        for i in range(1, count)]  # fmt: skip
    return list(zip([None, *ends], [*ends, None], strict=True))
