"""Puts many companies, contacts or deals away, and brings those back that nobody has touched."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import orjson

from leadwell import companies, contacts, deals
from leadwell.base.rows import Revision, hold_many, locked
from leadwell.base.tx import Tx
from leadwell.changes.shape import SINCE, Action, Back, Json, Results, changed
from leadwell.changes.singly import at_once, each
from leadwell.changes.values import VERBS


class One(Protocol):
    """A verb of one record."""

    def __call__(self, tx: Tx, id: UUID, /) -> Awaitable[Revision]: ...


class Many(Protocol):
    """A verb of many: those it leaves out are to go by themselves."""

    def __call__(self, tx: Tx, ids: Sequence[UUID], /, *, away: bool) -> Awaitable[Mapping[UUID, Revision]]: ...


@dataclass(frozen=True, slots=True)
class Away:
    """How records of a noun are put away and brought back."""

    table: str
    put: One
    back: One
    many: Many


AWAY: Mapping[str, Away] = {
    "Company": Away("companies", companies.archive, companies.unarchive, companies.archive_many),
    "Contact": Away("contacts", contacts.archive, contacts.unarchive, contacts.archive_many),
    "Deal": Away("deals", deals.archive, deals.unarchive, deals.archive_many),
}


async def check(tx: Tx, noun: str, given: Json) -> dict[str, Any]:
    return {}


async def perform(tx: Tx, noun: str, options: Json, ids: Sequence[UUID]) -> Results:
    done = await at_once(tx, lambda: AWAY[noun].many(tx, ids, away=True))
    found = {id: changed(done[id].changes) for id in ids if id in done}
    return {**found, **await each(tx, [id for id in ids if id not in done], lambda id: AWAY[noun].put(tx, id))}


async def undo(tx: Tx, noun: str, options: Json, id: UUID, changes: Json) -> Back:
    """A record that somebody has brought back, or brought back and put away again, is let be."""
    held = await (contacts.lock(tx, id) if noun == "Contact" else locked(tx, noun.lower(), AWAY[noun].table, id))
    if not _same(held, changes):
        return Back({"archivedAt": SINCE})
    await AWAY[noun].back(tx, id)
    return Back()


async def undo_all(tx: Tx, noun: str, options: Json, rows: Mapping[UUID, Json]) -> Mapping[UUID, Back]:
    """Those nobody has touched, at once; the others come out as by `undo`."""
    async def work() -> Mapping[UUID, Back]:
        held = await (contacts.hold(tx, rows) if noun == "Contact" else hold_many(tx, AWAY[noun].table, rows))
        same = [id for id, row in held.items() if _same(row, rows[id])]
        return dict.fromkeys(await AWAY[noun].many(tx, same, away=False), Back())

    return await at_once(tx, work)


def _same(held: Mapping[str, Any], changes: Json) -> bool:
    return orjson.loads(orjson.dumps(held["archived_at"])) == changes["archived_at"][1]


ARCHIVE = Action("ARCHIVE", {noun: VERBS[noun] for noun in AWAY}, check, perform, undo, undo_all)
