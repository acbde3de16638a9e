"""Keeps segments: made, changed, put away; what a filter names is there, and no segment is made of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events
from leadwell.access.sees import Sees
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Named, Revision, locked, require, revise, unnamed
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, check
from leadwell.segments.naming import NOUNS, Names, names_in
from leadwell.segments.refreshing import put_refresh
from leadwell.segments.refusals import BadSegment, SegmentLoops, SegmentNameTaken
from leadwell.segments.uses import unused

KINDS = ("STATIC", "DYNAMIC", "SNAPSHOT")
DERIVED = frozenset({"filter_version", "problem", "uses", "custom_fields"})   # of the filter
LEAST, MOST = 1, 1440   # minutes between two times a segment is computed as a whole


@dataclass(frozen=True, slots=True)
class NewSegment:
    """`where` is the filter of the noun's list; a STATIC segment has none. `refresh_minutes`: how often it is computed as a whole."""

    name: str
    noun: str
    kind: str = "DYNAMIC"
    where: Mapping[str, Any] | None = None
    refresh_minutes: int = 15


async def create(tx: Tx, new: NewSegment, author: Sees) -> UUID:
    """A segment; its members are found in the background. BadSegment, SegmentNameTaken, NotFound, and what a filter refuses its author."""
    _checked_shape(new)
    id, now, names = uuid7(), await tx.now(), Names(frozenset(), frozenset())
    if new.where is not None:
        names = await _checked_filter(tx, id, new.noun, new.where, author)
    made = await tx.execute(
        "INSERT INTO segments (workspace_id, id, name, noun, kind, filter, uses, custom_fields, refresh_minutes, due_at, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) ON CONFLICT DO NOTHING",
        tx.workspace, id, _name(new.name), new.noun, new.kind, new.where, sorted(names.segments), sorted(names.custom), new.refresh_minutes,
        None if new.kind == "STATIC" else now, now)
    if not made:
        raise SegmentNameTaken(field="name", name=new.name)
    await events.note(tx, "segment.created", "Segment", id, version=1, data={"noun": new.noun, "kind": new.kind})
    if new.kind != "STATIC":
        await put_refresh(tx, [id])
    return id


