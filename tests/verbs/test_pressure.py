"""When mail leaves and how much of it, over a real gate and a real SMTP server: windows, zones, caps, limits, crowds, and nothing lost or doubled."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from leadwell import delivery, nurture, pressure, timeline, work, workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.calendars import ZONE_CHAIN, zone_of
from leadwell.entries import BadEntryField, EntryInUse
from leadwell.pressure import editing
from leadwell.pressure.lists import SEND_LIMIT, SEND_WINDOW
from tests import builders as b
from tests.mailing import FROM, Post, forward, leads, post, sends, sequence, template, topic
from workers import delivery as delivering

MONDAY = datetime(2026, 11, 23, 5, tzinfo=UTC)
OFFICE = {day: ["09:00-17:00"] for day in ("MON", "TUE", "WED", "THU", "FRI")}
HOURS, DAYS = timedelta(hours=1), timedelta(days=1)


@dataclass
class Office:
    """A workspace whose clock stands still on a Monday at 05:00 UTC, and its mail worker."""

    db: Database
    actor: Actor
    post: Post

    async def do(self, verb: Any) -> Any:
        return await self.db.run(self.actor, verb)

    async def plan(self, count: int, **more: Any) -> list[UUID]:
        """People whose first mail is planned."""

        async def begin(tx: Tx) -> list[UUID]:
            people = await leads(tx, count)
            await nurture.enroll_many(tx, await sequence(tx, **more), people, "HAND")
            await nurture.step_due(tx, mail_from=FROM)
            return people

        return await self.do(begin)

    async def ledger(self, *columns: str) -> list[tuple[Any, ...]]:
        async with self.db.read(self.actor) as tx:
            return await sends(tx, *columns)

    async def states(self) -> dict[str, int]:
        found = [row[0] for row in await self.ledger("state")]
        return {state: found.count(state) for state in sorted(set(found))}

    async def deliver(self) -> None:
        await self.post.drain.queue("deliver")
        await self.post.drain.idle()

    async def window(self, hours: Any = OFFICE, **more: Any) -> UUID:
        return await self.do(lambda tx: editing.create(tx, SEND_WINDOW, {"name": uuid7().hex, "hours": hours, **more}))

    async def limit(self, scope: str, key: str = "*", **more: Any) -> UUID:
        return await self.do(lambda tx: editing.create(tx, SEND_LIMIT, {"scope": scope, "key": key, **more}))

    async def rules(self, **given: Any) -> Any:
        """Changed, and what waits is asked again before anything else is looked at: that is work of its own, which comes in any order."""
        revision = await self.do(lambda tx: pressure.update_rules(tx, given))
        await self.post.drain.one(self.actor.workspace, [("deliver", work.BULK)])
        return revision

    async def zone(self, person: UUID, zone: str) -> None:
        await self.do(lambda tx: tx.execute("UPDATE people SET time_zone = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, person, zone))

    async def taken(self) -> dict[tuple[str, str], int]:
        async with self.db.read(self.actor) as tx:
            rows = await tx.fetch("SELECT s.bucket, s.unit, s.taken FROM send_slots s WHERE s.workspace_id = $1", tx.workspace)
        return {(r["bucket"], r["unit"]): r["taken"] for r in rows}


@pytest_asyncio.fixture
async def office(db: Database, tmp_path: Path) -> AsyncIterator[Office]:
    workspace = await workspaces.create(db, uuid7().hex, "Sandbox", kind="SANDBOX", epoch="test")
    await db.control("SELECT lw_set_clock($1, $2)", workspace, MONDAY)
    async with post(db, workspace, tmp_path) as opened:
        yield Office(db, Actor.system(workspace), opened)


async def test_mail_waits_for_its_window_in_each_readers_zone_and_leaves_once(office: Office) -> None:
    await office.rules(window_id=await office.window())
    tokyo, berlin, nowhere = await office.plan(3)
    await office.zone(tokyo, "Asia/Tokyo")              # 14:00 there: open
    await office.zone(berlin, "Europe/Berlin")          # 06:00: opens at 08:00 UTC
    await office.deliver()
    expected = {tokyo: ("SENT", None, None), berlin: ("PLANNED", "WINDOW", MONDAY + 3 * HOURS), nowhere: ("PLANNED", "WINDOW", MONDAY + 4 * HOURS)}
    found = {row[0]: row[1:] for row in await office.ledger("person_id", "state", "reason", "due_at")}
    assert found[tokyo] == expected[tokyo]
    assert [found[p][:2] for p in (berlin, nowhere)] == [("PLANNED", "WINDOW")] * 2
    assert all(expected[p][2] <= found[p][2] < expected[p][2] + timedelta(seconds=2) for p in (berlin, nowhere))
    await office.zone(nowhere, "Asia/Kolkata")          # moved while it waited: 10:30 there
    event = {"noun": "Person", "person_id": nowhere, "data": {"fields": ["time_zone"]}}
    assert await office.do(lambda tx: pressure.follow_zones(tx, [event])) == 1
    await office.deliver()
    assert {row[0]: row[1] for row in await office.ledger("person_id", "state")} == {tokyo: "SENT", berlin: "PLANNED", nowhere: "SENT"}
    await office.zone(berlin, "America/New_York")       # nobody told of it: the gate asks by the clock of now
    await forward(office.db, office.actor.workspace, 3 * HOURS + timedelta(seconds=5))
    await office.deliver()
    assert [row[1:] for row in await office.ledger("person_id", "reason", "due_at") if row[0] == berlin] == [("WINDOW", MONDAY + 9 * HOURS)]
    await forward(office.db, office.actor.workspace, 6 * HOURS)
    await office.deliver()
    await office.deliver()
    assert await office.states() == {"SENT": 3}
    async with office.db.read(office.actor) as tx:
        assert await tx.value("SELECT max(a.n) FROM (SELECT count(*) AS n FROM activities x WHERE x.workspace_id = $1 GROUP BY x.send_id) a", tx.workspace) == 1


async def test_twenty_workers_hand_over_exactly_what_a_limit_allows_and_lose_nothing(office: Office) -> None:
    await office.limit("WORKSPACE", per_hour=30)
    await office.plan(100)
    drains = [type(office.post.drain)(office.post.kit, delivering.KINDS) for _ in range(20)]
    await asyncio.gather(*(drain.queue("deliver") for drain in drains))
    await asyncio.gather(*(drain.idle() for drain in drains))
    assert await office.states() == {"PLANNED": 70, "SENT": 30}
    assert await office.taken() == {("WORKSPACE", "HOUR"): 30}
    async with office.db.read(office.actor) as tx:
        jobs = await tx.fetch("SELECT w.state FROM work w WHERE w.workspace_id = $1 AND w.kind = 'deliver.send'", tx.workspace)
    assert [job["state"] for job in jobs] == ["READY"] * 70
    for _ in range(12):
        if await office.states() != {"SENT": 100}:
            await forward(office.db, office.actor.workspace, HOURS)
            await office.deliver()
    assert await office.states() == {"SENT": 100}
    hours = [row[0].hour for row in await office.ledger("sending_at")]
    assert max(hours.count(hour) for hour in set(hours)) <= 30


async def test_a_crowd_over_a_limit_is_laid_out_without_each_being_claimed(office: Office) -> None:
    await office.limit("SENDER", per_hour=20)
    await office.deliver()      # nobody waits yet who could be asked again
    await office.plan(400)
    await office.post.run("deliver")
    assert await office.states() == {"PLANNED": 380, "SENT": 20}
    async with office.db.read(office.actor) as tx:
        rows = await tx.fetch(
            "SELECT count(*)::int AS n FROM work w WHERE w.workspace_id = $1 AND w.kind = 'deliver.send' GROUP BY date_trunc('hour', w.run_at)", tx.workspace)
        lines = await pressure.queue(tx, "SENDER")
    assert max(row["n"] for row in rows) == 20
    assert len(rows) <= 20
    assert [(line.key, line.reason, line.waiting) for line in lines] == [("mail@leadwell.localhost", "SENDER_LIMIT", 380)]
    assert lines[0].explanation == "Waiting: its sender may send no more for now."
    for _ in range(3):
        await forward(office.db, office.actor.workspace, HOURS)
        await office.deliver()
    assert 60 <= (await office.states())["SENT"] <= 80


async def test_what_did_not_leave_is_given_back_once(office: Office) -> None:
    await office.limit("DOMAIN", "acme.example", per_day=5)
    people = await office.plan(1)
    address = (await office.ledger("address"))[0][0]
    domain = address.rpartition("@")[2]
    await office.limit("DOMAIN", "*", per_day=5)
    office.post.server.fail("DATA", "452 4.3.1 Disk full")
    await office.deliver()
    assert await office.ledger("state", "counted_at") == [("DEFERRED", None)]
    assert await office.taken() == {(f"DOMAIN {domain}", "DAY"): 0}
    ((id,),) = await office.ledger("id")
    assert await office.do(lambda tx: pressure.give_back(tx, [id])) == 0
    await office.do(lambda tx: tx.execute("UPDATE work SET run_at = $2 WHERE workspace_id = $1", tx.workspace, MONDAY))
    await office.deliver()
    assert await office.ledger("person_id", "state", "counted_at") == [(people[0], "SENT", MONDAY)]
    assert await office.taken() == {(f"DOMAIN {domain}", "DAY"): 1}


async def test_one_cap_counts_every_sequence_and_mail_by_hand(office: Office) -> None:
    await office.rules(person_most=2, person_days=7)

    async def mails(tx: Tx) -> UUID:
        (ada,) = await leads(tx, 1)
        for name in ("One", "Two"):
            await nurture.enroll_many(tx, await sequence(tx, name=name), [ada], "HAND")
        email = await tx.value("SELECT p.email FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, ada)
        by_hand = delivery.NewSend(ada, email, email, await topic(tx), await template(tx), mail_class="ONE_TO_ONE")
        await delivery.plan(tx, [by_hand], mail_from=FROM)
        await nurture.step_due(tx, mail_from=FROM)
        return ada

    ada = await office.do(mails)
    await office.deliver()
    assert await office.states() == {"PLANNED": 1, "SENT": 2}
    await forward(office.db, office.actor.workspace, timedelta(seconds=5))      # it was looked at while the others were on their way
    await office.deliver()
    assert [row[1:] for row in await office.ledger("state", "reason", "due_at") if row[0] == "PLANNED"] == [("PERSON_CAP", MONDAY + 7 * DAYS)]
    async with office.db.read(office.actor) as tx:
        told = await pressure.pressure_of(tx, ada)
    assert (len(told.touches), told.person_cap, told.waiting) == (2, pressure.Cap(2, 7, 2, MONDAY + 7 * DAYS), 1)
    assert (told.reason, told.next_at, told.time_zone) == ("PERSON_CAP", MONDAY + 7 * DAYS, "UTC")
    await office.rules(person_most=3)
    await office.post.run("deliver")
    assert await office.states() == {"SENT": 3}, "mail that waits is asked again when a rule changes"


async def test_what_sellers_write_in_their_own_mail_program_counts_for_the_cap_of_the_person(office: Office) -> None:
    await office.rules(person_most=1, person_days=7)

    async def written(tx: Tx) -> UUID:
        (ada,) = await leads(tx, 1)
        await nurture.enroll_many(tx, await sequence(tx), [ada], "HAND")
        ana = await tx.value("SELECT u.id FROM users u WHERE u.workspace_id = $1 LIMIT 1", tx.workspace) or await b.make_user(tx)
        mails: dict[str, dict[str, Any]] = {
            "theirs": {"direction": "INBOUND", "participants": [(ada, "FROM")], "at": MONDAY - timedelta(hours=1)},
            "a machine's": {"direction": "OUTBOUND", "participants": [(ada, "TO")], "at": MONDAY - timedelta(hours=2), "automated": True},
            "hers": {"direction": "OUTBOUND", "participants": [(ada, "TO")], "at": MONDAY - 2 * DAYS},
        }
        for id, more in mails.items():
            await timeline.record(tx, timeline.NewActivity("EMAIL", source="mail", external_id=id, user_id=ana, **more))
        await nurture.step_due(tx, mail_from=FROM)
        return ada

    ada = await office.do(written)
    await office.deliver()
    assert await office.ledger("state", "reason", "due_at") == [("PLANNED", "PERSON_CAP", MONDAY + 5 * DAYS)]
    async with office.db.read(office.actor) as tx:
        told = await pressure.pressure_of(tx, ada)
    assert (told.touches, told.person_cap) == ([MONDAY - 2 * DAYS], pressure.Cap(1, 7, 1, MONDAY + 5 * DAYS))


async def test_colleagues_at_the_same_moment_share_the_cap_of_their_company(office: Office) -> None:
    await office.rules(company_most=2, company_days=1)
    company = uuid7()

    async def colleagues(tx: Tx) -> None:
        now = await tx.now()
        acme = "INSERT INTO companies (workspace_id, id, name, name_key, created_at, updated_at) VALUES ($1, $2, 'Acme', 'acme', $3, $3)"
        await tx.execute(acme, tx.workspace, company, now)
        await tx.execute("UPDATE leads SET company_id = $2 WHERE workspace_id = $1", tx.workspace, company)

    await office.plan(6)
    await office.do(colleagues)
    drains = [type(office.post.drain)(office.post.kit, delivering.KINDS) for _ in range(4)]
    await asyncio.gather(*(drain.queue("deliver") for drain in drains))
    await asyncio.gather(*(drain.idle() for drain in drains))
    assert await office.states() == {"PLANNED": 4, "SENT": 2}
    assert {row[1] for row in await office.ledger("state", "company_id") if row[0] == "SENT"} == {company}


async def test_the_gate_itself_turns_mail_away_whose_time_passed_after_it_was_looked_at(office: Office) -> None:
    """The server has accepted the recipient when the window is found closed: nothing leaves, the job waits, its try is not counted."""
    await office.plan(1)
    (job,) = await office.do(lambda tx: work.claim(tx, "deliver", delivering.KINDS, 1))
    await office.rules(window_id=await office.window())
    request = delivery.Request(UUID(job.payload["send_id"]), job, "Hi", 1)
    (verdict,) = await office.do(lambda tx: delivery.gate(tx, [request], epoch="test", checks=delivering.CHECKS))
    assert verdict == delivery.Verdict("LATER", "WINDOW", MONDAY + 4 * HOURS)
    assert await office.ledger("state", "reason", "due_at", "lease") == [("PLANNED", "WINDOW", MONDAY + 4 * HOURS, None)]
    async with office.db.read(office.actor) as tx:
        row = await tx.row("SELECT w.state, w.run_at, w.attempts FROM work w WHERE w.workspace_id = $1 AND w.kind = 'deliver.send'", tx.workspace)
    assert row is not None
    assert tuple(row) == ("READY", MONDAY + 4 * HOURS, 0)


async def test_windows_and_limits_that_cannot_work_are_refused_and_used_ones_stay(office: Office) -> None:
    window = await office.window()
    await office.rules(window_id=window)
    for bad, field in (
        ({"scope": "SENDER", "key": "gmail.com", "per_day": 5}, "key"), ({"scope": "DOMAIN", "key": "*"}, "per_day"),
        ({"scope": "WORKSPACE", "key": "*", "per_hour": 5, "warm_up_on": date(2026, 11, 23)}, "warm_up_on"),
    ):
        with pytest.raises(BadEntryField) as refused:
            await office.do(lambda tx, bad=bad: editing.create(tx, SEND_LIMIT, bad))
        assert refused.value.field == field
    with pytest.raises(BadEntryField, match="calendar"):
        await office.window(business_days=True)
    with pytest.raises(EntryInUse):
        await office.do(lambda tx: editing.archive(tx, SEND_WINDOW, window))
    with pytest.raises(pressure.BadSendingRule):
        await office.rules(person_most=3)
    async with office.db.read(office.actor) as tx:
        rules = (await pressure.read_rules(tx)).rules
    assert (list(rules.windows), rules.window_id, rules.limits, rules.person) == ([window], window, {}, None)


async def test_a_sequence_under_a_limit_that_its_window_leaves_no_time_for_does_not_go_live_and_without_it_keeps_to_both(office: Office) -> None:
    """Ten minutes a day and three mails an hour: three a day, and the last of seven on the third."""
    await office.rules(window_id=await office.window({day: ["09:00-09:10"] for day in OFFICE}))
    limit = await office.limit("WORKSPACE", per_hour=3, per_day=50)
    with pytest.raises(nurture.SequenceFlawed, match="allows 50 mails a day, but within"):
        await office.plan(1)
    assert await office.ledger("id") == []
    await office.do(lambda tx: editing.update(tx, SEND_LIMIT, limit, {"per_day": 60}))
    wide = await office.window({day: ["00:00-24:00"] for day in OFFICE})
    rules = (await office.do(pressure.read_rules)).rules
    told = [len(pressure.warnings_of(rules, hours)) for hours in ((None,), (rules.window_id,), (wide,), (wide, None), ())]
    assert told == [1, 1, 0, 1, 0]
    await office.do(lambda tx: editing.update(tx, SEND_LIMIT, limit, {"per_day": None}))
    await office.plan(7)
    left: list[int] = []
    for day in range(5):
        for hour in (8, 9, 10):
            await office.db.control("SELECT lw_set_clock($1, $2)", office.actor.workspace, MONDAY.replace(hour=hour, minute=5) + day * DAYS)
            await office.deliver()
            await forward(office.db, office.actor.workspace, timedelta(minutes=2))
            await office.deliver()
            left.append((await office.states()).get("SENT", 0))
    assert left == [0, 3, 3, 3, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7]


async def test_the_chain_of_zones_is_the_same_in_sql(office: Office) -> None:
    cases = [(p, c, u) for p in (None, "", "Asia/Tokyo") for c in (None, "", "America/Lima") for u in (None, "Europe/Paris")]
    async with office.db.read(office.actor) as tx:
        rows = await tx.fetch(
            f"SELECT {ZONE_CHAIN} AS zone FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS x (person, company, sender, n) "
            "CROSS JOIN LATERAL (SELECT x.person AS time_zone) p CROSS JOIN LATERAL (SELECT x.company AS time_zone) c "
            "CROSS JOIN LATERAL (SELECT x.sender AS time_zone) u CROSS JOIN lw_workspace($1) w ORDER BY x.n",
            tx.workspace, *map(list, zip(*cases, strict=True)))
    assert [row["zone"] for row in rows] == [zone_of(*case, "UTC").key for case in cases]
