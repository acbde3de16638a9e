"""Forms over GraphQL: made, changed under a version, put away and brought back; the words of a consent never change; nobody else gets in."""

from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette

from leadwell import capture
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id, encode_id
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG
from tests.doors.serving import ask, asking, key_for, session_for
from tests.doors.test_capture_http import make, rows

MADE = "{ form { id key version locale words isActive archivedAt } userErrors { code field } replayed }"
CREATE = f"mutation($i: CreateFormInput!) {{ createForm(input: $i) {MADE} }}"
UPDATE = f"mutation($i: UpdateFormInput!) {{ updateForm(input: $i) {MADE} }}"
ARCHIVE = f"mutation($i: RecordInput!) {{ archiveForm(input: $i) {MADE} }}"
UNARCHIVE = f"mutation($i: RecordInput!) {{ unarchiveForm(input: $i) {MADE} }}"
FIELDS = [{"name": "mail", "label": "E-mail", "required": True, "target": "email"}]


async def topic(db: Database, actor: Actor) -> str:
    (row,) = [row for row in await rows(db, actor, "topics", "id, code") if row["code"] == "newsletter"]
    return encode_id(CATALOG["Topic"].tag, row["id"])


async def test_form_is_made_changed_put_away_and_brought_back(app: Starlette, db: Database, actor: Actor) -> None:
    async with asking(app, await key_for(db, actor.workspace)) as client:
        new = {"name": "Demo", "fields": FIELDS, "locale": "de", "words": {"mailSubject": "Dein Platz"}, "idempotencyKey": "k1"}
        first, again = [(await ask(client, CREATE, i=new))["data"]["createForm"] for _ in range(2)]
        form = first["form"]
        changed = (await ask(client, UPDATE, i={"id": form["id"], "expectedVersion": 1, "minSeconds": 2, "words": None}))["data"]["updateForm"]
        stale = (await ask(client, UPDATE, i={"id": form["id"], "expectedVersion": 1, "minSeconds": 9}))["data"]["updateForm"]
        same = (await ask(client, UPDATE, i={"id": form["id"], "minSeconds": 2}))["data"]["updateForm"]
        away = (await ask(client, ARCHIVE, i={"id": form["id"]}))["data"]["archiveForm"]
        closed = [await client.post(f"/f/{form['key']}", json={"mail": "ana@acme.com"}), await client.get(f"/f/{form['key']}", headers={"accept": "text/html"})]
        back = (await ask(client, UNARCHIVE, i={"id": form["id"]}))["data"]["unarchiveForm"]
        taken = await client.post(f"/f/{form['key']}", json={"mail": "ana@acme.com", "_stamp": capture.stamp(decode_id(form["id"])[1], 0)})
    assert (again["replayed"], again["form"], form["locale"], form["words"]) == (True, form, "de", {"mailSubject": "Dein Platz"})
    assert (changed["form"]["version"], changed["form"]["words"], same["form"]["version"]) == (2, {}, 2)
    assert stale["userErrors"] == [{"code": "STALE_VERSION", "field": None}]
    assert (away["form"]["archivedAt"] is None, back["form"]["archivedAt"], back["form"]["key"]) == (False, None, form["key"])
    assert ([one.status_code for one in closed], taken.status_code) == ([410, 410], 200)
    assert "Dieses Formular ist geschlossen." in closed[1].text
    kinds = [row["kind"] for row in await rows(db, actor, "events", "kind, at") if row["kind"].startswith("form.")]
    assert sorted(kinds) == ["form.archived", "form.created", "form.unarchived", "form.updated"]


async def test_the_words_of_a_version_never_change(app: Starlette, db: Database, actor: Actor) -> None:
    consent = {"topicId": await topic(db, actor), "text": "Write to me", "version": "v1"}
    async with asking(app, await key_for(db, actor.workspace)) as client:
        form = (await ask(client, CREATE, i={"name": "Demo", "fields": FIELDS, "consents": [consent]}))["data"]["createForm"]["form"]
        other = {**consent, "text": "Write to me daily"}
        refused = [
            (await ask(client, UPDATE, i={"id": form["id"], "consents": [other]}))["data"]["updateForm"],
            (await ask(client, CREATE, i={"name": "Other", "fields": FIELDS, "consents": [other]}))["data"]["createForm"],
        ]
        fine = (await ask(client, UPDATE, i={"id": form["id"], "consents": [{**other, "version": "v2"}]}))["data"]["updateForm"]
    assert [one["userErrors"] for one in refused] == [[{"code": "WORDING_CHANGED", "field": ["consents", "0", "text"]}]] * 2
    assert (fine["userErrors"], fine["form"]["version"], len(await rows(db, actor, "forms"))) == ([], 2, 1)
    kept = sorted((row["version"], row["text"]) for row in await rows(db, actor, "consent_wordings", "version, text"))
    assert kept == [("v1", "Write to me"), ("v2", "Write to me daily")]


