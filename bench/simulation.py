"""Rehearsals: a year of ten thousand people in a sequence of twelve steps, with windows, zones, a cap and answers."""

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bench.house import House, house
from bench.rows import Row
from leadwell import delivery, nurture, simulation
from leadwell.access.sees import Everything
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Tx
from leadwell.simulation import Part, Watching, Wish

PEOPLE = int(os.environ.get("LEADWELL_BENCH_REHEARSED", "10000"))
WORDS = delivery.Words("Hello", '<p>Hi</p><a href="{{ unsubscribe_url }}">Unsubscribe</a>')
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "UTC", "America/Los_Angeles")
BEGIN = datetime(2027, 1, 4, 9, tzinfo=UTC)
HOURS = {day: ["09:00-17:00"] for day in ("MON", "TUE", "WED", "THU", "FRI")}


async def measure() -> list[Row]:
    async with house() as h:
        part = await seed(h)
        wish = simulation.checked(Wish(BEGIN, BEGIN + timedelta(days=365), people=PEOPLE, zones=ZONES))
        start = time.perf_counter()
        found = await simulation.rehearsal(h.db, Actor.system(h.workspace), part, wish, Watching(Everything(h.workspace), _unwatched))
        took = time.perf_counter() - start
    scale = (
        f"{PEOPLE:,} made-up people in {len(ZONES)} zones, 365 days, 12 steps (6 mails, 6 waits), office hours by the reader's clock, at most 3 mails in "
        f"7 days, answers; {found['sends']:,} mails, {found['moments']:,} moments, fsync")
    return [Row("nurture.simulate_s", took, "s", 30, "lower", scale)]


async def _unwatched(days: int) -> bool:
    return True


async def seed(h: House) -> Part:
    """A live sequence of six mails, sixty days apart, in office hours, under a cap."""
    async def rows(tx: Tx) -> UUID:
        template = (await delivery.create_template(tx, "Bench", WORDS)).id
        topic = await tx.value("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.code = 'product'", tx.workspace)
        steps: list[dict[str, Any]] = [
            step for _ in range(6) for step in ({"kind": "EMAIL", "template_id": str(template)}, {"kind": "WAIT", "duration": "P60D"})]
        id, window = await nurture.create_sequence(tx, nurture.NewSequence("Bench", topic, steps)), uuid7()
        now = await tx.now()
        await tx.execute(
            "INSERT INTO send_windows (workspace_id, id, name, hours, created_at, updated_at) VALUES ($1, $2, 'Office', $3, $4, $4)",
            tx.workspace, window, HOURS, now)
        await tx.execute(
            "INSERT INTO sending_rules (workspace_id, window_id, person_most, person_days, updated_at) VALUES ($1, $2, 3, 7, $3)", tx.workspace, window, now)
        await nurture.publish(tx, id)
        return id

    id = await h.db.run(Actor.system(h.workspace), rows)
    async with h.db.read(Actor.system(h.workspace)) as tx:
        return await simulation.part(tx, id)
