"""Broadcasts: a snapshot, each person and address once, held and freed again, the winner of a test; and mail to one."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from leadwell import broadcasts, consent, nurture, segments
from leadwell.access.sees import Everything
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database, Tx
from leadwell.broadcasts import Audience, Hour, NewBroadcast, NewLetter, Variant
from leadwell.calendars.reading import DAYS
from leadwell.entries import EntryInUse
from leadwell.pressure import editing
from leadwell.pressure.lists import SEND_WINDOW
from leadwell.segments import NewSegment
from leadwell.templates import TemplateInUse, Words, archive_template
from tests import builders as b
from tests.mailing import FROM, WORDS, leads, post, recipients, sends, template, topic

EVERYBODY = Audience(noun="Lead", where={})


async def draft(tx: Tx, audience: Audience = EVERYBODY, **more: Any) -> UUID:
    new = NewBroadcast("News", await topic(tx), audience, [Variant("A", await template(tx))])
    return await broadcasts.create(tx, replace(new, **more), Everything(tx.workspace), "USER:x")


async def go(tx: Tx, id: UUID) -> None:
    """Scheduled, started and planned as far as it goes now."""
    await broadcasts.schedule(tx, id, Hour())
    await on(tx, id)


async def on(tx: Tx, id: UUID) -> None:
    await broadcasts.run(tx, id, mail_from=FROM)
    while await broadcasts.run(tx, id, mail_from=FROM):
        pass


async def state(tx: Tx, id: UUID) -> str:
    return await tx.value("SELECT b.state FROM broadcasts b WHERE b.workspace_id = $1 AND b.id = $2", tx.workspace, id)


async def held(tx: Tx, id: UUID) -> dict[UUID, str | None]:
    sql = "SELECT r.person_id, r.state, r.reason FROM broadcast_recipients r WHERE r.workspace_id = $1 AND r.broadcast_id = $2"
    rows = await tx.fetch(sql, tx.workspace, id)
    return {r["person_id"]: r["reason"] or r["state"] for r in rows}


async def test_everybody_of_the_snapshot_gets_it_once_and_nobody_who_came_later(db: Database, workspace: UUID, actor: Actor, tmp_path: Path) -> None:
    async def begin(tx: Tx) -> UUID:
        ada, bob, eve = await leads(tx, 3)
        twin = await b.make_person(tx)
        await tx.execute(   # an address that two people share
            "UPDATE person_emails t SET address = o.address, normalized = o.normalized FROM person_emails o "
            "WHERE t.workspace_id = $1 AND t.person_id = $2 AND o.workspace_id = $1 AND o.person_id = $3", tx.workspace, twin, ada)
        nobody = await b.make_person(tx)
        await tx.execute("UPDATE person_emails SET is_valid = false WHERE workspace_id = $1 AND person_id = $2", tx.workspace, nobody)
        out = await segments.create(tx, NewSegment("Out", "Person", "STATIC"), Everything(tx.workspace))
        await segments.put(tx, out, Everything(tx.workspace), [eve], None)
        id = await draft(tx, Audience(noun="Lead", where={}, people=[twin, nobody, ada], without=[out]))
        seen = await broadcasts.outlook(tx, id)
        assert (seen.count, seen.held, set(seen.sample)) == (4, {"NO_ADDRESS": 1, "SAME_ADDRESS": 1}, {min(ada, twin), bob})
        await go(tx, id)
        await leads(tx, 1)
        await on(tx, id)
        assert await held(tx, id) == {min(ada, twin): "PLANNED", bob: "PLANNED", max(ada, twin): "SAME_ADDRESS", nobody: "NO_ADDRESS"}
        assert await sends(tx, "mail_class", "step", "state") == [("BROADCAST", "A", "PLANNED")] * 2
        with pytest.raises(TemplateInUse) as used:
            await archive_template(tx, await template(tx))
        assert used.value.message == "The template is in use: broadcast “News”, send “mail on its way”."
        return id

    id = await db.run(actor, begin)
    async with post(db, workspace, tmp_path) as office:
        await office.run()
        assert len(set(recipients(office.server))) == len(recipients(office.server)) == 2

    async def end(tx: Tx) -> broadcasts.Results:
        await on(tx, id)
        return await broadcasts.results(tx, id)

    done = await db.run(actor, end)
    assert (done.state, done.recipients, done.done, done.variants[0].sent, done.variants[0].held) == ("DONE", 4, 4, 2, {"NO_ADDRESS": 1, "SAME_ADDRESS": 1})


async def test_paused_it_holds_its_mail_and_canceled_it_never_sends_it(db: Database, workspace: UUID, actor: Actor, tmp_path: Path) -> None:
    async def begin(tx: Tx) -> tuple[UUID, UUID]:
        people = await leads(tx, 2)
        ids = []
        for name, person in zip(("One", "Two"), people, strict=True):
            ids.append(await draft(tx, Audience(people=[person]), name=name))
            await go(tx, ids[-1])
            await broadcasts.pause(tx, ids[-1])
        return ids[0], ids[1]

    one, two = await db.run(actor, begin)
    async with post(db, workspace, tmp_path) as office:
        await office.run()
        assert recipients(office.server) == []
        assert await db.run(actor, lambda tx: sends(tx, "state", "reason")) == [("PLANNED", "BROADCAST_PAUSED")] * 2
        await db.run(actor, lambda tx: broadcasts.resume(tx, one))
        await db.run(actor, lambda tx: broadcasts.cancel(tx, two))
        await office.run()
        assert len(recipients(office.server)) == 1
    assert sorted(await db.run(actor, lambda tx: sends(tx, "state", "reason"))) == [("SENT", None), ("SKIPPED", "BROADCAST_CANCELED")]
    with pytest.raises(broadcasts.BroadcastMoved):
        await db.run(actor, lambda tx: broadcasts.resume(tx, two))


async def test_a_part_gets_the_variants_and_the_rest_the_winner(db: Database, workspace: UUID, actor: Actor) -> None:
    async def begin(tx: Tx) -> UUID:
        await leads(tx, 40)
        other = await template(tx, "Other", WORDS)
        id = await draft(tx, variants=[Variant("A", await template(tx)), Variant("B", other)], test=broadcasts.Test(50, 4, "CLICKS"))
        await go(tx, id)
        chosen = [r[0] for r in await sends(tx, "step")]
        assert 8 < len(chosen) < 32
        assert {"A", "B"} == set(chosen)
        await tx.execute("UPDATE sends SET state = 'SENT', clicked_at = CASE WHEN step = 'B' THEN now() END WHERE workspace_id = $1", tx.workspace)
        await on(tx, id)
        assert await state(tx, id) == "TESTING"
        return id

    id = await db.run(actor, begin)
    await db.run(actor, lambda tx: tx.execute(
        "UPDATE broadcasts SET decide_at = started_at WHERE workspace_id = $1 AND id = $2", tx.workspace, id))

    async def end(tx: Tx) -> broadcasts.Results:
        before = len(await sends(tx, "id"))
        await on(tx, id)
        assert set((await sends(tx, "step"))[before:]) == {("B",)}
        return await broadcasts.results(tx, id)

    found = await db.run(actor, end)
    assert (found.winner, found.state, found.undecided, sum(v.recipients for v in found.variants)) == ("B", "SENDING", 0, 40)


async def test_the_ledger_names_the_broadcast_and_one_to_nobody_is_over_at_once(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        (ada,) = await leads(tx, 1)
        await go(tx, await draft(tx))
        (line,) = await nurture.send_ledger(tx, ada)
        assert (line.broadcast, line.variant, line.sequence, line.step_name) == ("News", "A", None, None)
        nobody = Audience(noun="Lead", where={"industry": {"eq": "Nobody's"}})
        variants = [Variant("A", await template(tx)), Variant("B", await template(tx, "Other"))]
        id = await draft(tx, nobody, name="To nobody", variants=variants, test=broadcasts.Test(20, 4, "CLICKS"))
        await go(tx, id)
        assert await state(tx, id) == "DONE"

    await db.run(actor, story)


async def test_a_local_hour_comes_to_each_by_their_own_clock(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        berlin, tokyo, lost = [await b.make_person(tx, time_zone=zone) for zone in ("Europe/Berlin", "Asia/Tokyo", "Mars/Base")]
        id = await draft(tx, Audience(people=[berlin, tokyo, lost]))
        day = (await tx.now() + timedelta(days=3)).replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None)
        await broadcasts.schedule(tx, id, Hour(local=day))
        await tx.execute("UPDATE broadcasts SET send_at = now() - interval '1 minute' WHERE workspace_id = $1 AND id = $2", tx.workspace, id)
        await broadcasts.run(tx, id, mail_from=FROM)
        rows = await tx.fetch("SELECT r.person_id, r.due_at FROM broadcast_recipients r WHERE r.workspace_id = $1 AND r.broadcast_id = $2", tx.workspace, id)
        due: dict[UUID, datetime] = {r["person_id"]: r["due_at"].replace(tzinfo=None) for r in rows}
        assert due[tokyo] == day - timedelta(hours=9)
        assert day - due[berlin] in (timedelta(hours=1), timedelta(hours=2))
        assert due[lost] == day
        with pytest.raises(broadcasts.BadBroadcast):
            await broadcasts.schedule(tx, await draft(tx, name="Late"), Hour(local=day - timedelta(days=9)))

    await db.run(actor, story)


async def test_a_broadcast_keeps_to_its_own_hours_and_to_nobody_elses(
    db: Database, workspace: UUID, actor: Actor, other_workspace: UUID, tmp_path: Path
) -> None:
    async def hours(tx: Tx) -> UUID:
        """Of another day than today, everywhere."""
        day = DAYS[(await tx.now() + timedelta(days=3)).weekday()]
        return await editing.create(tx, SEND_WINDOW, {"name": f"Later {uuid7()}", "hours": {day: ["00:00-24:00"]}})

    theirs = await db.run(Actor.system(other_workspace), hours)

    async def begin(tx: Tx) -> tuple[UUID, UUID]:
        people, window = await leads(tx, 1), await hours(tx)
        id = await draft(tx, Audience(people=people), window_id=window)
        for verb in (draft(tx, name="Other", window_id=theirs), broadcasts.update(tx, id, {"window_id": theirs}, Everything(tx.workspace))):
            with pytest.raises(NotFound, match="send window") as refused:
                await verb
            assert refused.value.field == "window_id"
        await go(tx, id)
        return id, window

    id, window = await db.run(actor, begin)
    async with post(db, workspace, tmp_path) as office:
        await office.run("deliver")
        assert office.server.mailbox.list() == []
    with pytest.raises(EntryInUse, match="1 broadcasts still use"):
        await db.run(actor, lambda tx: editing.archive(tx, SEND_WINDOW, window))

    async def end(tx: Tx) -> list[object]:
        other = await hours(tx)
        await editing.archive(tx, SEND_WINDOW, window, other)
        row = await tx.row("SELECT s.state, s.reason, s.window_id FROM sends s WHERE s.workspace_id = $1", tx.workspace)
        now = await tx.value("SELECT b.window_id FROM broadcasts b WHERE b.workspace_id = $1 AND b.id = $2", tx.workspace, id)
        assert row
        return [row["state"], row["reason"], row["window_id"] == window, now == other]

    assert await db.run(actor, end) == ["PLANNED", "WINDOW", True, True]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"audience": Audience()}, "audience"), ({"variants": []}, "variants"), ({"test": broadcasts.Test(50, 4)}, "test"),
        ({"audience": Audience(noun="Company", where={})}, "audience.noun"), ({"name": " "}, "name"),
    ],
)  # fmt: skip
async def test_what_cannot_be_sent_is_refused(db: Database, actor: Actor, more: dict[str, Any], field: str) -> None:
    with pytest.raises(broadcasts.BadBroadcast) as refused:
        await db.run(actor, lambda tx: draft(tx, **more))
    assert refused.value.field == field
    assert await db.run(actor, lambda tx: tx.value("SELECT count(*) FROM broadcasts b WHERE b.workspace_id = $1", tx.workspace)) == 0


async def test_marketing_without_a_link_to_unsubscribe_is_refused(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        bare = await template(tx, "Bare", Words("Hi", "<p>Buy</p>"))
        with pytest.raises(broadcasts.BadBroadcast) as refused:
            await draft(tx, variants=[Variant("A", bare)])
        assert refused.value.field == "variants.0.template_id"

    await db.run(actor, story)


async def test_a_mail_to_one_goes_through_the_ledger_and_answers_in_its_thread(db: Database, workspace: UUID, actor: Actor, tmp_path: Path) -> None:
    async def first(tx: Tx) -> tuple[UUID, UUID, UUID]:
        ada, bob = await leads(tx, 2)
        return ada, bob, await broadcasts.send_email(
            tx, NewLetter(ada, words=Words("Your demo", "<p>Dear {{ person.first_name }}</p>")), None, mail_from=FROM)

    ada, bob, one = await db.run(actor, first)
    async with post(db, workspace, tmp_path) as office:
        await office.run()
        await db.run(actor, lambda tx: broadcasts.send_email(tx, NewLetter(ada, words=Words("Your demo", "<p>More</p>"), answers_id=one), None, mail_from=FROM))
        await office.run()
        mails = office.server.mailbox.list(limit=10)
        assert sorted(m.subject for m in mails) in (["Re: Your demo", "Your demo"], ["Your demo", "Your demo"])
    assert await db.run(actor, lambda tx: sends(tx, "mail_class", "state")) == [("ONE_TO_ONE", "SENT")] * 2
    with pytest.raises(NotFound):
        await db.run(actor, lambda tx: broadcasts.send_email(tx, NewLetter(bob, words=Words("x", "y"), answers_id=one), None, mail_from=FROM))


async def test_who_opted_out_is_not_written_to(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        (ada,) = await leads(tx, 1)
        email = await tx.value("SELECT p.email FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, ada)
        await consent.opt_out(tx, consent.OptOut(consent.hash_of(email), None, ada))
        with pytest.raises(broadcasts.MailNotAllowed) as refused:
            await broadcasts.send_email(tx, NewLetter(ada, words=Words("x", "y")), None, mail_from=FROM)
        assert refused.value.params["reason"] == "SUPPRESSED_UNSUBSCRIBE"
        assert await sends(tx, "id") == []

    await db.run(actor, story)


async def test_a_test_goes_to_users_alone(db: Database, workspace: UUID, actor: Actor, tmp_path: Path) -> None:
    async def story(tx: Tx) -> str:
        user, (ada,) = await b.make_user(tx), await leads(tx, 1)
        email = await tx.value("SELECT u.email FROM users u WHERE u.workspace_id = $1 AND u.id = $2", tx.workspace, user)
        with pytest.raises(broadcasts.NotOfUs):
            await broadcasts.send_test(tx, broadcasts.NewTest(await template(tx), to=["stranger@acme.example"]), user, mail_from=FROM)
        await broadcasts.send_test(tx, broadcasts.NewTest(await template(tx), person_id=ada), user, mail_from=FROM)
        assert await sends(tx, "mail_class", "person_id", "user_id") == [("TEST", None, user)]
        return email

    email = await db.run(actor, story)
    async with post(db, workspace, tmp_path) as office:
        await office.run()
        (mail,) = office.server.mailbox.list(limit=10)
        assert (list(mail.recipients), mail.subject) == ([email], "[Test] Hello Ada Lovelace")
