"""Gives many records to another owner with one statement a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell import events, people, tasks
from leadwell.base.ids import decode_id
from leadwell.base.rows import Named, require
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.changes.refusals import MissingOption, NoLongerMatches, RecordSealed
from leadwell.changes.shape import GONE, SINCE, UNCHANGED, Action, Back, Json, Result, Results, refused
from leadwell.changes.singly import each


@dataclass(frozen=True, slots=True)
class Owned:
    """Where a noun's owner stands, and what is noted when it changes."""

    table: str
    event: str
    person: str = "NULL::uuid"


OWNED: Mapping[str, Owned] = {
    "Lead": Owned("leads", "lead.assigned", "t.person_id"), "Contact": Owned("contacts", "contact.updated", "t.person_id"),
    "Company": Owned("companies", "company.updated"), "Deal": Owned("deals", "deal.updated"),
}
VERBS = {"Lead": "assign", "Contact": "update", "Company": "update", "Deal": "update", "Task": "update"}


async def check(tx: Tx, noun: str, given: Json) -> dict[str, Any]:
    """`owner_id`: a user, or null for nobody. NotFound, BadId, MissingOption."""
    if "owner_id" not in given:
        raise MissingOption(field="owner_id", action="REASSIGN", name="ownerId")
    owner = given["owner_id"]
    found = decode_id(owner, CATALOG["User"].tag)[1] if isinstance(owner, str) else owner
    await require(tx, Named("user", "users", found, "owner_id"))
    return {"owner_id": found}


async def perform(tx: Tx, noun: str, options: Json, ids: Sequence[UUID]) -> Results:
    owner = UUID(str(options["owner_id"])) if options["owner_id"] else None
    await require(tx, Named("user", "users", owner, "owner_id"))
    if noun == "Task":
        return await each(tx, ids, lambda id: tasks.update(tx, id, {"assignee_id": owner}))
    return await give(tx, noun, ids, owner)


async def give(tx: Tx, noun: str, ids: Sequence[UUID], owner: UUID | None) -> Results:
    """Every record's result; whoever calls knows that the user exists."""
    of = OWNED[noun]
    standing = {row["id"]: row for row in await tx.fetch(_standing(noun), tx.workspace, list(ids))}
    if noun == "Lead":
        await people.lock(tx, {row["person_id"] for row in standing.values()})
    sql = load(__name__, "owners").format(table=of.table, column="owner_id", person=of.person)
    rows = {row["id"]: row for row in await tx.fetch(sql, tx.workspace, [id for id in ids if id in standing], owner, await tx.now())}
    await events.note_all(tx, [
        events.Event(of.event, noun, id, row["person_id"], row["version"], {"changes": {"owner_id": [row["before"], owner]}}) for id, row in rows.items()])
    return {id: _result(standing.get(id), rows.get(id), owner) for id in ids}


def _standing(noun: str) -> str:
    more = "x.state, x.person_id" if noun == "Lead" else "NULL AS state, NULL AS person_id"
    return f"SELECT x.id, {more} FROM {OWNED[noun].table} x WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[]) AND x.archived_at IS NULL"


def _result(standing: Any, row: Any, owner: UUID | None) -> Result:
    if row is not None:
        return Result("CHANGED", {"owner_id": [row["before"], owner]})
    if standing is None:
        return refused(NoLongerMatches())
    return refused(RecordSealed()) if standing["state"] in ("CONVERTED", "MERGED") else UNCHANGED


async def undo(tx: Tx, noun: str, options: Json, id: UUID, changes: Json) -> Back:
    """The owner it had, unless it has been given on since, or that user has left."""
    name, table = ("assignee_id", "tasks") if noun == "Task" else ("owner_id", OWNED[noun].table)
    row = await tx.row(f"SELECT x.{name} AS owner FROM {table} x WHERE x.workspace_id = $1 AND x.id = $2 AND x.archived_at IS NULL", tx.workspace, id)
    before, after = changes[name]
    if row is None:
        return Back({"": GONE})
    if str(row["owner"]) != str(after):
        return Back({"ownerId": SINCE})
    back = UUID(before) if before else None
    await require(tx, Named("user", "users", back, "owner_id"))
    if noun == "Task":
        await tasks.update(tx, id, {"assignee_id": back})
        return Back()
    done = await give(tx, noun, [id], back)
    return Back() if done[id].state == "CHANGED" else Back({"": done[id].message or GONE})


async def undo_all(tx: Tx, noun: str, options: Json, rows: Mapping[UUID, Json]) -> Mapping[UUID, Back]:
    """Those of one owner before with one statement; what somebody holds a lock on, or touched, comes out as by `undo`."""
    if noun == "Task":
        return {}
    of = OWNED[noun]
    if noun == "Lead":
        await people.lock(tx, [row["person_id"] for row in await tx.fetch(_standing(noun), tx.workspace, sorted(rows)) if row["person_id"]])
    sql = f"SELECT x.id, x.owner_id FROM {of.table} x WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[]) ORDER BY x.id FOR NO KEY UPDATE"
    held = {row["id"]: row["owner_id"] for row in await tx.fetch(sql, tx.workspace, sorted(rows))}
    users = {UUID(row["owner_id"][0]) for row in rows.values() if row["owner_id"][0]}
    known = "SELECT u.id FROM users u WHERE u.workspace_id = $1 AND u.id = ANY($2::uuid[]) AND u.archived_at IS NULL"
    here = {row["id"] for row in await tx.fetch(known, tx.workspace, sorted(users))} | {None}
    groups: dict[UUID | None, list[UUID]] = {}
    for id, row in rows.items():
        before = UUID(row["owner_id"][0]) if row["owner_id"][0] else None
        if id in held and str(held[id]) == str(row["owner_id"][1]) and before in here:
            groups.setdefault(before, []).append(id)
    given = [(id, result) for before, ids in groups.items() for id, result in (await give(tx, noun, ids, before)).items()]
    return {id: Back() for id, result in given if result.state == "CHANGED"}


REASSIGN = Action("REASSIGN", VERBS, check, perform, undo, undo_all)
