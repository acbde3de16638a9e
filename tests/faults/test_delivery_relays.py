"""Relays that are slow, drop connections or refuse one of many, clocks that are moved, restored snapshots: each mail leaves once or says why not."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from leadwell import consent, nurture, work
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from tests import builders as b
from tests.faults.test_delivery_kill_points import CLASSES
from tests.history import check_mail, check_posts
from tests.installation import until
from tests.mailing import FROM, enrollments, expire, forward, leads, sends, sequence
from tests.posting import House, close, house, open_worker
from tests.stepping import sandbox

MAIL = ("nurture", "deliver")


async def _planned(at: House, count: int) -> tuple[UUID, list[str]]:
    """A sequence of one mail, and the addresses of those whose mail is planned."""

    async def begin(tx: Tx) -> tuple[UUID, list[str]]:
        id = await sequence(tx)
        await nurture.enroll_many(tx, id, await leads(tx, count), "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        return id, [address for (address,) in await sends(tx, "address")]

    return await at.db.run(at.actor, begin)


async def _now(at: House) -> None:
    """What was put off is due."""
    await at.db.run(at.actor, lambda tx: tx.execute("UPDATE work SET run_at = created_at WHERE workspace_id = $1 AND state = 'READY'", tx.workspace))


async def _ledger(at: House, *columns: str) -> list[tuple[Any, ...]]:
    async with at.db.read(at.actor) as tx:
        return await sends(tx, *columns)


async def _under_way(at: House, count: int) -> None:
    """Returns when so many mails wait for the relay's word."""
    async def check() -> bool:
        return [state for (state,) in await _ledger(at, "state")].count("SENDING") == count

    await until(check, 20)


async def test_a_relay_slower_than_a_lease_gets_one_copy_and_its_late_word_counts(db: Database, tmp_path: Path) -> None:
    """Sweepers rescue what a living worker holds, the clock is put by a month, and another worker looks: no second copy, and people go on."""
    actor = await sandbox(db)
    async with house(db, actor.workspace, tmp_path) as at:
        at.worker.queues = MAIL
        await _planned(at, 4)
        at.server.fail("DATA", "", times=None, delay=1.5)
        slow = asyncio.ensure_future(at.worker.run())
        await _under_way(at, 4)
        await forward(db, actor.workspace, timedelta(days=30))
        await expire(db, actor.workspace)
        other = open_worker(db, actor.workspace, at.server.url)
        other.queues = MAIL
        for _ in range(3):
            await db.run(actor, nurture.tend)
            await db.run(actor, lambda tx: work.rescue(tx, "deliver"))
            await other.run()
        assert await _ledger(at, "state", "reason") == [("AMBIGUOUS", "WORKER_LOST")] * 4
        await slow
        await at.worker.run()
        await close(other)
        assert await at.check() == {"SENT": 4}
        assert at.server.mailbox.count() == 4
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state") == [("COMPLETED",)] * 4


async def test_a_living_worker_keeps_its_leases_for_as_long_as_the_relay_takes(db: Database, actor: Actor, tmp_path: Path) -> None:
    async with house(db, actor.workspace, tmp_path) as at:
        at.worker.queues = MAIL
        await _planned(at, 4)
        at.server.fail("DATA", "", times=None, delay=0.5)
        sweeping = [open_worker(db, actor.workspace, at.server.url) for _ in range(3)]
        slow = asyncio.ensure_future(at.worker.run())
        await _under_way(at, 4)
        for one in sweeping:
            await db.run(actor, nurture.tend)
            await one.drain.queue("deliver")
            await one.drain.idle()
            await close(one)
        await slow
        assert await at.check() == {"SENT": 4}


