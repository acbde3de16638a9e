"""Keeps what records are compared by, and the keys that bring them together, in step with the records."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.together import combined
from leadwell.base.tx import Tx
from leadwell.dedupe.keys import KeyKind
from leadwell.dedupe.nouns import PERSON, Compared
from leadwell.dedupe.spec import Facts

RULES = "1"     # counted up when records are made comparable otherwise: the next sweep then makes all of them anew
FEW = 100       # records made comparable on the spot; more in a thread, so that the process goes on meanwhile
SAME = "SELECT k.id FROM ({}) k JOIN match_records r ON r.workspace_id = $1 AND r.record_id = k.id AND r.source = k.source"
Statement = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it is compared now. `source`: a digest of what it was made of."""

    id: UUID
    facts: Facts
    keys: dict[int, KeyKind]
    source: UUID | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """Rows of the records sought, and the version of the weights (None: as shipped). `same`: how many more are kept as they are, and were not read."""

    sought: Sequence[UUID] = ()
    rows: Sequence[Any] = ()
    version: int | None = None
    same: int = 0


@dataclass(frozen=True, slots=True)
class Fresh:
    """Records as they are compared now, those whose ids cannot be candidates any more, and the version of the weights (None: as shipped)."""

    kept: Sequence[Kept] = ()
    gone: Sequence[UUID] = ()
    version: int | None = None
    by_id: dict[UUID, Kept] = field(default_factory=dict[UUID, Kept])

    def writing(self, of: Compared) -> list[Statement]:
        """What brings the tables in step with them; what differs alone is written."""
        given = [{"id": one.id, "noun": of.noun, "facts": one.facts, "keys": sorted(map(str, one.keys)), "source": one.source} for one in self.kept]
        keep, forget = load(__name__, "keep"), load(__name__, "forget")
        return [*([(keep, (given,))] if given else ()), *([(forget, (list(self.gone),))] if self.gone else ())]


async def fresh(tx: Tx, of: Compared, ids: Collection[UUID], *, peers: bool = True) -> Fresh:
    """Records as they are compared now, behind a lock of what is kept of them. With `peers`, others who share an address or a line with these as well:
    they may have had it for themselves until now."""
    found = await read(tx, of, ids, peers=peers)
    return made(of, found) if len(found.rows) <= FEW else await asyncio.to_thread(made, of, found)


async def read(tx: Tx, of: Compared, ids: Collection[UUID], *, peers: bool = True, changed: bool = False) -> Read:
    """The rows of `fresh`, in two messages; of those `changed` since they were kept, in three."""
    wanted = await tx.fetch(load(__name__, "want"), tx.workspace, list(ids), peers and of is PERSON, of.code) if ids else []
    if not wanted:
        return Read()
    tx.clocked(wanted[0]["now"])
    sought = {row["id"] for row in wanted}
    same = {row["id"] for row in await tx.fetch(SAME.format(reading(of)), tx.workspace, list(sought), RULES)} if changed and wanted[0]["held"] else set[UUID]()
    rows = await tx.fetch(reading(of), tx.workspace, list(sought - same), RULES) if sought - same else []
    return Read(sorted(sought - same), rows, wanted[0]["version"], len(same))


@cache
def reading(of: Compared) -> str:
    """Rows of records with a digest of each."""
    return f"SELECT x.*, md5($3 || x::text)::uuid AS source FROM ({load(__name__, of.query)}) x"


def made(of: Compared, found: Read) -> Fresh:
    """Rows made comparable. Pure; it takes its time."""
    kept = compared(of, found.rows)
    by_id = {one.id: one for one in kept}
    return Fresh(kept, sorted(set(found.sought) - by_id.keys()), found.version, by_id)


async def keep(tx: Tx, of: Compared, ids: Collection[UUID], *, peers: bool = True) -> list[Kept]:
    """Reads the records, writes what differs, and forgets those that cannot be candidates any more. Answers the records of `ids` that can be."""
    found = await fresh(tx, of, ids, peers=peers)
    await sent(tx, found.writing(of))
    return [found.by_id[id] for id in dict.fromkeys(ids) if id in found.by_id]


async def sent(tx: Tx, statements: Sequence[Statement]) -> list[Any]:
    """Several statements in one message, which all see the database as it was before; answers the rows of the last."""
    if not statements:
        return []
    sql = combined(tuple(text for text, _ in statements), None) if len(statements) > 1 else statements[0][0]
    return await tx.fetch(sql, tx.workspace, *(value for _, values in statements for value in values))


def compared(of: Compared, rows: Iterable[Any]) -> list[Kept]:
    """Rows as they are compared."""
    made = [(row["id"], of.facts(row), row.get("source")) for row in rows]
    return [Kept(id, facts, of.keys(facts), source) for id, facts, source in made]
