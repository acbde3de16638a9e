"""A state machine of Hypothesis over everything that happens to people in sequences, against the real database and a real mail server.
LW_MACHINE gives another number of examples, of LW_MACHINE_STEPS steps each, chosen anew each time."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from leadwell import consent, conversion, delivery, merging, nurture, pressure, workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database, Tx
from leadwell.consent.rules import verdict as consents
from leadwell.delivery.verdict import verdict
from leadwell.embedded.servers import Servers
from leadwell.nurture import Course, Wish
from leadwell.pressure import editing, holding
from leadwell.pressure.lists import SEND_WINDOW
from tests.contracts.test_mutants import Mutant, planted
from tests.mailing import FROM, address_hash, forward, sequence, template, topic
from tests.posting import House, close, house, open_worker
from tests.verbs.conversions import owned_lead

T = TypeVar("T")
EXAMPLES = int(os.environ.get("LW_MACHINE", "0"))
STEPS = int(os.environ.get("LW_MACHINE_STEPS", "12"))
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OPENS, SHUTS, MOST, WITHIN = 8, 18, 2, timedelta(days=7)      # in UTC; so many mails to a person
PEOPLE, NAMES = st.integers(0, 2), st.sampled_from(("Leads", "Both"))
FAULTS = st.sampled_from((None, None, None, "550 5.1.1 No such user", "451 4.3.0 Later", "CUT_AFTER_KEPT", "CUT_BEFORE_KEPT"))
UNSETTLED = """
SELECT s.id FROM sends s JOIN enrollments e ON e.workspace_id = $1 AND e.id = s.enrollment_id WHERE s.workspace_id = $1
  AND (e.state = 'ACTIVE' AND s.state IN ('PLANNED', 'DEFERRED', 'SENDING', 'AMBIGUOUS') AND (e.step, e.visit) <> (s.step, s.visit)
    OR e.state <> 'ACTIVE' AND s.state IN ('PLANNED', 'DEFERRED'))
"""
WENT = "SELECT s.id, s.person_id, s.sending_at FROM sends s WHERE s.workspace_id = $1 AND s.state IN ('SENT', 'AMBIGUOUS') AND s.sending_at IS NOT NULL"
WITHOUT_MAIL = """
SELECT t.step, t.outcome FROM enrollment_steps t WHERE t.workspace_id = $1 AND t.outcome IN ('SENT', 'REJECTED', 'SKIPPED') AND NOT EXISTS (
  SELECT 1 FROM sends s WHERE s.workspace_id = $1 AND s.enrollment_id = t.enrollment_id AND s.step = t.step AND s.visit = t.visit AND s.state = t.outcome)
