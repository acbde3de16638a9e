"""Asks what time and pressure need to know about sends, in set form."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.calendars import zone_of
from leadwell.pressure.holding import Tally, Timing
from leadwell.pressure.rules import TOUCHES, Rules, Slot, Standing, read_rules

Key = tuple[str, UUID | None]


async def timings(tx: Tx, ids: Sequence[UUID], standing: Standing) -> dict[UUID, Timing]:
    """By send. What it says about touches binds only while people and companies are locked."""
    rules, now = standing.rules, standing.now
    most = max(rules.person[0] if rules.person else 0, 1 if rules.quiet else 0)
    company = rules.company or (0, rules.looks_back)
    rows = await tx.fetch(load(__name__, "facts"), tx.workspace, list(ids), now - rules.looks_back, most, now - company[1], company[0], list(TOUCHES), now)
    shared: dict[Key, list[datetime]] = {}
    return {row["id"]: _timing(row, rules, shared) for row in rows}


def _timing(row: asyncpg.Record | Mapping[str, Any], rules: Rules, shared: dict[Key, list[datetime]]) -> Timing:
    company = row["company_id"]
    return Timing(
        row["id"], row["mail_class"], row["sender"], row["domain"], zone_of(row["person_zone"], row["company_zone"], row["sender_zone"], rules.zone.key),
        row["window_id"], company, row["paused_until"], row["due_at"],
        shared.setdefault(("person", row["person_id"]), list(row["person_touches"])) if row["person_id"] else [],
        shared.setdefault(("company", company), list(row["company_touches"])) if company else [])


async def lock_companies(tx: Tx, ids: Sequence[UUID], rules: Rules) -> None:
    """Whoever counts the touches of a company takes turns with others who do."""
    if rules.company:
        await tx.fetch(load(__name__, "companies_of"), tx.workspace, list(ids))


async def lock_slots(tx: Tx, timings: Sequence[Timing], standing: Standing) -> Tally:
    """What was taken of the slots of these mails, locked until the transaction ends: the last locks that a gate takes."""
    wanted = slots_of(timings, standing)
    if not wanted:
        return Tally()
    rows = await tx.fetch(load(__name__, "lock_slots"), tx.workspace, *map(list, zip(*wanted, strict=True)))
    return _tally(rows)


async def look_at_slots(tx: Tx, timings: Sequence[Timing], standing: Standing) -> Tally:
    """The same without locks, which may be true no longer."""
    wanted = slots_of(timings, standing)
    if not wanted:
        return Tally()
    return _tally(await tx.fetch(
        "SELECT s.bucket, s.unit, s.starts_at, s.taken FROM send_slots s JOIN unnest($2::text[], $3::text[], $4::timestamptz[]) AS w (bucket, unit, starts_at) "
        "ON s.bucket = w.bucket AND s.unit = w.unit AND s.starts_at = w.starts_at WHERE s.workspace_id = $1",
        tx.workspace, *map(list, zip(*wanted, strict=True))))


def slots_of(timings: Sequence[Timing], standing: Standing) -> list[Slot]:
    """In the order in which everybody locks them."""
    if not standing.rules.limits:
        return []
    return sorted({slot for t in timings for slot, _ in standing.rules.slots(t.sender, t.domain, standing.now)})


def _tally(rows: Sequence[asyncpg.Record]) -> Tally:
    return Tally({Slot(row["bucket"], row["unit"], row["starts_at"]): row["taken"] for row in rows})


async def keep(tx: Tx, tally: Tally) -> None:
    """Writes what the mails that go have taken, of slots that are locked."""
    if not tally.added:
        return
    slots = sorted(tally.added)
    await tx.execute(load(__name__, "keep"), tx.workspace, *map(list, zip(*slots, strict=True)), [tally.added[slot] for slot in slots])


async def give_back(tx: Tx, ids: Sequence[UUID]) -> int:
    """What these sends counted for, where their recorded outcome says that nothing left; returns how many. Saying it twice gives back once."""
    rows = await tx.fetch(load(__name__, "give_back"), tx.workspace, list(ids)) if ids else []
    if rows and (standing := await read_rules(tx)).rules.limits:
        back: dict[Slot, int] = {}
        for row in rows:
            for slot, _ in standing.rules.slots(row["sender"], row["domain"], row["counted_at"]):
                back[slot] = back.get(slot, 0) - 1
        await keep(tx, Tally(added=back))
    return len(rows)
