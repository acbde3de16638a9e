"""The page of a form, its guards, and double opt-in: what people see, what programs run into, and that nothing sent is lost."""

import asyncio
import hashlib
import itertools
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from leadwell import capture
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.capture import Form, FormConsent, FormField, NewForm, OptIn, spam
from leadwell.consent import OptOut, hash_of, opt_out
from tests.browser import chromium
from tests.doors.serving import asking, on_a_port
from tests.doors.test_capture_http import rows

BROWSER = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html,application/xhtml+xml"}
FIELDS = (
    FormField("first", "First name", target="firstName"), FormField("mail", "Work e-mail", True, "email", hint="We answer there."),
    FormField("size", "Company size", target="employees", type="CHOICE", options=("1-9", "10-99", "100")),
    FormField("message", "What do you need?", target="need"),
    FormField("plan", target="interest", default="Pro", hidden=True),
)  # fmt: skip


async def made(db: Database, actor: Actor, **more: Any) -> Form:
    async def verb(tx: Tx) -> Form:
        topic = await tx.value("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.code = 'newsletter'", tx.workspace)
        settings: dict[str, Any] = {"consents": (FormConsent(topic, "Send me your newsletter", "v1"),), **more}
        return await capture.read_form(tx, await capture.create_form(tx, NewForm("Book a demo", FIELDS, **settings)))

    return await db.run(actor, verb)


def shown_inputs(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html))


def worked(stamp: str, bits: int) -> str:
    return next(str(n) for n in itertools.count() if int.from_bytes(hashlib.sha256(f"{stamp}.{n}".encode()).digest(), "big") >> (256 - bits) == 0)


async def test_page_is_drawn_for_browsers_and_says_how_somebody_came(app: Starlette, db: Database, actor: Actor) -> None:
    form = await made(db, actor, intro="Hello <there>\n\nSecond")
    async with asking(app) as client:
        drawn = await client.get(f"/f/{form.key}?utm_source=ads&gclid=g%221&mail=a@b.de", headers={"accept": "text/html"})
    assert drawn.status_code == 200
    assert "<h1>Book a demo</h1><p>Hello &lt;there&gt;</p><p>Second</p>" in drawn.text
    assert shown_inputs(drawn.text) == {"utm_source": "ads", "gclid": "g&quot;1"}
    assert 'type="email" id="f-mail" name="mail" required aria-describedby="f-mail-h" autocomplete="email" value="a@b.de"' in drawn.text
    assert "plan" not in drawn.text
    assert "script" not in drawn.text
    assert "default-src 'none'" in drawn.headers["content-security-policy"]
    assert not {"set-cookie"} & set(drawn.headers)


async def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(app: Starlette, db: Database, actor: Actor) -> None:
    form = await made(db, actor)
    sent = {"first": "<Ana>", "mail": "nope", "size": "7", form.consents[0].name: "yes"}
    async with asking(app) as client:
        answer = await client.post(f"/f/{form.key}", content=urlencode(sent), headers=BROWSER)
    assert answer.status_code == 422
    assert re.findall(r'id="(f-\w+)-e"', answer.text) == ["f-mail", "f-size"]
    assert 'value="&lt;Ana&gt;"' in answer.text
    assert answer.text.count(" checked") == 1
    assert await rows(db, actor, "submissions") == []


async def test_click_ids_keep_their_name_and_first_touch_is_kept(app: Starlette, db: Database, actor: Actor) -> None:
    form = await made(db, actor)
    async with asking(app) as client:
        for name, value in (("gclid", "G1"), ("fbclid", "F1"), ("msclkid", "M1"), ("li_fat_id", "L1")):
            await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com", name: value, "utm_campaign": "spring"})
    assert [row["click_id"] for row in await rows(db, actor, "touchpoints", "click_id")] == ["gclid:G1", "fbclid:F1", "msclkid:M1", "li_fat_id:L1"]