async def test_forms_are_for_those_who_may_and_of_their_own_workspace(app: Starlette, db: Database, actor: Actor, other_workspace: UUID) -> None:
    form = await make(db, actor)
    id = encode_id(CATALOG["Form"].tag, form.id)
    _, seller = await session_for(db, actor.workspace, "READ_ONLY")
    for token in (seller, await key_for(db, actor.workspace, "forms:read")):
        async with asking(app, token) as client:
            found = [
                (await ask(client, UPDATE, i={"id": id, "name": "Mine"}))["data"]["updateForm"],
                (await ask(client, ARCHIVE, i={"id": id}))["data"]["archiveForm"],
                (await ask(client, CREATE, i={"name": "Mine", "fields": FIELDS}))["data"]["createForm"],
            ]
        assert [one["userErrors"][0]["code"] for one in found] == ["FORBIDDEN"] * 3
    async with asking(app, await key_for(db, other_workspace)) as client:
        foreign = [
            (await ask(client, UPDATE, i={"id": id, "name": "Theirs"}))["data"]["updateForm"],
            (await ask(client, ARCHIVE, i={"id": id}))["data"]["archiveForm"],
        ]
        linked = (await ask(client, CREATE, i={"name": "Mine", "fields": FIELDS, "consents": [
            {"topicId": await topic(db, actor), "text": "x", "version": "v1"}]}))["data"]["createForm"]
    assert [one["userErrors"][0]["code"] for one in (*foreign, linked)] == ["NOT_FOUND"] * 3
    assert await rows(db, actor, "forms", "name, version, archived_at") == [{"name": "Demo request", "version": 1, "archived_at": None}]
    assert await rows(db, Actor.system(other_workspace), "forms") == []


@pytest.mark.parametrize(
    ("given", "field"),
    [({"locale": "German"}, "locale"), ({"words": {"sned": "x"}}, "words.sned"), ({"words": {"send": ""}}, "words.send"),
     ({"words": {"send": "a\nb"}}, "words.send"), ({"words": {"mailSubject": "{person.name}"}}, "words.mailSubject"), ({"words": ["x"]}, "words"),
     ({"words": {"mailText": 7}}, "words.mailText"), ({"perMinute": 0}, "perMinute"), ({"proofBits": 25}, "proofBits"), ({"minSeconds": 61}, "minSeconds"),
     ({"allowedOrigins": ["acme.com/x"]}, "allowedOrigins"), ({"redirectUrl": "javascript:x"}, "redirectUrl")],
)  # fmt: skip
async def test_what_a_form_cannot_be_is_named_by_field(app: Starlette, db: Database, actor: Actor, given: dict[str, Any], field: str) -> None:
    async with asking(app, await key_for(db, actor.workspace)) as client:
        (error,) = (await ask(client, CREATE, i={"name": "Demo", "fields": FIELDS, **given}))["data"]["createForm"]["userErrors"]
    assert (error["code"], ".".join(error["field"])) == ("BAD_FORM", field)
    assert await rows(db, actor, "forms") == []


EDIT = "mutation($i: EditSubmissionInput!) { editSubmission(input: $i) { submission { state outcome } userErrors { code field } } }"
REPLAY = "mutation($i: ReplaySubmissionsInput!) { replaySubmissions(input: $i) { submissions { state outcome lead { id } } userErrors { code } } }"


async def test_a_parked_submission_with_a_bad_address_is_mended_and_replayed_once(app: Starlette, db: Database, actor: Actor) -> None:
    async with asking(app, await key_for(db, actor.workspace)) as client:
        sent = (await client.post("/capture", json={"fields": {"email": "ana@acme", "need": "Ten"}})).json()
        id = sent["submissionId"]
        bad = (await ask(client, REPLAY, i={"ids": [id]}))["data"]["replaySubmissions"]["submissions"]
        mended = (await ask(client, EDIT, i={"id": id, "fields": {"email": "ana@acme.com"}}))["data"]["editSubmission"]
        replayed = [(await ask(client, REPLAY, i={"ids": [id, id]}))["data"]["replaySubmissions"]["submissions"] for _ in range(2)]
    assert (sent["outcome"], bad[0]["state"], mended["submission"], mended["userErrors"]) == ("PARKED", "PARKED", {"state": "PARKED", "outcome": None}, [])
    assert {(one["state"], one["outcome"]) for many in replayed for one in many} == {("PROCESSED", "CREATED")}
    assert len({one["lead"]["id"] for many in replayed for one in many}) == 1
    counts = [len(await rows(db, actor, table)) for table in ("leads", "people", "activities", "touchpoints", "submissions")]
    assert counts == [1, 1, 1, 1, 1]
    _, reader = await session_for(db, actor.workspace, "READ_ONLY")
    async with asking(app, reader) as client:
        assert (await ask(client, REPLAY, i={"ids": [id]}))["data"]["replaySubmissions"]["userErrors"] == [{"code": "FORBIDDEN"}]
