"""Locks people in one order, and follows ids of merged people to the survivor."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg

from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx


class NoSuchPerson(NotFound):
    """There is no such person, or you may not see it."""


async def lock(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, asyncpg.Record]:
    """The rows of these people, locked in one order. A merged person is answered by the one it went into: the keys are the ids asked for."""
    wanted = {id: id for id in ids}
    found: dict[UUID, asyncpg.Record] = {}
    missing = sorted(set(wanted))
    while missing:
        found |= {row["id"]: row for row in await tx.fetch(load(__name__, "lock"), tx.workspace, missing)}
        wanted = {id: (found[at]["merged_into"] or at) if at in found else at for id, at in wanted.items()}
        missing = sorted({at for at in wanted.values() if at not in found} - set(missing))
    return {id: found[at] for id, at in wanted.items() if at in found}


async def resolve(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Which person each id means today, merges followed; unknown ids are left out."""
    rows = await tx.fetch(load(__name__, "resolve"), tx.workspace, list(ids))
    return {row["asked"]: row["id"] for row in rows}
