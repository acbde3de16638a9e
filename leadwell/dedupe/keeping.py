"""Keeps what records are compared by, and the keys that bring them together, in step with the records."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.dedupe.keys import KeyKind
from leadwell.dedupe.nouns import PERSON, Compared
from leadwell.dedupe.spec import Facts

FEW = 100       # records made comparable on the spot; more in a thread, so that the process goes on meanwhile


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it is compared now."""

    id: UUID
    facts: Facts
    keys: dict[int, KeyKind]


async def keep(tx: Tx, of: Compared, ids: Collection[UUID], *, peers: bool = True) -> list[Kept]:
    """Reads the records, writes what differs, and forgets those that cannot be candidates any more. With `peers`, others who share an address or a
    line with these are kept anew as well: they may have had it for themselves until now. Answers the records of `ids` that can be candidates."""
    wanted = sorted({*ids, *(await _peers(tx, ids) if peers and of is PERSON and ids else ())})
    if not wanted:
        return []
    await tx.fetch(
        "SELECT r.record_id FROM match_records r WHERE r.workspace_id = $1 AND r.record_id = ANY($2::uuid[]) ORDER BY r.record_id FOR UPDATE",
        tx.workspace, wanted)
    rows = await tx.fetch(load(__name__, of.query), tx.workspace, wanted)
    kept = compared(of, rows) if len(rows) <= FEW else await asyncio.to_thread(compared, of, rows)
    await write(tx, of, kept)
    if missing := sorted(set(wanted) - {one.id for one in kept}):
        await tx.execute(load(__name__, "forget"), tx.workspace, missing)
    return [one for one in kept if one.id in set(ids)]


def compared(of: Compared, rows: Iterable[Any]) -> list[Kept]:
    """Rows as they are compared."""
    made = [(row["id"], of.facts(row)) for row in rows]
    return [Kept(id, facts, of.keys(facts)) for id, facts in made]


async def write(tx: Tx, of: Compared, kept: Sequence[Kept]) -> list[UUID]:
    """Writes what differs and answers whose it was."""
    if not kept:
        return []
    given = [{"id": one.id, "noun": of.noun, "facts": one.facts, "keys": sorted(map(str, one.keys))} for one in kept]
    return [row["record_id"] for row in await tx.fetch(load(__name__, "keep"), tx.workspace, given)]


async def _peers(tx: Tx, ids: Collection[UUID]) -> list[UUID]:
    return [row["person_id"] for row in await tx.fetch(load(__name__, "peers"), tx.workspace, list(ids))]