async def test_a_relay_that_drops_every_fiftieth_refuses_one_and_goes_away_costs_no_neighbor_anything(db: Database, actor: Actor, tmp_path: Path) -> None:
    """Paused and resumed ten times meanwhile: whoever can get it gets it exactly once."""
    async with house(db, actor.workspace, tmp_path) as at:
        at.worker.queues = MAIL
        id, readers = await _planned(at, 150)
        for cut, reader in (("CUT_AFTER_KEPT", readers[49]), ("CUT_BEFORE_KEPT", readers[99]), ("CUT_AFTER_KEPT", readers[149])):
            at.server.fail(cut, match=reader)  # type: ignore[arg-type]
        at.server.fail("RCPT", "554 5.7.1 Blocked", match=readers[70], times=None)
        at.server.fail("MAIL", "421 4.3.2 Closing", times=3)
        at.server.fail("DATA", "452 4.3.1 Disk full", times=3)
        for _ in range(10):
            await db.run(actor, lambda tx: nurture.pause(tx, id))
            await db.run(actor, lambda tx: nurture.resume(tx, id))
            await _now(at)
            await at.worker.run()
        assert await at.check() == {"SENT": 146, "AMBIGUOUS": 3, "REJECTED": 1}
        got = Counter(reader for mail in at.server.mailbox.list(limit=1000) for reader in mail.recipients)
        assert got == {reader: 1 for i, reader in enumerate(readers) if i not in (70, 99)}


async def test_two_workspaces_with_the_same_readers_share_a_server_and_never_mix(
    db: Database, workspace: UUID, other_workspace: UUID, tmp_path: Path
) -> None:
    """Who opted out of one is still written to by the other; webhooks tell each what is theirs."""
    readers = [f"{i}-{workspace.hex}@acme.example" for i in range(6)]

    async def begin(tx: Tx) -> None:
        people = [await b.make_person(tx, email=reader) for reader in readers]
        await nurture.enroll_many(tx, await sequence(tx, audience="BOTH"), people, "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        if tx.workspace == workspace:
            await consent.opt_out(tx, consent.OptOut(consent.hash_of(readers[0]), None, people[0]))

    async with house(db, workspace, tmp_path / "one", "mail.*") as at, house(db, other_workspace, tmp_path / "other", "mail.*") as other:
        await close(other.worker)
        other.server, other.worker = at.server, open_worker(db, other_workspace, at.server.url)
        for one in (at, other):
            await db.run(one.actor, begin)
        await asyncio.gather(at.worker.run(), other.worker.run())
        ours, theirs = [{message for (message,) in await _ledger(one, "message_id")} for one in (at, other)]
        posted = [*at.hooks.got, *other.hooks.got]
        for one, others, left in ((at, theirs, {"SENT": 5, "SKIPPED": 1}), (other, ours, {"SENT": 6})):
            async with db.read(one.actor) as tx:
                assert await check_mail(tx, at.server, of_others=others, opted_out=[readers[0]] if one is at else ()) == left
                assert (await check_posts(tx, posted, one.path))["DELIVERED"] >= left["SENT"]


async def test_an_answer_that_never_comes_is_waited_for_held_and_followed_by_a_person(db: Database, actor: Actor, tmp_path: Path) -> None:
    async with house(db, actor.workspace, tmp_path) as at:
        at.worker.queues = MAIL
        await _planned(at, 2)
        at.server.fail("CUT_AFTER_KEPT")
        at.server.fail("CUT_BEFORE_KEPT")
        await at.worker.run()
        assert await at.check() == {"AMBIGUOUS": 2}
        kept = {mail.message_id for mail in at.server.mailbox.list()}
        for send, message in await _ledger(at, "id", "message_id"):
            await db.run(actor, lambda tx, send=send, message=message: nurture.resolve_send(tx, send, "SENT" if message in kept else "NOT_SENT"))
        await at.worker.run()
        assert await at.check() == {"SENT": 1, "SKIPPED": 1}
        assert at.server.mailbox.count() == 1


async def test_a_restored_snapshot_tells_nobody_anything_until_it_is_given_its_epoch(db: Database, workspace: UUID, tmp_path: Path) -> None:
    """Mail of every class and webhooks wait, whatever is due, also after a month; then each leaves once."""
    async with house(db, workspace, tmp_path, "enrollment.*", outbound_epoch="before the restore") as at:
        for plan in CLASSES.values():
            await db.run(at.actor, plan)
        for _ in range(3):
            await at.worker.run()
            await _now(at)
        await at.worker.run()
        assert (at.server.mailbox.count(), at.hooks.got) == (0, [])
        assert await at.check() == {"PLANNED": 5}, "what the house sends for others is not even in the ledger"
        right = open_worker(db, workspace, at.server.url)
        await _now(at)
        await right.run()
        await close(right)
        assert await at.check() == {"SENT": 7}
        assert at.server.mailbox.count() == 7
        assert len({post.id for post in at.hooks.got}) == len(at.hooks.got) == 2
