"""Tracked links and opens: they lead where the mail said and nowhere else, and scanners are known for what they are."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from leadwell import consent, delivery, nurture, reactions, workspaces
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.delivery import tracking
from leadwell.delivery.tracking import Mark, read_mark
from tests.doors.serving import asking
from tests.mailing import FROM, Post, address_hash, leads, post, sends, sequence, template
from workers import upkeep

LINKS = delivery.Words("Hi", '<p><a href="https://acme.example/a?x=1&amp;y=2">A</a> <a href="https://acme.example/b">B</a> <a href="mailto:x@y.example">M</a>'
                       '<a href="{{ unsubscribe_url }}">Unsubscribe</a></p>')  # fmt: skip
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest_asyncio.fixture
async def office(db: Database, workspace: UUID, tmp_path: Path) -> AsyncIterator[Post]:
    async with post(db, workspace, tmp_path) as opened:
        yield opened


async def sent(db: Database, actor: Actor, office: Post) -> str:
    """The HTML of a mail that left."""

    async def begin(tx: Tx) -> None:
        await template(tx, words=LINKS)
        await nurture.enroll_many(tx, await sequence(tx), await leads(tx, 1), "HAND")
        await nurture.step_due(tx, mail_from=FROM)

    await db.run(actor, begin)
    await office.run()
    message = office.server.mailbox.message(office.server.mailbox.list()[0].id)
    part = message and message.get_body(("html",))
    assert part is not None
    return part.get_content()


def doors(html: str) -> tuple[list[str], list[str]]:
    """The paths of links and pixels."""
    return re.findall(r'href="https://crm\.example(/c/[^"]+)"', html), re.findall(r'src="https://crm\.example(/o/[^"]+)"', html)


async def touched(db: Database, actor: Actor) -> list[tuple[Any, ...]]:
    async with db.read(actor) as tx:
        return [tuple(r) for r in await tx.fetch(
            "SELECT a.kind, coalesce(r.reading, a.reading), a.data ->> 'url', a.data ? 'honey' FROM activities a LEFT JOIN activity_readings r "
            "ON r.workspace_id = $1 AND r.activity_id = a.id WHERE a.workspace_id = $1 AND a.kind IN ('OPEN', 'CLICK') ORDER BY a.created_at, a.id",
            tx.workspace)]  # fmt: skip


async def react(db: Database, actor: Actor) -> None:
    """What the worker makes of what happened."""
    for _ in range(3):
        await db.run(actor, upkeep.number)
        await db.run(actor, lambda tx: reactions.react(tx, 500))


async def later(db: Database, actor: Actor) -> None:
    """The mail left a while ago, as far as opens and clicks are concerned."""
    await db.run(actor, lambda tx: tx.execute(
        "UPDATE sends SET ended_at = ended_at - interval '1 hour', sending_at = sending_at - interval '1 hour' WHERE workspace_id = $1", tx.workspace))


async def test_a_human_click_leads_on_counts_once_and_stands_on_the_send(app: Starlette, db: Database, actor: Actor, office: Post) -> None:
    html = await sent(db, actor, office)
    links, pixels = doors(html)
    assert (len(links), len(pixels), 'href="mailto:x@y.example"' in html, 'href="https://crm.example/u/' in html) == (3, 1, True, True)
    await later(db, actor)
    async with asking(app) as client:
        answers = [await client.get(links[1], headers=BROWSER) for _ in range(3)]
        pixel = await client.get(pixels[0], headers=BROWSER)
    assert [(a.status_code, a.headers["location"], a.headers["cache-control"]) for a in answers] == [
        (302, "https://acme.example/a?x=1&y=2", "no-store, private")] * 3
    assert (pixel.status_code, pixel.headers["content-type"], pixel.content[:6]) == (200, "image/gif", b"GIF89a")
    assert await touched(db, actor) == [("CLICK", "HUMAN", "https://acme.example/a?x=1&y=2", False), ("OPEN", "HUMAN", None, False)]
    await react(db, actor)
    async with db.read(actor) as tx:
        assert await sends(tx, "clicked_at IS NOT NULL AS c", "opened_at IS NOT NULL AS o", "evidence") == [(True, True, "CLICK")]


async def test_a_scanner_that_follows_every_link_is_a_machine_and_unsubscribes_nobody(app: Starlette, db: Database, actor: Actor, office: Post) -> None:
    html = await sent(db, actor, office)
    links, pixels = doors(html)
    unsubscribe = re.findall(r'href="https://crm\.example(/u/[^"]+)"', html)
    await later(db, actor)
    async with asking(app) as client:
        for path in (*links, *unsubscribe, *pixels):
            for _ in range(5):
                assert (await client.get(path, headers=BROWSER)).status_code in (200, 204, 302)
            assert (await client.head(path, headers=BROWSER)).status_code in (200, 204, 302)
    await react(db, actor)
    found = await touched(db, actor)
    assert {reading for kind, reading, _, _ in found if kind == "CLICK"} == {"MACHINE"}
    assert sum(honey for *_, honey in found) == 2, "once by GET, once by HEAD"
    async with db.read(actor) as tx:
        assert await sends(tx, "state", "clicked_at") == [("SENT", None)]
        assert await tx.value("SELECT count(*) FROM suppressions s WHERE s.workspace_id = $1", tx.workspace) == 0


@pytest.mark.parametrize("headers", [{"purpose": "prefetch"}, {"sec-purpose": "prefetch;prerender"}, {"x-purpose": "preview"}])
async def test_a_browser_that_looks_ahead_is_a_machine(app: Starlette, db: Database, actor: Actor, office: Post, headers: dict[str, str]) -> None:
    links, _ = doors(await sent(db, actor, office))
    async with asking(app) as client:
        await client.get(links[1], headers=BROWSER | headers)
    assert [row[1] for row in await touched(db, actor)] == ["MACHINE"]


async def test_a_link_that_was_not_made_here_leads_nowhere(app: Starlette, db: Database, actor: Actor) -> None:
    good = Mark(actor.workspace, uuid7(), "LINK", 1, "https://acme.example/").token()
    key, payload, mac = good.split(".")
    tampered = [f"{key}.{payload[:-2]}AA.{mac}", f"{key}.{payload}", "x", secrets.sign("unsubscribe", b"x" * 50), secrets.sign(tracking.PURPOSE, b"short")]
    async with asking(app) as client:
        assert [(await client.get(f"/c/{token}")).status_code for token in tampered] == [404] * 5
        assert [(await client.get(f"/o/{token}")).status_code for token in tampered] == [200] * 5
        assert (await client.get(f"/c/{good}")).headers["location"] == "https://acme.example/", "a link outlives its send"
    assert await touched(db, actor) == []


@pytest.mark.parametrize("url", ["https://acme.example/ü?q=ä b&x=%20#f", "http://a.example/" + "x" * 1900, "https://user@evil.example/\\..//", ""])
def test_a_mark_says_the_target_again_exactly(url: str) -> None:
    mark = Mark(uuid7(), uuid7(), "LINK", 200, url)
    assert read_mark(mark.token()) == mark


async def test_tracking_is_off_for_the_workspace_or_the_reader_who_wants_none(app: Starlette, db: Database, actor: Actor, office: Post) -> None:
    async def begin(tx: Tx) -> None:
        await template(tx, words=LINKS)
        people = await leads(tx, 2)
        await consent.track(tx, [await address_hash(tx, people[0])], False)
        await nurture.enroll_many(tx, await sequence(tx), people, "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        await workspaces.update_settings(tx, {"track_opens": False})

    await db.run(actor, begin)
    await office.run()
    counts = sorted(tuple(map(len, doors(_html(office, mail.id)))) for mail in office.server.mailbox.list())
    assert counts == [(0, 0), (3, 0)]


def _html(office: Post, id: Any) -> str:
    message = office.server.mailbox.message(id)
    part = message and message.get_body(("html",))
    assert part is not None
    return part.get_content()
