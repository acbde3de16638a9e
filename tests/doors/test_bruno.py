"""The Bruno collection: every file of it is read, its documents are valid, and a run from top to bottom meets its own expectations."""

import json
import re
import shlex
from pathlib import Path
from typing import Any
from uuid import UUID

import graphql
import httpx
import pytest
from starlette.applications import Starlette

from api.schema import CORE
from leadwell.access import users
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database
from tests.doors.serving import PASSWORD, asking, key_for
from tests.hooking import hooks
from tests.processes import ROOT

FOLDER = ROOT / "examples" / "bruno"
REQUESTS = sorted(path for path in FOLDER.glob("*.bru") if path.name != "collection.bru")
BLOCK = re.compile(r"^([a-z:-]+) ([{\[])\n(.*?)^[}\]]$", re.MULTILINE | re.DOTALL)
Texts = dict[str, str]


def blocks(path: Path) -> Texts:
    """The blocks of a file by their names; nothing stands between them."""
    text = path.read_text()
    assert BLOCK.sub("", text).strip() == "", path.name
    return {m[1]: m[3] for m in BLOCK.finditer(text)}


def pairs(block: str) -> Texts:
    return dict(line.strip().split(": ", 1) for line in block.splitlines() if line.strip())


def filled(text: str, known: Texts) -> str:
    """The text with its {{variables}}; a KeyError for one that nobody has set."""
    return re.sub(r"\{\{(\w+)\}\}", lambda m: known[m[1]], text)


def found(answer: httpx.Response, path: str) -> Any:
    """What `res.body.data.lead.id` or the like means."""
    value: Any = {"res": {"status": answer.status_code, "body": answer.json()}}
    for step in re.findall(r"\w+", path):
        if step == "length":
            value = len(value)
        elif isinstance(value, list):
            value = value[int(step)]
        else:
            value = value[step]
    return value


def check(answer: httpx.Response, path: str, wanted: str) -> None:
    value, (verb, _, operand) = found(answer, path), wanted.partition(" ")
    good = {
        "eq": lambda: value == operand or json.dumps(value) == operand, "isNull": lambda: value is None, "isDefined": lambda: value is not None,
        "startsWith": lambda: value.startswith(operand),
    }[verb]
    assert good(), (path, wanted, answer.text)


async def send(client: httpx.AsyncClient, parts: Texts, known: Texts) -> httpx.Response:
    method = next(name for name in ("get", "post") if name in parts)
    to = pairs(parts[method])
    assert to["auth"] in ("inherit", "none")
    body = json.loads(filled(parts["body:json"], known)) if "body:json" in parts else None
    if to["body"] == "graphql":
        body = {"query": parts["body:graphql"], "variables": json.loads(filled(parts.get("body:graphql:vars", "{}"), known))}
    headers = pairs(filled(parts.get("headers", ""), known)) | ({"authorization": ""} if to["auth"] == "none" else {})
    return await client.request(method, filled(to["url"], known), json=body, headers=headers)


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_each_request_is_named_in_order_and_valid(path: Path) -> None:
    parts = blocks(path)
    meta = pairs(parts["meta"])
    assert path.stem == f"{int(meta['seq']):02} {meta['name']}"
    assert int(meta["seq"]) == REQUESTS.index(path) + 1
    assert pairs(parts["assert"])
    if meta["type"] == "graphql":
        assert [error.message for error in graphql.validate(CORE, graphql.parse(parts["body:graphql"]))] == []


async def test_a_run_meets_what_every_request_expects(app: Starlette, db: Database, workspace: UUID) -> None:
    collection, known = blocks(FOLDER / "collection.bru"), pairs(blocks(FOLDER / "environments" / "local.bru")["vars"])
    words = shlex.split(collection["docs"].replace("`", "").partition("leadwell keys create ")[2].partition("order is")[0])
    scopes = [words[i + 1] for i, word in enumerate(words) if word == "--scope"]
    await users.create_user(db, workspace, email=f"{uuid7().hex}@acme.example", name="Olivia", role="SALES", password=PASSWORD)
    async with hooks(db, workspace) as at, asking(app, await key_for(db, workspace, *scopes)) as client:
        known["webhookUrl"] = at.receiver.url
        for path in REQUESTS:
            parts = blocks(path)
            answer = await send(client, parts, known)
            for what, wanted in pairs(parts["assert"]).items():
                check(answer, what, filled(wanted, known))
            known |= {name: str(found(answer, at_)) for name, at_ in pairs(parts.get("vars:post-response", "")).items()}
            await at.carry()
            await at.post()
    first, again = at.receiver.calls
    assert (first.body, json.loads(first.body)["type"]) == (again.body, "lead.converted")


def test_environments_say_the_same_and_hold_no_key() -> None:
    local, server = [blocks(FOLDER / "environments" / f"{name}.bru") for name in ("local", "server")]
    assert pairs(local["vars"]).keys() == pairs(server["vars"]).keys()
    assert local["vars:secret"].split() == server["vars:secret"].split() == ["apiKey"]
    assert not any("lw_live_" in path.read_text() for path in FOLDER.rglob("*.bru"))
