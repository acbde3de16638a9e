"""The description of the REST doors: valid, complete, and its examples work as they stand."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from api.http.openapi.document import OPERATIONS, PAGES, document, text
from api.http.openapi.operation import JSON, Operation
from leadwell import capture
from leadwell.access import users
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database
from leadwell.capture import FormField, NewForm
from tests.doors.serving import PASSWORD, asking, key_for
from tests.doors.test_happenings import feed, signed

COMMITTED = Path(__file__).resolve().parents[2] / "docs/reference/openapi.json"
TRIED = [one for one in OPERATIONS if one.takes and one.takes.example is not None] + [
    one for one in OPERATIONS if one.name in ("live", "ready", "metrics", "describe", "readForm", "readTracker")]


def test_it_is_valid_and_the_committed_one_is_current() -> None:
    OpenAPIV31SpecValidator(document()).validate()
    assert COMMITTED.read_bytes() == text(), "run `leadwell schema --reference docs/reference`"
    assert len({one.name for one in OPERATIONS}) == len(OPERATIONS)


def test_every_door_is_described_or_a_page_for_people(app: Starlette) -> None:
    served, mounted = set[tuple[str, str]](), set[str]()
    for route in app.routes:
        path = getattr(route, "path", "").replace(":str}", "}")
        if isinstance(route, Mount):
            mounted.add(path)
        elif isinstance(route, Route) and path not in PAGES:
            served |= {(method, path) for method in route.methods or ()}
    described = {(one.method, one.path) for one in OPERATIONS}
    heads = {(method, path) for method, path in served if method == "HEAD" and ("GET", path) in described}   # as HTTP has it
    slashed = {(method, path) for method, path in served if path == "/graphql/"}
    assert served - heads - slashed - described == set()
    assert described - served == set()
    assert mounted <= set(PAGES)


@pytest.mark.parametrize("operation", TRIED, ids=lambda one: one.name)
async def test_its_examples_are_answered_as_it_says(app: Starlette, db: Database, actor: Actor, workspace: UUID, operation: Operation) -> None:
    values = {"email": f"{uuid7().hex}@example.com", "password": PASSWORD, "key": ""}
    headers, body = {}, b""
    if "{key}" in operation.path + json.dumps(operation.takes and operation.takes.example):
        values["key"] = await _form(db, actor)
    if operation.name == "signIn":
        await users.create_user(db, workspace, email=values["email"], name="Ana", role="OWNER", password=PASSWORD)
    if operation.takes:
        example = _filled(operation.takes.example, values)
        _holds(operation.takes.content[JSON], example)
        body, headers = json.dumps(example).encode(), {"content-type": JSON}
    if operation.name == "sendInbound":
        door, secret = await feed(db, actor)
        values["key"], headers = door.key, signed(secret, body)
    async with asking(app, await key_for(db, workspace) if "bearer" in operation.by else None) as client:
        answer = await client.request(operation.method, _filled(operation.path, values), content=body, headers=headers)
    _as_described(operation, answer)


async def test_a_refusal_has_the_described_shape(app: Starlette) -> None:
    async with asking(app) as client:
        for answer in (await client.post("/capture", json={}), await client.get("/exports/nothing"), await client.get("/nowhere")):
            _holds({"$ref": "#/components/schemas/Refused"}, answer.json())


def _as_described(operation: Operation, answer: httpx.Response) -> None:
    assert answer.status_code in operation.says, answer.text
    content = operation.says[answer.status_code][1]
    media = answer.headers.get("content-type", "").partition(";")[0]
    if content:
        assert media in content
    if media == JSON:
        _holds(content[JSON], answer.json())


def _holds(schema: Any, value: Any) -> None:
    OAS31Validator({**schema, "components": document()["components"]}).validate(value)


def _filled(example: Any, values: dict[str, str]) -> Any:
    if isinstance(example, str):
        return values[example.strip("{}")] if example.strip("{}") in values else example.replace("{key}", values["key"])
    if isinstance(example, dict):
        return {name: _filled(value, values) for name, value in example.items()}
    return [_filled(one, values) for one in example] if isinstance(example, list) else example


async def _form(db: Database, actor: Actor) -> str:
    fields = (FormField("email", "email", required=True), FormField("name", "name"))
    id = await db.run(actor, lambda tx: capture.create_form(tx, NewForm("Demo", fields)))
    async with db.read(actor) as tx:
        return str(await tx.value("SELECT f.key FROM forms f WHERE f.workspace_id = $1 AND f.id = $2", tx.workspace, id))
