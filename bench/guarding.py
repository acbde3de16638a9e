"""What authentication, limits and cost take of a request, and how soon what asks for too much is refused.

The same application answers the same requests in this process, with the three and without them, in turns; what differs is their processor time.
"""

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

import orjson
from starlette.types import Message

from api.app import create_app
from api.documents import Documents, Invalid
from api.errors import QueryTooComplex
from api.execution import Runner
from api.schema import CORE
from bench import documents as d
from bench.house import House, house
from bench.rows import Row, keep
from bench.servers import environment
from leadwell import wiring
from leadwell.access import keys
from leadwell.base.settings import load_settings

BATCH, ROUNDS = 200, 60
SMALL = "query Small($n: Int!) { leads(first: $n) { nodes { id title } } }"
CONVERT = 'convertLead(input: {id: "x"}) { lead { id } }'
COMMAND = "python -m bench guarding"


def bomb(levels: int) -> str:
    """Each fragment spreads the next one twice."""
    chain = " ".join(f"fragment f{i} on Query{{...f{i + 1} ...f{i + 1}}}" for i in range(levels))
    return f"{{...f0}} {chain} fragment f{levels} on Query{{__typename}}"


REFUSED = {
    "bomb": (bomb(25), 20.0),
    "aliases": ("{ " + " ".join(f"a{i}: __typename" for i in range(1_000)) + " }", 50.0),
    "conversions": ("mutation { " + " ".join(f"a{i}: {CONVERT}" for i in range(1_000)) + " }", 50.0),
    "directives": ("{ __typename " + "@no " * 5_000 + "}", 50.0),
    "repeated": ("{ " + "__typename " * 20_000 + "}", 50.0),
    "inline": ("{ " + "... on Query { __typename } " * 600 + " }", 50.0),
}


class Unguarded(Runner):
    """Knows who asks, and takes everything for nothing."""

    def prepare(self, context: Any, request: Any) -> Any:
        from api.execution import Prepared

        found = self.documents.get(request.query)
        return Prepared(request.query, found, request, found.document.operation(request.operation).operation, None)  # type: ignore[arg-type]


async def measure() -> list[Row]:
    async with house() as h:
        rows = [*await overhead(h), *refusals()]
    keep(rows)
    return rows


async def overhead(h: House) -> list[Row]:
    """Processor milliseconds a request, on pages of no rows and of fifty."""
    settings = load_settings(environment(h), None)
    kit = await wiring.open_kit(settings, "leadwell api")
    key = (await keys.create_key(h.db, h.workspace, "bench", ["*"])).text
    app = create_app(settings, kit)
    async with app.router.lifespan_context(app):
        here = app.state.house
        await _fill(app, key)
        guarded, viewer = here.runner, await here.credentials.viewer(key)
        bare = Unguarded(guarded.documents, guarded.production, guarded.meter, guarded.seconds, guarded.reads, guarded.persisted)
        caller = type(here).caller

        async def known(*_: object) -> Any:
            return viewer, key

        def off() -> None:
            here.runner, type(here).caller = bare, known

        def on() -> None:
            here.runner, type(here).caller = guarded, caller

        words = f"medians of {ROUNDS} turns of {BATCH} requests, in-process"
        found = [await _difference(app, key, d.body(SMALL, {"n": n}), on, off) for n in (0, 50)]
        on()
    await kit.close()
    return [
        Row("api.guard_overhead_ms", found[1][0], "ms", 0.1, "lower", f"50 leads of {found[1][2]:.3f} ms; {words}", COMMAND),
        Row("api.guard_overhead_small_ms", found[0][0], "ms", 0.1, "lower", f"no lead, {found[0][2]:.3f} ms; {words}", COMMAND),
    ]


async def _difference(app: Any, key: str, body: bytes, on: Callable[[], None], off: Callable[[], None]) -> tuple[float, float, float]:
    """Milliseconds with and without, the median of the differences, and the median with."""
    differences: list[float] = []
    whole: list[float] = []
    gc.disable()
    for turn in range(ROUNDS + 2):
        spent: dict[bool, float] = {}
        for guarded in (True, False) if turn % 2 else (False, True):
            (on if guarded else off)()
            started = time.process_time()
            for _ in range(BATCH):
                answer = await request(app, key, body)
                assert answer.startswith(b'{"data":'), answer[:300]
            spent[guarded] = (time.process_time() - started) / BATCH * 1000
        if turn > 1:
            differences.append(spent[True] - spent[False])
            whole.append(spent[True])
        gc.collect()
    gc.enable()
    return statistics.median(differences), min(differences), statistics.median(whole)


async def request(app: Any, key: str, body: bytes) -> bytes:
    """One POST to /graphql through ASGI; its body."""
    headers = [(b"host", b"bench"), (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers.append((b"authorization", b"Bearer " + key.encode()))
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/graphql", "raw_path": b"/graphql",
             "query_string": b"", "root_path": "", "scheme": "http", "headers": headers, "client": ("127.0.0.1", 1), "server": ("bench", 80)}
    sent: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))

    await app(scope, receive, send)
    return b"".join(sent)


async def _fill(app: Any, key: str) -> None:
    leads = [{"email": f"lead{i}@example.com", "title": f"Lead {i}"} for i in range(50)]
    document = "mutation Fill($input: CreateLeadsInput!) { createLeads(input: $input) { userErrors { message } } }"
    answer = orjson.loads(await request(app, key, d.body(document, {"input": {"leads": leads}})))
    assert "errors" not in answer, answer


def refusals() -> list[Row]:
    """Processor milliseconds until a document is refused, the quickest of five."""
    documents = Documents(CORE)
    rows: list[Row] = []
    for name, (text, bar) in REFUSED.items():
        times: list[float] = []
        for _ in range(5):
            started = time.process_time()
            try:
                documents.get(text)
            except (QueryTooComplex, Invalid):
                times.append((time.process_time() - started) * 1000)
        rows.append(Row(f"api.refuse_{name}_ms", min(times), "ms", bar, "lower", f"{len(text):,} characters, quickest of 5", COMMAND))
    return rows
