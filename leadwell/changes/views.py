"""Views: a filter, an order and columns under a name, private until their owner shares them; read with the rights of whoever opens them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell import events
from leadwell.access import Viewer
from leadwell.base.identity import clean
from leadwell.base.ids import decode_id, uuid7
from leadwell.base.lengths import check_length
from leadwell.base.refusals import Forbidden, NotFound, Refusal
from leadwell.base.rows import Revision, checked_version, revise
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, FieldForbidden, Listing, Noun, check
from leadwell.catalog.order import keys
from leadwell.catalog.statement import Statement
from leadwell.changes.refusals import BadView, UnknownView, ViewExists, ViewNotYours

NOUNS = ("Person", "Lead", "Contact", "Company", "Deal", "Activity", "Task", "Purchase", "Campaign")
TAG = 97   # the type part of a view's opaque id
EMPTY: Mapping[str, Any] = {"filter": {}, "sort": [], "columns": []}
SHARED = ("PRIVATE", "TEAM", "EVERYBODY")
MOST_COLUMNS = 100
COLUMNS = "v.id, v.noun, v.name, v.filter, v.sort, v.columns, v.shared, v.credential, v.team_id, v.version, v.created_at, v.updated_at, v.archived_at"
TEAM = "SELECT u.team_id FROM users u WHERE u.workspace_id = $1 AND u.id = $2"
MINE = f"(v.credential = $2 OR v.shared = 'EVERYBODY' OR (v.shared = 'TEAM' AND v.team_id = ({TEAM.replace('$2', '$3')})))"


@dataclass(frozen=True, slots=True)
class NewView:
    """`where` and `order` are those of the noun's list; `columns` paths of fields such as owner.name."""

    noun: str
    name: str
    where: Mapping[str, Any]
    order: Sequence[Mapping[str, Any]] = ()
    columns: Sequence[str] = ()
    shared: str = "PRIVATE"


@dataclass(frozen=True, slots=True)
class Shown:
    """A view as somebody may see it: with a `refusal` its contents stay closed to them."""

    id: UUID
    noun: str
    name: str
    shared: str
    mine: bool
    version: int
    where: Mapping[str, Any] | None
    order: Sequence[Mapping[str, Any]] | None
    columns: Sequence[str] | None
    refusal: Refusal | None = None


def view_id(text: str) -> UUID:
    """BadId for what is no view's id."""
    return decode_id(str(text), TAG)[1]


async def create(tx: Tx, new: NewView, viewer: Viewer) -> UUID:
    """UnknownView, BadView, ViewExists, Forbidden, and what its filter, order and columns refuse."""
    if viewer.user is None and not viewer.may("views", "create"):
        raise Forbidden(noun="views", verb="create")   # keys that may only read save nothing; people save what they may read
    if new.noun not in NOUNS:
        raise UnknownView(field="noun", known=", ".join(NOUNS), noun=new.noun[:40])
    values = await _checked(tx, new.noun, {"name": new.name, "filter": new.where, "sort": list(new.order), "columns": list(new.columns)}, viewer)
    values |= await _sharing(tx, new.shared, viewer)
    id, now = uuid7(), await tx.now()
    row = {"id": id, "noun": new.noun, **values, "credential": viewer.credential, "created_at": now, "updated_at": now}
    marks = ", ".join(f"${i}" for i in range(2, len(row) + 2))
    await _write(tx, f"INSERT INTO views (workspace_id, {', '.join(row)}) VALUES ($1, {marks})", values["name"], *row.values())
    await events.note(tx, "view.created", "View", id, version=1, data={"noun": new.noun, "name": values["name"], "shared": new.shared})
    return id


async def update(tx: Tx, id: UUID, changes: Mapping[str, Any], viewer: Viewer, expected_version: int | None = None) -> Revision:
    """Changes `name`, `filter`, `sort`, `columns` or `shared` of a view of one's own. NotFound, ViewNotYours, StaleVersion and what `create` refuses."""
    row = await _own(tx, id, viewer, expected_version)
    values = await _checked(tx, row["noun"], {name: value for name, value in changes.items() if name != "shared"}, viewer)
    if "shared" in changes:
        values |= await _sharing(tx, changes["shared"], viewer)
    return await _revised(tx, row, values, "view.updated")


async def archive(tx: Tx, id: UUID, viewer: Viewer, expected_version: int | None = None) -> Revision:
    """Puts a view of one's own away; its name is free again. NotFound, ViewNotYours, StaleVersion."""
    row = await _own(tx, id, viewer, expected_version)
    return Revision({}, row["version"]) if row["archived_at"] else await _revised(tx, row, {"archived_at": await tx.now()}, "view.archived")