async def test_faster_than_a_person_is_parked_and_thanked(app: Starlette, db: Database, actor: Actor) -> None:
    form = await made(db, actor, min_seconds=60)
    old = spam.stamp(form.id, time.time() - 90)
    others = spam.stamp(actor.workspace, time.time() - 60)
    async with asking(app) as client:
        described = (await client.get(f"/f/{form.key}")).json()
        answers = [await client.post(f"/f/{form.key}", json={"mail": f"a{i}@acme.com", **sent}) for i, sent in enumerate((
            {"_stamp": described["stamp"]}, {}, {"_stamp": "x.y.z"}, {"_stamp": others}, {"_stamp": old},
            {"_stamp": spam.stamp(form.id, time.time() - 90_000)}))]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["message"] for answer in answers} == {"Thank you. We have got it."}
    kept = await rows(db, actor, "submissions", "state, reason")
    assert [row["state"] for row in kept] == ["PARKED", "PARKED", "PARKED", "PARKED", "PROCESSED", "PARKED"]
    assert re.fullmatch(r"It was sent \d+ s after the page was drawn; people need at least 60 s\.", kept[0]["reason"])
    assert kept[5]["reason"] == "The page it was sent from was older than a day."
    assert len(await rows(db, actor, "leads")) == 1


async def test_one_proof_of_work_is_good_for_one_submission(app: Starlette, db: Database, actor: Actor) -> None:
    form = await made(db, actor, proof_bits=8)
    stamp = spam.stamp(form.id, time.time() - 5)
    proof = {"_stamp": stamp, "_proof": worked(stamp, 8)}
    lazy = next(str(n) for n in itertools.count() if not spam.proves(stamp, str(n), 8))
    async with asking(app) as client:
        for sent in ({**proof, "mail": "ana@acme.com"}, {**proof, "mail": "ana@acme.com"}, {**proof, "mail": "spam@acme.com"},
                     {"_stamp": stamp, "_proof": lazy}, {"_stamp": stamp}, {"_stamp": stamp, "_proof": "-1"}, {"_stamp": stamp, "_proof": "٣"}):  # fmt: skip
            assert (await client.post(f"/f/{form.key}", json={"mail": "b@acme.com", **sent})).status_code == 200
    kept = await rows(db, actor, "submissions", "state, reason")
    assert [row["state"] for row in kept] == ["PROCESSED", "PROCESSED", *["PARKED"] * 5]
    assert kept[2]["reason"] == "Its proof of work was used before, for something else."
    assert len(await rows(db, actor, "leads")) == 1


