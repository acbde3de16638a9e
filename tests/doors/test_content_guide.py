"""The guides to templates, segments and broadcasts, as a marketer follows them: every document of theirs, sent over HTTP."""

import re
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from leadwell import segments
from leadwell.access.sees import Everything
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id, encode_id
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from tests import builders as b
from tests.doors.serving import ask, asking, session_for
from tests.mailing import leads, post, recipients, template, topic
from tests.processes import ROOT


def documents(page: str) -> dict[str, str]:
    text = (ROOT / f"docs/guide/{page}.md").read_text()
    return {m[1]: m[0] for m in re.finditer(r"(?:query|mutation) (\w+).*?(?=\n```)", text, re.DOTALL)}


async def asked(app: Starlette, token: str, text: str, **variables: Any) -> Any:
    async with asking(app, token) as client:
        body = await ask(client, text, **variables)
    assert "errors" not in body, body
    return body["data"]


def opaque(noun: str, id: Any) -> str:
    return encode_id(CATALOG[noun].tag, id)


async def test_the_guide_to_templates(app: Starlette, db: Database, workspace: Any, actor: Actor, tmp_path: Path) -> None:
    said = documents("templates")
    _, admin = await session_for(db, workspace, "ADMIN")

    async def begin(tx: Tx) -> str:
        person = await b.make_person(tx, name="Ada Lovelace", first_name="Ada")
        await b.make_lead(tx, person, interest=None)
        return opaque("Person", person)

    ada = await db.run(actor, begin)
    pieces = await asked(app, admin, said["Pieces"])
    assert [pieces[one]["userErrors"] for one in ("snippet", "layout")] == [[], []]
    made = (await asked(app, admin, said["Write"], layout=pieces["layout"]["layout"]["id"]))["createTemplate"]
    assert (made["warnings"], made["userErrors"], made["template"]["version"]) == ([], [], 1)
    id = made["template"]["id"]
    (problem,) = (await asked(app, admin, said["Lint"], html="<a href='{{ unsubscribe_url }}'>x</a>{{ person.nam }}"))["lintTemplate"]
    assert (problem["severity"], problem["line"], problem["column"], problem["fix"]) == ("ERROR", 1, 41, "Did you mean person.name?")
    seen = (await asked(app, admin, said["Preview"], template=id, person=ada))["previewTemplate"]
    assert (seen["subject"], seen["missing"]) == ("Good to meet you, Ada", ["lead.interest"])
    assert "See it (https://www.example.com/demo)" in seen["text"]
    tried = (await asked(app, admin, said["Try"], template=id, person=ada))["sendTestMail"]
    assert [(one["mailClass"], one["subject"]) for one in tried["sends"]] == [("TEST", None)]
    async with post(db, workspace, tmp_path) as office:
        await office.run()
        (mail,) = office.server.mailbox.list(limit=10)
        assert mail.subject == "[Test] Good to meet you, Ada"
    used = await asked(app, admin, said["Uses"], template=id)
    assert (used["templateUses"], [one["number"] for one in used["template"]["versions"]["nodes"]]) == ([], [1])


async def test_the_guide_to_segments(app: Starlette, db: Database, workspace: Any, actor: Actor) -> None:
    said = documents("segments")
    _, marketer = await session_for(db, workspace, "MARKETER")
    people = await db.run(actor, lambda tx: leads(tx, 2))
    where = {"state": {"eq": "OPEN"}}
    assert (await asked(app, marketer, said["Try"], where=where))["previewSegment"]["count"] == 2
    made = (await asked(app, marketer, said["Make"], where=where))["createSegment"]
    assert (made["segment"]["kind"], made["userErrors"]) == ("DYNAMIC", [])
    id = made["segment"]["id"]
    await db.run(actor, lambda tx: segments.refresh(tx, decode_id(id, CATALOG["Segment"].tag)[1]))
    found = await asked(app, marketer, said["Members"], id=id)
    assert (found["segment"]["memberCount"], len(found["segment"]["leads"]["nodes"]), found["leads"]["totalCount"], found["segmentUses"]) == (2, 2, 2, [])
    vip = (await asked(app, marketer, said["List"]))["createSegment"]["segment"]["id"]
    put = (await asked(app, marketer, said["Put"], id=vip, people=[opaque("Person", p) for p in people]))["addToSegment"]
    assert put == {"changedCount": 2, "segment": {"memberCount": 2}, "userErrors": []}
    refused = (await asked(app, marketer, said["Make"], where={"shoe": 1}))["createSegment"]
    assert (refused["segment"], refused["userErrors"][0]["code"]) == (None, "BAD_FILTER")


async def test_the_guide_to_broadcasts(app: Starlette, db: Database, workspace: Any, actor: Actor, tmp_path: Path) -> None:
    said = documents("broadcasts")
    _, marketer = await session_for(db, workspace, "MARKETER")

    async def begin(tx: Tx) -> dict[str, str]:
        people = await leads(tx, 3)
        new = segments.NewSegment("All", "Lead", where={})
        segment = await segments.create(tx, new, Everything(tx.workspace))
        await segments.refresh(tx, segment)
        return {
            "topic": opaque("Topic", await topic(tx)), "segment": opaque("Segment", segment), "first": opaque("Template", await template(tx)),
            "second": opaque("Template", await template(tx, "Loud")), "person": opaque("Person", people[0])}

    ids = await db.run(actor, begin)
    person = ids.pop("person")
    made = (await asked(app, marketer, said["Draft"], **ids))["createBroadcast"]
    assert (made["broadcast"]["state"], made["userErrors"]) == ("DRAFT", [])
    id = made["broadcast"]["id"]
    seen = (await asked(app, marketer, said["Preview"], id=id))["previewBroadcast"]
    assert (seen["count"], seen["held"], len(seen["sample"])) == (3, [], 3)
    assert (await asked(app, marketer, said["Go"], id=id))["scheduleBroadcast"]["broadcast"]["state"] == "SCHEDULED"
    async with post(db, workspace, tmp_path) as office:
        await office.run()
        written = (await asked(app, marketer, said["Write"], person=person))["sendEmail"]
        assert (written["send"]["mailClass"], written["userErrors"]) == ("ONE_TO_ONE", [])
        await office.run()
        results = (await asked(app, marketer, said["Results"], id=id))["broadcastResults"]
        assert (results["state"], results["recipients"]) == ("TESTING", 3)
        assert len(recipients(office.server)) == results["done"] + 1