"""


class World:
    """One database and loop for all examples, a sandbox for each."""

    def __init__(self, url: str) -> None:
        self.loop, self.url, self.folder = asyncio.new_event_loop(), url, Path(tempfile.mkdtemp(prefix="lwm-", dir="/tmp"))
        self.db = self.do(self._open())

    async def _open(self) -> Database:
        return Database(await open_pool(self.url, size=4))

    def do(self, what: Awaitable[T]) -> T:
        async def run() -> T:
            return await what

        return self.loop.run_until_complete(run())

    def close(self) -> None:
        self.do(self.db.close())
        self.loop.close()
        shutil.rmtree(self.folder)


class Nurturing(RuleBasedStateMachine):
    """Three people, two sequences, and what may happen to them in any order."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.world.do(self._begin())

    async def _begin(self) -> None:
        workspace = await workspaces.create(self.world.db, uuid7().hex, "Machine", kind="SANDBOX", epoch="test")
        await self.world.db.control("SELECT lw_set_clock($1, $2)", workspace, NOON)
        self.actor = Actor.system(workspace)
        self.opening = house(self.world.db, workspace, self.world.folder / workspace.hex)
        self.at: House = await self.opening.__aenter__()
        self.at.worker.queues = ("upkeep", "nurture", "deliver")
        self.people: list[UUID] = []
        self.leads: list[UUID] = []
        self.sequences: dict[str, UUID] = {}
        self.ended: dict[UUID, tuple[str, str | None]] = {}
        self.out: dict[str, int] = {}
        self.told = 0
        self.went: set[UUID] = set()

        async def people(tx: Tx) -> None:
            hours = {day: [f"{OPENS:02}:00-{SHUTS}:00"] for day in ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")}
            window = await editing.create(tx, SEND_WINDOW, {"name": "By day", "hours": hours})
            await pressure.update_rules(tx, {"window_id": window, "person_most": MOST, "person_days": WITHIN.days})
            for i in range(3):
                self.leads.append(await owned_lead(tx, f"Ada {'ABC'[i]}", f"{uuid7().hex}@acme.example"))
                sql = "SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = $2"
                self.people.append(await tx.value(sql, tx.workspace, self.leads[-1]))
            self.sequences["Leads"] = await sequence(tx, "P1D", "", name="Leads", audience="LEADS", reentry="AFTER_EXIT")
            self.sequences["Both"] = await sequence(tx, "", "P2D", name="Both", audience="BOTH", reentry="AFTER_EXIT")
            await nurture.enroll_many(tx, self.sequences["Both"], self.people[:2], "HAND")
            await nurture.step_due(tx, mail_from=FROM)      # two mails are on their way from the beginning

        await self.act(people)

    async def act(self, verb: Callable[[Tx], Awaitable[Any]]) -> Any:
        return await self.world.db.run(self.actor, verb)

    async def one(self, sql: str, *args: Any) -> Any:
        async with self.world.db.read(self.actor) as tx:
            return await tx.value(sql, tx.workspace, *args)

    async def all(self, sql: str, *args: Any) -> list[Any]:
        async with self.world.db.read(self.actor) as tx:
            return await tx.fetch(sql, tx.workspace, *args)

    # What happens

    @rule(who=PEOPLE, name=NAMES)
    def enrolls(self, who: int, name: str) -> None:
        person, id = self.people[who], self.sequences[name]

        async def enroll(tx: Tx) -> None:
            if await tx.value("SELECT q.state FROM sequences q WHERE q.workspace_id = $1 AND q.id = $2", tx.workspace, id) == "LIVE":
                await nurture.enroll_many(tx, id, [person], "HAND")

        self.world.do(self.act(enroll))

    @rule(fault=FAULTS)
    def works(self, fault: str | None) -> None:
        """A worker does what is due: steps, mail, consequences."""
        if fault in ("CUT_AFTER_KEPT", "CUT_BEFORE_KEPT"):
            self.at.server.fail(fault)  # type: ignore[arg-type]
        elif fault:
            self.at.server.fail("RCPT", fault)
        self.world.do(self.at.worker.run())

    @rule(hours=st.sampled_from((5, 24, 72)), fault=FAULTS)
    def time_passes(self, hours: int, fault: str | None) -> None:
        self.world.do(forward(self.world.db, self.actor.workspace, timedelta(hours=hours)))
        self.works(fault)

    @rule()
    def steps_are_taken(self) -> None:
        """Mail is planned, and nobody delivers it yet."""
        self.world.do(self.act(lambda tx: nurture.step_due(tx, mail_from=FROM)))

    @rule()
    def a_copy_works(self) -> None:
        """A worker of another installation looks at everything that is due: nothing leaves."""
        before = self.at.server.mailbox.count()
        self.world.do(self._copied())
        assert self.at.server.mailbox.count() == before
        due = "UPDATE work SET run_at = created_at WHERE workspace_id = $1 AND state = 'READY' AND last_error LIKE 'OUTBOUND_HELD%'"
        self.world.do(self.act(lambda tx: tx.execute(due, tx.workspace)))

    async def _copied(self) -> None:
        copy = open_worker(self.world.db, self.actor.workspace, self.at.server.url, outbound_epoch="another")
        copy.queues = self.at.worker.queues
        await copy.run()
        await close(copy)

    @rule(who=PEOPLE, kind=st.sampled_from(("REPLY", "REPLY", "BOUNCE", "COMPLAINT")))
    def replies(self, who: int, kind: str) -> None:
        self.told += 1
        self.world.do(self._answers(self.people[who], kind))

    async def _answers(self, person: UUID, kind: Any) -> None:
        """Somebody answers the first mail that they got."""
        rows = await self.all("SELECT s.message_id FROM sends s WHERE s.workspace_id = $1 AND s.person_id = $2 ORDER BY s.id", person)
        if message := next((row["message_id"] for row in rows if self._kept(row["message_id"])), None):
            await self.act(lambda tx: delivery.record_inbound(tx, kind, [message], external_id=f"in-{self.told}"))

    @rule(who=PEOPLE)
    def opts_out(self, who: int) -> None:
        """Of everything; acknowledged when it returns."""
        person = self.people[who]

        async def out(tx: Tx) -> None:
            last = await tx.value("SELECT max(s.id::text)::uuid FROM sends s WHERE s.workspace_id = $1 AND s.person_id = $2", tx.workspace, person)
            link = delivery.Unsubscribe(tx.workspace, await address_hash(tx, person), await topic(tx), last or uuid7())
            await nurture.unsubscribe(tx, link, everything=True)

        self.world.do(self.act(out))
        self.world.do(self._shut(person))

    @rule(who=PEOPLE)
    def opts_out_and_the_mail_is_faster_than_the_word(self, who: int) -> None:
        """Acknowledged; mail that was planned is delivered before anybody else heard of it."""
        person = self.people[who]

        async def out(tx: Tx) -> None:
            await consent.opt_out(tx, consent.OptOut(await address_hash(tx, person), None, person))

        self.world.do(self.act(out))
        self.world.do(self._shut(person))
        self.world.do(self._delivers())

    async def _delivers(self) -> None:
        await self.at.worker.drain.queue("deliver")
        await self.at.worker.drain.idle()

    async def _shut(self, person: UUID) -> None:
        sql = "SELECT e.normalized FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = $2"
        for row in await self.all(sql, person):
            passed = "SELECT count(*) FROM sends s WHERE s.workspace_id = $1 AND s.address = $2 AND s.state IN ('SENDING', 'SENT', 'AMBIGUOUS')"
            self.out.setdefault(row["normalized"], await self.one(passed, row["normalized"]))

    @rule(who=PEOPLE)
    def converts(self, who: int) -> None:
        if self.world.do(self.one("SELECT l.state FROM leads l WHERE l.workspace_id = $1 AND l.id = $2 AND l.merged_into IS NULL", self.leads[who])) == "OPEN":
            self.world.do(self.act(lambda tx: conversion.convert(tx, self.leads[who])))

    @rule(survivor=PEOPLE, loser=PEOPLE)
    def merges(self, survivor: int, loser: int) -> None:
        stays, goes = self.people[survivor], self.people[loser]
        if stays == goes:
            return
        emails = "SELECT e.normalized FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = ANY($2::uuid[])"
        shut = {row["normalized"] for row in self.world.do(self.all(emails, [stays, goes]))} & set(self.out)
        try:
            self.world.do(self.act(lambda tx: merging.merge(tx, "Person", merging.Wish(stays, (goes,)))))
        except merging.NothingToMerge:
            return
        self.people = [stays if one == goes else one for one in self.people]
        if shut:
            self.world.do(self._shut(stays))

    @rule(name=NAMES, action=st.sampled_from(("STAY", "MOVE", "RESTART", "EXIT")))
    def is_edited(self, name: str, action: str) -> None:
        """Another version goes live, and whoever is under way goes as planned."""
        id = self.sequences[name]

        async def edit(tx: Tx) -> None:
            mail = {"kind": "EMAIL", "template_id": str(await template(tx))}
            steps = [{"id": "s1", **mail}, {"id": "s2", "kind": "WAIT", "duration": "P1D"}, {"id": "s3", **mail}, {"id": uuid7().hex[:8], **mail}]
            await nurture.change_steps(tx, id, steps)
            await nurture.publish(tx, id, wish=Wish([Course(step, action) for step in ("s1", "s2", "s3")]))

        self.world.do(self.act(edit))

    @rule(name=NAMES, catch_up=st.sampled_from(("SEND", "SKIP", "SPREAD")))
    def pauses_or_resumes(self, name: str, catch_up: str) -> None:
        id = self.sequences[name]

        async def turn(tx: Tx) -> None:
            state = await tx.value("SELECT q.state FROM sequences q WHERE q.workspace_id = $1 AND q.id = $2", tx.workspace, id)
            await (nurture.pause(tx, id) if state == "LIVE" else nurture.resume(tx, id, catch_up=catch_up))

        self.world.do(self.act(turn))

    @rule(who=PEOPLE, days=st.sampled_from((None, 1)))
    def is_paused_or_resumed(self, who: int, days: int | None) -> None:
        person = self.people[who]

        async def turn(tx: Tx) -> None:
            sql = "SELECT e.id, e.paused_at FROM enrollments e WHERE e.workspace_id = $1 AND e.person_id = $2 AND e.state = 'ACTIVE' ORDER BY e.id LIMIT 1"
            if row := await tx.row(sql, tx.workspace, person):
                until = await tx.now() + timedelta(days=days) if days else None
                await (nurture.resume_enrollment(tx, row["id"]) if row["paused_at"] else nurture.pause_enrollment(tx, row["id"], until))

        self.world.do(self.act(turn))

    @rule()
    @precondition(lambda self: self.told < 100)
    def somebody_says_what_became_of_a_held_mail(self) -> None:
        if id := self.world.do(self.one("SELECT s.id FROM sends s WHERE s.workspace_id = $1 AND s.state = 'AMBIGUOUS' ORDER BY s.id LIMIT 1")):
            kept = self._kept(self.world.do(self.one("SELECT s.message_id FROM sends s WHERE s.workspace_id = $1 AND s.id = $2", id)))
            self.world.do(self.act(lambda tx: nurture.resolve_send(tx, id, "SENT" if kept else "NOT_SENT")))

    def _kept(self, message_id: str) -> bool:
        return any(mail.message_id == message_id for mail in self.at.server.mailbox.list(limit=1000))

    # What always holds

    @invariant()
    def nobody_is_in_a_sequence_twice(self) -> None:
        sql = "SELECT count(*) FROM enrollments e WHERE e.workspace_id = $1 AND e.state = 'ACTIVE' GROUP BY e.sequence_id, e.person_id HAVING count(*) > 1"
        assert self.world.do(self.all(sql)) == []
        gone = "SELECT e.id FROM enrollments e JOIN people p ON p.workspace_id = $1 AND p.id = e.person_id AND p.merged_into IS NOT NULL "
        assert self.world.do(self.all(gone + "WHERE e.workspace_id = $1 AND e.state = 'ACTIVE'")) == []

    @invariant()
    def cursors_follow_recorded_outcomes_alone(self) -> None:
        assert self.world.do(self.all(UNSETTLED)) == []
        assert self.world.do(self.all(WITHOUT_MAIL)) == []

    @invariant()
    def who_has_left_stays_away(self) -> None:
        rows = self.world.do(self.all("SELECT e.id, e.state, e.exit_reason FROM enrollments e WHERE e.workspace_id = $1 AND e.state <> 'ACTIVE'"))
        ended = {row["id"]: (row["state"], row["exit_reason"]) for row in rows}
        assert {id: ended.get(id) for id in self.ended} == self.ended
        self.ended = ended

    @invariant()
    def nothing_leaves_after_an_opt_out(self) -> None:
        got = [reader for mail in self.at.server.mailbox.list(limit=1000) for reader in mail.recipients]
        assert {address: got.count(address) for address, most in self.out.items() if got.count(address) > most} == {}

    @invariant()
    def mail_leaves_in_its_window_and_under_its_cap(self) -> None:
        """Asked of each mail once, when it has just left: a merge gives people each other's past."""
        rows = self.world.do(self.all(WENT))
        for row in rows:
            if row["id"] not in self.went:
                at = row["sending_at"]
                assert OPENS <= at.hour < SHUTS, "outside of its window"
                assert sum(o["person_id"] == row["person_id"] and at - WITHIN < o["sending_at"] <= at for o in rows) <= MOST, "over the cap"
        self.went |= {row["id"] for row in rows}

    def teardown(self) -> None:
        if hasattr(self, "at"):
            self.world.do(self._end())

    async def _end(self) -> None:
        try:
            await self.at.worker.run()
            await self.at.check(self.out)
        finally:
            await self.opening.__aexit__(None, None, None)


BLIND = [
    Mutant("consent", verdict, "facts.consent or ", ""), Mutant("suppression", consents, "if binding:", "if False:"),
    Mutant("window", holding.opening, "at if window is None else", "at if True else"), Mutant("cap", holding.capped_until, "if cap and", "if False and"),
]  # fmt: skip


def test_whatever_happens_to_people_in_sequences_in_whatever_order(migrated: Servers) -> None:
    run(migrated, Phase.generate, Phase.shrink) if EXAMPLES else run(migrated, Phase.generate)


@pytest.mark.skipif(not EXAMPLES, reason="what is short of this is tests/verbs/test_gate_mutants.py")
@pytest.mark.parametrize("mutant", BLIND, ids=lambda mutant: mutant.name)
def test_a_gate_that_is_blind_to_one_thing_is_seen(migrated: Servers, mutant: Mutant) -> None:
    with planted(mutant), pytest.raises(AssertionError):
        run(migrated, Phase.generate)


def run(migrated: Servers, *phases: Phase) -> None:
    Nurturing.world = World(migrated.database_url)
    chosen = settings(
        max_examples=EXAMPLES or 8, stateful_step_count=STEPS, deadline=None, derandomize=not EXAMPLES, database=None, print_blob=True,
        phases=phases, suppress_health_check=list(HealthCheck), report_multiple_bugs=False)
    try:
        run_state_machine_as_test(Nurturing, settings=chosen)
    finally:
        Nurturing.world.close()
