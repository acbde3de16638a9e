"""Sandboxes: a clock that is moved, what falls due on the way, and nobody outside who hears of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from leadwell import nurture, sandbox, work
from leadwell.access import keys
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.settings import Settings, load_settings
from leadwell.base.tx import Database, Tx
from leadwell.embedded.mail_server import MailServer
from leadwell.embedded.mailbox import Mailbox
from leadwell.enrichment.asking import Question
from leadwell.webhooks import Post
from leadwell.wiring import Kit, sandbox_reach
from tests import mailing
from tests.mailing import FROM, OneWorkspace, Silence
from workers import sandbox as advancing
from workers.drain import Drain
from workers.kinds import KINDS

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
NONE: Any = None


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(load_settings({}, None, public_url="https://crm.example", mail_from=FROM), outbound_epoch="test", data_dir=tmp_path)


@pytest_asyncio.fixture
async def inside(db: Database, actor: Actor) -> Actor:
    """A sandbox on a Monday at nine."""
    return Actor.system((await sandbox.create(db, actor, uuid7().hex, MONDAY)).id)


@pytest_asyncio.fixture
async def post(settings: Settings, tmp_path: Path) -> AsyncIterator[MailServer]:
    """The mail server of the world, which must stay empty."""
    async with MailServer(tmp_path / "world") as server:
        yield server


def kit(db: Database, workspace: UUID, settings: Settings, server: MailServer) -> Kit:
    outer = mailing.open_post_kit(OneWorkspace(db, workspace), server.url)
    return replace(outer, settings=settings, sandbox=sandbox_reach(settings))


async def go(db: Database, actor: Actor, kit: Kit, to: datetime) -> dict[str, Any]:
    """Sends the clock on its way and lets a worker take it there."""
    id = await db.run(actor, lambda tx: sandbox.ask(tx, to))
    drain = Drain(kit, KINDS)
    await drain.queue("transfer")
    await drain.idle()
    return await seen(db, actor, id)


async def seen(db: Database, actor: Actor, id: UUID) -> dict[str, Any]:
    async with db.read(actor) as tx:
        row = await tx.row("SELECT a.* FROM clock_advances a WHERE a.workspace_id = $1 AND a.id = $2", tx.workspace, id)
    assert row is not None
    return dict(row)


async def begun(db: Database, actor: Actor, *waits: str) -> list[UUID]:
    """Two leads in a sequence of mails with these waits between them."""
    async def verb(tx: Tx) -> list[UUID]:
        people = await mailing.leads(tx, 2)
        await nurture.enroll_many(tx, await mailing.sequence(tx, *waits), people, "HAND")
        return people

    return await db.run(actor, verb)


async def test_a_sandbox_is_made_once_by_name_and_opens_with_a_test_key(db: Database, actor: Actor) -> None:
    made = await sandbox.create(db, actor, "Trial runs", MONDAY)
    again = await sandbox.create(db, actor, "Trial  Runs!", MONDAY + DAY)
    async with db.read(actor) as tx:
        (listed,), slug = await sandbox.all_of(tx), await tx.value("SELECT w.slug FROM lw_workspace($1) w", tx.workspace)
    assert (made.slug, made.now, (made.key or "")[:8]) == (f"{slug}-trial-runs", MONDAY, "lw_test_")
    assert (again.id, again.now, again.key == made.key) == (made.id, MONDAY, False)
    assert (listed.id, listed.key) == (made.id, None)
    with pytest.raises(sandbox.SandboxWithin):
        await sandbox.create(db, Actor.system(made.id), "Deeper")
    with pytest.raises(sandbox.BadSandboxName):
        await sandbox.create(db, actor, "?!")
    await db.run(actor, lambda tx: sandbox.remove(tx, made.slug))
    async with db.read(actor) as tx:
        assert await sandbox.all_of(tx) == []
    assert [key.revoked_at is None for key in await keys.list_keys(db, made.id)] == [False, False]
    with pytest.raises(NotFound):
        await db.run(actor, lambda tx: sandbox.remove(tx, made.slug))
    assert (await sandbox.create(db, actor, "Trial runs")).id != made.id


async def test_advancing_does_what_falls_due_in_order_and_keeps_the_mail_in_the_mailbox(
    db: Database, inside: Actor, settings: Settings, post: MailServer
) -> None:
    await begun(db, inside, "P2D", "P3D")
    done = await go(db, inside, kit(db, inside.workspace, settings, post), MONDAY + 10 * DAY)
    async with db.read(inside) as tx:
        sent = await tx.fetch("SELECT s.sending_at, s.reply FROM sends s WHERE s.workspace_id = $1 ORDER BY s.sending_at", tx.workspace)
        now = await tx.now()
    assert [row["sending_at"] - MONDAY for row in sent] == [0 * DAY, 0 * DAY, 2 * DAY, 2 * DAY, 5 * DAY, 5 * DAY]
    assert all(row["reply"].startswith("250 2.0.0 kept by the sandbox") for row in sent)
    assert (Mailbox(settings.data_dir / "mailbox").count(), post.mailbox.count()) == (6, 0)
    assert (done["state"], done["reached_at"], now) == ("DONE", MONDAY + 10 * DAY, MONDAY + 10 * DAY)
    assert (done["happened"]["mail.sent"], done["happened"]["enrollment.completed"]) == (6, 2)
    told = done["timeline"]
    assert [one["at"] for one in told] == sorted(one["at"] for one in told)
    assert sorted((one["at"][:10], one["person"]) for one in told if one["kind"] == "enrollment.completed") == [
        ("2026-03-07", "Ada Lovelace 0"), ("2026-03-07", "Ada Lovelace 1")]


async def test_the_clock_never_goes_back_and_moves_to_one_place_at_a_time(db: Database, inside: Actor, actor: Actor) -> None:
    with pytest.raises(sandbox.ClockGoesForward) as back:
        await db.run(inside, lambda tx: sandbox.ask(tx, MONDAY - DAY))
    assert (back.value.field, MONDAY.isoformat() in back.value.message) == ("to", True)
    with pytest.raises(sandbox.TooFar):
        await db.run(inside, lambda tx: sandbox.ask(tx, MONDAY + 2000 * DAY))
    with pytest.raises(sandbox.NoSandbox):
        await db.run(actor, lambda tx: sandbox.ask(tx, datetime(2100, 1, 1, tzinfo=UTC)))
    first = await db.run(inside, lambda tx: sandbox.ask(tx, MONDAY + DAY))
    assert await db.run(inside, lambda tx: sandbox.ask(tx, MONDAY + DAY)) == first
    with pytest.raises(sandbox.ClockMoving):
        await db.run(inside, lambda tx: sandbox.ask(tx, MONDAY + 2 * DAY))
    await db.run(inside, lambda tx: sandbox.cancel(tx, first))
    row = await seen(db, inside, first)
    assert (row["state"], row["reached_at"]) == ("CANCELED", MONDAY)
    async with db.read(inside) as tx:
        assert await tx.now() == MONDAY


async def test_a_worker_that_dies_on_the_way_is_followed_by_one_that_goes_on(
    db: Database, inside: Actor, settings: Settings, post: MailServer
) -> None:
    await begun(db, inside, "P2D")
    at = kit(db, inside.workspace, settings, post)
    id = await db.run(inside, lambda tx: sandbox.ask(tx, MONDAY + 4 * DAY))
    (job,) = await db.run(inside, lambda tx: work.claim(tx, "transfer", advancing.KINDS, 1))
    assert await db.run(inside, lambda tx: sandbox.step(tx, id, MONDAY + DAY, job))
    await mailing.expire(db, inside.workspace)
    drain = Drain(at, KINDS)
    await drain.queue("transfer")
    await drain.idle()
    done = await seen(db, inside, id)
    assert (done["state"], done["from_at"], done["happened"]["mail.sent"]) == ("DONE", MONDAY, 4)
    assert not await db.run(inside, lambda tx: sandbox.step(tx, id, MONDAY + 9 * DAY, job))
    async with db.read(inside) as tx:
        assert await tx.now() == MONDAY + 4 * DAY


async def test_a_sandbox_reaches_nobody_outside(db: Database, inside: Actor, actor: Actor, settings: Settings, post: MailServer) -> None:
    outer = kit(db, inside.workspace, settings, post)
    here = await outer.of(inside.workspace)
    assert await outer.of(actor.workspace) is outer
    assert (here.mailer is outer.mailer, here.mailbox) == (False, None)
    away = Post("1", "https://hooks.example.com/x", "{}", ())
    answer = await here.webhooks.post(away)
    assert (answer.status, "reaches nobody outside" in answer.error) == (None, True)
    asked = await here.lookup.look(Question("WEBSITE", "acme.example.com"))
    assert (asked.state, "reaches nobody outside" in asked.reason) == ("FAILED", True)
    assert (await here.lookup.look(Question("MX", "acme.example.com"))).state == "MISS"
    live = sandbox_reach(replace(settings, environment="production"))
    assert "reaches nobody outside" in (await live.webhooks.post(replace(away, url="http://localhost/x"))).error
    async with live.mailer.open() as session:
        await session.mail("a@example.com")
        await session.rcpt("b@example.com")
        assert await session.data(b"Subject: x\r\n\r\n") == "250 2.0.0 taken by the sandbox and kept nowhere"
    bare = Kit(settings, db, Silence(), Silence(), outer.mailer, Silence())
    assert (await bare.of(inside.workspace)).mailer is None
