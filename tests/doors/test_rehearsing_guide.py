"""The guide's steps, taken with the guide's own documents: a ready sequence, one person, five hundred, a sandbox two weeks on."""

import re
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from starlette.applications import Starlette

from api.http.pages import CSP
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database
from leadwell.embedded.mailbox import Mailbox
from leadwell.outside.sandbox import KeptMail
from leadwell.wiring import Reach
from models.people import Person
from tests import builders as b
from tests import mailing
from tests.doors.serving import ask, asking, key_for
from tests.processes import ROOT
from workers.drain import Drain
from workers.kinds import KINDS

GUIDE = (ROOT / "docs/guide/rehearsing.md").read_text()
DOCUMENTS = {m[1]: m[0] for m in re.finditer(r"(?:query|mutation) (\w+).*?(?=\n```)", GUIDE, re.DOTALL)}


async def worked(db: Database, workspace: UUID, home: Path) -> None:
    """What a worker does in this workspace."""
    kit = mailing.open_post_kit(mailing.OneWorkspace(db, workspace), "smtp://127.0.0.1:1")
    drain = Drain(replace(kit, sandbox=Reach(mailer=KeptMail(Mailbox(home / "mailbox").keep))), KINDS)
    await drain.queue("transfer")
    await drain.idle()


@pytest.fixture
async def key(db: Database, workspace: UUID) -> str:
    return await key_for(db, workspace)


async def test_a_marketer_rehearses_a_ready_sequence(app: Starlette, db: Database, actor: Actor, key: str, tmp_path: Path) -> None:
    person = await db.run(actor, lambda tx: b.make_person(tx, "Ana Silva", time_zone="Europe/Lisbon"))
    await db.run(actor, lambda tx: b.make_lead(tx, person))
    async with asking(app, key) as client:
        added = (await ask(client, DOCUMENTS["Add"]))["data"]["addReadySequence"]
        copied = (await ask(client, DOCUMENTS["Copy"], id=added["sequence"]["id"]))["data"]["copySequence"]
        sequence = copied["sequence"]["id"]
        steps = (await ask(client, DOCUMENTS["DryRun"], sequence=sequence, person=encode_id(Person.tag, person)))["data"]["dryRunSequence"]
        asked = (await ask(client, DOCUMENTS["Rehearse"], sequence=sequence))["data"]["simulateSequence"]
        id = asked["simulation"]["id"]
        waiting = await client.get(f"/simulations/{id}")
        await worked(db, actor.workspace, tmp_path)
        result = (await ask(client, DOCUMENTS["Result"], id=id))["data"]["simulation"]
        page, image = await client.get(f"/simulations/{id}"), await client.get(f"/simulations/{id}.svg")
    async with asking(app) as stranger:
        browser, program = [await stranger.get(f"/simulations/{id}", headers={"accept": accept}) for accept in ("text/html,*/*;q=0.8", "*/*")]
    assert (browser.status_code, browser.headers["content-security-policy"], '<a href="/sign-in">' in browser.text) == (401, CSP, True)
    assert (program.status_code, program.json()["error"]["code"]) == (401, "UNAUTHENTICATED")
    assert (added["sequence"]["name"], copied["sequence"]["name"], copied["sequence"]["state"]) == ("Trial", "Trial, spring", "DRAFT")
    assert [(s["at"][:10], s["step"]) for s in steps] == [
        ("2027-01-04", "start"), ("2027-01-04", "three-days"), ("2027-01-07", "success"), ("2027-01-07", "four-days"), ("2027-01-11", "active"),
        ("2027-01-11", "help"), ("2027-01-11", "wait-end"), ("2027-01-16", "ending"), ("2027-01-16", None)]
    assert (steps[0]["what"][:15], steps[-1]["what"]) == ("Trial: start to", "Through with the sequence")
    assert (asked["userErrors"], asked["simulation"]["state"], asked["simulation"]["totalDays"]) == ([], "RUNNING", 177)
    assert "0 of 177 days" in waiting.text
    found = result["result"]
    assert (result["state"], result["doneDays"], found["entered"], sum(e["people"] for e in found["exits"])) == ("DONE", 177, 500, 500)
    assert {e["reason"] for e in found["exits"]} >= {"COMPLETED", "REPLY", "HARD_BOUNCE"}
    assert found["sends"] == sum(one["sends"] for one in found["perHour"])
    assert (page.status_code, page.headers["content-security-policy"]) == (200, CSP)
    assert page.text.count("<svg ") == 3 == page.text.count("The same as a table:")
    assert not re.search(r"<script|style=|https?://(?!www\.w3\.org)", page.text)
    assert (image.headers["content-type"], image.text[:5]) == ("image/svg+xml", "<svg ")


async def test_a_sandbox_goes_two_weeks_on(app: Starlette, db: Database, actor: Actor, key: str, tmp_path: Path) -> None:
    async with asking(app, key) as client:
        made = (await ask(client, DOCUMENTS["Sandbox"]))["data"]["createSandbox"]
    assert (made["userErrors"], made["now"], made["secret"][:8]) == ([], "2027-01-04T09:00:00+00:00", "lw_test_")
    hurried = DOCUMENTS["Advance"].replace('"2027-01-18T09:00:00Z"', '"2027-01-18T09:00:00Z", waitSeconds: 0')
    async with asking(app, made["secret"]) as client:
        begun = (await ask(client, hurried))["data"]["advanceClock"]
        await worked(db, await sandbox_of(db, made["slug"]), tmp_path)
        done = (await ask(client, "query($id: ID!) { clockAdvance(id: $id) { state reachedAt } viewer { workspace { kind now } } }",
                          id=begun["clockAdvance"]["id"]))["data"]
        back = (await ask(client, hurried.replace("2027-01-18", "2027-01-17")))["data"]["advanceClock"]
    assert (begun["clockAdvance"]["state"], begun["userErrors"]) == ("RUNNING", [])
    assert done == {
        "clockAdvance": {"state": "DONE", "reachedAt": "2027-01-18T09:00:00+00:00"},
        "viewer": {"workspace": {"kind": "SANDBOX", "now": "2027-01-18T09:00:00+00:00"}}}
    assert (back["clockAdvance"], [e["code"] for e in back["userErrors"]]) == (None, ["CLOCK_GOES_FORWARD"])
    async with asking(app, key) as client:
        here = (await ask(client, "{ sandboxes { slug now } }"))["data"]["sandboxes"]
        refused = (await ask(client, hurried))["data"]["advanceClock"]
        gone = (await ask(client, "mutation($s: String!) { removeSandbox(input: {slug: $s}) { slug userErrors { code } } }", s=made["slug"]))["data"]
    assert here == [{"slug": made["slug"], "now": "2027-01-18T09:00:00+00:00"}]
    assert [e["code"] for e in refused["userErrors"]] == ["NO_SANDBOX"]
    assert gone == {"removeSandbox": {"slug": made["slug"], "userErrors": []}}


async def sandbox_of(db: Database, slug: str) -> UUID:
    return (await db.control("SELECT lw_workspace_by_slug($1) AS id", slug))[0]["id"]
