"""Asks mail that waits again when what it waits for has changed: rules, windows, limits, calendars, or somebody's zone."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from leadwell import work
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.pressure.holding import REASONS
from leadwell.pressure.layout import slots
from leadwell.pressure.postponing import keep_bookings
from leadwell.pressure.rules import Slot, read_rules

BATCH = 5000
MEANWHILE = timedelta(seconds=2)    # mail may have been laid out by the old rules while the new ones were being written


async def ask_again(tx: Tx) -> None:
    """All of the workspace's mail that waits, by a worker; nothing is laid out any more."""
    await tx.execute("DELETE FROM send_bookings WHERE workspace_id = $1", tx.workspace)
    await _go_on(tx, (await tx.now()).isoformat())


async def go_on_asking(tx: Tx, since: str) -> int:
    """The next thousands, as they wait since before `since`, and more by another job; returns how many. They are laid out anew when they are claimed."""
    changed = datetime.fromisoformat(since)
    rows = await tx.fetch(load(__name__, "again"), tx.workspace, await tx.now(), changed + MEANWHILE, list(REASONS), BATCH)
    if len(rows) == BATCH:
        await _go_on(tx, since)
    await _woken(tx, rows, [row for row in rows if row["updated_at"] >= changed])
    return len(rows)


async def _go_on(tx: Tx, since: str) -> None:
    await work.put(tx, work.NewJob("deliver", "deliver.ask_again", {"since": since}, key="waiting", priority=work.BULK))


async def _woken(tx: Tx, rows: Sequence[asyncpg.Record], laid: Sequence[asyncpg.Record]) -> None:
    """What was laid out for those that are asked again is free."""
    rules, back = (await read_rules(tx)).rules, Counter[Slot]()
    for row in laid:
        back.subtract(slot for slot, _ in slots(rules.limits_of(row["sender"], row["domain"]), rules, row["due_at"]))
    await keep_bookings(tx, back)
    if rows:
        tx.ring("deliver")


async def follow_zones(tx: Tx, told: Sequence[Any]) -> int:
    """Events that may have given somebody another zone: a person's mail is asked again at once, that of a company, user or workspace by a worker."""
    moved = [event for event in told if "time_zone" in str(event["data"])]
    if any(event["noun"] in ("Company", "User", "Workspace") for event in moved):
        await ask_again(tx)
    people = sorted({event["person_id"] for event in moved if event["person_id"]})
    if not people:
        return 0
    rows = await tx.fetch(load(__name__, "again_for"), tx.workspace, await tx.now(), people, list(REASONS))
    await _woken(tx, rows, rows)
    return len(rows)


async def follow_calendars(tx: Tx, told: Sequence[Any]) -> None:
    """A calendar has other hours or holidays."""
    await ask_again(tx)
