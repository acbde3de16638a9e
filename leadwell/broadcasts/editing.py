"""Keeps broadcasts while they are drafts; what they name is there."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events
from leadwell.access.sees import Sees
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Named, Revision, locked, require, revise
from leadwell.base.tx import Tx
from leadwell.broadcasts.refusals import AudienceNotYours, BadBroadcast, BroadcastNameTaken
from leadwell.broadcasts.shape import Audience, NewBroadcast, Test, Variant, checked_audience, checked_move, checked_variants
from leadwell.catalog import CATALOG, check, matching_ids
from leadwell.templates import warnings, words_of

NAMED = {"topic_id": ("topic", "topics"), "sender_id": ("sender", "senders"), "window_id": ("send window", "send_windows")}


async def create(tx: Tx, new: NewBroadcast, author: Sees, credential: str) -> UUID:
    """A draft. BadBroadcast, BroadcastNameTaken, NotFound, AudienceNotYours, and what a filter refuses its author."""
    checked_variants(new.variants, new.test)
    await require(tx, *_named({"topic_id": new.topic_id, "sender_id": new.sender_id, "window_id": new.window_id, "variants": new.variants}))
    await _leavable(tx, new.topic_id, new.variants)
    await checked_people(tx, new.audience, author)
    id, now = uuid7(), await tx.now()
    made = await tx.execute(
        "INSERT INTO broadcasts (workspace_id, id, name, topic_id, sender_id, audience, variants, test, author, created_at, updated_at, window_id) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11) ON CONFLICT DO NOTHING",
        tx.workspace, id, _name(new.name), new.topic_id, new.sender_id, new.audience.kept(), kept_variants(new.variants), new.test and asdict(new.test),
        credential, now, new.window_id)
    if not made:
        raise BroadcastNameTaken(field="name", name=new.name)
    await events.note(tx, "broadcast.created", "Broadcast", id, version=1)
    return id


async def update(tx: Tx, id: UUID, values: Mapping[str, Any], author: Sees, expected_version: int | None = None) -> Revision:
    """Changes `name`, `topic_id`, `sender_id`, `window_id`, `audience` (Audience), `variants` (of Variant) or `test` of a draft. NotFound, StaleVersion,
    BroadcastMoved, and what `create` refuses."""
    await require(tx, *_named(values))
    row = await locked(tx, "broadcast", "broadcasts", id, expected_version)
    checked_move(row["state"], "changed")
    variants: Sequence[Variant] = values.get("variants") or read_variants(row["variants"])
    test: Test | None = values["test"] if "test" in values else (Test(**row["test"]) if row["test"] else None)
    checked_variants(variants, test)
    await _leavable(tx, values.get("topic_id", row["topic_id"]), variants)
    if "audience" in values:
        await checked_people(tx, values["audience"], author)
    written: dict[str, Any] = {name: values[name] for name in NAMED if name in values}
    written |= {"name": _name(values["name"])} if "name" in values else {}
    written |= {"audience": values["audience"].kept()} if "audience" in values else {}
    written |= {"variants": kept_variants(variants), "test": test and asdict(test)}
    try:
        revision = await revise(tx, "broadcast", "broadcasts", row, written)
    except asyncpg.UniqueViolationError:
        raise BroadcastNameTaken(field="name", name=values["name"]) from None
    await events.revised(tx, "broadcast.updated", "Broadcast", id, revision)
    return revision


async def archive(tx: Tx, id: UUID, expected_version: int | None = None) -> Revision:
    """Puts away one that is a draft or over. NotFound, StaleVersion, BroadcastMoved."""
    row = await locked(tx, "broadcast", "broadcasts", id, expected_version)
    checked_move(row["state"], "archived")
    revision = await revise(tx, "broadcast", "broadcasts", row, {"archived_at": row["archived_at"] or await tx.now()})
    await events.revised(tx, "broadcast.updated", "Broadcast", id, revision)
    return revision


async def checked_people(tx: Tx, audience: Audience, author: Sees) -> None:
    """Whoever sees only some people cannot write to those they do not see."""
    checked_audience(audience)
    if "Person" in author.own:
        raise AudienceNotYours(field="audience")
    named = [Named("segment", "segments", id, f"audience.{name}.{i}")
             for name, ids in (("segments", audience.segments), ("without", audience.without)) for i, id in enumerate(ids)]
    await require(tx, *named)
    if audience.where is not None:
        await check(tx, CATALOG[audience.noun], audience.where, author)
    if audience.people:
        seen = set(await matching_ids(tx, CATALOG["Person"], {}, author, ids=audience.people))
        if missing := [i for i, id in enumerate(audience.people) if id not in seen]:
            raise NotFound(noun="person", field=f"audience.people.{missing[0]}")


def _named(values: Mapping[str, Any]) -> list[Named]:
    """The records that a broadcast names. Who puts a window away changes broadcasts behind its lock, so this is asked before one is locked."""
    templates = [Named("template", "templates", one.template_id, f"variants.{i}.template_id") for i, one in enumerate(values.get("variants") or ())]
    return [*(Named(noun, table, values.get(name), name) for name, (noun, table) in NAMED.items()), *templates]


async def _leavable(tx: Tx, topic_id: UUID, variants: Sequence[Variant]) -> None:
    """Marketing has a link to unsubscribe."""
    if await tx.value("SELECT t.kind FROM topics t WHERE t.workspace_id = $1 AND t.id = $2", tx.workspace, topic_id) == "SERVICE":
        return
    for i, variant in enumerate(variants):
        if found := warnings(await words_of(tx, variant.template_id)):
            raise BadBroadcast(field=f"variants.{i}.template_id", why="its template has no link to unsubscribe", fix=found[0].fix)


def kept_variants(variants: Sequence[Variant]) -> list[dict[str, Any]]:
    return [{"name": v.name.strip(), "template_id": str(v.template_id), "weight": v.weight} for v in variants]


def read_variants(kept: Any) -> list[Variant]:
    return [Variant(one["name"], UUID(one["template_id"]), one["weight"]) for one in kept]


def _name(name: str) -> str:
    words = clean(name)
    if not words:
        raise BadBroadcast(field="name", why="it has no name")
    return words[:200]
