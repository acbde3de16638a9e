"""Leads that a vendor only announces: fetched by a worker with the feed's token, taken once, and what cannot be fetched says why."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from leadwell import capture
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.capture import Feed, NewFeed, VendorAway, VendorRefused
from leadwell.catalog import CATALOG
from leadwell.outside.lead_ads import VendorAds
from leadwell.outside.lead_ads.fake import FakeAds
from tests.doors.serving import ask, asking, key_for, on_a_port
from tests.doors.test_capture_http import rows
from tests.doors.test_feeds import recorded, send, signed
from tests.mailing import Post, expire, post
from workers import lead_ads
from workers.drain import Drain

META, LINKEDIN = "123123123123", "0ddc4a3d-24ab-4a0d-9d0c-5f7a9d2f7d1e-3"


@pytest_asyncio.fixture
async def desk(db: Database, workspace: UUID, tmp_path: Path) -> AsyncIterator[tuple[Post, FakeAds]]:
    """A worker that fetches, and the vendors it asks."""
    async with post(db, workspace, tmp_path) as opened:
        opened.kit.ads = vendors = FakeAds()
        opened.drain = Drain(opened.kit, lead_ads.KINDS)
        yield opened, vendors


async def made(db: Database, actor: Actor, kind: Any = "META", token: str | None = "token") -> Feed:
    async def verb(tx: Tx) -> Feed:
        return await capture.read_feed(tx, (await capture.create_feed(tx, NewFeed("Ads", kind), "app", token)).id)

    return await db.run(actor, verb)


async def announce(app: Starlette, feed: Feed) -> None:
    body = recorded("meta_notice.json" if feed.kind == "META" else "linkedin_notice.json")
    meta, linkedin = "sha256=" + signed("app", body), "hmacsha256=" + signed("app", b"hmacsha256=" + body)
    proof = {"x_hub_signature_256": meta} if feed.kind == "META" else {"x_li_signature": linkedin}
    assert (await send(app, feed, body, **proof)).status_code == 200


async def states(db: Database, actor: Actor) -> list[tuple[str, str | None, str | None]]:
    return [(row["state"], row["outcome"], row["reason"]) for row in await rows(db, actor, "submissions", "state, outcome, reason")]


async def due_now(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: tx.execute("UPDATE work SET run_at = created_at WHERE workspace_id = $1 AND kind = 'transfer.fetch'", tx.workspace))


@pytest.mark.parametrize("kind", ["META", "LINKEDIN"])
async def test_announced_lead_is_fetched_and_taken_once(app: Starlette, db: Database, actor: Actor, desk: tuple[Post, FakeAds], kind: str) -> None:
    office, vendors = desk
    vendors.put_meta(META, full_name="Ana Sousa", email="ana@acme.com", autos="3")
    vendors.put_linkedin(LINKEDIN, FIRST_NAME="Ana", EMAIL="ana@acme.com")
    feed = await made(db, actor, kind)
    for _ in range(2):
        await announce(app, feed)
    await office.run("transfer")
    assert (await states(db, actor), vendors.asked) == ([("PROCESSED", "CREATED", None)], [META if kind == "META" else LINKEDIN])
    await announce(app, feed)   # the vendor says it again, later
    await office.run("transfer")
    assert [outcome for _, outcome, _ in await states(db, actor)] == ["CREATED", "UNCHANGED"]
    assert await rows(db, actor, "people", "email") == [{"email": "ana@acme.com"}]
    assert [row["utm_source"] for row in await rows(db, actor, "touchpoints", "utm_source")] == ["ig" if kind == "META" else "linkedin"]
    if kind == "META":
        body = orjson.dumps(vendors.leads[META])   # somebody else posts the same lead as well
        await send(app, feed, body, x_hub_signature_256="sha256=" + signed("app", body))
    assert (len(await rows(db, actor, "submissions")), len(await rows(db, actor, "activities"))) == (2, 1)


async def test_a_lead_that_came_by_another_way_first_is_not_taken_twice(app: Starlette, db: Database, actor: Actor, desk: tuple[Post, FakeAds]) -> None:
    office, vendors = desk
    vendors.put_meta(META, email="ana@acme.com")
    feed = await made(db, actor)
    await announce(app, feed)
    body = orjson.dumps(vendors.leads[META])
    await send(app, feed, body, x_hub_signature_256="sha256=" + signed("app", body))
    await office.run("transfer")
    assert sorted((state, outcome) for state, outcome, _ in await states(db, actor)) == [("PROCESSED", "CREATED"), ("PROCESSED", "UNCHANGED")]
    assert len({row["lead_id"] for row in await rows(db, actor, "submissions", "lead_id")}) == 1
    assert len(await rows(db, actor, "activities")) == 1


async def test_a_vendor_that_is_away_is_asked_again_and_in_the_end_says_why(app: Starlette, db: Database, actor: Actor, desk: tuple[Post, FakeAds]) -> None:
    office, vendors = desk
    vendors.away = 2
    await announce(app, await made(db, actor))
    await office.run("transfer")
    before = await states(db, actor)
    await db.run(actor, lambda tx: tx.execute("UPDATE work SET attempts = max_attempts - 1 WHERE workspace_id = $1 AND kind = 'transfer.fetch'", tx.workspace))
    await due_now(db, actor)
    await office.run("transfer")
    assert before == [("PARKED", None, f"Meta announced lead {META}; its answers are still to be fetched.")]
    assert await states(db, actor) == [("PARKED", None, "The fake does not give answers right now: it was told to be away. It was asked 20 times.")]
    assert len(vendors.asked) == 2


async def test_a_worker_that_died_after_asking_leaves_nothing_half_done(app: Starlette, db: Database, actor: Actor, desk: tuple[Post, FakeAds]) -> None:
    office, vendors = desk
    vendors.put_meta(META, email="ana@acme.com")
    await announce(app, await made(db, actor))
    (job,) = await office.drain._claim("transfer", actor.workspace, 0)  # pyright: ignore[reportPrivateUsage]
    assert await lead_ads.fetch(office.kit, job) is not None   # and then its process is gone
    assert await rows(db, actor, "people") == []
    await expire(db, actor.workspace)
    await office.run("transfer")
    assert (await states(db, actor), len(vendors.asked)) == ([("PROCESSED", "CREATED", None)], 2)


async def test_a_token_that_is_given_later_fetches_what_waits(app: Starlette, db: Database, actor: Actor, desk: tuple[Post, FakeAds]) -> None:
    office, vendors = desk
    vendors.put_meta(META, email="ana@acme.com")
    feed = await made(db, actor, token="old")
    await announce(app, feed)
    await office.run("transfer")
    refused = await states(db, actor)
    update = "mutation($i: UpdateFeedInput!) { updateFeed(input: $i) { feed { version } userErrors { code field } } }"
    async with asking(app, await key_for(db, actor.workspace)) as client:
        id = encode_id(CATALOG["Feed"].tag, feed.id)
        blank = (await ask(client, update, i={"id": id, "accessToken": "a b"}))["data"]["updateFeed"]
        done = (await ask(client, update, i={"id": id, "accessToken": "token"}))["data"]["updateFeed"]
    await office.run("transfer")
    assert refused == [("PARKED", None, "The fake does not give the answers of this lead: 401 Invalid OAuth access token.")]
    assert (blank["userErrors"], done["userErrors"]) == ([{"code": "BAD_FEED", "field": ["accessToken"]}], [])
    assert await states(db, actor) == [("PROCESSED", "CREATED", None)]
    (kept,) = await rows(db, actor, "feeds", "token_ciphertext")
    told = [row["data"] for row in await rows(db, actor, "events", "data, kind") if row["kind"] == "feed.updated"]
    assert (b"token" in kept["token_ciphertext"], told) == (False, [{"changes": {"token": ["***", "***"]}}])


async def test_without_a_token_or_after_a_withdrawal_nobody_is_asked(app: Starlette, db: Database, actor: Actor, desk: tuple[Post, FakeAds]) -> None:
    office, vendors = desk
    await announce(app, await made(db, actor, token=None))
    body = orjson.dumps(json.loads(recorded("linkedin_notice.json")) | {"leadAction": "DELETED"})
    feed = await made(db, actor, "LINKEDIN")
    assert (await send(app, feed, body, x_li_signature="hmacsha256=" + signed("app", b"hmacsha256=" + body))).status_code == 200
    await office.run("transfer")
    assert (vendors.asked, [state for state, _, _ in await states(db, actor)]) == ([], ["PARKED", "PARKED"])


@pytest.mark.parametrize(
    ("status", "body", "fault", "why"),
    [
        (200, {"id": "1", "field_data": []}, None, ""), (500, {}, VendorAway, "500"), (429, {"message": "Slow"}, VendorAway, "429 Slow"),
        (400, {"error": {"code": 4, "message": "limit"}}, VendorAway, "400 limit"),
        (400, {"error": {"code": 190, "message": "expired"}}, VendorRefused, "400 expired"),
        (404, {"message": "Not found"}, VendorRefused, "404 Not found"), (200, [], VendorRefused, "200"), (302, {}, VendorRefused, "302"),
    ],
)  # fmt: skip
async def test_vendors_are_spoken_to_as_they_document(db: Database, actor: Actor, status: int, body: Any, fault: Any, why: str) -> None:
    asked: list[Request] = []

    async def vendor(request: Request) -> Response:
        asked.append(request)
        return JSONResponse(body, status, {"retry-after": "7"})

    meta, linkedin = await made(db, actor), await made(db, actor, "LINKEDIN")
    async with on_a_port(Starlette(routes=[Route("/{path:path}", vendor)])) as host:
        ads = VendorAds(meta=f"http://{host}", linkedin=f"http://{host}", allow_loopback=True)
        for feed in (meta, linkedin):
            if fault is None:
                assert await ads.fetch(feed, "1/2") == body
                continue
            with pytest.raises(fault) as refused:
                await ads.fetch(feed, "1/2")
            assert refused.value.params == {"vendor": {"META": "Meta"}.get(feed.kind, "LinkedIn"), "why": why} | ({"seconds": 7} if fault is VendorAway else {})
        await ads.close()
    assert [request.headers["authorization"] for request in asked] == ["Bearer token"] * 2
    assert asked[0].url.path == "/1/2"
    assert (asked[0].scope["raw_path"], asked[0].query_params["appsecret_proof"]) == (b"/1%2F2", signed("app", b"token"))
    assert (asked[1].scope["raw_path"], asked[1].headers["linkedin-version"]) == (b"/rest/leadFormResponses/1%2F2", "202605")
    assert b"formResponse,form:(hiddenFields,creationLocale,name,id,content)" in asked[1].scope["query_string"], "answers say nothing without the form"


async def test_a_vendor_nobody_reaches_is_away_and_no_address_inside_is_called(db: Database, actor: Actor) -> None:
    feed = await made(db, actor)
    for ads in (VendorAds(meta="http://127.0.0.1:1", allow_loopback=True), VendorAds(meta="http://127.0.0.1:80")):
        with pytest.raises(VendorAway):
            await ads.fetch(feed, "1")
        await ads.close()
