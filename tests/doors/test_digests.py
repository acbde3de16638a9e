"""Notifications by mail: once a day at the user's hour, nothing when there is nothing, and no more after one click."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from leadwell import digests, notifications, work
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.embedded.mail_server import MailServer
from leadwell.notifications import Telling
from tests import builders as make
from tests.doors.serving import ask, asking, key_for, session_for
from tests.mailing import open_post_kit
from tests.verbs.assigning import MONDAY, sandbox
from workers.digests import KINDS
from workers.drain import Drain

HOUR = timedelta(hours=1)


async def told(db: Database, actor: Actor, user: UUID, *titles: str) -> None:
    await db.run(actor, lambda tx: notifications.tell(tx, [Telling(user, "LEAD_ASSIGNED", title, "Lead", uuid7()) for title in titles]))


async def states(db: Database, actor: Actor) -> list[tuple[Any, ...]]:
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT d.day, d.mail_state FROM digests d WHERE d.workspace_id = $1 ORDER BY d.day", tx.workspace)
    return [(f"{row['day']:%d}", row["mail_state"]) for row in rows]


async def mailed(db: Database, actor: Actor, server: MailServer, **more: Any) -> list[Any]:
    """Plans what is due, sends it, and answers every mail so far."""
    await db.run(actor, digests.plan)
    kit = open_post_kit(db, server.url, **more)
    drain = Drain(kit, KINDS)
    if jobs := await db.run(actor, lambda tx: work.claim(tx, "deliver", list(KINDS), 50)):
        await drain._work(KINDS[0], jobs)  # pyright: ignore[reportPrivateUsage]
    await kit.mailer.close()
    return server.mailbox.list(limit=100)


async def test_digest_comes_once_a_day_at_the_hour_of_its_reader_with_what_is_unread(db: Database, tmp_path: Path) -> None:
    actor = await sandbox(db, MONDAY - 3 * HOUR)                                   # 06:00 in UTC, 07:00 in Berlin

    async def set_up(tx: Tx) -> tuple[UUID, UUID]:
        wants, other = await make.make_user(tx, "Ben", time_zone="Europe/Berlin"), await make.make_user(tx)
        await digests.wish(tx, wants, 8)
        return wants, other

    wants, other = await db.run(actor, set_up)
    await told(db, actor, wants, "Ada Lovelace is yours", "Grüße <b>from</b> Zoë")
    await told(db, actor, other, "Not for Ben")
    async with MailServer(tmp_path) as server:
        assert await mailed(db, actor, server) == [], "it is seven"
        await db.control("SELECT lw_set_clock($1, lw_clock($1) + $2)", actor.workspace, HOUR)
        (mail,) = await mailed(db, actor, server)
        assert mail.subject == "2 things to see in Sandbox"
        assert "02 Mar 07:00  Ada Lovelace is yours" in (text := source(server, mail))
        assert ("List-Unsubscribe-Post: List-Unsubscribe=One-Click" in text, "Not for Ben" in text) == (True, False)
        await told(db, actor, wants, "Later")
        assert len(await mailed(db, actor, server)) == 1, "once a day"
        await db.control("SELECT lw_set_clock($1, lw_clock($1) + $2)", actor.workspace, 24 * HOUR)
        await db.run(actor, lambda tx: notifications.mark_read(tx, wants))
        assert len(await mailed(db, actor, server)) == 1
        assert await states(db, actor) == [("02", "SENT"), ("03", "EMPTY")], "nothing, when there is nothing"
        await told(db, actor, wants, "Tomorrow")
        await db.control("SELECT lw_set_clock($1, lw_clock($1) + $2)", actor.workspace, 24 * HOUR)
        assert len(await mailed(db, actor, server, outbound_epoch="another")) == 1, "a copy of the database sends nothing"
        assert await states(db, actor) == [("02", "SENT"), ("03", "EMPTY"), ("04", "PLANNED")]


def source(server: MailServer, mail: Any) -> str:
    import quopri

    return quopri.decodestring(server.mailbox.raw(mail.id)).decode()


async def test_reader_says_when_and_ends_it_by_a_page_that_changes_nothing_when_looked_at(
    app: Starlette, db: Database, workspace: UUID, actor: Actor
) -> None:
    user, token = await session_for(db, workspace)
    text = "mutation($hour: Int) { setDigest(input: {hour: $hour}) { user { digestHour } userErrors { code field } } }"
    async with asking(app, token) as client:
        assert (await ask(client, text, hour=24))["data"]["setDigest"] == {"user": None, "userErrors": [{"code": "BAD_HOUR", "field": ["hour"]}]}
        assert (await ask(client, text, hour=7))["data"]["setDigest"] == {"user": {"digestHour": 7}, "userErrors": []}
    async with asking(app, await key_for(db, workspace)) as client:
        assert (await ask(client, text, hour=7))["data"]["setDigest"]["userErrors"] == [{"code": "FORBIDDEN", "field": None}]
    link = f"/digest/{digests.Digest(workspace, user).token()}"

    async def hour() -> int | None:
        async with db.read(actor) as tx:
            return await tx.value("SELECT u.digest_hour FROM users u WHERE u.workspace_id = $1 AND u.id = $2", tx.workspace, user)

    async with asking(app) as client:
        assert (await client.get(link)).status_code == 200
        assert (await client.get(link + "x")).status_code >= 400
        assert await hour() == 7
        for _ in range(2):
            assert "You get no more of it" in (await client.post(link, data={"List-Unsubscribe": "One-Click"})).text
        assert await hour() is None
