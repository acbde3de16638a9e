"""Rehearsals: they tell when mail leaves and what holds it, the same seed says the same, and nothing of them remains."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from leadwell import nurture, simulation
from leadwell.access.sees import Everything
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.simulation import Part, Rates, Watching, Wish, dry
from tests import builders as b
from tests import mailing

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
NEVER = Rates(0, 0, 0, 0, 0)


async def staged(db: Database, actor: Actor, *waits: str, **more: Any) -> Part:
    """A live sequence of mails with these waits between them."""
    async def verb(tx: Tx) -> Part:
        return await simulation.part(tx, await mailing.sequence(tx, *waits, **more))

    return await db.run(actor, verb)


async def rehearsed(db: Database, actor: Actor, part: Part, wish: Wish) -> dict[str, Any]:
    async def told(days: int) -> bool:
        return True

    return await simulation.rehearsal(db, actor, part, simulation.checked(wish), Watching(Everything(actor.workspace), told))


async def test_a_rehearsal_tells_when_mail_leaves_and_leaves_nothing_behind(db: Database, actor: Actor) -> None:
    part = await staged(db, actor, "P2D", "P3D")
    async with db.read(actor) as tx:
        before = await b.counts(tx)
    found = await rehearsed(db, actor, part, Wish(MONDAY, MONDAY + 30 * DAY, people=12, rates=NEVER))
    assert (found["people"], found["entered"], found["sends"], found["refused"]) == (12, 12, 36, {})
    assert found["perHour"] == [{"at": (MONDAY + n * DAY).isoformat(), "sends": 12} for n in (0, 2, 5)]
    assert found["exits"] == [{"reason": "COMPLETED", "people": 12}]
    assert (found["firstSendAt"], found["lastSendAt"]) == (MONDAY.isoformat(), (MONDAY + 5 * DAY).isoformat())
    assert [(s["kind"], s["people"], s.get("sends")) for s in found["steps"]] == [
        ("EMAIL", 12, 12), ("WAIT", 12, None), ("EMAIL", 12, 12), ("WAIT", 12, None), ("EMAIL", 12, 12)]
    async with db.read(actor) as tx:
        assert await b.counts(tx) == before


async def office(tx: Tx, **rules: Any) -> None:
    """Office hours by the reader's clock, and these rules."""
    window, now = uuid7(), await tx.now()
    hours = {day: ["09:00-17:00"] for day in ("MON", "TUE", "WED", "THU", "FRI")}
    await b.insert(tx, "send_windows", id=window, name="Office", hours=hours, created_at=now, updated_at=now)
    await b.insert(tx, "sending_rules", window_id=window, updated_at=now, **rules)


async def test_the_same_seed_says_the_same_and_another_something_else(db: Database, actor: Actor) -> None:
    part = await staged(db, actor, "P2D", "P3D", "P5D")
    wish = Wish(MONDAY, MONDAY + 60 * DAY, people=80, rates=Rates(50, 20, 15, 5, 5), seed=3)
    first, second, other = [await rehearsed(db, actor, part, one) for one in (wish, wish, replace(wish, seed=4))]
    assert first == second
    assert first["perHour"] != other["perHour"] or first["exits"] != other["exits"]
    ends = {one["reason"]: one["people"] for one in first["exits"]}
    assert ends.keys() == {"COMPLETED", "REPLY", "HARD_BOUNCE", "UNSUBSCRIBE"}
    assert (sum(ends.values()), ends["HARD_BOUNCE"]) == (80, first["bounced"])
    assert first["answers"]["opened"] >= first["answers"]["clicked"] > 0


async def test_windows_zones_and_clocks_that_are_put_decide_when_mail_leaves(db: Database, actor: Actor) -> None:
    part = await staged(db, actor, "P1W")
    await db.run(actor, office)
    friday = datetime(2026, 3, 27, 20, tzinfo=UTC)      # Europe puts its clocks forward on Sunday, the 29th
    wish = Wish(friday, friday + 21 * DAY, people=4, zones=("Europe/Berlin", "America/New_York"), rates=NEVER)
    found = await rehearsed(db, actor, part, wish)
    assert [(one["at"], one["sends"]) for one in found["perHour"]] == [
        ("2026-03-27T20:00:00+00:00", 2),       # 16:00 in New York
        ("2026-03-30T07:00:00+00:00", 2),       # 9:00 in Berlin, by summer time
        ("2026-04-03T20:00:00+00:00", 2), ("2026-04-06T07:00:00+00:00", 2)]
    assert found["waits"] == {"WINDOW": 2}
    assert found["clockChanges"] == [{"zone": "Europe/Berlin", "on": "2026-03-29", "minutes": 60, "people": 2}]