async def _own(tx: Tx, id: UUID, viewer: Viewer, expected_version: int | None) -> Any:
    """A view that one may see, locked; only its owner changes it, and whoever may do everything."""
    row = await tx.row(
        f"SELECT {COLUMNS} FROM views v WHERE v.workspace_id = $1 AND v.id = $4 AND {MINE} FOR NO KEY UPDATE",
        tx.workspace, viewer.credential, viewer.user, id,
    )
    if row is None:
        raise NotFound(noun="view")
    if row["credential"] != viewer.credential and not (row["shared"] != "PRIVATE" and viewer.may("roles", "update")):
        raise ViewNotYours()
    checked_version(dict(row), "view", expected_version)
    return row


async def _revised(tx: Tx, row: Any, values: Mapping[str, Any], kind: str) -> Revision:
    try:
        await tx.execute("SAVEPOINT named")
        revision = await revise(tx, "view", "views", dict(row), values)
    except pg.UniqueViolationError:
        await tx.execute("ROLLBACK TO SAVEPOINT named")
        raise ViewExists(field="name", name=values["name"]) from None
    await events.revised(tx, kind, "View", row["id"], revision)
    return revision


async def _write(tx: Tx, sql: str, name: str, *args: Any) -> None:
    await tx.execute("SAVEPOINT named")
    try:
        await tx.execute(sql, tx.workspace, *args)
    except pg.UniqueViolationError:
        await tx.execute("ROLLBACK TO SAVEPOINT named")
        raise ViewExists(field="name", name=name) from None


async def _checked(tx: Tx, noun: str, values: Mapping[str, Any], viewer: Viewer) -> dict[str, Any]:
    checked = {name: EMPTY[name] if value is None and name in EMPTY else value for name, value in values.items()}
    if "name" in checked:
        checked["name"] = clean(checked["name"])
        if not checked["name"]:
            raise BadView(field="name", why="it has no name")
        check_length("name", checked["name"], "name")
    await readable(tx, noun, checked, viewer)
    return checked


async def readable(tx: Tx, noun: str, values: Mapping[str, Any], viewer: Viewer) -> None:
    """Refuses a filter, an order or columns that are none, or that the viewer may not see: Forbidden, FieldForbidden, BadFilter, BadOrder, BadView."""
    of = CATALOG[noun]
    if not viewer.may(noun, "read"):
        raise Forbidden(verb="read", noun=of.plural)
    await check(tx, of, values.get("filter", {}), viewer)
    keys(Statement(viewer), of, "t", Listing(of, order=values.get("sort") or None).order)
    _columns(of, values.get("columns") or [], viewer)


def _columns(noun: Noun, names: Sequence[Any], viewer: Viewer) -> None:
    if len(names) > MOST_COLUMNS:
        raise BadView(field="columns", why=f"it has more than {MOST_COLUMNS} columns")
    for i, name in enumerate(names):
        head, _, tail = str(name).partition(".")
        relation = noun.relations.get(head)
        column = relation.target.columns.get(tail) if relation and tail else noun.columns.get(head) if not tail else None
        if column is None and not (head == "custom" and tail) and not (relation and not tail):
            raise BadView(field=f"columns.{i}", why=f'{noun.name} has no field "{str(name)[:60]}"')
        if column is not None and column.path in viewer.denied:
            raise FieldForbidden(field=f"columns.{i}", path=column.path)


async def _sharing(tx: Tx, shared: str, viewer: Viewer) -> dict[str, Any]:
    """With whom: a team is that of its owner."""
    team = await tx.value(TEAM, tx.workspace, viewer.user) if shared == "TEAM" and viewer.user else None
    if shared not in SHARED:
        raise BadView(field="shared", why="`shared` is one of " + ", ".join(SHARED))
    if shared == "TEAM" and team is None:
        raise BadView(field="shared", why="you are in no team", fix="Share it with EVERYBODY, or ask to be put into a team.")
    return {"shared": shared, "team_id": team}


async def opened(tx: Tx, viewer: Viewer, id: UUID) -> Shown | None:
    """A view of one's own or shared with one, though it was put away. What a reader may not see of it closes all of it, with the reason."""
    sql = f"SELECT {COLUMNS} FROM views v WHERE v.workspace_id = $1 AND {MINE} AND v.id = $4"
    row = await tx.row(sql, tx.workspace, viewer.credential, viewer.user, id)
    return await shown(tx, row, viewer) if row else None


async def shown(tx: Tx, row: Any, viewer: Viewer) -> Shown:
    """As the viewer may see it."""
    refusal: Refusal | None = None
    try:
        await readable(tx, row["noun"], row, viewer)
    except Refusal as found:
        refusal = found
    inside = (None, None, None) if refusal else (row["filter"], row["sort"], row["columns"])
    mine = row["credential"] == viewer.credential
    return Shown(row["id"], row["noun"], row["name"], row["shared"], mine, row["version"], *inside, refusal)