async def update(tx: Tx, id: UUID, values: Mapping[str, Any], author: Sees, expected_version: int | None = None) -> Revision:
    """Changes `name`, `where` or `refresh_minutes`; another filter is computed in the background, and people cross by it as by any change. NotFound,
    StaleVersion, and what `create` refuses."""
    if isinstance(values.get("where"), Mapping):
        noun = await tx.value("SELECT s.noun FROM segments s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, id)
        await _kept(tx, names_in(noun, values["where"]).segments - {id} if noun else frozenset())
    row = await locked(tx, "segment", "segments", id, expected_version)
    written: dict[str, Any] = {}
    if "name" in values:
        written["name"] = _name(values["name"])
    if values.get("refresh_minutes") is not None:
        written["refresh_minutes"] = _minutes(values["refresh_minutes"])
    if "where" in values and values["where"] != row["filter"]:
        written |= await _refiltered(tx, row, values["where"], author)
    try:
        revision = await revise(tx, "segment", "segments", row, written)
    except asyncpg.UniqueViolationError:
        raise SegmentNameTaken(field="name", name=values["name"]) from None
    await events.revised(tx, "segment.updated", "Segment", id, revision, DERIVED)
    if "filter" in revision.changes:
        await put_refresh(tx, [id])
    return revision


async def _refiltered(tx: Tx, row: Mapping[str, Any], where: Any, author: Sees) -> dict[str, Any]:
    if row["kind"] != "DYNAMIC" or not isinstance(where, Mapping):
        raise BadSegment(field="where", why="only a DYNAMIC segment has a filter that can be changed, and it keeps one")
    names = await _checked_filter(tx, row["id"], row["noun"], where, author)  # pyright: ignore[reportUnknownArgumentType]
    named = {"uses": sorted(names.segments), "custom_fields": sorted(names.custom)}
    return {"filter": where, "filter_version": row["filter_version"] + 1, "problem": None, **named}


async def archive(tx: Tx, id: UUID, expected_version: int | None = None) -> Revision:
    """Puts it away with its members; nobody crosses. NotFound, StaleVersion, SegmentInUse with the list of what needs it."""
    await unnamed(tx, "segments", id)
    row = await locked(tx, "segment", "segments", id, expected_version)
    await unused(tx, id)
    return await _moved(tx, row, {"archived_at": row["archived_at"] or await tx.now(), "due_at": None}, "segment.archived")


async def unarchive(tx: Tx, id: UUID, expected_version: int | None = None) -> Revision:
    """Brings it back; a filter's members are computed again, quietly, because nobody crossed while it was away."""
    row = await locked(tx, "segment", "segments", id, expected_version)
    values = {"archived_at": None} if row["kind"] != "DYNAMIC" or row["archived_at"] is None else {"archived_at": None, "computed_version": None}
    revision = await _moved(tx, row, values, "segment.unarchived")
    if revision.changes and row["kind"] == "DYNAMIC":
        await put_refresh(tx, [id])
    return revision


async def _moved(tx: Tx, row: Mapping[str, Any], values: Mapping[str, Any], kind: str) -> Revision:
    revision = await revise(tx, "segment", "segments", row, values)
    if revision.changes:
        await events.note(tx, kind, "Segment", row["id"], version=revision.version)
    return revision


def _checked_shape(new: NewSegment) -> None:
    if new.noun not in NOUNS:
        raise BadSegment(field="noun", why=f"there are none of {new.noun[:40]}", fix="Take one of " + ", ".join(NOUNS) + ".")
    if new.kind not in KINDS:
        raise BadSegment(field="kind", why=f"{new.kind[:40]} is no kind of segment", fix="Take one of " + ", ".join(KINDS) + ".")
    if (new.where is None) != (new.kind == "STATIC"):
        raise BadSegment(field="where", why="a STATIC segment has no filter, and any other has one")
    _minutes(new.refresh_minutes)


def _minutes(value: int) -> int:
    if not LEAST <= value <= MOST:
        raise BadSegment(field="refresh_minutes", why=f"it is computed every {LEAST} to {MOST} minutes")
    return value


def _name(name: str) -> str:
    words = clean(name)
    if not words:
        raise BadSegment(field="name", why="it has no name")
    return words[:200]


async def _checked_filter(tx: Tx, id: UUID, noun: str, where: Mapping[str, Any], author: Sees) -> Names:
    """What the filter names, once it is known that its author may ask so, that all of it is there, and that no way leads back."""
    await check(tx, CATALOG[noun], where, author)
    names = names_in(noun, where)
    if names.custom:
        gone = await tx.value(
            "SELECT min(f.noun || '.' || f.key) FROM custom_fields f WHERE f.workspace_id = $1 AND f.noun || '.' || f.key = ANY($2::text[]) "
            "AND f.archived_at IS NOT NULL", tx.workspace, sorted(names.custom))
        if gone:
            raise BadSegment(field="where", why=f"the field {gone} is put away", fix="Bring the field back, or ask for another.")
    if names.segments:
        await _checked_ways(tx, id, names.segments)
    return names


async def _kept(tx: Tx, named: frozenset[UUID]) -> None:
    """None of these is put away meanwhile; asked before the row of the segment itself is locked. NotFound."""
    await require(tx, *(Named("segment", "segments", one, "where") for one in sorted(named)))


async def _checked_ways(tx: Tx, id: UUID, named: frozenset[UUID]) -> None:
    """Of segments that are changed at the same time one waits, so that two cannot close a circle together."""
    await _kept(tx, named - {id})
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('segments' || $1::uuid::text, 0))", tx.workspace)
    rows = await tx.fetch("SELECT s.id, s.name, s.uses FROM segments s WHERE s.workspace_id = $1 AND (s.archived_at IS NULL OR s.id = $2)", tx.workspace, id)
    known = {row["id"]: row for row in rows}
    if not named <= set(known) - {id} and id not in named:
        raise NotFound(noun="segment", field="where")
    waiting = [(one, [known[one]["name"]] if one in known else ["itself"]) for one in sorted(named)]
    seen: set[UUID] = set()
    while waiting:
        one, way = waiting.pop()
        if one == id:
            raise SegmentLoops(field="where", way=" → ".join(way))
        if one not in seen and one in known:
            seen.add(one)
            waiting += [(next, [*way, known[next]["name"] if next in known else "…"]) for next in known[one]["uses"]]
