"""The facts about a person as they stood at a time: today's rows with the changes since then taken back."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.scoring.evaluate import Activity
from leadwell.scoring.fields import FIELDS, known, snake
from leadwell.scoring.own_fields import held

ALIAS = {"Person": "p", "PersonEmail": "e", "Lead": "l", "Contact": "k", "Company": "c"}
Change = tuple[str, str, str, Any]


async def facts_at(tx: Tx, person_id: UUID, at: datetime, names: Collection[str] = tuple(FIELDS)) -> dict[str, Any]:
    """Facts by field name. Addresses and company links are taken as events tell them; what no event tells is as it is today."""
    found = await tx.row(load(__name__, "facts_then"), tx.workspace, person_id, at)
    if found is None:
        return {}
    raw: dict[str, Any] = {**found, "p.id": person_id}
    changes = await _changes(tx, person_id, None, at)
    _undo(raw, changes)
    company, source = _uuid(raw["k.company_id"] or raw["l.company_id"]), _uuid(raw["l.source_id"])
    raw |= {**(await tx.row(load(__name__, "company_then"), tx.workspace, company, source) or {}), "c.id": company}
    raw |= await held(tx, names, {alias: _uuid(raw[f"{alias}.id"]) for alias in "plkc"}, at)
    _undo(raw, [*changes, *(await _changes(tx, None, company, at) if company else ())])
    return {name: known(name).of(raw) for name in names}


async def company_at(tx: Tx, company_id: UUID, at: datetime, names: Collection[str]) -> dict[str, Any] | None:
    """A company's facts by field name at a time; None when there is no such company."""
    rows = await tx.fetch(load(__name__, "company_facts"), tx.workspace, [company_id])
    if not rows:
        return None
    raw: dict[str, Any] = {**rows[0], **(await held(tx, names, {"c": company_id}, at))}
    _undo(raw, await _changes(tx, None, company_id, at))
    return {name: known(name).of(raw) for name in names}


async def activities_at(tx: Tx, person_id: UUID, kinds: Sequence[str], since: datetime, known: datetime) -> list[Activity]:
    """A person's activities after `since`, as far as they were recorded by `known` and were the person's then, each as it was read then."""
    rows = await tx.fetch(load(__name__, "lived_then"), tx.workspace, person_id, since, list(kinds), known)
    return [Activity(r["id"], r["kind"], r["at"], r["direction"], r["subject"], r["was"] or r["reading"]) for r in rows]


async def _changes(tx: Tx, person_id: UUID | None, record_id: UUID | None, at: datetime) -> list[Change]:
    rows = await tx.fetch(load(__name__, "changes_since"), tx.workspace, person_id, record_id, at)
    return [change for r in rows for change in _read(r)]


def _read(row: Any) -> Iterator[Change]:
    """(noun, record, field, before), from `{field: [before, after]}` or a list of `{noun, record_id, field, before}`."""
    changes: Any = row["changes"]
    if isinstance(changes, list):
        for change in cast("list[dict[str, Any]]", changes):
            yield change["noun"], str(change["record_id"]), change["field"], change["before"]
        return
    for field, pair in changes.items():
        if isinstance(pair, list):
            yield row["noun"], str(row["record_id"]), field, pair[0]


def _undo(raw: dict[str, Any], changes: Sequence[Change]) -> None:
    for noun, record, field, before in changes:
        alias = ALIAS.get(noun)
        column = f"{alias}.{snake(field)}"
        if alias and column in raw and str(raw.get(f"{alias}.id")) == record:
            raw[column] = before


def _uuid(value: Any) -> UUID | None:
    return UUID(str(value)) if value else None
