"""What came back through an inbox: matched by Message-ID or signed tag, taken once, never believed on its word alone."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell import consent, delivery, nurture
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database, Tx
from leadwell.delivery import Arrival, NewInbox, Taken, tags
from leadwell.delivery.returned import Returned, read_message
from tests import builders as b
from tests.mailing import FROM, address_hash, leads, sends, sequence
from tests.pure.test_returned import dsn, group, mail


async def planned(db: Database, actor: Actor) -> tuple[UUID, UUID, str, UUID]:
    """A person, their send, its Message-ID, and an inbox."""

    async def begin(tx: Tx) -> tuple[UUID, UUID, str, UUID]:
        (ada,) = people = await leads(tx, 1)
        await nurture.enroll_many(tx, await sequence(tx), people, "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        ((send, message_id),) = await sends(tx, "id", "message_id")
        return ada, send, message_id, (await delivery.create_inbox(tx, NewInbox("Returns", "WEBHOOK"))).id

    return await db.run(actor, begin)


async def take(db: Database, actor: Actor, inbox: UUID, returned: Returned, *, raw: bytes | None = None, **more: Any) -> Taken:
    async def verb(tx: Tx) -> Taken:
        key = await tx.value("SELECT i.key FROM inboxes i WHERE i.workspace_id = $1 AND i.id = $2", tx.workspace, inbox)
        return await delivery.take(tx, Arrival(returned, inbox, key, raw=raw, **more))

    return await db.run(actor, verb)


async def state(db: Database, actor: Actor) -> dict[str, list[tuple[Any, ...]]]:
    async def rows(tx: Tx, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await tx.fetch(sql, tx.workspace)]

    async with db.read(actor) as tx:
        return {
            "suppressions": await rows(tx, "SELECT s.kind FROM suppressions s WHERE s.workspace_id = $1 AND s.lifted_at IS NULL ORDER BY s.kind"),
            "messages": await rows(
                tx, "SELECT m.kind, m.state, m.reason, m.matched_by FROM inbound_messages m WHERE m.workspace_id = $1 ORDER BY m.created_at"),
            "activities": await rows(tx, "SELECT a.kind, a.reading FROM activities a WHERE a.workspace_id = $1 ORDER BY a.created_at, a.kind"),
        }


async def test_a_hard_bounce_that_names_the_reader_shuts_the_address_once(db: Database, actor: Actor) -> None:
    ada, send, message_id, inbox = await planned(db, actor)
    async with db.read(actor) as tx:
        address = await tx.value("SELECT p.email FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, ada)
    raw = dsn(group("failed", "5.1.1", "550 5.1.1 unknown", address), f"Message-ID: {message_id}\r\n")
    told = [await take(db, actor, inbox, read_message(raw, "x"), raw=raw) for _ in range(2)]
    assert told == [Taken("TAKEN", send), Taken("KNOWN", send)]
    assert await state(db, actor) == {
        "suppressions": [("HARD_BOUNCE",)], "messages": [("BOUNCE", "TAKEN", None, "MESSAGE_ID")], "activities": [("BOUNCE", "MACHINE")]}
    async with db.read(actor) as tx:
        assert await sends(tx, "bounced_at IS NOT NULL AS b", "evidence") == [(True, "BOUNCE")]


@pytest.mark.parametrize(("recipient", "reason"), [("mallory@x.example", "OTHER_RECIPIENT"), (None, "NO_RECIPIENT")])
async def test_a_forged_bounce_or_complaint_is_parked_and_changes_nothing(db: Database, actor: Actor, recipient: str | None, reason: str) -> None:
    _, send, message_id, inbox = await planned(db, actor)
    for i, kind in enumerate(("BOUNCE", "COMPLAINT")):
        forged = Returned(kind, f"<f{i}@x>", (message_id,), recipient=recipient, hard=kind == "BOUNCE")  # type: ignore[arg-type]
        assert await take(db, actor, inbox, forged) == Taken("PARKED", send, reason)
    unknown = Returned("COMPLAINT", "<f3@x>", ("<nobody@x>",), (tags.tag(uuid7(), send),), recipient=recipient)
    assert await take(db, actor, inbox, unknown) == Taken("PARKED", None, "NO_MAIL_OF_OURS")
    found = await state(db, actor)
    assert (found["suppressions"], found["activities"], {m[1] for m in found["messages"]}) == ([], [], {"PARKED"})


async def test_a_tag_of_ours_is_enough_where_the_message_id_was_changed(db: Database, actor: Actor) -> None:
    _, send, _, inbox = await planned(db, actor)
    tag = tags.tag(actor.workspace, send)
    told = await take(db, actor, inbox, Returned("COMPLAINT", "<c@x>", ("<changed@ses>",), (f"bounces+{tag}@acme.example",)))
    assert told == Taken("TAKEN", send)
    assert (await state(db, actor))["suppressions"] == [("COMPLAINT",)]


async def test_soft_bounces_in_a_row_end_mail_only_when_they_are_many_and_go_on_for_days(db: Database, actor: Actor) -> None:
    ada, _, message_id, inbox = await planned(db, actor)

    async def bounce(name: str, times: int) -> tuple[int, list[tuple[str]]]:
        for i in range(times):
            await take(db, actor, inbox, Returned("BOUNCE", f"<{name}{i}@x>", (message_id,), status="4.2.2"))
        async with db.read(actor) as tx:
            count = "SELECT a.soft_bounces FROM mail_addresses a WHERE a.workspace_id = $1 AND a.hash = $2"
            row = await tx.value(count, tx.workspace, await address_hash(tx, ada))
        return row, (await state(db, actor))["suppressions"]

    assert await bounce("a", 8) == (8, [])
    await take(db, actor, inbox, Returned("DELIVERED", "<ok@x>", (message_id,)))
    assert await bounce("b", 6) == (6, [])
    await db.run(actor, lambda tx: tx.execute(
        "UPDATE mail_addresses SET soft_bounced_at = soft_bounced_at - interval '7 days' WHERE workspace_id = $1", tx.workspace))
    assert await bounce("c", 1) == (7, [("HARD_BOUNCE",)])
    async with db.read(actor) as tx:
        reason = await tx.value("SELECT s.reason FROM suppressions s WHERE s.workspace_id = $1", tx.workspace)
        assert reason == "7 soft bounces in a row over 7 days, the last: 4.2.2"
        assert await tx.value("SELECT e.exit_reason FROM enrollments e WHERE e.workspace_id = $1", tx.workspace) is None
        last = "SELECT v.data->>'hard' FROM events v WHERE v.workspace_id = $1 AND v.kind = 'mail.bounced' ORDER BY v.at DESC, v.id DESC LIMIT 1"
        assert await tx.value(last, tx.workspace) == "true"


async def test_who_is_away_gets_nothing_until_they_are_back_and_stays_in_the_sequence(db: Database, actor: Actor) -> None:
    ada, send, message_id, inbox = await planned(db, actor)
    async with db.read(actor) as tx:
        until = await tx.now() + timedelta(days=9)
    told = await take(db, actor, inbox, Returned("AUTO_REPLY", "<o@x>", (message_id,), subject="Out of office", until=until))
    assert told == Taken("TAKEN", send)
    async with db.read(actor) as tx:
        hashed = await address_hash(tx, ada)
        assert await consent.paused(tx, [hashed]) == {hashed: (until, "OUT_OF_OFFICE")}
        assert await sends(tx, "replied_at", "evidence") == [(None, "REPLY")]
        assert await tx.value("SELECT e.state FROM enrollments e WHERE e.workspace_id = $1", tx.workspace) == "ACTIVE"
    assert (await state(db, actor))["activities"] == [("EMAIL", "MACHINE")]


async def test_an_answer_without_a_mail_of_ours_waits_for_somebody_who_then_says_whose_it_is(db: Database, actor: Actor) -> None:
    ada, send, message_id, inbox = await planned(db, actor)
    async with db.read(actor) as tx:
        address = await tx.value("SELECT p.email FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, ada)
    raw = mail("Call me", From=address, Subject="Hello")
    assert await take(db, actor, inbox, read_message(raw, "x"), raw=raw) == Taken("PARKED", None, "NO_MAIL_OF_OURS")
    assert await db.run(actor, delivery.forget_letters) == 0, "not before ninety days"
    stranger = mail("Buy this", From="spam@y.example", Message_ID="<spam@y>")
    assert await take(db, actor, inbox, read_message(stranger, "x"), raw=stranger) == Taken("IGNORED")

    async def settle(tx: Tx) -> Any:
        id = await tx.value("SELECT m.id FROM inbound_messages m WHERE m.workspace_id = $1", tx.workspace)
        await delivery.assign(tx, id, send)
        with pytest.raises(delivery.NotParked):
            await delivery.dismiss(tx, id)
        return await tx.row("SELECT m.letter, m.matched_by, m.send_id FROM inbound_messages m WHERE m.workspace_id = $1", tx.workspace)

    assert tuple(await db.run(actor, settle)) == (None, "HAND", send)
    assert (await state(db, actor))["activities"] == [("REPLY", "HUMAN")]
    assert message_id


async def test_a_sellers_copy_is_on_the_timeline_of_whom_it_went_to_and_a_strangers_is_not(db: Database, actor: Actor) -> None:
    ada, _, _, inbox = await planned(db, actor)

    async def set_up(tx: Tx) -> tuple[str, str, str]:
        user = await b.make_user(tx, "Ben")
        return (
            await tx.value("SELECT u.email FROM users u WHERE u.workspace_id = $1 AND u.id = $2", tx.workspace, user),
            await tx.value("SELECT p.email FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, ada),
            await tx.value("SELECT i.key FROM inboxes i WHERE i.workspace_id = $1 AND i.id = $2", tx.workspace, inbox))

    ben, to, key = await db.run(actor, set_up)
    log = f"log+{key}@acme.example"
    sent = read_message(mail("Shall we talk?", From=ben, To=to, Cc=log, Subject="Talk", Message_ID="<s@acme>"), "x")
    forwarded = read_message(mail(f"---\nFrom: Ada <{to}>\nSubject: Hi\n\nYes", From=ben, To=log, Message_ID="<w@acme>"), "x")
    stranger = read_message(mail("x", From="eve@y.example", To=to, Cc=log, Message_ID="<e@y>"), "x")
    assert [(await take(db, actor, inbox, one)).state for one in (sent, forwarded, stranger)] == ["TAKEN", "TAKEN", "PARKED"]
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT a.direction, a.subject, p.role FROM activities a JOIN activity_participants p ON p.workspace_id = $1 "
                              "AND p.activity_id = a.id WHERE a.workspace_id = $1 AND a.kind = 'EMAIL' ORDER BY a.created_at", tx.workspace)  # fmt: skip
    assert [tuple(row) for row in rows] == [("OUTBOUND", "Talk", "TO"), ("INBOUND", "Re: Hello", "FROM")]


@pytest.mark.parametrize("kind", ["DELIVERED", "REPLY", "CLICK", "BOUNCE"])
async def test_whatever_comes_back_of_a_held_mail_settles_it_as_sent(db: Database, actor: Actor, kind: Any) -> None:
    _, send, message_id, inbox = await planned(db, actor)
    await db.run(actor, lambda tx: tx.execute("UPDATE sends SET state = 'AMBIGUOUS', reason = 'WORKER_LOST' WHERE workspace_id = $1", tx.workspace))
    assert (await take(db, actor, inbox, Returned(kind, "<k@x>", (message_id,), text="x", agent="Mozilla"))).send_id == send
    async with db.read(actor) as tx:
        assert await sends(tx, "state", "reason") == [("SENT", f"PROVEN_BY_{kind}")]
        assert await tx.value("SELECT count(*) FROM events e WHERE e.workspace_id = $1 AND e.kind = 'mail.resolved'", tx.workspace) == 1


async def test_evidence_that_came_while_the_mail_was_on_its_way_settles_it_when_it_is_held(db: Database, actor: Actor) -> None:
    _, _, message_id, inbox = await planned(db, actor)
    await db.run(actor, lambda tx: tx.execute("UPDATE sends SET state = 'SENDING', lease = $2 WHERE workspace_id = $1", tx.workspace, uuid7()))
    await take(db, actor, inbox, Returned("DELIVERED", "<k@x>", (message_id,)))
    held = await db.run(actor, delivery.hold_lost)
    assert len(held) == 1
    assert await db.run(actor, delivery.settle_proven) == 1
    async with db.read(actor) as tx:
        assert await sends(tx, "state") == [("SENT",)]


async def test_suppressions_are_lifted_by_whom_they_belong_to_and_for_a_reason(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[str]:
        hashed = consent.hash_of("ada@x.example")
        for kind in ("UNSUBSCRIBE", "COMPLAINT", "HARD_BOUNCE"):
            await consent.suppress(tx, hashed, kind, source="MAIL")
        made = await consent.suppress_by_hand(tx, "Ada@x.example", None, "asked on the phone")
        assert await consent.suppress_by_hand(tx, "ada@X.example", None, "again") == made
        said: list[str] = []
        for row in await tx.fetch("SELECT s.id, s.kind FROM suppressions s WHERE s.workspace_id = $1 ORDER BY s.kind", tx.workspace):
            for reason in ("", "verified by phone"):
                try:
                    said.append(f"{row['kind']} {await consent.lift_by_hand(tx, row['id'], reason)}")
                except Refusal as refusal:
                    said.append(f"{row['kind']} {refusal.code}")
        return said

    assert await db.run(actor, story) == [
        "COMPLAINT SUPPRESSION_NOT_YOURS", "COMPLAINT SUPPRESSION_NOT_YOURS", "HARD_BOUNCE REASON_NEEDED", "HARD_BOUNCE True", "MANUAL REASON_NEEDED",
        "MANUAL True", "UNSUBSCRIBE SUPPRESSION_NOT_YOURS", "UNSUBSCRIBE SUPPRESSION_NOT_YOURS"]  # fmt: skip
