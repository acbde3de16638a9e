"""Sets fields of many records by the verbs of people at a screen, and sets back what nobody has changed since."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from leadwell import companies, contacts, custom, deals, leads
from leadwell.base.rows import Revision, hold_many
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.changes.setting import read, typed
from leadwell.changes.shape import GONE, SINCE, Action, Back, Json, Results, changed
from leadwell.changes.singly import at_once, each

PERSON = "p.prefix, p.first_name, p.middle_name, p.last_name, p.suffix, p.name, p.email, p.phone, p.language, p.time_zone, p.country, p.region, p.city, " \
         "p.postal_code, p.street, p.department, p.seniority"  # fmt: skip
PEOPLE = f"SELECT {PERSON}, p.id FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[])"
NOW: Mapping[str, str] = {
    "Person": "SELECT x.* FROM people x WHERE x.workspace_id = $1 AND x.id = $2 AND x.merged_into IS NULL AND x.archived_at IS NULL",
    "Lead": f"SELECT {PERSON}, x.* FROM leads x JOIN people p ON p.workspace_id = $1 AND p.id = x.person_id "
            "WHERE x.workspace_id = $1 AND x.id = $2 AND x.state IN ('OPEN', 'JUNK') AND x.archived_at IS NULL",
    "Contact": f"SELECT {PERSON}, x.* FROM contacts x JOIN people p ON p.workspace_id = $1 AND p.id = x.person_id "
               "WHERE x.workspace_id = $1 AND x.id = $2 AND x.archived_at IS NULL",
    "Company": "SELECT x.* FROM companies x WHERE x.workspace_id = $1 AND x.id = $2 AND x.archived_at IS NULL",
    "Deal": "SELECT x.* FROM deals x WHERE x.workspace_id = $1 AND x.id = $2 AND x.archived_at IS NULL",
}  # fmt: skip
MOVES = {"Lead": "status_id", "Deal": "stage_id"}
MANY: Mapping[str, Callable[[Tx, Mapping[UUID, Json]], Awaitable[Mapping[UUID, Revision]]]] = {
    "Person": contacts.update_people, "Lead": leads.update_many, "Contact": contacts.update_many, "Company": companies.update_many,
    "Deal": deals.update_many,
}  # fmt: skip
VERBS = {"Person": "update", "Lead": "update", "Contact": "update", "Company": "update", "Deal": "update"}
# What follows from other columns by itself: it is not set back, it follows again.
DERIVED = frozenset({
    "company_match", "name_key", "state", "status_since", "stage_since", "closed_at", "sales_qualified_at", "base_minor", "base_currency",
    "close_reason", "close_reason_id",
})


async def check(tx: Tx, noun: str, given: Json) -> dict[str, Any]:
    """`set`: {field: value}. BadSet and what reading values refuses."""
    return {"set": read(noun, given.get("set"))}


async def perform(tx: Tx, noun: str, options: Json, ids: Sequence[UUID]) -> Results:
    values = {name: typed(name, value) for name, value in options["set"].items()}
    done = await at_once(tx, lambda: MANY[noun](tx, dict.fromkeys(ids, values)))
    found = {id: changed(done[id].changes) for id in ids if id in done}
    return {**found, **await each(tx, [id for id in ids if id not in done], partial(write, tx, noun, values))}


async def write(tx: Tx, noun: str, values: Json, id: UUID, expected_version: int | None = None) -> Revision:
    """One record by its own verbs; a move comes first. What they refuse."""
    move = values.get(MOVES.get(noun, ""))
    rest = {name: value for name, value in values.items() if name != MOVES.get(noun)}
    if move is None:
        return await _update(tx, noun, id, rest, expected_version)
    moved = await (leads.set_status(tx, id, move, expected_version) if noun == "Lead" else deals.move_stage(tx, id, move, None, expected_version))
    done = await _update(tx, noun, id, rest, None) if rest else Revision({}, moved.version)
    return Revision({**moved.changes, **_both(moved.changes, done.changes)}, done.version)


def _both(first: Json, then: Json) -> dict[str, Any]:
    """What two verbs in a row changed: a deal's stage sets the probability that is then set by hand."""
    return {name: [first[name][0] if name in first else pair[0], pair[1]] for name, pair in then.items()}


