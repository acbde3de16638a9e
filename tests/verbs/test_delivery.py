"""Delivery over a real SMTP server: once, never after an opt-out, and every failure told as what it is."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from leadwell import consent, delivery, nurture, templates, work
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.delivery import Outcome
from leadwell.work import Job
from tests import builders as b
from tests.installation import until
from tests.mailing import FROM, Post, address_hash, enrollments, expire, leads, open_post_kit, post, recipients, sends, sequence, template, topic
from workers import delivery as delivering


@pytest_asyncio.fixture
async def office(db: Database, workspace: UUID, tmp_path: Path) -> AsyncIterator[Post]:
    async with post(db, workspace, tmp_path) as opened:
        yield opened


async def planned(db: Database, actor: Actor, count: int = 1, *waits: str) -> list[UUID]:
    """People whose first mail is planned."""

    async def begin(tx: Tx) -> list[UUID]:
        people = await leads(tx, count)
        await nurture.enroll_many(tx, await sequence(tx, *waits), people, "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        return people

    return await db.run(actor, begin)


async def ledger(db: Database, actor: Actor, *columns: str) -> list[tuple[object, ...]]:
    async with db.read(actor) as tx:
        return await sends(tx, *columns)


async def test_mail_leaves_with_its_headers_and_is_on_the_timeline(db: Database, actor: Actor, office: Post) -> None:
    (ada,) = await planned(db, actor)
    await office.run()
    (mail,) = office.server.mailbox.list()
    message = office.server.mailbox.message(mail.id)
    assert message is not None
    ((id, state, message_id, subject, reply),) = await ledger(db, actor, "id", "state", "message_id", "subject", "reply")
    assert (state, subject, message_id) == ("SENT", "Hello Ada Lovelace", mail.message_id)
    assert str(reply).startswith("250 2.0.0 OK")
    assert str(message["from"]) == FROM
    url = str(message["list-unsubscribe"]).strip("<>")
    assert url.startswith("https://crm.example/u/")
    assert str(message["list-unsubscribe-post"]) == "List-Unsubscribe=One-Click"
    link = delivery.read_unsubscribe(url.rpartition("/")[2])
    async with db.read(actor) as tx:
        assert link == delivery.Unsubscribe(tx.workspace, await address_hash(tx, ada), await topic(tx), id)  # type: ignore[arg-type]
        row = await tx.row("SELECT a.kind, a.subject, a.automated, a.send_id FROM activities a WHERE a.workspace_id = $1", tx.workspace)
        assert row is not None
        assert tuple(row) == ("EMAIL", "Hello Ada Lovelace", True, id)
        assert await enrollments(tx, "state") == [("COMPLETED",)]


async def test_the_sender_of_the_workspace_wins_over_the_installations(db: Database, actor: Actor, office: Post) -> None:
    await db.run(actor, lambda tx: _sender(tx))
    await planned(db, actor)
    await office.run()
    message = office.server.mailbox.message(office.server.mailbox.list()[0].id)
    assert message is not None
    assert (str(message["from"]), str(message["reply-to"])) == ("Sales <sales@acme.example>", "replies@acme.example")
    assert str(message["message-id"]).endswith("@acme.example>")


async def _sender(tx: Tx) -> None:
    await b.insert(
        tx, "senders", id=uuid7(), name="Sales", address="sales@acme.example", reply_to="replies@acme.example", is_default=True, **await b.stamps(tx)
    )


async def test_the_gate_holds_mail_after_an_opt_out_that_came_later_than_the_plan(db: Database, actor: Actor, office: Post) -> None:
    (ada,) = await planned(db, actor)

    async def opt_out(tx: Tx) -> None:
        await consent.opt_out(tx, consent.OptOut(await address_hash(tx, ada), None, ada))

    await db.run(actor, opt_out)
    await office.run()
    assert office.server.mailbox.count() == 0
    assert await ledger(db, actor, "state", "reason") == [("SKIPPED", "SUPPRESSED_UNSUBSCRIBE")]
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state", "exit_reason") == [("EXITED", "UNSUBSCRIBE")]


@pytest.mark.parametrize(
    ("change", "reason", "exit"),
    [
        ("UPDATE people SET archived_at = created_at WHERE workspace_id = $1", "ARCHIVED", "ARCHIVED"),
        ("UPDATE leads SET state = 'JUNK' WHERE workspace_id = $1", "JUNK", "JUNK"),
        ("UPDATE leads SET state = 'CONVERTED' WHERE workspace_id = $1", "CONVERTED", "CONVERSION"),
        ("UPDATE sends SET replied_at = planned_at WHERE workspace_id = $1", "REPLIED", "REPLY"),
    ],
)
async def test_the_gate_asks_again_what_the_sequence_asked_before(db: Database, actor: Actor, office: Post, change: str, reason: str, exit: str) -> None:
    await planned(db, actor)
    await db.run(actor, lambda tx: tx.execute(change, tx.workspace))
    await office.run()
    assert office.server.mailbox.count() == 0
    assert await ledger(db, actor, "state", "reason") == [("SKIPPED", reason)]
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state", "exit_reason") == [("EXITED", exit)]


async def test_a_changed_address_is_written_to_instead_of_the_old_one(db: Database, actor: Actor, office: Post) -> None:
    (_ada,) = await planned(db, actor)
    await db.run(
        actor,
        lambda tx: tx.execute("UPDATE person_emails SET normalized = 'new@acme.example', address = 'new@acme.example' WHERE workspace_id = $1", tx.workspace),
    )
    await office.run()
    assert recipients(office.server) == ["new@acme.example"]
    assert await ledger(db, actor, "visit", "state", "reason") == [(1, "SKIPPED", "ADDRESS_CHANGED"), (2, "SENT", None)]


async def test_a_copy_of_the_database_sends_nothing_and_loses_nothing(db: Database, actor: Actor, workspace: UUID, tmp_path: Path) -> None:
    await planned(db, actor)
    async with post(db, workspace, tmp_path, outbound_epoch="another") as copy:
        await copy.run()
        assert copy.server.mailbox.count() == 0
    assert await ledger(db, actor, "state") == [("PLANNED",)]
    async with db.read(actor) as tx:
        row = await tx.row("SELECT w.state, w.last_error FROM work w WHERE w.workspace_id = $1 AND w.kind = 'deliver.send'", tx.workspace)
        assert row is not None
        assert (row["state"], row["last_error"].split(":")[0]) == ("READY", "OUTBOUND_HELD")


async def test_the_epoch_is_asked_in_the_gate_too(db: Database, actor: Actor, office: Post) -> None:
    await planned(db, actor)
    job = await claim(db, actor)
    request = delivery.Request(UUID(job.payload["send_id"]), job, "Hi", 1)
    (verdict,) = await db.run(actor, lambda tx: delivery.gate(tx, [request], epoch="another", checks=delivering.CHECKS))
    assert (verdict.kind, verdict.reason) == ("LATER", "OUTBOUND_HELD")
    assert await ledger(db, actor, "state", "reason", "due_at") == [("PLANNED", "OUTBOUND_HELD", verdict.until)]


async def claim(db: Database, actor: Actor) -> Job:
    (job,) = await db.run(actor, lambda tx: work.claim(tx, "deliver", delivering.KINDS, 1))
    return job


async def test_a_worker_that_lost_its_lease_does_not_pass_the_gate(db: Database, actor: Actor, office: Post) -> None:
    await planned(db, actor)
    job = replace(await claim(db, actor), lease=uuid7())
    request = delivery.Request(UUID(job.payload["send_id"]), job, "Hi", 1)
    verdicts = await db.run(actor, lambda tx: delivery.gate(tx, [request], epoch="test", checks=delivering.CHECKS))
    assert verdicts == [delivery.LOST_LEASE]
    assert await ledger(db, actor, "state") == [("PLANNED",)]


@pytest.mark.parametrize(
    ("at", "reply", "state", "reason"),
    [
        ("RCPT", "550 5.1.1 No such user", "REJECTED", "DEAD_ADDRESS"),
        ("RCPT", "554 5.7.1 Blocked", "REJECTED", "REFUSED"),
        ("MAIL", "550 5.7.1 Sender unknown", "REJECTED", "REFUSED"),
        ("DATA", "554 5.6.0 Malformed", "REJECTED", "REFUSED"),
        ("RCPT", "451 4.3.0 Later", "DEFERRED", None),
        ("DATA", "452 4.3.1 Disk full", "DEFERRED", None),
        ("MAIL", "450 4.7.1 Greylisted", "DEFERRED", None),
    ],
)
async def test_refusals_end_or_delay(db: Database, actor: Actor, office: Post, at: str, reply: str, state: str, reason: str | None) -> None:
    (_ada,) = await planned(db, actor)
    office.server.fail(at, reply)  # type: ignore[arg-type]
    await office.run()
    assert await ledger(db, actor, "state", "reason", "reply") == [(state, reason, reply)]
    async with db.read(actor) as tx:
        dead = await tx.fetch("SELECT s.kind FROM suppressions s WHERE s.workspace_id = $1", tx.workspace)
        assert [d["kind"] for d in dead] == (["HARD_BOUNCE"] if reason == "DEAD_ADDRESS" else [])


async def test_what_was_delayed_is_sent_later_under_the_same_message_id(db: Database, actor: Actor, office: Post) -> None:
    await planned(db, actor)
    office.server.fail("RCPT", "451 4.3.0 Later")
    await office.run()
    ((before,),) = await ledger(db, actor, "message_id")
    await db.run(actor, lambda tx: tx.execute("UPDATE work SET run_at = created_at WHERE workspace_id = $1", tx.workspace))
    await office.run()
    assert [m.message_id for m in office.server.mailbox.list()] == [before]
    assert await ledger(db, actor, "state") == [("SENT",)]


@pytest.mark.parametrize("moment", ["CUT_BEFORE_KEPT", "CUT_AFTER_KEPT"])
async def test_a_connection_lost_after_the_content_leaves_the_mail_held(db: Database, actor: Actor, office: Post, moment: str) -> None:
    await planned(db, actor)
    office.server.fail(moment)  # type: ignore[arg-type]
    await office.run()
    await office.run()
    assert await ledger(db, actor, "state", "reason") == [("AMBIGUOUS", "CONNECTION_LOST")]
    assert office.server.mailbox.count() == (1 if moment == "CUT_AFTER_KEPT" else 0)
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state", "step", "due_at") == [("ACTIVE", "s1", None)]


@pytest.mark.parametrize(("fate", "state", "activities"), [("SENT", "SENT", 1), ("NOT_SENT", "SKIPPED", 0)])
async def test_a_person_resolves_a_held_mail_once_and_the_sequence_goes_on(
    db: Database, actor: Actor, office: Post, fate: str, state: str, activities: int
) -> None:
    await planned(db, actor)
    office.server.fail("CUT_AFTER_KEPT")
    await office.run()
    ((id,),) = await ledger(db, actor, "id")
    await db.run(actor, lambda tx: nurture.resolve_send(tx, id, fate))  # type: ignore[arg-type]
    with pytest.raises(delivery.SendNotAmbiguous):
        await db.run(actor, lambda tx: nurture.resolve_send(tx, id, fate))  # type: ignore[arg-type]
    assert await ledger(db, actor, "state") == [(state,)]
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state") == [("COMPLETED",)]
        assert await tx.value("SELECT count(*) FROM activities a WHERE a.workspace_id = $1 AND a.kind = 'EMAIL'", tx.workspace) == activities
    assert office.server.mailbox.count() == 1


async def test_no_mail_server_delays_everything_and_loses_nothing(db: Database, actor: Actor, workspace: UUID, office: Post) -> None:
    await planned(db, actor, 3)
    kit = open_post_kit(db, "smtp://127.0.0.1:1")
    office.drain.kit = kit
    await office.run("deliver")
    assert await ledger(db, actor, "state") == [("PLANNED",)] * 3
    async with db.read(actor) as tx:
        errors = await tx.fetch("SELECT DISTINCT w.state, w.last_error FROM work w WHERE w.workspace_id = $1 AND w.kind = 'deliver.send'", tx.workspace)
    assert len(errors) == 1
    assert "mail server 127.0.0.1:1" in errors[0]["last_error"]


async def test_one_refusal_among_a_hundred_delays_nobody_and_doubles_nothing(db: Database, actor: Actor, office: Post) -> None:
    people = await planned(db, actor, 100)
    async with db.read(actor) as tx:
        unlucky = await tx.value("SELECT p.email FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, people[41])
    office.server.fail("RCPT", "554 5.7.1 Blocked", match=unlucky, times=None)
    for _ in range(5):
        await office.run()
    got = recipients(office.server)
    assert len(got) == len(set(got)) == 99
    assert unlucky not in got


async def test_connections_dropped_now_and_then_double_and_lose_nothing(db: Database, actor: Actor, office: Post) -> None:
    await planned(db, actor, 60)
    office.server.fail("CUT_AFTER_KEPT", times=3)
    office.server.fail("CUT_BEFORE_KEPT", times=3)
    await office.run()
    got = recipients(office.server)
    states = [s for (s,) in await ledger(db, actor, "state")]
    assert (states.count("SENT"), states.count("AMBIGUOUS")) == (54, 6)
    assert len(got) == len(set(got)) == 57


async def test_a_template_that_cannot_be_filled_in_waits_visibly(db: Database, actor: Actor, office: Post) -> None:
    await planned(db, actor)
    await db.run(actor, lambda tx: tx.execute("UPDATE templates SET subject = '{% for i in (1..99999) %}x{% endfor %}' WHERE workspace_id = $1", tx.workspace))
    await office.run()
    assert await ledger(db, actor, "state") == [("PLANNED",)]
    async with db.read(actor) as tx:
        row = await tx.row("SELECT w.state, w.last_error FROM work w WHERE w.workspace_id = $1 AND w.kind = 'deliver.send'", tx.workspace)
    assert row is not None
    assert (row["state"], row["last_error"]) == ("DEAD", "The mail cannot be made: Loop iteration limit reached.")


async def test_an_opt_out_racing_with_the_gate_wins_or_comes_after_the_mail(db: Database, actor: Actor, office: Post) -> None:
    """Whoever has been told that they are unsubscribed gets nothing that was not under way before."""
    people = await planned(db, actor, 40)
    acknowledged: dict[str, int] = {}

    async def opt_out(person: UUID, delay: float) -> None:
        await asyncio.sleep(delay)

        async def out(tx: Tx) -> str:
            await tx.fetch("SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = $2 FOR NO KEY UPDATE", tx.workspace, person)
            await consent.opt_out(tx, consent.OptOut(await address_hash(tx, person), None, person))
            return await tx.value("SELECT p.email FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, person)

        email = await db.run(actor, out)
        async with db.read(actor) as tx:
            sending = await tx.value(
                "SELECT count(*) FROM sends s WHERE s.workspace_id = $1 AND s.person_id = $2 AND s.state IN ('SENDING', 'SENT')", tx.workspace, person
            )
        acknowledged[email] = sending

    await asyncio.gather(office.run(), *(opt_out(person, i * 0.005) for i, person in enumerate(people)))
    got = recipients(office.server)
    assert len(acknowledged) == 40
    for email, under_way in acknowledged.items():
        assert got.count(email) == under_way, "mail that left after the opt-out was acknowledged, or an opt-out that waited for nothing"
    states = {s for (s,) in await ledger(db, actor, "state")}
    assert states <= {"SENT", "SKIPPED"}


async def test_the_gate_waits_for_whoever_is_about_to_say_no(db: Database, actor: Actor, office: Post) -> None:
    """An opt-out that is written but not yet acknowledged holds the gate; acknowledged, it wins."""
    (ada,) = await planned(db, actor)
    job = await claim(db, actor)
    request = delivery.Request(UUID(job.payload["send_id"]), job, "Hi", 1)
    asked: list[asyncio.Task[Any]] = []

    async def opt_out(tx: Tx) -> None:
        await consent.opt_out(tx, consent.OptOut(await address_hash(tx, ada), None, ada))
        asked.append(asyncio.ensure_future(db.run(actor, lambda tx: delivery.gate(tx, [request], epoch="test", checks=delivering.CHECKS))))
        waiting = "SELECT EXISTS (SELECT FROM pg_locks l WHERE NOT l.granted AND $1::uuid IS NOT NULL)"

        async def stands() -> bool:
            return asked[0].done() or await tx.value(waiting, tx.workspace)

        await until(stands)

    await db.run(actor, opt_out)
    assert await asked[0] == [delivery.Verdict("SKIP", "SUPPRESSED_UNSUBSCRIBE")]


async def test_many_workers_on_one_ledger_send_each_mail_once(db: Database, actor: Actor, workspace: UUID, office: Post) -> None:
    await planned(db, actor, 120)
    offices = [Post(office.kit, office.server, type(office.drain)(office.kit, [*delivering.KINDS])) for _ in range(6)]
    await asyncio.gather(*(one.run("deliver") for one in offices))
    got = recipients(office.server)
    assert len(got) == len(set(got)) == 120
    assert await ledger(db, actor, "state") == [("SENT",)] * 120


async def test_a_send_in_flight_of_a_dead_worker_is_held_by_the_next(db: Database, actor: Actor, office: Post) -> None:
    await planned(db, actor)
    job = await claim(db, actor)
    request = delivery.Request(UUID(job.payload["send_id"]), job, "Hi", 1)
    assert await db.run(actor, lambda tx: delivery.gate(tx, [request], epoch="test", checks=delivering.CHECKS)) == [delivery.GO]
    await expire(db, actor.workspace)
    await office.run()
    assert office.server.mailbox.count() == 0
    assert await ledger(db, actor, "state", "reason") == [("AMBIGUOUS", "WORKER_LOST")]


async def test_late_words_of_the_worker_that_held_the_lease_set_it_right(db: Database, actor: Actor, office: Post) -> None:
    await planned(db, actor)
    job = await claim(db, actor)
    id = UUID(job.payload["send_id"])
    await db.run(actor, lambda tx: delivery.gate(tx, [delivery.Request(id, job, "Hi", 1)], epoch="test", checks=delivering.CHECKS))
    await expire(db, actor.workspace)
    await office.run()
    assert await db.run(actor, lambda tx: delivery.record_outcomes(tx, [Outcome(id, "SENT", uuid7(), "250")])) == set()
    assert await db.run(actor, lambda tx: delivery.record_outcomes(tx, [Outcome(id, "SENT", job.lease, "250")])) == {id}


async def test_a_send_whose_job_is_gone_is_held_by_the_sweep(db: Database, actor: Actor, office: Post) -> None:
    await planned(db, actor, 2)
    job = await claim(db, actor)
    id = UUID(job.payload["send_id"])
    await db.run(actor, lambda tx: delivery.gate(tx, [delivery.Request(id, job, "Hi", 1)], epoch="test", checks=delivering.CHECKS))
    assert await db.run(actor, delivery.hold_lost) == []
    await db.run(actor, lambda tx: work.bury(tx, job, "quarantined"))
    assert await db.run(actor, nurture.tend) == 1
    assert (id, "AMBIGUOUS") in await ledger(db, actor, "id", "state")


async def test_replies_bounces_and_complaints_are_matched_by_message_id_once(db: Database, actor: Actor, office: Post) -> None:
    await planned(db, actor)
    await office.run()
    ((id, message_id),) = await ledger(db, actor, "id", "message_id")
    bare = str(message_id).strip("<>")

    async def arrive(tx: Tx) -> list[UUID | None]:
        return [
            await delivery.record_inbound(tx, "REPLY", ["<stranger@x.example>", bare], external_id="r1", subject="Re: Hello"),
            await delivery.record_inbound(tx, "REPLY", [bare], external_id="r1"),
            await delivery.record_inbound(tx, "REPLY", ["<stranger@x.example>"], external_id="r2"),
            await delivery.record_inbound(tx, "COMPLAINT", [bare], external_id="c1"),
        ]

    assert await db.run(actor, arrive) == [id, id, None, id]
    async with db.read(actor) as tx:
        kinds = await tx.fetch("SELECT a.kind, a.direction FROM activities a WHERE a.workspace_id = $1 ORDER BY a.kind", tx.workspace)
        assert [tuple(r) for r in kinds] == [("COMPLAINT", "INBOUND"), ("EMAIL", "OUTBOUND"), ("REPLY", "INBOUND")]
        assert await tx.value("SELECT s.kind FROM suppressions s WHERE s.workspace_id = $1", tx.workspace) == "COMPLAINT"
        assert await tx.value("SELECT s.replied_at IS NOT NULL FROM sends s WHERE s.workspace_id = $1", tx.workspace) is True


async def test_a_preview_shows_a_person_and_plans_nothing(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> templates.Preview:
        words = await templates.words_of(tx, await template(tx))
        return await templates.preview(tx, words, await b.make_person(tx, name="Grace Hopper"))

    mail = await db.run(actor, story)
    assert (mail.subject, "Dear Grace Hopper" in mail.html) == ("Hello Grace", True)
    assert await ledger(db, actor, "id") == []


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (delivery.Words("{{ person.nme }}", "x"), "subject"),
        (delivery.Words("x", "{% if %}"), "html"),
        (delivery.Words("", "x"), "subject"),
    ],
)
async def test_a_broken_template_is_refused_at_save(db: Database, actor: Actor, words: delivery.Words, field: str) -> None:
    from leadwell.base.refusals import Refusal

    with pytest.raises(Refusal) as refused:
        await db.run(actor, lambda tx: delivery.create_template(tx, "Broken", words))
    assert refused.value.field == field
    async with db.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM templates t WHERE t.workspace_id = $1", tx.workspace) == 0
