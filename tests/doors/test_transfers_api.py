"""A file goes up, is guessed, rehearsed, imported and taken back over the API; records go out by a signed link, without what one may not see."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio

from api.app import create_app
from leadwell import custom, transfer
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id
from leadwell.base.tx import Database
from leadwell.embedded.servers import Servers
from tests.builders import make_lead
from tests.doors.serving import ask, asking, key_for, running, settings_for

CREATE = "mutation($input: CreateImportInput!) { createImport(input: $input) { import { id state preview } userErrors { code field message } } }"
MOVE = "mutation($input: ImportInput!) { %s(input: $input) { import { state } userErrors { code message } } }"
EXPORT = "mutation($input: CreateExportInput!) { createExport(input: $input) { export { id state columns } userErrors { code field } } }"
LINK = "mutation($input: ExportInput!) { linkExport(input: $input) { url until userErrors { code } } }"
CSV = (
    "Record ID,First Name,Last Name,Email,Contact owner,Associated Company IDs,Associated Company\n"
    "5,Ana,Silva,ana@acme.com,,77,Acme\n6,Bo,Ray,bo@acme.com,,77,Acme\n"
)


@dataclass(slots=True)
class Door:
    client: httpx.AsyncClient
    db: Database
    workspace: UUID

    async def ask(self, query: str, **variables: Any) -> Any:
        body = await ask(self.client, query, **variables)
        assert "errors" not in body, body
        return body["data"]

    async def work(self) -> None:
        """What a worker would do with the queue of transfers."""
        actor = Actor.system(self.workspace)
        async with self.db.read(actor) as tx:
            jobs = await tx.fetch("SELECT w.kind, w.payload FROM work w WHERE w.workspace_id = $1 AND w.queue = 'transfer' ORDER BY w.created_at", tx.workspace)
        for job in jobs:
            id = UUID(job["payload"]["id"])
            if job["kind"] == "transfer.import":
                await transfer.perform(self.db, self.workspace, id)
            elif job["kind"] == "transfer.rehearse":
                await transfer.rehearse(self.db, self.workspace, id)
            elif job["kind"] == "transfer.revert":
                await transfer.revert(self.db, actor, id)
            elif job["kind"] == "transfer.export":
                await transfer.write_export(self.db, self.workspace, id)
        await self.db.run(actor, lambda tx: tx.execute("DELETE FROM work WHERE workspace_id = $1 AND queue = 'transfer'", tx.workspace))


@pytest_asyncio.fixture
async def door(migrated: Servers, db: Database, workspace: UUID) -> AsyncIterator[Door]:
    app = create_app(settings_for(migrated))
    async with running(app), asking(app, await key_for(db, workspace, "*:*")) as client:
        yield Door(client, db, workspace)


async def sent(door: Door, text: str, name: str = "contacts.csv") -> str:
    answer = await door.client.put(f"/uploads?name={name}", content=text.encode())
    assert answer.status_code == 200, answer.text
    assert answer.json()["size"] == len(text.encode())
    return answer.json()["upload"]


async def test_file_is_guessed_rehearsed_imported_and_taken_back(door: Door) -> None:
    upload = await sent(door, CSV)
    guess = (await door.ask("query($u: ID!) { guessMapping(upload: $u) { noun system columns { column field by samples } } }", u=upload))["guessMapping"]
    assert (guess["noun"], guess["system"]) == ("Contact", "hubspot")
    assert {c["column"]: (c["field"], c["by"]) for c in guess["columns"]}["Record ID"] == ("externalId", "LAYOUT")
    made = (await door.ask(CREATE, input={"upload": upload, "noun": "Contact", "dryRun": True}))["createImport"]
    assert (made["userErrors"], made["import"]["state"]) == ([], "REHEARSING")
    await door.work()
    id = made["import"]["id"]
    found = (await door.ask("query($id: ID!) { import(id: $id) { state preview } jobProgress(id: $id) { state done total counts } }", id=id))
    assert found["import"]["state"] == "READY"
    assert {name: found["import"]["preview"][name] for name in ("rows", "created", "failed")} == {"rows": 2, "created": 2, "failed": 0}
    assert (await door.ask("{ contacts { totalCount } }"))["contacts"]["totalCount"] == 0
    assert (await door.ask(MOVE % "startImport", input={"id": id}))["startImport"]["import"]["state"] == "RUNNING"
    await door.work()
    progress = (await door.ask("query($id: ID!) { jobProgress(id: $id) { state done total counts } }", id=id))["jobProgress"]
    assert (progress["state"], progress["done"], progress["total"], progress["counts"]["created"]) == ("DONE", 2, 2, 2)
    assert (await door.ask("{ contacts { totalCount nodes { company { name } } } }"))["contacts"] == {
        "totalCount": 2, "nodes": [{"company": {"name": "Acme"}}, {"company": {"name": "Acme"}}]}  # fmt: skip
    assert (await door.ask(MOVE % "revertImport", input={"id": id}))["revertImport"]["import"]["state"] == "REVERTING"
    await door.work()
    assert (await door.ask("{ contacts { totalCount } companies { totalCount } people { totalCount } }")) == {
        "contacts": {"totalCount": 0}, "companies": {"totalCount": 0}, "people": {"totalCount": 0}}  # fmt: skip


async def test_broken_upload_goes_on_where_it_broke(door: Door) -> None:
    first = await sent(door, CSV[:50])
    wrong = await door.client.put(f"/uploads?upload={first}&offset=10", content=b"x")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (409, "WRONG_OFFSET")
    refused = await ask(door.client, CREATE, input={"upload": "nonsense", "noun": "Contact"})
    assert refused["data"]["createImport"]["userErrors"][0]["code"] == "NO_SUCH_UPLOAD"


async def test_custom_fields_and_tags_are_guessed_and_need_their_own_permission(door: Door, migrated: Servers) -> None:
    await door.db.run(Actor.system(door.workspace), lambda tx: custom.define(tx, custom.NewField("Contact", "Shoe size", "INT")))
    text = "Last Name,Email,Company,Shoe size,Tags\nRay,bo@acme.com,Acme,43,Fair\n"
    query = "query($u: ID!) { guessMapping(upload: $u, noun: \"Contact\") { columns { column field } fields { name description } } }"
    guess = (await door.ask(query, u=await sent(door, text)))["guessMapping"]
    assert {c["column"]: c["field"] for c in guess["columns"]} == {
        "Last Name": "lastName", "Email": "email", "Company": "company", "Shoe size": "custom.shoe_size", "Tags": "tags"}  # fmt: skip
    assert {"name": "custom.shoe_size", "description": '"Shoe size", a field of the workspace: a whole number.'} in guess["fields"]
    app = create_app(settings_for(migrated))
    async with running(app), asking(app, await key_for(door.db, door.workspace, "imports:*", "contacts:*")) as other:
        narrow = Door(other, door.db, door.workspace)
        upload = await sent(narrow, text)
        refused = (await narrow.ask(CREATE, input={"upload": upload, "noun": "Contact"}))["createImport"]
        assert refused["userErrors"][0]["code"] == "FORBIDDEN"
        left = [{"column": "Tags", "field": "-"}]
        assert (await narrow.ask(CREATE, input={"upload": upload, "noun": "Contact", "mapping": left}))["createImport"]["userErrors"] == []


async def test_canceled_import_is_not_begun(door: Door) -> None:
    upload = await sent(door, CSV)
    id = (await door.ask(CREATE, input={"upload": upload, "noun": "Contact"}))["createImport"]["import"]["id"]
    await door.ask(MOVE % "startImport", input={"id": id})
    assert (await door.ask(MOVE % "cancelImport", input={"id": id}))["cancelImport"]["import"]["state"] == "CANCELED"
    await door.work()
    assert (await door.ask("{ contacts { totalCount } }"))["contacts"]["totalCount"] == 0
    refused = (await door.ask(MOVE % "cancelImport", input={"id": id}))["cancelImport"]
    assert refused["userErrors"] == []


async def test_export_is_downloaded_by_a_signed_link_and_runs_no_formula(door: Door) -> None:
    actor = Actor.system(door.workspace)
    await door.db.run(actor, lambda tx: make_lead(tx, company_name="=cmd()"))
    id = (await door.ask(EXPORT, input={"noun": "Lead", "columns": ["id", "companyName", "owner.name"], "where": {"state": {"eq": "OPEN"}}}))["createExport"]
    assert id["userErrors"] == []
    early = (await door.ask(LINK, input={"id": id["export"]["id"]}))["linkExport"]
    assert early["userErrors"] == [{"code": "EXPORT_UNFINISHED"}]
    await door.work()
    url = (await door.ask(LINK, input={"id": id["export"]["id"]}))["linkExport"]["url"]
    answer = await httpx.AsyncClient(transport=door.client._transport, base_url="http://127.0.0.1:8000").get(url[url.index("/exports") :])  # pyright: ignore[reportPrivateUsage]
    assert answer.status_code == 200, answer.text
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert table[0] == ["Leadwell lead id", "companyName", "owner.name"]
    assert table[1][1:] == ["'=cmd()", ""]
    assert decode_id(table[1][0], 2)
    bad = await door.client.get(url[url.index("/exports") :][:-3] + "abc")
    assert bad.status_code == 404


async def test_export_refuses_what_may_not_be_read(door: Door, migrated: Servers) -> None:
    wrong = (await door.ask(EXPORT, input={"noun": "Lead", "columns": ["nope"]}))["createExport"]
    assert wrong["userErrors"] == [{"code": "BAD_COLUMN", "field": ["columns"]}]
    app = create_app(settings_for(migrated))
    async with running(app), asking(app, await key_for(door.db, door.workspace, "exports:*", "contacts:read")) as other:
        body = await ask(other, EXPORT, input={"noun": "Lead"})
        assert body["data"]["createExport"]["userErrors"][0]["code"] == "FORBIDDEN"
