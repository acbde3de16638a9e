"""Puts tags on records and takes them off; makes two tags one."""

from collections.abc import Sequence
from uuid import UUID

from leadwell import entries, events
from leadwell.base.identity import clean
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import locked
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.entries.editing import turn
from leadwell.entries.lists import TAG

NOUNS = {"Person": "people", "Lead": "leads", "Contact": "contacts", "Company": "companies", "Deal": "deals"}
MOST_RECORDS = 500


class UnknownTag(Refusal):
    """There is no tag "{name}"."""

    fix = "Make it first, with createTag, or ask for it with create: true."


class TooManyRecords(Refusal):
    """{count} records are more than {most}."""

    fix = "Send them in several requests."


async def tag(tx: Tx, noun: str, ids: Sequence[UUID], names: Sequence[str], *, create: bool = False) -> int:
    """Puts the tags of these names on records of one noun; returns how many had one less before. With `create`, names not known become tags.
    NotFound, UnknownTag, TooManyRecords."""
    records = await _records(tx, noun, ids)
    tags = [await _tag(tx, name, i, create) for i, name in enumerate(names)]
    rows = await tx.fetch(load(__name__, "put"), tx.workspace, records, tags, noun, await tx.now())
    await _note(tx, noun, [row["record_id"] for row in rows], {"tagged": list(names)})
    return len({row["record_id"] for row in rows})


async def untag(tx: Tx, noun: str, ids: Sequence[UUID], names: Sequence[str]) -> int:
    """Takes tags off; returns how many records had one. NotFound, UnknownTag, TooManyRecords."""
    records = await _records(tx, noun, ids)
    tags = [await _tag(tx, name, i, False) for i, name in enumerate(names)]
    rows = await tx.fetch(
        "DELETE FROM taggings g WHERE g.workspace_id = $1 AND g.record_id = ANY($2::uuid[]) AND g.tag_id = ANY($3::uuid[]) RETURNING g.record_id",
        tx.workspace, records, tags,
    )
    await _note(tx, noun, [row["record_id"] for row in rows], {"untagged": list(names)})
    return len({row["record_id"] for row in rows})


async def merge(tx: Tx, source: UUID, target: UUID, expected_version: int | None = None) -> int:
    """Whatever has the tag `source` gets `target` instead, and `source` is put away; returns how many records. NotFound, StaleVersion, NotAReplacement."""
    await turn(tx, TAG)
    row = await locked(tx, "tag", "tags", source, expected_version)
    heir = await locked(tx, "tag", "tags", target)
    if source == target or heir["archived_at"]:
        why = "it is the same one" if source == target else "it is archived"
        raise entries.NotAReplacement(field="into_id", noun="tag", replacement=heir["name"], why=why)
    moved = await tx.fetch(load(__name__, "merge"), tx.workspace, source, target)
    await entries.archive(tx, TAG, source)
    data = {"merged_into": target, "name": row["name"], "records": len(moved)}
    await events.note(tx, "tag.merged", "Tag", source, version=row["version"] + 1, data=data)
    return len(moved)


async def _records(tx: Tx, noun: str, ids: Sequence[UUID]) -> list[UUID]:
    """The records, locked against going away, in one order."""
    wanted = sorted(set(ids))
    if len(wanted) > MOST_RECORDS:
        raise TooManyRecords(field="ids", count=len(wanted), most=MOST_RECORDS)
    table = NOUNS[noun]
    rows = await tx.fetch(f"SELECT x.id FROM {table} x WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[])", tx.workspace, wanted)
    missing = set(wanted) - {row["id"] for row in rows}
    if missing:
        raise NotFound(field=f"ids.{next(i for i, id in enumerate(ids) if id in missing)}", noun=noun.lower())
    return wanted


async def _tag(tx: Tx, name: str, i: int, create: bool) -> UUID:
    word = clean(name) or ""
    found = await tx.value(
        "SELECT t.id FROM tags t WHERE t.workspace_id = $1 AND lower(t.name) = lower($2) AND t.archived_at IS NULL ORDER BY t.name = $2 DESC LIMIT 1",
        tx.workspace, word,
    )
    if found is None and not create:
        raise UnknownTag(field=f"tags.{i}", name=word[:60])
    return found or await entries.create(tx, TAG, {"name": word})


async def _note(tx: Tx, noun: str, ids: Sequence[UUID], data: dict[str, list[str]]) -> None:
    await events.note_all(tx, [events.Event("tag.put" if "tagged" in data else "tag.taken", noun, id, data=data) for id in dict.fromkeys(ids)])
