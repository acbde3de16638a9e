"""Forms and feeds fill the workspace's own fields: what people wrote becomes a value of the field's type; what fits none is left out and kept raw."""

import json
from typing import Any

import pytest
from starlette.applications import Starlette

from leadwell import capture, custom
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database, Tx
from leadwell.capture import FormField, NewForm
from leadwell.capture.forms import read_form
from tests.doors.serving import asking
from tests.doors.test_capture_http import rows
from tests.doors.test_feeds import made, send

OWN = {"size": "INT", "vip": "FLAG", "tier": "CHOICE", "since": "DATE", "note": "TEXT"}


async def defined(tx: Tx) -> None:
    for key, type in OWN.items():
        await custom.define(tx, custom.NewField("Lead", key.title(), type, options=["Gold", "Silver"] if type == "CHOICE" else None))


async def values(db: Database, actor: Actor) -> list[dict[str, Any]]:
    """Of every lead, in order of their needs."""
    leads = sorted(await rows(db, actor, "leads", "id, need"), key=lambda row: row["need"] or "")
    return [{key: value for key, value in (await db.run(actor, lambda tx, row=row: custom.standing(tx, "Lead", row["id"]))).items() if value is not None}
            for row in leads]  # fmt: skip


async def test_form_fills_own_fields_with_what_visitors_write(app: Starlette, db: Database, actor: Actor) -> None:
    fields = [FormField("mail", target="email", required=True), FormField("need"), *(FormField(key, target=f"custom.{key}") for key in OWN)]

    async def verb(tx: Tx) -> capture.Form:
        await defined(tx)
        return await read_form(tx, await capture.create_form(tx, NewForm("Demo", fields)))

    form = await db.run(actor, verb)
    good = {"mail": "a@acme.com", "need": "1", "size": "1,200", "vip": "ja", "tier": " gold", "since": "3 March 2026", "note": "Hi", "custom.size": "7"}
    bad = {"mail": "b@acme.com", "need": "2", "size": "many", "tier": "Bronze", "note": " ", "vip": "0"}
    async with asking(app) as client:
        assert [(await client.post(f"/f/{form.key}", json=sent)).status_code for sent in (good, bad)] == [200, 200]
    assert await values(db, actor) == [{"size": 1200, "vip": True, "tier": "Gold", "since": "2026-03-03", "note": "Hi"}, {"vip": False}]
    kept = [row["payload"]["fields"] for row in await rows(db, actor, "submissions", "payload")]
    assert sorted(one["custom.size"] for one in kept) == ["1,200", "many"]


async def test_feed_fills_own_fields_by_its_mapping(app: Starlette, db: Database, actor: Actor) -> None:
    await db.run(actor, defined)
    feed = await made(db, actor, mapping={"email": "/mail", "custom.size": "/company/size", "custom.vip": "/vip", "custom.tier": "/tier"})
    answer = await send(app, feed, {"mail": "ana@acme.com", "company": {"size": 12}, "vip": True, "tier": "SILVER"})
    assert [one["outcome"] for one in answer.json()["results"]] == ["CREATED"]
    assert await values(db, actor) == [{"size": 12, "vip": True, "tier": "Silver"}]
    again = await send(app, feed, {"mail": "ana@acme.com", "company": {"size": 99}})
    assert [one["outcome"] for one in again.json()["results"]] == ["ATTACHED"]
    assert (await values(db, actor))[0]["size"] == 12, "what the lead has stays"


async def test_value_that_another_lead_holds_parks_what_came_with_it(app: Starlette, db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: custom.define(tx, custom.NewField("Lead", "Number", "TEXT", is_unique=True)))
    feed = await made(db, actor, mapping={"email": "/mail", "custom.number": "/number"})
    for mail in ("a@acme.com", "b@acme.com"):
        await send(app, feed, {"mail": mail, "number": "A-1"})
    assert [(row["state"], "A-1" in (row["reason"] or "").upper()) for row in await rows(db, actor, "submissions", "state, reason")] == [
        ("PROCESSED", False), ("PARKED", True)]


async def test_form_and_feed_name_only_own_fields_that_there_are(db: Database, actor: Actor) -> None:
    fields = [FormField("mail", target="email"), FormField("size", target="custom.size")]
    for verb, field in (
        (lambda tx: capture.create_form(tx, NewForm("Demo", fields)), "fields.1.target"),
        (lambda tx: capture.create_feed(tx, capture.NewFeed("Shop", mapping={"email": "/mail", "custom.size": "/size"})), "mapping.custom.size"),
    ):
        with pytest.raises(Refusal) as refused:
            await db.run(actor, verb)
        assert (refused.value.field, json.dumps(refused.value.message).count("custom.size")) == (field, 1)
    assert await rows(db, actor, "forms") == await rows(db, actor, "feeds") == []
