"""Puts many companies, contacts or deals away, and brings those back that nobody has touched."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from leadwell import companies, contacts, deals
from leadwell.base.rows import Revision, locked
from leadwell.base.tx import Tx
from leadwell.changes.shape import SINCE, Action, Back, Json, Results
from leadwell.changes.singly import each
from leadwell.changes.values import VERBS

Verb = Callable[[Tx, UUID], Awaitable[Revision]]
AWAY: Mapping[str, tuple[Verb, Verb]] = {
    "Company": (companies.archive, companies.unarchive), "Contact": (contacts.archive, contacts.unarchive), "Deal": (deals.archive, deals.unarchive),
}  # fmt: skip
TABLES = {"Company": "companies", "Deal": "deals"}


async def check(tx: Tx, noun: str, given: Json) -> dict[str, Any]:
    return {}


async def perform(tx: Tx, noun: str, options: Json, ids: Sequence[UUID]) -> Results:
    return await each(tx, ids, lambda id: AWAY[noun][0](tx, id))


async def undo(tx: Tx, noun: str, options: Json, id: UUID, changes: Json) -> Back:
    """A record that somebody has brought back, or brought back and put away again, is let be."""
    held = await (contacts.lock(tx, id) if noun == "Contact" else locked(tx, noun.lower(), TABLES[noun], id))
    if orjson.loads(orjson.dumps(held["archived_at"])) != changes["archived_at"][1]:
        return Back({"archivedAt": SINCE})
    await AWAY[noun][1](tx, id)
    return Back()


ARCHIVE = Action("ARCHIVE", {noun: VERBS[noun] for noun in AWAY}, check, perform, undo)
