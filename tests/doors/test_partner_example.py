"""The examples in Python and curl do what they say against the real thing, and find one lead however the line is cut."""

import asyncio
import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from uuid import UUID

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from api.app import create_app
from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from leadwell.embedded.servers import Servers
from tests.doors.serving import key_for, on_a_port, running, settings_for
from tests.processes import ROOT, up
from tests.proxy import proxied

PYTHON, CURL = ROOT / "examples" / "python", ROOT / "examples" / "curl"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
COUNTS = "SELECT (SELECT count(*) FROM leads l WHERE l.workspace_id = $1) AS leads, (SELECT count(*) FROM people p WHERE p.workspace_id = $1) AS people"


@pytest.fixture(scope="module")
def partner() -> ModuleType:
    """examples/python/receiver.py."""
    spec = importlib.util.spec_from_file_location("receiver", PYTHON / "receiver.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def script(url: str, key: str, *words: str, **more: str) -> tuple[int, str, str]:
    """Exit code, output and talk of an example as a partner runs it."""
    env = {"PATH": os.environ["PATH"], "GRAPHQL": f"{url}/graphql", "API_KEY": key, "LEADWELL_URL": url, "LEADWELL_API_KEY": key, **more}
    process = await asyncio.create_subprocess_exec(
        *words, env={"ORDER": "4711", **env}, cwd=CURL if words[0] == "sh" else PYTHON, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def counts(db: Database, workspace: UUID) -> tuple[int, int]:
    async with db.read(Actor.system(workspace)) as tx:
        row = await tx.row(COUNTS, tx.workspace)
        assert row is not None
        return row["leads"], row["people"]


async def test_the_examples_run_through_against_the_whole_product(home: Path, partner: ModuleType) -> None:
    with up(home, "--no-demo", stand_ins=ROOT) as (_, ready):
        code, said, problems = await script(ready["url"], ready["api_key"], sys.executable, "main.py")
        assert (code, problems) == (0, "")
        steps = said.splitlines()
        assert steps[0].endswith(", asked for twice, made once")
        assert steps[1].startswith("2. Refused: BAD_SUBMISSION")
        assert steps[1].endswith("(field ['email'])")
        assert steps[2:5] == [
            "3. 3 leads of Navy Yard 4711, page by page", "4. Converted: Navy Yard 4711, deal Navy Yard 4711",
            "5. Webhook lead.converted of Grace Hopper, signature verified"]
        assert steps[-1] == "All of it works."

        receiver = partner.Receiver()
        code, said, problems = await script(ready["url"], ready["api_key"], "sh", "partner.sh", PARTNER_LEAD="4712", RECEIVER=receiver.url)
        receiver.close()
        assert (code, problems) == (0, "")
        assert '"replayed":false' in said.splitlines()[1]
        assert '"replayed":true' in said.splitlines()[2]
        assert '"eventKind":"lead.created"' in said.splitlines()[3]
        assert '"state":"PENDING"' in said.splitlines()[4]


@pytest.mark.parametrize("commit", [0, 1])
async def test_a_script_whose_commit_is_cut_retries_and_finds_one_lead(migrated: Servers, db: Database, workspace: UUID, commit: int) -> None:
    """First the raw submission is committed, then what was made of it; the answer to either is lost."""
    key = await key_for(db, workspace)
    async with proxied(migrated.database_url) as proxy:
        app = create_app(settings_for(migrated, DATABASE_URL=proxy.url))
        async with running(app), on_a_port(app) as address:
            await script(f"http://{address}", key, sys.executable, "main.py", "lead", ORDER="warm")
            proxy.cut_after(b"COMMIT", skip=commit)
            first = await script(f"http://{address}", key, sys.executable, "main.py", "lead")
            again = await script(f"http://{address}", key, sys.executable, "main.py", "lead")
    assert proxy.cuts == 1
    assert (first[0], again[0]) == (0, 0)
    assert first[1] == again[1]
    assert await counts(db, workspace) == (2, 2)


async def test_a_script_that_never_heard_the_answer_retries_and_finds_one_lead(migrated: Servers, db: Database, workspace: UUID) -> None:
    app = create_app(settings_for(migrated))
    async with running(app), on_a_port(app) as address, deaf(address) as cut:
        code, said, problems = await script(f"http://{cut}", await key_for(db, workspace), sys.executable, "main.py", "lead")
    assert code == 0
    assert "no answer" in problems
    assert len(said.split()) == 1
    assert await counts(db, workspace) == (1, 1)


async def test_ten_posts_at_once_under_one_key_make_one_lead(migrated: Servers, db: Database, workspace: UUID) -> None:
    app = create_app(settings_for(migrated))
    async with running(app), on_a_port(app) as address:
        key = await key_for(db, workspace)
        body = {"query": "mutation { createLead(input: {name: \"Grace Hopper\"}) { lead { id } userErrors { code retryable } } }"}
        headers = {"authorization": f"Bearer {key}", "idempotency-key": "same"}
        async with httpx.AsyncClient(base_url=f"http://{address}", headers=headers) as client:
            answers = [answer.json()["data"]["createLead"] for answer in await asyncio.gather(*(client.post("/graphql", json=body) for _ in range(10)))]
    assert len({answer["lead"]["id"] for answer in answers if answer["lead"]}) == 1
    assert all(error["retryable"] for answer in answers for error in answer["userErrors"])
    assert await counts(db, workspace) == (1, 1)


@pytest.fixture
def receiver(partner: ModuleType) -> Iterator[object]:
    made = partner.Receiver()
    made.secret = SECRET
    yield made
    made.close()


def signed(body: str, *, secret: str = SECRET, age: timedelta = timedelta()) -> dict[str, str]:
    at = datetime.now(UTC) - age
    return {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(int(at.timestamp())), "Webhook-Signature": Webhook(secret).sign("msg_1", at, body)}


def test_the_receiver_takes_what_is_signed_once_and_nothing_else(receiver: object) -> None:
    body = '{"type": "lead.created", "data": {"id": "x"}}'
    other = "whsec_" + "A" * 32
    statuses = [
        httpx.post(receiver.url, content=body, headers=headers).status_code  # type: ignore[attr-defined]
        for headers in (signed(body), signed(body), signed(body + " "), signed(body, secret=other), signed(body, age=timedelta(minutes=6)), {})
    ]
    assert statuses == [204, 204, 401, 401, 401, 401]
    assert receiver.events.qsize() == 1  # type: ignore[attr-defined]


@asynccontextmanager
async def deaf(address: str) -> AsyncIterator[str]:
    """Passes requests on to the API, but the first answer never comes back: the line is cut when it arrives."""
    host, _, port = address.partition(":")
    first = True

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal first
        there, to = await asyncio.open_connection(host, int(port))

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                target.write(data)

        sending = asyncio.create_task(pump(reader, to))
        if first:
            first = False
            await there.read(1)
        else:
            await pump(there, writer)
        sending.cancel()
        for end in (writer, to):
            end.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
