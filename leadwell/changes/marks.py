"""Puts tags on many records, and takes them off."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell import tags
from leadwell.base.identity import clean
from leadwell.base.tx import Tx
from leadwell.changes.refusals import MissingOption
from leadwell.changes.shape import SINCE, Action, Back, Json, Results, changed
from leadwell.changes.singly import at_once

MOST = 20
VERBS = dict.fromkeys(tags.NOUNS, "update")
KNOWN = "SELECT t.id, t.name FROM tags t WHERE t.workspace_id = $1 AND lower(t.name) = ANY($2::text[]) AND t.archived_at IS NULL"
ON = (
    "SELECT g.record_id, t.name FROM taggings g JOIN tags t ON t.workspace_id = $1 AND t.id = g.tag_id "
    "WHERE g.workspace_id = $1 AND g.record_id = ANY($2::uuid[]) AND lower(t.name) = ANY($3::text[])"
)


async def check(tx: Tx, noun: str, given: Json) -> dict[str, Any]:
    """`tags`: names that exist, up to 20. MissingOption, UnknownTag."""
    names = [clean(name) or "" for name in given.get("tags") or ()]
    if not names or len(names) > MOST:
        raise MissingOption(field="tags", action="TAG", name="tags", fix=f"Give 1 to {MOST} names of tags.")
    known = {row["name"].lower(): row["name"] for row in await tx.fetch(KNOWN, tx.workspace, [name.lower() for name in names])}
    for i, name in enumerate(names):
        if name.lower() not in known:
            raise tags.UnknownTag(field=f"tags.{i}", name=name[:60])
    return {"tags": list(dict.fromkeys(known[name.lower()] for name in names))}


async def on(tx: Tx, ids: Sequence[UUID], names: Sequence[str]) -> dict[UUID, set[str]]:
    """Which of these tags are on the records."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for row in await tx.fetch(ON, tx.workspace, list(ids), [name.lower() for name in names]):
        found[row["record_id"]].add(row["name"])
    return found


async def _put(tx: Tx, noun: str, options: Json, ids: Sequence[UUID]) -> Results:
    had = await on(tx, ids, options["tags"])
    await tags.tag(tx, noun, ids, options["tags"])
    new = {id: [name for name in options["tags"] if name not in had[id]] for id in ids}
    return {id: changed({"tags": [[], new[id]]} if new[id] else {}) for id in ids}


async def _take(tx: Tx, noun: str, options: Json, ids: Sequence[UUID]) -> Results:
    had = await on(tx, ids, options["tags"])
    await tags.untag(tx, noun, ids, options["tags"])
    return {id: changed({"tags": [sorted(had[id]), []]} if had[id] else {}) for id in ids}


async def _untag(tx: Tx, noun: str, options: Json, id: UUID, changes: Json) -> Back:
    put = changes["tags"][1]
    still = (await on(tx, [id], put))[id]
    if still:
        await tags.untag(tx, noun, [id], sorted(still))
    return Back() if len(still) == len(put) else Back({"tags": SINCE})


async def _retag(tx: Tx, noun: str, options: Json, id: UUID, changes: Json) -> Back:
    took = changes["tags"][0]
    again = (await on(tx, [id], took))[id]
    await tags.tag(tx, noun, [id], [name for name in took if name not in again])
    return Back()


async def _untag_all(tx: Tx, noun: str, options: Json, rows: Mapping[UUID, Json]) -> Mapping[UUID, Back]:
    """Records that still have all they were given, at once; the others come out as by `_untag`."""
    had = await on(tx, list(rows), sorted({name for row in rows.values() for name in row["tags"][1]}))
    groups = _alike({id: row["tags"][1] for id, row in rows.items() if had[id].issuperset(row["tags"][1])})
    return await _grouped(tx, groups, lambda ids, names: tags.untag(tx, noun, ids, names))


async def _retag_all(tx: Tx, noun: str, options: Json, rows: Mapping[UUID, Json]) -> Mapping[UUID, Back]:
    """What was taken off and nobody has put on again, at once."""
    again = await on(tx, list(rows), sorted({name for row in rows.values() for name in row["tags"][0]}))
    groups = _alike({id: [name for name in row["tags"][0] if name not in again[id]] for id, row in rows.items()})
    return await _grouped(tx, groups, lambda ids, names: tags.tag(tx, noun, ids, names))


def _alike(wanted: Mapping[UUID, Sequence[str]]) -> dict[tuple[str, ...], list[UUID]]:
    """Records by what is to be done to them."""
    groups: dict[tuple[str, ...], list[UUID]] = defaultdict(list)
    for id, names in wanted.items():
        groups[tuple(sorted(names))].append(id)
    return groups


async def _grouped(
    tx: Tx, groups: Mapping[tuple[str, ...], list[UUID]], verb: Callable[[Sequence[UUID], Sequence[str]], Awaitable[object]]
) -> Mapping[UUID, Back]:
    async def work() -> Mapping[UUID, Back]:
        for names, ids in groups.items():
            if names:
                await verb(ids, names)
        return {id: Back() for ids in groups.values() for id in ids}

    return await at_once(tx, work)


TAG = Action("TAG", VERBS, check, _put, _untag, _untag_all)
UNTAG = Action("UNTAG", VERBS, check, _take, _retag, _retag_all)
