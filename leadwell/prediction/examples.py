"""What was known of leads at a time, as features: fields as they were, and what people had done by then."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import custom
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.scoring.fields import HOLDERS, snake

BATCH = 2000
FIELDS: Mapping[str, tuple[str, ...]] = {
    "person.seniority": ("p.seniority",), "person.department": ("p.department",), "person.country": ("p.country",), "person.language": ("p.language",),
    "email.class": ("e.class",), "email.domain": ("e.domain",), "lead.intent": ("l.intent",), "lead.interest": ("l.interest",),
    "lead.source": ("s.channel",), "contact.type": ("k.type",), "company.industry": ("c.industry", "l.industry"), "company.country": ("c.country",),
    "company.employees": ("c.employees", "l.employees"),
}
PRESENT = {"person.phone": ("p.phone",), "person.title": ("p.title",), "lead.need": ("l.need",), "company.known": ("c.name", "l.company_name")}
LIVED = ("CALL", "EMAIL", "MEETING", "FORM", "PAGE_VIEW", "OPEN", "CLICK", "REPLY", "TICKET", "SURVEY", "UNSUBSCRIBE")
OWNERS = {noun: f"{alias}.id" for noun, alias in HOLDERS.items()}


@dataclass(frozen=True, slots=True)
class Moment:
    """A lead and the time at which it is looked at."""

    person_id: UUID
    lead_id: UUID
    at: datetime


async def examples(tx: Tx, moments: Sequence[Moment], *, past: bool) -> list[dict[str, Any]]:
    """Features of leads by name, in the order asked for. `past`: changes made since are taken back."""
    found: dict[UUID, dict[str, Any]] = {}
    for start in range(0, len(moments), BATCH):
        part = moments[start: start + BATCH]
        rows = [dict(r) for r in await tx.fetch(
            load(__name__, "facts"), tx.workspace, [m.person_id for m in part], [m.lead_id for m in part], [m.at for m in part], list(LIVED))]
        await _add_own(tx, rows)
        if past:
            await _take_back(tx, rows)
        found |= {row["lead_id"]: dict(_features(row)) for row in rows}
    return [found[m.lead_id] for m in moments]


async def _add_own(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Every row has every own field that anyone has, so that none is taken for one that was never there."""
    owners: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        for owner in {id for column in OWNERS.values() if (id := row.get(column))} | {row["person_id"]}:
            owners[owner].append(row)
    values = await tx.fetch(load(__name__, "own_values"), tx.workspace, list(owners))
    for name in {f"{HOLDERS[v['noun']]}.custom.{v['key']}" for v in values if v["noun"] in HOLDERS}:
        for row in rows:
            row.setdefault(name, None)
    for v in values:
        for row in owners[v["record_id"]] if v["noun"] in HOLDERS else ():
            row[f"{HOLDERS[v['noun']]}.custom.{v['key']}"] = _own(v)


def _own(v: Any) -> Any:
    """Days and moments as a number of days; flags as text, so that each has a cell."""
    if v["time_value"] is not None:
        return v["time_value"].timestamp() / 86400
    held = next((v[c] for c in ("text_value", "int_value", "float_value") if v[c] is not None), None)
    return str(custom.shown("FLAG", held)) if v["type"] == "FLAG" else held


async def _take_back(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Undoes what was changed after each row's time, newest first."""
    holders: defaultdict[UUID, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for row in rows:
        for alias in "plkc":
            if owner := row["person_id"] if alias == "p" else row[f"{alias}.id"]:
                holders[owner].append((alias, row))
    since = min((row["at"] for row in rows), default=None)
    for e in await tx.fetch(load(__name__, "changes"), tx.workspace, list(holders), since) if holders else ():
        for alias, row in holders[e["record_id"]]:
            if e["at"] > row["at"]:
                _undo(row, alias, e["changes"])


def _undo(row: dict[str, Any], alias: str, changes: Mapping[str, Any]) -> None:
    for field, pair in changes.items():
        column = f"{alias}.{snake(field)}"
        if column in row and isinstance(pair, list):
            before: Any = pair[0]  # pyright: ignore[reportUnknownVariableType]  # JSON
            row[column] = str(before) if isinstance(before, bool) else before


def _features(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, columns in FIELDS.items():
        yield name, next((row[c] for c in columns if row[c] not in (None, "")), None)
    for name, columns in PRESENT.items():
        yield name, "yes" if any(row[c] not in (None, "") for c in columns) else "no"
    for noun, alias in HOLDERS.items():
        yield from ((f"custom.{noun}.{column.rsplit('.', 1)[1]}", value) for column, value in row.items() if column.startswith(f"{alias}.custom."))
    yield "lead.age_days", float(max(timedelta(0), row["at"] - row["created_at"]).days)
    lived: Mapping[str, Any] = row["lived"] or {}
    for kind in LIVED:
        lately, often, days = lived.get(kind, (0, 0, None))
        yield f"{kind.lower()}.30_days", float(lately)
        yield f"{kind.lower()}.180_days", float(often)
        yield f"{kind.lower()}.days_ago", None if days is None else float(days)
