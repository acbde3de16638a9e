"""A worker killed by SIGKILL at each of six points of a delivery, with mail of every class, and at random instants: the table of what may happen, exactly."""

import os
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

import pytest

from leadwell import broadcasts, capture, consent, delivery, digests, notifications, nurture, segments, work
from leadwell import leads as leading
from leadwell.access.sees import Everything
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.capture import FormConsent, FormField, NewForm
from leadwell.capture.opt_in import WAITS, ask
from leadwell.embedded.servers import Servers
from leadwell.notifications import Telling
from leadwell.segments import NewSegment
from tests import builders as b
from tests.faults.nursery import nursery
from tests.history import check_crossings
from tests.mailing import FROM, WORDS, address_hash, enrollments, expire, leads, sequence, template
from tests.posting import House, house
from tests.verbs.test_broadcasts import draft, go

KILLED = -9
KILLS = int(os.environ.get("LW_KILLS", "12"))
Seen = tuple[str, str | None, int]      # state, reason, copies


async def _sequence(tx: Tx) -> None:
    await nurture.enroll_many(tx, await sequence(tx), await leads(tx, 1), "HAND")
    await nurture.step_due(tx, mail_from=FROM)


async def _broadcast(tx: Tx) -> None:
    (person,) = await leads(tx, 1)
    await go(tx, await draft(tx, broadcasts.Audience(people=[person])))


async def _one_to_one(tx: Tx) -> None:
    (person,) = await leads(tx, 1)
    await broadcasts.send_email(tx, broadcasts.NewLetter(person, await template(tx)), await b.make_user(tx), mail_from=FROM)


async def _test(tx: Tx) -> None:
    await broadcasts.send_test(tx, broadcasts.NewTest(await template(tx)), await b.make_user(tx), mail_from=FROM)


async def _opt_in(tx: Tx) -> None:
    about = await tx.value("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.code = 'newsletter'", tx.workspace)
    fields, consents = (FormField("mail", "E-mail", True, "email"),), (FormConsent(about, "Send me your newsletter", "v1"),)
    form = await capture.create_form(tx, NewForm("Newsletter", fields, consents=consents, double_opt_in=True))
    id, asked = uuid7(), {"fields": {"email": f"{uuid7().hex}@acme.example"}}
    await b.insert(
        tx, "submissions", id=id, channel="FORM", form_id=form, intent="SUBSCRIBE", payload=asked, received_at=await tx.now(), state="PARKED", reason=WAITS,
        **await b.stamps(tx))
    assert await ask(tx, [id]) == 1


async def _security(tx: Tx) -> None:
    to = f"{uuid7().hex}@seller.example"
    await delivery.plan(tx, [delivery.NewSend(None, to, to, mail_class="SECURITY", words=WORDS)], mail_from=FROM)


async def _digest(tx: Tx) -> None:
    user = await b.make_user(tx)
    await digests.wish(tx, user, 0)
    await notifications.tell(tx, [Telling(user, "LEAD_ASSIGNED", "Ada is yours", "Lead", uuid7())])
    assert await digests.plan(tx) == 1


CLASSES: Mapping[str, Callable[[Tx], Awaitable[None]]] = {
    "SEQUENCE": _sequence, "BROADCAST": _broadcast, "ONE_TO_ONE": _one_to_one, "TEST": _test, "DOUBLE_OPT_IN": _opt_in, "SECURITY": _security,
    "DIGEST": _digest,
}
AGAIN = ("DOUBLE_OPT_IN", "SECURITY", "DIGEST")
SENT: Seen = ("SENT", None, 1)


def _all(hold: Seen, again: Seen) -> dict[str, Seen]:
    return {name: again if name in AGAIN else hold for name in CLASSES}


TABLE: Mapping[str, Mapping[str, Seen]] = {
    "deliver.claimed": _all(SENT, SENT),
    "smtp.rcpt": _all(SENT, SENT),
    "gate.locked": _all(SENT, SENT),
    "deliver.sending": _all(("AMBIGUOUS", "WORKER_LOST", 0), SENT),
    "smtp.accepted": _all(("AMBIGUOUS", "WORKER_LOST", 1), ("SENT", None, 2)),
    "deliver.recorded": _all(SENT, SENT),
}


async def _killed(at: House, servers: Servers, fault: str, *more: str) -> int:
    """How the worker ended; nobody hears of its lease any more."""
    code = await nursery.run("tests.faults.one_mailer", fault, servers.database_url, at.server.url, str(at.actor.workspace), *more)
    await expire(at.db, at.actor.workspace)
    return code


@pytest.mark.parametrize("point", TABLE)
async def test_each_class_of_mail_ends_as_the_table_says(migrated: Servers, db: Database, workspace: UUID, tmp_path: Path, point: str) -> None:
    found: dict[str, Seen] = {}
    async with house(db, workspace, tmp_path) as at:
        for name, plan in CLASSES.items():
            await db.run(at.actor, plan)
            at.worker.queues = ("nurture", "deliver")
            assert await _killed(at, migrated, point) == KILLED, f"{name} never came to {point}"
            await at.worker.run()
            found[name] = await _seen(at, name)
        await at.check()
        assert found == TABLE[point]
    async with db.read(at.actor) as tx:
        waits = TABLE[point]["SEQUENCE"][0] == "AMBIGUOUS"
        assert await enrollments(tx, "state", "due_at") == [("ACTIVE", None) if waits else ("COMPLETED", None)], "cursors follow recorded outcomes only"


async def _seen(at: House, mail_class: str) -> Seen:
    async with at.db.read(at.actor) as tx:
        (row,) = await tx.fetch("SELECT s.state, s.reason, s.message_id FROM sends s WHERE s.workspace_id = $1 AND s.mail_class = $2", tx.workspace, mail_class)
    return row["state"], row["reason"], sum(mail.message_id == row["message_id"] for mail in at.server.mailbox.list(limit=1000))