async def _update(tx: Tx, noun: str, id: UUID, values: Json, expected_version: int | None) -> Revision:
    verbs = {"Person": contacts.update_person, "Lead": leads.update, "Contact": contacts.update, "Company": companies.update, "Deal": deals.update}
    return await verbs[noun](tx, id, values, expected_version)


async def undo(tx: Tx, noun: str, options: Json, id: UUID, changes: Json) -> Back:
    """Field by field: what has another value by now stays."""
    row = await tx.row(NOW[noun], tx.workspace, id)
    if row is None:
        return Back({"": GONE})
    back, left = _compared({**dict(row), **(await _customs(tx, noun, {id: changes}))[id]}, changes)
    if back:
        await write(tx, noun, _nested(back), id)
    return Back(left)


async def undo_all(tx: Tx, noun: str, options: Json, rows: Mapping[UUID, Json]) -> Mapping[UUID, Back]:
    """Records of which nobody has touched a field since, at once; the others come out as by `undo`."""
    async def work() -> Mapping[UUID, Back]:
        held, customs = await _held(tx, noun, sorted(rows)), await _customs(tx, noun, rows)
        wanted: dict[UUID, Json] = {}
        for id, row in held.items():
            back, left = _compared({**row, **customs[id]}, rows[id])
            if not left:
                wanted[id] = _nested(back)
        return dict.fromkeys(await MANY[noun](tx, wanted), Back())

    return await at_once(tx, work)


async def _held(tx: Tx, noun: str, ids: Sequence[UUID]) -> dict[UUID, Json]:
    """The records as NOW shows each, locked; what is put away or merged is left out."""
    if noun in ("Lead", "Contact"):
        rows = await (leads if noun == "Lead" else contacts).hold(tx, ids)
        theirs = {row["id"]: dict(row) for row in await tx.fetch(PEOPLE, tx.workspace, sorted({row["person_id"] for row in rows.values()}))}
        found = {id: {**theirs[row["person_id"]], **row} for id, row in rows.items()}
    else:
        found = {id: row for id, row in (await hold_many(tx, CATALOG[noun].table, ids)).items() if not row.get("merged_into")}
    return {id: row for id, row in found.items() if not row["archived_at"]}


def _compared(now: Json, changes: Json) -> tuple[dict[str, Any], dict[str, str]]:
    """What goes back, and what stays because it has another value by now."""
    back: dict[str, Any] = {}
    left: dict[str, str] = {}
    for name, (before, after) in changes.items():
        if name in DERIVED:
            continue
        if name not in now or _plain(now[name]) != after:
            left[name] = SINCE
        else:
            back[name] = typed(name, before)
    return back, left


def _nested(back: Json) -> dict[str, Any]:
    """custom.key → {"custom": {key: …}}"""
    own = {name.removeprefix("custom."): value for name, value in back.items() if name.startswith("custom.")}
    rest = {name: value for name, value in back.items() if not name.startswith("custom.")}
    return {**rest, "custom": own} if own else rest


async def _customs(tx: Tx, noun: str, rows: Mapping[UUID, Json]) -> dict[UUID, dict[str, Any]]:
    """What records hold in the custom fields that a change has written, as custom.key."""
    keys = {name.removeprefix("custom.") for changes in rows.values() for name in changes if name.startswith("custom.")}
    if not keys:
        return {id: {} for id in rows}
    standing = await custom.standing_many(tx, noun, rows, keys)
    return {id: {f"custom.{key}": value for key, value in values.items()} for id, values in standing.items()}


def _plain(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value, default=str))


UPDATE = Action("UPDATE", VERBS, check, perform, undo, undo_all)
