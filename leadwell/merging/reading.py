"""Locks and reads what a merge is decided on; a preview reads the same without locks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.merging.fields import Record, Word
from leadwell.merging.plan import Entered, Facts, Wish

TABLES = {"Person": "people", "Company": "companies"}
Row = Mapping[str, Any]


async def sql(tx: Tx, name: str, ids: Iterable[UUID], *, locking: bool) -> list[Row]:
    text = load(__name__, name)
    if not locking:
        text = text.split(" FOR UPDATE")[0]
    return [dict(row) for row in await tx.fetch(text, tx.workspace, sorted(set(ids)))]


async def living(tx: Tx, noun: str, ids: Sequence[UUID], *, locking: bool) -> tuple[dict[UUID, UUID], dict[UUID, Row]]:
    """Whom each id means today, and their rows, locked: ids that were merged away lead to the survivor, however often. NotFound."""
    rows: dict[UUID, Row] = {}
    meaning = dict(zip(ids, ids, strict=True))
    while True:
        missing = sorted(set(meaning.values()) - rows.keys())
        if not missing:
            return meaning, {id: rows[id] for id in dict.fromkeys(meaning.values())}
        found = await sql(tx, f"lock_{TABLES[noun]}", missing, locking=locking)
        rows |= {row["id"]: row for row in found}
        if lost := set(missing) - rows.keys():
            at = next(i for i, id in enumerate(ids) if meaning[id] in lost)
            raise NotFound(noun=noun.lower(), field="survivor_id" if at == 0 else f"ids.{at - 1}")
        went = await redirected(tx, noun, meaning.values())
        meaning = {asked: went.get(id, id) for asked, id in meaning.items()}


async def redirected(tx: Tx, noun: str, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Where ids that were merged away lead."""
    sql = "SELECT r.old_id, r.new_id FROM redirects r WHERE r.workspace_id = $1 AND r.noun = $2 AND r.old_id = ANY($3::uuid[])"
    rows = await tx.fetch(sql, tx.workspace, noun, list(set(ids)))
    return {row["old_id"]: row["new_id"] for row in rows}


async def read(tx: Tx, noun: str, rows: Sequence[Row], *, locking: bool) -> Facts:
    """What stands behind the records, the survivor first."""
    ids = [row["id"] for row in rows]
    if noun == "Company":
        parents = {row["id"]: row["parent_id"] for row in await sql(tx, "above", ids, locking=False)}
        return Facts(noun, await records(tx, rows), parents=parents)
    dead = {row["person_id"] for row in await sql(tx, "dead_addresses", ids, locking=False)}
    leads, contacts = await sql(tx, "open_leads", ids, locking=locking), await sql(tx, "contacts", ids, locking=locking)
    links: dict[UUID, list[tuple[UUID, bool]]] = defaultdict(list)
    for link in await sql(tx, "links", [c["id"] for c in contacts], locking=False) if contacts else ():
        links[link["contact_id"]].append((link["company_id"], link["hidden"]))
    hidden = [id for found in links.values() for id, private in found if private]
    companies = await records(tx, await sql(tx, "lock_companies", hidden, locking=locking)) if hidden else []
    enrolled = [Entered(**row) for row in await sql(tx, "enrolled", ids, locking=False)]
    return Facts(
        noun, await records(tx, rows, dead), await records(tx, leads), await records(tx, contacts), links, {c.id: c for c in companies}, enrollments=enrolled
    )  # fmt: skip


async def records(tx: Tx, rows: Sequence[Row], dead: Iterable[UUID] = ()) -> list[Record]:
    """Rows with where their values came from, in the order given."""
    words: dict[UUID, dict[str, Word]] = defaultdict(dict)
    for row in await sql(tx, "words", [r["id"] for r in rows], locking=False) if rows else ():
        words[row["record_id"]][row["field"]] = Word(row["at"], row["locked"])
    stale = frozenset(dead)
    return [Record(r["id"], r, r["created_at"], words[r["id"]], frozenset({"email"}) if r["id"] in stale else frozenset()) for r in rows]


def ordered(wish: Wish, meaning: Mapping[UUID, UUID], rows: Mapping[UUID, Row]) -> list[Row]:
    """The survivor, then those that are not yet part of it, each once."""
    return [rows[id] for id in dict.fromkeys(meaning[id] for id in (wish.survivor, *wish.losers))]