async def _crowd(tx: Tx, count: int) -> list[UUID]:
    """People in a sequence of two mails, and one mail in five of another class."""
    people = await leads(tx, count)
    await nurture.enroll_many(tx, await sequence(tx, ""), people, "HAND")
    classes = list(CLASSES.values())[1:]
    for i in range(count // 5):
        if (plan := classes[i % len(classes)]) is not _broadcast:      # a name only once
            await plan(tx)
    return people


async def _audience(tx: Tx, people: Sequence[UUID]) -> tuple[UUID, UUID]:
    """A broadcast of two forms to half of them, and a segment by which people enter another sequence while workers die."""
    segment = await segments.create(tx, NewSegment("Fairs", "Lead", where={"industry": {"eq": "Fairs"}}), Everything(tx.workspace))
    await segments.refresh(tx, segment)
    await sequence(tx, name="Fairs", entry={"segment": {"segment_ids": [str(segment)]}})
    forms = [broadcasts.Variant("A", await template(tx)), broadcasts.Variant("B", await template(tx, "Other", WORDS))]
    broadcast = await draft(tx, broadcasts.Audience(people=list(people[::2])), name="To many", variants=forms)
    await broadcasts.schedule(tx, broadcast, broadcasts.Hour())
    return broadcast, segment


async def _crosses(tx: Tx, person: UUID) -> None:
    """Into the segment, or out of it."""
    row = await tx.row("SELECT l.id, l.industry FROM leads l WHERE l.workspace_id = $1 AND l.person_id = $2", tx.workspace, person)
    assert row is not None
    await leading.update(tx, row["id"], {"industry": "Steel" if row["industry"] == "Fairs" else "Fairs"})


async def _brought_forward(tx: Tx) -> None:
    """What is looked at again in a while is due."""
    later = "UPDATE work SET run_at = created_at WHERE workspace_id = $1 AND state = 'READY' AND kind IN ('nurture.segments', 'nurture.broadcast')"
    await tx.execute(later, tx.workspace)


async def _opts_out(at: House, person: UUID) -> None:
    """Acknowledged: from here on nothing may leave that had not passed the gate."""

    async def out(tx: Tx) -> tuple[str, int]:
        row = await tx.row("SELECT p.email FROM people p WHERE p.workspace_id = $1 AND p.id = $2 FOR NO KEY UPDATE", tx.workspace, person)
        assert row is not None
        await consent.opt_out(tx, consent.OptOut(await address_hash(tx, person), None, person))
        passed = "SELECT count(*) FROM sends s WHERE s.workspace_id = $1 AND s.address = $2 AND s.state IN ('SENDING', 'SENT', 'AMBIGUOUS')"
        return row["email"], await tx.value(passed, tx.workspace, row["email"])

    email, under_way = await at.db.run(at.actor, out)
    at.opted_out[email] = under_way


async def _quarantined(tx: Tx) -> None:
    """What upkeep and then a person do about jobs whose worker died three times."""
    await nurture.tend(tx)
    dead = await tx.fetch("SELECT w.id FROM work w WHERE w.workspace_id = $1 AND w.state = 'DEAD' AND w.last_error LIKE 'quarantined%'", tx.workspace)
    await work.replay(tx, [row["id"] for row in dead])


async def test_killed_at_random_instants_the_history_is_true(migrated: Servers, db: Database, workspace: UUID, tmp_path: Path) -> None:
    """`LW_KILLS` times; webhooks tell of the mail, readers opt out and cross a segment in between."""
    chance, kills = random.Random(11), 0
    async with house(db, workspace, tmp_path, "mail.*", "enrollment.*") as at:
        people = await db.run(at.actor, lambda tx: _crowd(tx, 40 + 6 * KILLS))
        broadcast, segment = await db.run(at.actor, lambda tx: _audience(tx, people))
        for number in range(KILLS):
            for person in chance.sample(people, 3):
                await db.run(at.actor, lambda tx, person=person: _crosses(tx, person))
            await db.run(at.actor, _brought_forward)
            kills += await _killed(at, migrated, "", str(int(2 ** chance.uniform(4, 9))), f"{chance.uniform(0, 0.02):.4f}") == KILLED
            await _opts_out(at, people.pop(chance.randrange(len(people))))
            if number % 3 == 2:
                await db.run(at.actor, _quarantined)
        for _ in range(3):      # whoever is quarantined at the end is replayed, and nobody is killed any more
            await at.worker.run()
            await db.run(at.actor, _quarantined)
            await db.run(at.actor, _brought_forward)
        await at.worker.run()
        states = await at.check()
        async with db.read(at.actor) as tx:
            told, done = await check_crossings(tx, segment, "l.industry = 'Fairs'"), await broadcasts.results(tx, broadcast)
            entered = await tx.fetch("SELECT e.person_id FROM enrollments e JOIN sequences q ON q.workspace_id = $1 AND q.id = e.sequence_id "
                                     "WHERE e.workspace_id = $1 AND q.name = 'Fairs'", tx.workspace)
        assert (done.state, done.recipients, done.done) == ("DONE", len(range(0, 40 + 6 * KILLS, 2)), done.recipients)
        assert {row["person_id"] for row in entered} <= {person for person, ways in told.items() if "entered" in ways}
        print(f"\n{kills} of {KILLS} workers killed; {dict(states)}; {at.server.mailbox.count()} mails, {len(at.hooks.got)} webhooks, "
              f"{sum(map(len, told.values()))} crossings, {len(entered)} entered by them")
        assert set(states) <= {"SENT", "AMBIGUOUS", "SKIPPED"}
        assert len(at.opted_out) == KILLS
