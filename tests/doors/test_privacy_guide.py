"""The guides' steps, taken with the guides' own documents: told, erased, forgotten, and looked up in the audit."""

import io
import re
import zipfile

import httpx
import pytest
from starlette.applications import Starlette

from leadwell import events, privacy
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id, encode_id
from leadwell.base.tx import Database
from models.leads import Lead
from models.people import Person
from tests import builders as make
from tests.doors.serving import ask, asking, key_for, session_for
from tests.processes import ROOT

GUIDES = (ROOT / "docs/guide/privacy.md").read_text() + (ROOT / "docs/guide/audit.md").read_text()
DOCUMENTS = {m[1]: m[0] for m in re.finditer(r"(?:query|mutation) (\w+).*?(?=\n```)", GUIDES, re.DOTALL)}


@pytest.fixture
async def person(db: Database, actor: Actor) -> str:
    async def work(tx: object) -> str:
        made = await make.make_person(tx, "Ana Silva", "ana@acme.com")  # type: ignore[arg-type]
        await make.make_lead(tx, made, company_name="Acme Ltd")  # type: ignore[arg-type]
        await events.note(tx, "lead.updated", "Lead", made, person_id=made, data={"changes": {"need": [None, "Ana asks"]}})  # type: ignore[arg-type]
        return encode_id(Person.tag, made)

    return await db.run(actor, work)


async def done(client: httpx.AsyncClient, name: str, **variables: object) -> dict[str, object]:
    """What a step of the guide answers."""
    body = await ask(client, DOCUMENTS[name], **variables)
    assert "errors" not in body, body
    (answer,) = body["data"].values()
    assert not isinstance(answer, dict) or answer.get("userErrors", []) == [], answer
    return answer


async def read_by_all(db: Database, actor: Actor) -> None:
    await db.run(actor, events.sequence)
    await db.run(actor, lambda tx: events.read_on(tx, "reactions", 10_000))


async def test_a_person_is_told_and_erased_by_the_guide(app: Starlette, db: Database, actor: Actor, person: str) -> None:
    async with asking(app, await key_for(db, actor.workspace)) as client:
        asked = (await done(client, "Export", id=person))["privacyRequest"]
        await privacy.access.perform(db, actor.workspace, decode_id(asked["id"])[1])  # type: ignore[index]
        link = await done(client, "Link", id=asked["id"])  # type: ignore[index]
        file = await client.get(str(link["url"]))
        preview = (await done(client, "Preview", id=person))["preview"]
        erasure = (await done(client, "Erase", id=person))["privacyRequest"]
        await read_by_all(db, actor)
        await privacy.perform(db, actor.workspace, decode_id(erasure["id"])[1])  # type: ignore[index]
        receipt = await done(client, "Receipt", id=erasure["id"])  # type: ignore[index]
        gone = await client.get(str(link["url"]))
        await read_by_all(db, actor)
        audited = await done(client, "Audit", record=person)
        late = await ask(client, DOCUMENTS["Link"], id=asked["id"])  # type: ignore[index]
    with zipfile.ZipFile(io.BytesIO(file.content)) as packed:
        assert "ana@acme.com" in packed.read("data.json").decode()
    assert (file.status_code, file.headers["content-type"], file.headers["cache-control"], gone.status_code) == (200, "application/zip", "no-store", 404)
    assert (preview["people"], preview["erased"]["people"], preview["erased"]["leads"]) == (1, 1, 1)  # type: ignore[index]
    assert (receipt["state"], receipt["peopleCount"], receipt["counts"]["person_emails"], len(receipt["receipt"])) == ("DONE", 1, 1, 64)  # type: ignore[index, arg-type]
    assert receipt["actor"].startswith("KEY:")  # type: ignore[attr-defined]
    (noted,) = audited["nodes"]  # type: ignore[misc]
    assert (noted["kind"], noted["changes"], noted["data"], noted["redacted"]) == ("lead.updated", None, {}, True)
    assert [e["code"] for e in late["data"]["linkPersonExport"]["userErrors"]] == ["EXPORT_NOT_READY"]


async def test_nobody_erases_or_reads_the_audit_without_the_right_to(app: Starlette, db: Database, actor: Actor, person: str) -> None:
    lead = "query { leads { nodes { id } } }"
    for token in (await key_for(db, actor.workspace, "*:read", "people:update"), (await session_for(db, actor.workspace, "MANAGER"))[1]):
        async with asking(app, token) as client:
            id = (await ask(client, lead))["data"]["leads"]["nodes"][0]["id"]
            for name in ("Erase", "Export", "Preview"):
                (answer,) = (await ask(client, DOCUMENTS[name], id=id))["data"].values()
                assert [e["code"] for e in answer["userErrors"]] == ["FORBIDDEN"]
            assert (await ask(client, DOCUMENTS["Doors"]))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    async with asking(app, await key_for(db, actor.workspace, "people:erase", "people:read", "audit:read")) as client:
        lead_id = encode_id(Lead.tag, decode_id(person)[1])
        (unknown,) = (await ask(client, DOCUMENTS["Erase"], id=lead_id))["data"].values()
        (foreign,) = (await ask(client, DOCUMENTS["Erase"], id=encode_id(4, decode_id(person)[1])))["data"].values()
        assert ([e["code"] for e in unknown["userErrors"]], [e["code"] for e in foreign["userErrors"]]) == (["NOT_FOUND"], ["BAD_ID"])
        await read_by_all(db, actor)
        kinds = {node["kind"] for node in (await done(client, "Doors"))["nodes"]}  # type: ignore[attr-defined]
    assert {"apiKey.created", "user.signed_in"} <= kinds


async def test_a_workspace_says_how_long_it_keeps_things(app: Starlette, db: Database, actor: Actor, person: str) -> None:
    async with asking(app, await key_for(db, actor.workspace)) as client:
        before = await done(client, "Retention")
        kept = await done(client, "Keep")
        after = {rule["kind"]: rule["months"] for rule in await done(client, "Retention")}  # type: ignore[attr-defined, index]
        wrong = await ask(client, DOCUMENTS["Keep"].replace("24", "0"))
    assert {(rule["kind"], rule["months"], rule["due"]) for rule in before} == {(kind, None, 0) for kind in privacy.retention.KINDS}  # type: ignore[index]
    assert (kept["months"], after["JUNK_LEADS"], after["VISITORS"]) == (24, 24, None)
    assert [e["code"] for e in wrong["data"]["setRetention"]["userErrors"]] == ["BAD_RETENTION"]


async def test_a_wrong_password_stands_in_the_audit(app: Starlette, db: Database, actor: Actor) -> None:
    user, token = await session_for(db, actor.workspace)
    async with db.read(actor) as tx:
        email = await tx.value("SELECT u.email FROM users u WHERE u.workspace_id = $1 AND u.id = $2", tx.workspace, user)
    async with asking(app, token) as client:
        refused = await client.post("/auth/sign-in", json={"email": email, "password": "not the password"})
        await read_by_all(db, actor)
        nodes = (await done(client, "Doors"))["nodes"]
    assert refused.status_code == 401
    assert [(n["kind"], n["actor"]) for n in nodes] == [("user.sign_in_failed", "SYSTEM"), ("user.signed_in", f"USER:{user}")]  # type: ignore[attr-defined, index]
