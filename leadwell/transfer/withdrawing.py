"""Puts away what an import made, once nobody has worked on it and nothing stands on it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from leadwell import events
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.transfer.nouns import RECORDS

ORDER = ("Activity", "Deal", "Contact", "Lead", "Person", "Company")  # what hangs on something goes before it


async def touched(tx: Tx, ids: Sequence[UUID], since: datetime) -> set[UUID]:
    """Those that a user or a program has changed since, or about whom they noted something."""
    return {row["id"] for row in await tx.fetch(load(__name__, "touched"), tx.workspace, list(ids), since)} if ids else set()


async def in_use(tx: Tx, noun: str, ids: Sequence[UUID]) -> set[UUID]:
    """Those that live records of others stand on, and leads that are closed."""
    if noun in ("Activity", "Deal"):
        return set()
    return {row["id"] for row in await tx.fetch(load(__name__, f"in_use_{noun.lower()}"), tx.workspace, list(ids))}


async def put_away(tx: Tx, noun: str, ids: Sequence[UUID]) -> None:
    """They are archived, and what they were matched by is free, so that the file can be imported again."""
    if not ids:
        return
    if noun in RECORDS:
        await RECORDS[noun].withdraw(tx, ids)
    elif noun == "Lead":
        await tx.execute(load(__name__, "free_outside"), tx.workspace, list(ids))
        await tx.execute(load(__name__, "put_away_leads"), tx.workspace, list(ids), await tx.now())
    else:
        for name in ("free_people", "free_outside"):
            await tx.execute(load(__name__, name), tx.workspace, list(ids))
        await tx.execute(load(__name__, "put_away_people"), tx.workspace, list(ids), await tx.now())
    if noun != "Activity":
        said = {"changes": {"archived_at": [None, (await tx.now()).isoformat()]}}
        await events.note_all(tx, [events.Event(f"{noun.lower()}.updated", noun, id, id if noun == "Person" else None, data=said) for id in ids])
