"""Visitors of pages: nothing before they agree, nobody until they say who they are, then that person's history."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from leadwell import capture, delivery
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from tests.browser import chromium
from tests.doors.serving import asking, on_a_port
from tests.doors.test_capture_http import SITE, make, rows
from tests.doors.test_form_page import made


def seen(form: Any, visitor: Any, page: str = "https://www.acme.example/pricing", **more: Any) -> dict[str, Any]:
    return {"form": form.key, "consent": True, "visitor": str(visitor), "page": page, "title": "Pricing", **more}


async def test_pages_seen_before_the_form_become_the_persons_history_once(app: Starlette, db: Database, actor: Actor) -> None:
    form, visitor = await make(db, actor), uuid4()
    async with asking(app, origin=SITE) as client:
        told = [await client.post("/t", json=seen(form, visitor, touch={"utm_source": "ads", "gclid": "G"})), await client.post("/t", json=seen(form, visitor))]
        nobody = (await rows(db, actor, "people"), await rows(db, actor, "touchpoints"), await rows(db, actor, "match_records"))
        for _ in range(2):
            await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com", "_visitor": str(visitor)})
        await client.post("/t", json=seen(form, visitor, page="https://www.acme.example/later"))
    assert [answer.status_code for answer in told] == [204, 204]
    assert told[0].headers["access-control-allow-origin"] == SITE
    assert nobody == ([], [], [])
    views = [row for row in await rows(db, actor, "activities", "kind, subject, body") if row["kind"] == "PAGE_VIEW"]
    assert sorted(row["body"].rpartition("/")[2] for row in views) == ["later", "pricing", "pricing"]
    assert await rows(db, actor, "page_views") == []
    touches = await rows(db, actor, "touchpoints", "click_id, page")
    assert touches.count({"click_id": "gclid:G", "page": "https://www.acme.example/pricing"}) == 1
    (known,) = await rows(db, actor, "visitors", "person_id")
    assert known["person_id"] == (await rows(db, actor, "people", "id"))[0]["id"]


async def test_a_click_in_a_mail_says_who_the_visitor_is(app: Starlette, db: Database, actor: Actor, other_workspace: Any) -> None:
    form, visitor = await make(db, actor), uuid4()
    async with asking(app) as client:
        await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com"})
        (person,) = await rows(db, actor, "people", "id")
        foreign = delivery.visitor_token(other_workspace, person["id"])
        for token in ("nonsense", foreign):
            assert (await client.post("/t", json=seen(form, visitor, lw_m=token))).status_code == 204
        assert [row["person_id"] for row in await rows(db, actor, "visitors", "person_id")] == [None]
        await client.post("/t", json=seen(form, visitor, lw_m=delivery.visitor_token(actor.workspace, person["id"])))
    assert [row["person_id"] for row in await rows(db, actor, "visitors", "person_id")] == [person["id"]]
    assert len([row for row in await rows(db, actor, "activities", "kind") if row["kind"] == "PAGE_VIEW"]) == 3


async def test_a_visitor_who_never_agreed_is_stitched_to_nobody(app: Starlette, db: Database, actor: Actor) -> None:
    form = await make(db, actor)
    async with asking(app) as client:
        for visitor in (str(uuid4()), "x", "0" * 36, 7):
            assert (await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com", "_visitor": visitor})).status_code == 200
    assert await rows(db, actor, "visitors") == []
    assert len(await rows(db, actor, "leads")) == 1


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [({"consent": False}, 422, "BAD_PAGE_VIEW"), ({"consent": "true"}, 422, "BAD_PAGE_VIEW"), ({"visitor": "1"}, 422, "BAD_PAGE_VIEW"),
     ({"page": "javascript:x"}, 422, "BAD_PAGE_VIEW"), ({"form": "nothing"}, 404, "UNKNOWN_FORM"), ({"title": "\0"}, 400, "BAD_REQUEST"),
     ({"title": "x" * 20_000}, 413, "BODY_TOO_LARGE")],
)  # fmt: skip
async def test_what_is_no_page_view_is_refused(app: Starlette, db: Database, actor: Actor, wrong: Any, status: int, code: str) -> None:
    form = await make(db, actor)
    async with asking(app) as client:
        answer = await client.post("/t", content=json.dumps({**seen(form, uuid4()), **wrong}))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert await rows(db, actor, "visitors") == []


async def test_page_views_come_from_listed_origins_and_are_not_without_end(app: Starlette, db: Database, actor: Actor) -> None:
    form, visitor = await make(db, actor), uuid4()
    async with asking(app, origin="https://evil.example") as client:
        assert (await client.post("/t", json=seen(form, visitor))).status_code == 403

    async def many(tx: Tx) -> None:
        await tx.execute("INSERT INTO visitors (workspace_id, id, consented_at, seen_at) VALUES ($1, $2, $3, $3)", tx.workspace, visitor, await tx.now())
        await tx.execute("INSERT INTO page_views (workspace_id, id, visitor_id, at, page) SELECT $1, gen_random_uuid(), $2, $3, 'https://x' "
                         "FROM generate_series(1, 500)", tx.workspace, visitor, await tx.now())  # fmt: skip

    await db.run(actor, many)
    assert await capture.view(db, form, seen(form, visitor)) is False
    assert len(await rows(db, actor, "page_views")) == 500


async def test_visitors_nobody_came_to_know_are_forgotten_after_ninety_days(app: Starlette, db: Database, actor: Actor, other_workspace: Any) -> None:
    form, known, stranger, recent = await make(db, actor), uuid4(), uuid4(), uuid4()
    async with asking(app) as client:
        for visitor in (known, stranger, recent):
            assert (await client.post("/t", json=seen(form, visitor))).status_code == 204
        await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com", "_visitor": str(known)})

    async def age(tx: Tx) -> None:
        await tx.execute("UPDATE visitors SET seen_at = seen_at - interval '91 days' WHERE workspace_id = $1 AND id <> $2", tx.workspace, recent)

    await db.run(actor, age)
    assert await db.run(Actor.system(other_workspace), capture.forget_visitors) == 0
    assert [await db.run(actor, capture.forget_visitors) for _ in range(2)] == [1, 0]
    assert {row["id"] for row in await rows(db, actor, "visitors", "id")} == {known, recent}
    assert [row["visitor_id"] for row in await rows(db, actor, "page_views", "visitor_id")] == [recent]
    assert len([row for row in await rows(db, actor, "activities", "kind") if row["kind"] == "PAGE_VIEW"]) == 1


async def test_snippet_sets_nothing_before_the_page_says_so(app: Starlette, db: Database, actor: Actor, tmp_path: Path) -> None:
    form = await made(db, actor)

    async def site(request: Request) -> HTMLResponse:
        home = f"http://{request.headers['x-leadwell'] if 'x-leadwell' in request.headers else request.query_params['home']}"
        return HTMLResponse(
            f'<!doctype html><link rel="icon" href="data:,"><title>Pricing</title>'
            f'<form action="{home}/f/{form.key}" method="post"><input name="mail"><button>Go</button></form>'
            f'<script src="{home}/t.js" data-form="{form.key}"></script>')

    async with on_a_port(app) as home, on_a_port(Starlette(routes=[Route("/pricing", site)])) as other, chromium(tmp_path) as browser, browser.tab() as page:
        await page.open(f"http://{other}/pricing?home={home}&utm_source=news")
        before = await page.evaluate("[localStorage.length, document.cookie, typeof leadwell.consent, document.querySelectorAll('[name=_visitor]').length]")
        asked = [url for url in page.requests if url.endswith("/t")]
        assert (before, asked, await rows(db, actor, "visitors")) == ([0, "", "function", 0], [], [])
        await page.evaluate("leadwell.consent(true)")
        await page.until("document.querySelectorAll('[name=_visitor]').length == 1")
        while not await rows(db, actor, "page_views"):
            await page.evaluate("new Promise((done) => setTimeout(done, 20))")
        await page.type("[name=mail]", "ana@acme.com")
        await page.click("button")
        await page.sees("Thank you")
        assert page.problems == []
    views = [row for row in await rows(db, actor, "activities", "kind, subject, body") if row["kind"] == "PAGE_VIEW"]
    assert views == [{"kind": "PAGE_VIEW", "subject": "Pricing", "body": f"http://{other}/pricing"}]
