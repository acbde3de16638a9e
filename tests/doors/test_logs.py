"""What API and worker write about themselves: every door is fed secrets and names, none of which may stand in a line."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from api.app import create_app
from api.errors import formatted
from leadwell import work
from leadwell.base import logs
from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from leadwell.delivery import Unreachable
from leadwell.embedded.servers import Servers
from leadwell.outside.webhook_http import WebhookSender
from leadwell.webhooks import Post
from leadwell.wiring import open_kit
from leadwell.work import Job, Kind, NewJob
from tests.doors.serving import asking, key_for, on_a_port, running, session_for, settings_for
from workers.drain import Drain
from workers.run import forever

EMAIL, NAME, PHONE = "ada.lovelace@analytic.example", "Adalbertine", "+4915112345678"
PASSWORD, SMTP, HOOK, TOKEN = "zebra-forty-two-quilt", "smtp-Sesame9", "whsec_dG9wc2VjcmV0", "tok3nInAPath99"
SEEDED = (EMAIL, NAME, PHONE, PHONE[1:], PASSWORD, SMTP, HOOK, TOKEN)
STRICT = {
    "LEADWELL_ENVIRONMENT": "production", "LEADWELL_PUBLIC_URL": "https://leadwell.example", "LEADWELL_LOG_LEVEL": "debug",
    "SMTP_URL": f"smtp://mailer:{SMTP}@127.0.0.1:1",
}  # fmt: skip


@pytest.fixture
def written(migrated: Servers) -> Iterator[io.StringIO]:
    """All that a process in production writes that is asked to talk."""
    root = logging.getLogger()
    handlers, level, levels = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in logs.TALKATIVE}
    logs.configure(settings_for(migrated, **STRICT))
    lines = io.StringIO()
    root.handlers[0].setStream(lines)  # pyright: ignore[reportAttributeAccessIssue]
    yield lines
    root.handlers[:], root.level = handlers, level
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(False)


@pytest_asyncio.fixture
async def app(migrated: Servers) -> AsyncIterator[Starlette]:
    async with running(create_app(settings_for(migrated, **STRICT))) as started:
        yield started


async def violation(db: Database, workspace: UUID) -> asyncpg.PostgresError:
    """As PostgreSQL words it: with the values."""
    async with db.pool.acquire() as connection, connection.transaction():
        await connection.execute("CREATE TEMP TABLE known (email text UNIQUE) ON COMMIT DROP")
        await connection.execute("INSERT INTO known VALUES ($1)", EMAIL)
        with pytest.raises(asyncpg.UniqueViolationError) as found:
            await connection.execute("INSERT INTO known VALUES ($1)", EMAIL)
    assert EMAIL in str(found.value)
    return found.value


def hits(text: str, *more: str) -> list[str]:
    return [secret for secret in (*SEEDED, *more) if secret in text]


async def talk(url: str) -> None:
    async with connect(url, subprotocols=[Subprotocol(TOKEN)]) as socket:
        await socket.send(json.dumps({"type": EMAIL}))
        await socket.recv()


async def through_every_door(client: httpx.AsyncClient, key: str) -> list[httpx.Response]:
    """Right and wrong requests, each with something that nobody else may read."""

    def post(path: str, **more: Any) -> Any:
        return client.post(path, **more)

    literal = f'{{ leads(where: {{email: {{eq: "{EMAIL}"}}}}) {{ nodes {{ name }} }} }}'
    return [
        await post("/auth/sign-in", json={"email": EMAIL, "password": PASSWORD}, headers={"origin": "https://leadwell.example"}),
        await post("/auth/sign-in", content=f'{{"email": "{EMAIL}'.encode(), headers={"content-type": "application/json"}),
        await client.get("/graphql", params={"key": key}),
        await client.get(f"/auth/link/{TOKEN}", params={"email": EMAIL}),
        await post("/graphql", json={"query": literal}),
        await post("/graphql", json={"query": literal[:-3]}),
        await post("/graphql", json={"query": f'{{ leads(first: "{NAME}") {{ {NAME} }} }}', "operationName": NAME}),
        await post("/graphql", json={"query": "query($n: Int!) { leads(first: $n) { totalCount } }", "variables": {"n": EMAIL}}),
        await post("/graphql", json={"query": f'mutation {{ createLead(input: {{email: "{EMAIL}", name: "{NAME}", phone: "{PHONE}"}}) {{ lead {{ id }} }} }}'}),
        await post("/graphql", json={"query": f'{{ node(id: "{TOKEN}") {{ id }} }}'}),
        await post("/graphql", content=b"\xff" + EMAIL.encode(), headers={"content-type": "application/json"}),
        await post("/graphql", json={"query": "{ viewer { name } }"}, headers={"authorization": f"Bearer {key[:-1]}", "x-request-id": key}),
        await post("/capture", json={"submissions": [{"email": EMAIL, "phone": PHONE, "first_name": NAME, "age": PASSWORD}]}),
        await post("/capture", content=EMAIL.encode(), headers={"content-type": "application/json"}),
        await post(f"/f/{TOKEN}", json={"email": EMAIL}),
        await post(f"/inbound/{TOKEN}", json={"email": EMAIL}, headers={"webhook-signature": HOOK}),
        await post(f"/inbound/mail/{TOKEN}", content=f"From: {EMAIL}\r\n\r\n{NAME}".encode()),
        await post("/enrich/custom", json={"email": EMAIL}),
        await client.put("/uploads", params={"name": f"{EMAIL}.csv"}, content=EMAIL.encode()),
        *[await client.get(f"/{door}/{TOKEN}") for door in ("files", "exports", "u", "c", "o", "confirm", "digest", "welcome", "reset", "privacy", "nowhere")],
        await post("/forgot", data={"email": EMAIL}),
        await post("/t", json={"form": TOKEN, "url": f"https://x.example/?email={EMAIL}"}),
        await client.request(EMAIL[:3].upper(), f"/{TOKEN}"),
    ]


async def test_no_line_of_the_api_tells_a_secret_or_a_person(app: Starlette, db: Database, workspace: UUID, written: io.StringIO) -> None:
    key, (_, session) = await key_for(db, workspace), await session_for(db, workspace)
    async with asking(app, key) as client:
        answers = await through_every_door(client, key)
    async with asking(app) as stranger:
        answers += [await stranger.get("/graphql", params={"access_token": session}), await stranger.post("/graphql", json={"query": "{ viewer { name } }"})]
    assert max(answer.status_code for answer in answers) < 500
    refused = "".join(answer.text for answer in answers if answer.status_code >= 400 or b'"errors"' in answer.content)
    assert [secret for secret in (key, session, PASSWORD, HOOK, PHONE, "$argon2", "postgresql://") if secret in refused] == []
    async with on_a_port(app) as place:
        for path in (f"/graphql?key={key}", f"/graphql?email={EMAIL}"):
            with pytest.raises(WebSocketException):
                await talk(f"ws://{place}{path}")
    text = written.getvalue()
    assert hits(text, key, session, "lw_live_") == []
    lines = [json.loads(line) for line in text.splitlines()]
    told = [line for line in lines if line["logger"] == "leadwell.requests" and line["method"] != "WEBSOCKET"]
    assert len(told) == len(answers)
    assert {"/graphql", "/f/{key}", "/files/{token}", "none"} <= {line["door"] for line in told}
    made = next(line for line in told if line.get("kind") == "mutation")
    assert (made["workspace"], made["method"], made["status"], made["level"]) == (str(workspace), "POST", 200, "info")
    assert made["credential"].startswith("KEY:")


async def test_our_own_faults_tell_what_and_where_but_no_values(app: Starlette, db: Database, workspace: UUID, written: io.StringIO) -> None:
    log, error = logging.getLogger("leadwell.test"), await violation(db, workspace)
    log.error("request %s failed: %r", "x", error, exc_info=error)
    log.warning("asked %s of https://user:%s@host.example/path?email=%s", EMAIL, PASSWORD, EMAIL)
    asyncio.get_running_loop().call_exception_handler({"message": "a task fell", "exception": error, "future": error})
    try:
        raise Unreachable(f"550 {EMAIL} unknown") from error
    except Unreachable as lost:
        log.exception("lost: %s", lost)
    for fault, code in ((error, "INTERNAL"), (asyncpg.QueryCanceledError(f"canceled {EMAIL}"), "TIMED_OUT"), (ConnectionError(EMAIL), "UNAVAILABLE")):
        shown = formatted(GraphQLError("Something", original_error=fault), "a-request")
        assert (shown["extensions"]["code"], hits(str(shown))) == (code, [])

    async def fall(request: Request) -> Response:
        raise error

    app.router.routes.insert(0, Route("/fall/{token}", fall))
    async with asking(app) as client:
        answer = await client.get(f"/fall/{TOKEN}?email={EMAIL}")
    assert (answer.status_code, answer.json()["error"]["code"], hits(answer.text)) == (500, "INTERNAL", [])
    text = written.getvalue()
    assert hits(text) == []
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines[0]["message"] == "request x failed: UniqueViolationError (23505, known, known_email_key)"
    assert lines[0]["errors"][0]["error"] == "UniqueViolationError (23505, known, known_email_key)"
    assert lines[2]["message"] == "a task fell"
    assert lines[-1]["door"] == "/fall/{token}"
    lost = next(line for line in lines if line["message"].startswith("lost"))
    assert [one["error"] for one in lost["errors"]] == ["Unreachable", "UniqueViolationError (23505, known, known_email_key)"]
    assert lost["errors"][0]["at"][0].startswith("tests.doors.test_logs.test_our_own_faults")


async def test_no_line_of_the_worker_tells_a_secret_or_a_person(migrated: Servers, db: Database, workspace: UUID, written: io.StringIO) -> None:
    error = await violation(db, workspace)

    async def fall(kit: Any, job: Job) -> None:
        raise {"score.broken": error, "score.mail": Unreachable(f"550 {EMAIL}")}.get(job.kind, ValueError(f"{NAME} {PHONE}"))

    async def record(tx: Any, jobs: list[Job], results: list[Any]) -> None:
        raise error

    kinds = [Kind(name, record=record, perform=fall) for name in ("score.broken", "score.mail", "score.odd")] + [Kind("score.recorded", record=record)]
    kit = await open_kit(settings_for(migrated, **STRICT), "leadwell-worker")
    try:
        await db.run(Actor.system(workspace), lambda tx: work.put(tx, *(NewJob("score", kind.name, {"email": EMAIL}) for kind in kinds)))
        await Drain(kit, kinds).one(workspace, [("score", work.PROMPT)])
        answer = await WebhookSender(allow_loopback=True).post(Post("msg_1", f"http://127.0.0.1:1/{TOKEN}?key={PASSWORD}", EMAIL, (HOOK,)))
        assert answer.status is None
    finally:
        await kit.close()

    async def duty() -> None:
        raise error

    turning = asyncio.create_task(forever(duty, 3600))
    await asyncio.sleep(0)
    turning.cancel()
    text = written.getvalue()
    assert hits(text) == []
    for kind in kinds:
        assert kind.name in text
    assert "a duty of the worker failed" in text


@pytest.mark.parametrize(("chosen", "expected"), [("all", 2), ("failed", 1), ("none", 0)])
async def test_which_requests_get_a_line_is_a_setting(migrated: Servers, written: io.StringIO, chosen: str, expected: int) -> None:
    async with running(create_app(settings_for(migrated, LEADWELL_LOG_REQUESTS=chosen))) as app, asking(app) as client:
        await client.get("/live")
        await client.get("/nowhere")
    assert sum("leadwell.requests" in line for line in written.getvalue().splitlines()) == expected


def test_text_lines_say_the_same(migrated: Servers) -> None:
    record = logging.LogRecord("leadwell.x", logging.WARNING, "", 0, "sent to %s", (EMAIL,), None)
    assert logs.Lines(json=False).format(record).endswith("WARNING leadwell.x sent to ***")
    assert EMAIL in logs.Lines(json=False, texts=True).format(record)
    record.facts = {"status": 200}
    assert logs.Lines(json=False).format(record).endswith(" status=200")