async def test_two_sequences_collide_and_a_cap_keeps_them_apart(db: Database, actor: Actor) -> None:
    """A copy of people who are in another sequence already; with a cap of one mail in two days the second one waits."""
    async def begin(tx: Tx) -> tuple[Part, list[UUID]]:
        people = await mailing.leads(tx, 3)
        await nurture.enroll_many(tx, await mailing.sequence(tx, name="Older"), people, "HAND")
        return await simulation.part(tx, await mailing.sequence(tx, "P5D", name="Newer")), people

    part, people = await db.run(actor, begin)
    async with db.read(actor) as tx:
        now = (await tx.now()).replace(microsecond=0) + timedelta(minutes=1)
    wish = Wish(now, now + 30 * DAY, ids=tuple(people), rates=NEVER)
    free = await rehearsed(db, actor, part, wish)
    alone = await rehearsed(db, actor, part, replace(wish, others=False))
    await db.run(actor, lambda tx: b.insert(tx, "sending_rules", person_most=1, person_days=2, updated_at=now))
    capped = await rehearsed(db, actor, part, wish)
    assert free["collisions"] == {"people": 3, "pairs": [{"sequences": ["Newer", "Older"], "people": 3, "times": 3}]}
    assert (free["sends"], alone["sends"], alone["collisions"]) == (9, 6, {"people": 0, "pairs": []})
    assert (capped["collisions"]["people"], capped["waits"], capped["sends"]) == (0, {"PERSON_CAP": 3}, 9)
    async with db.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM sends s WHERE s.workspace_id = $1", tx.workspace) == 0


async def test_who_watches_can_stop_it_and_the_database_refuses_what_would_stay(db: Database, actor: Actor) -> None:
    part = await staged(db, actor, "P2D")
    days: list[int] = []

    async def enough(day: int) -> bool:
        days.append(day)
        return False

    async def writing(play: Any, of: Part, zone: str) -> None:
        await play.stage.execute("UPDATE templates SET name = name WHERE workspace_id = $1", play.stage.workspace)

    async def told(day: int) -> bool:
        return True

    wish = Wish(MONDAY, MONDAY + 30 * DAY, people=2)
    with pytest.raises(simulation.Stopped):
        await simulation.rehearsal(db, actor, part, wish, Watching(Everything(actor.workspace), enough))
    assert days == [2]
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await simulation.rehearsal(db, actor, part, wish, Watching(Everything(actor.workspace), told, writing))
    async with db.read(actor) as tx:     # the next transaction, on whatever connection, sees the real tables
        assert await tx.value("SELECT count(*) FROM people p WHERE p.workspace_id = $1", tx.workspace) == 0


async def test_a_dry_run_says_what_held_each_mail(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> tuple[Part, UUID]:
        await office(tx)
        person = await b.make_person(tx, "Ana Silva", time_zone="Asia/Tokyo")
        await b.make_lead(tx, person)
        return await simulation.part(tx, await mailing.sequence(tx, "P1D")), person

    part, person = await db.run(actor, begin)
    run = [await simulation.dry_run(db, actor, part, dry.of_one(one, MONDAY), Everything(actor.workspace)) for one in (person,)]
    assert [(line.at, line.kind, line.because) for line in run[0]] == [
        (datetime(2026, 3, 3, tzinfo=UTC), "EMAIL", "Waiting: its sending window is closed."),     # 9:00 on Tuesday in Tokyo
        (datetime(2026, 3, 3, tzinfo=UTC), "WAIT", "Waited"),
        (datetime(2026, 3, 4, tzinfo=UTC), "EMAIL", "Due at once, and nothing held it."),
        (datetime(2026, 3, 4, tzinfo=UTC), None, "Nothing follows.")]
    assert (run[0][1].what, {line.zone for line in run[0]}) == ("Waits until 2026-03-04 09:00 in Asia/Tokyo", {"Asia/Tokyo"})
    stranger = await db.run(actor, lambda tx: b.make_person(tx, "Nobody's lead"))
    (refused,) = await simulation.dry_run(db, actor, part, dry.of_one(stranger, MONDAY), Everything(actor.workspace))
    assert (refused.what, refused.because) == ("They would not enter", "No open lead")


@pytest.mark.parametrize(("more", "field"), [
    ({"until_at": MONDAY}, "until"), ({"until_at": MONDAY + 2000 * DAY}, "until"), ({"people": 0}, "people"), ({"people": 50_001}, "people"),
    ({"people": None}, "people"), ({"zones": ("Mars/Base",)}, "zones.0"), ({"rates": Rates(reply=101)}, "rates.reply"), ({"per_day": 0}, "perDay"),
    ({"seed": -1}, "seed"), ({"segment_id": uuid7(), "where": {}}, "segment"),
])
def test_a_wish_that_cannot_be_is_refused_with_its_field(more: dict[str, Any], field: str) -> None:
    with pytest.raises(simulation.BadSimulation) as refused:
        simulation.checked(replace(Wish(MONDAY, MONDAY + DAY, people=1), **more))
    assert refused.value.field == field