async def test_what_is_above_the_limit_waits_parked_and_can_be_replayed(app: Starlette, db: Database, actor: Actor) -> None:
    form = await made(db, actor, per_minute=3)
    async with asking(app) as client:
        answers = await asyncio.gather(*(client.post(f"/f/{form.key}", json={"mail": f"a{i}@acme.com"}) for i in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    kept = await rows(db, actor, "submissions", "id, state, reason")
    parked = [row["id"] for row in kept if row["state"] == "PARKED"]
    assert (len(kept), len(parked)) == (10, 7)
    assert {row["reason"] for row in kept if row["reason"]} == {"More were sent than the form takes a minute; it goes in when there is room."}
    await capture.replay(db, actor, parked)
    assert len(await rows(db, actor, "leads")) == 10


@pytest.mark.parametrize("double", [False, True])
async def test_what_is_above_the_limit_goes_in_by_itself_as_there_is_room(app: Starlette, db: Database, actor: Actor, double: bool) -> None:
    form = await made(db, actor, per_minute=2, double_opt_in=double)
    async with asking(app) as client:
        for i in range(5):
            await client.post(f"/f/{form.key}", json={"mail": f"a{i}@acme.com"})
    ids = [row["id"] for row in await rows(db, actor, "submissions", "id")]

    async def later(tx: Tx) -> None:
        await tx.execute("UPDATE form_buckets SET at = at - interval '61 seconds' WHERE workspace_id = $1", tx.workspace)

    async def states() -> list[str]:
        return [row["state"] for row in await rows(db, actor, "submissions", "state")]

    goes, told = "UNCONFIRMED" if double else "PROCESSED", [await states()]
    await capture.finish_waiting(db, actor, ids)
    assert [row["payload"] for row in await rows(db, actor, "work", "payload, kind") if row["kind"] == "transfer.room"] == [{"form_id": str(form.id)}]
    again = [await capture.let_in(db, actor, form.id)]
    for _ in range(2):
        await db.run(actor, later)
        again.append(await capture.let_in(db, actor, form.id))
        told.append(await states())
    assert told == [[goes] * 2 + ["PARKED"] * 3, [goes] * 4 + ["PARKED"], [goes] * 5]
    assert [one and one.total_seconds() for one in again] == [30, 30, None]
    assert len(await rows(db, actor, "leads")) == (0 if double else 5)
    assert len(await asked(db, actor)) == (5 if double else 0)


async def test_a_bucket_fills_again_with_time(db: Database, actor: Actor) -> None:
    form = await made(db, actor, per_minute=2)
    taken = [await spam.admit(db, form, {}) for _ in range(3)]

    async def later(tx: Tx) -> None:
        await tx.execute("UPDATE form_buckets SET at = at - interval '31 seconds' WHERE workspace_id = $1", tx.workspace)

    await db.run(actor, later)
    taken += [await spam.admit(db, form, {}) for _ in range(2)]
    assert [reason is None for reason in taken] == [True, True, False, True, False]


async def asked(db: Database, actor: Actor) -> list[dict[str, Any]]:
    return await rows(db, actor, "opt_ins", "id, submission_id, address, mail_state, confirmed_at, host(ip) AS ip")


async def test_double_opt_in_makes_nothing_until_the_button_is_pressed(app: Starlette, db: Database, actor: Actor) -> None:
    form = await made(db, actor, double_opt_in=True, thank_you="Welcome!")
    async with asking(app) as client:
        answer = await client.post(f"/f/{form.key}", json={"mail": "Ana@acme.com", form.consents[0].name: "yes"})
        (opt_in,) = await asked(db, actor)
        link = f"/confirm/{OptIn(actor.workspace, opt_in['id']).token()}"
        looked = [await client.get(link), await client.head(link), await client.get(link)]
        before = (await rows(db, actor, "submissions", "state"), await rows(db, actor, "people"), await rows(db, actor, "consents"))
        said = [await client.post(link, headers={"user-agent": "Firefox"}) for _ in range(2)]
        again = await client.get(link)
    assert (answer.json()["confirm"], "mail" in answer.json()["message"]) == (True, True)
    assert {page.status_code for page in looked} == {200}
    assert "Yes, it was me" in looked[0].text
    assert before == ([{"state": "UNCONFIRMED"}], [], [])
    assert [page.status_code for page in said] == [200, 200]
    assert "Welcome!" in again.text
    assert await rows(db, actor, "submissions", "state, outcome") == [{"state": "PROCESSED", "outcome": "CREATED"}]
    (granted,) = await rows(db, actor, "consents", "state, wording_version, host(ip) AS ip, evidence")
    assert (granted["state"], granted["wording_version"], granted["evidence"]["text"]) == ("GRANTED", "v1", "Send me your newsletter")
    assert (await asked(db, actor))[0]["ip"] == "127.0.0.1"
    assert len(await rows(db, actor, "leads")) == 1


async def test_unconfirmed_is_not_replayed_past_its_owner(db: Database, actor: Actor, app: Starlette) -> None:
    form = await made(db, actor, double_opt_in=True)
    async with asking(app) as client:
        await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com"})
    (opt_in,) = await asked(db, actor)
    (outcome,) = await capture.replay(db, actor, [opt_in["submission_id"]])
    assert outcome.parked
    assert await rows(db, actor, "submissions", "state") == [{"state": "UNCONFIRMED"}]
    assert await rows(db, actor, "people") == []


async def test_confirming_ends_an_opt_out_from_that_topic_alone(app: Starlette, db: Database, actor: Actor) -> None:
    form = await made(db, actor, double_opt_in=True)

    async def left(tx: Tx) -> None:
        await opt_out(tx, OptOut(hash_of("ana@acme.com")))

    await db.run(actor, left)
    async with asking(app) as client:
        await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com", form.consents[0].name: True})
        await client.post(f"/confirm/{OptIn(actor.workspace, (await asked(db, actor))[0]['id']).token()}")
    kept = [row["topic_id"] for row in await rows(db, actor, "suppressions", "topic_id, lifted_at") if row["lifted_at"] is None]
    assert (len(kept), form.consents[0].topic_id in kept, None in kept) == (1, False, False)


async def test_links_that_are_over_or_damaged_change_nothing(app: Starlette, db: Database, actor: Actor) -> None:
    form = await made(db, actor, double_opt_in=True, opt_in_hours=1)
    async with asking(app) as client:
        await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com"})
        (opt_in,) = await asked(db, actor)
        token = OptIn(actor.workspace, opt_in["id"]).token()

        async def age(tx: Tx) -> None:
            await tx.execute("UPDATE opt_ins SET expires_at = expires_at - $2::interval WHERE workspace_id = $1", tx.workspace, timedelta(hours=2))

        await db.run(actor, age)
        damaged = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
        answers = [await client.post(f"/confirm/{t}") for t in (token, damaged, "x", OptIn(actor.workspace, form.id).token())]
        looked = await client.get(f"/confirm/{token}")
    assert [answer.status_code for answer in answers] == [410, 404, 404, 404]
    assert looked.status_code == 410
    assert await rows(db, actor, "submissions", "state") == [{"state": "UNCONFIRMED"}]


async def test_one_address_is_asked_three_times_a_day_at_most(app: Starlette, db: Database, actor: Actor) -> None:
    form = await made(db, actor, double_opt_in=True)
    async with asking(app) as client:
        for _ in range(5):
            await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com"})
    assert [row["mail_state"] for row in await asked(db, actor)] == ["PLANNED"] * 3 + ["SKIPPED"] * 2


async def test_asking_that_was_cut_off_is_finished_by_a_worker_once(db: Database, actor: Actor) -> None:
    form = await made(db, actor, double_opt_in=True)
    submission = capture.posted(form, {"mail": "ana@acme.com"})
    received = await capture.receive(db, actor, [capture.waiting_for_word(submission)])
    for _ in range(2):
        await capture.finish_asking(db, actor, received.ids)
    assert len(await asked(db, actor)) == 1
    assert await rows(db, actor, "submissions", "state") == [{"state": "UNCONFIRMED"}]


async def test_embedded_html_needs_no_script_and_links_where_it_would_not_do(app: Starlette, db: Database, actor: Actor) -> None:
    from leadwell.base.ids import encode_id
    from leadwell.catalog import CATALOG
    from tests.doors.serving import ask, key_for

    plain, guarded = await made(db, actor), await made(db, actor, min_seconds=2)
    async with asking(app, await key_for(db, actor.workspace)) as client:
        html = [
            (await ask(client, "query($id: ID!) { formEmbed(id: $id) { html url } }", id=encode_id(CATALOG["Form"].tag, form.id)))["data"]["formEmbed"]["html"]
            for form in (plain, guarded)
        ]
    assert (html[0].count("<script"), html[0].count("<input"), "_stamp" in html[0]) == (0, 4, False)
    assert f'/f/{plain.key}" ' in html[0] or f'/f/{plain.key}"' in html[0]
    assert html[1].startswith("<a href=")


@pytest.mark.parametrize("bits", [0, 12])
async def test_a_person_fills_in_the_page_in_a_browser(app: Starlette, db: Database, actor: Actor, tmp_path: Path, bits: int) -> None:
    form = await made(db, actor, proof_bits=bits, min_seconds=0, thank_you="We will call you.")
    async with on_a_port(app) as host, chromium(tmp_path) as browser, browser.tab() as page:
        await page.open(f"http://{host}/f/{form.key}?utm_source=news")
        await page.sees("Book a demo", "h1")
        await page.click("button", "Send")
        await page.sees("Work e-mail is required.", ".error")
        await page.until("getComputedStyle(document.querySelector('.gotcha')).position == 'absolute'")
        await page.until("document.activeElement.className == 'wrong'")
        await page.type("#f-mail", "ana@acme.com")
        await page.choose("#f-size", "10-99")
        await page.click("button", "Send")
        await page.sees("We will call you.", "h1")
        # The only word on the console is of the page that says what is wrong.
        assert [said for said in page.problems if "422" not in said] == []
        assert {url.split("/")[2] for url in page.requests if url.startswith("http")} == {host}
    assert await rows(db, actor, "leads", "employees") == [{"employees": 10}]
    assert [row["utm_source"] for row in await rows(db, actor, "touchpoints", "utm_source")] == ["news"]
