"""The public door: a burst of forms of which none may be lost, and how long an answer takes at a steady rate, over HTTP against one process."""

import asyncio
import base64
import os
import time
from statistics import quantiles

import httpx
import uvicorn
from starlette.applications import Starlette

from api.app import create_app
from bench.house import House, house
from bench.rows import Row
from leadwell import capture
from leadwell.base.actor import Actor
from leadwell.base.settings import Settings, load_settings
from leadwell.base.tx import Tx
from leadwell.capture import Form, FormField, NewForm

BURST = int(os.environ.get("LW_BENCH_BURST", "10000"))
RATE, SECONDS = 200, int(os.environ.get("LW_BENCH_SECONDS", "30"))
AT_ONCE, TRIES = 200, 5
COMMAND = "python -m bench capture"


async def measure() -> list[Row]:
    async with house(16) as h:
        form = await h.db.run(Actor.system(h.workspace), _form)
        app = create_app(_settings(h))
        limits = httpx.Limits(max_connections=AT_ONCE)
        async with app.router.lifespan_context(app), httpx.AsyncClient(base_url=await _serve(app), timeout=60, limits=limits) as client:
            await asyncio.gather(*(_send(client, form, f"warm{i}") for i in range(50)))
            waits = await _steady(client, form)
            lost, seconds = await _burst(h, client, form)
    p99 = quantiles(waits, n=100)[98] * 1000
    return [
        Row("capture.p99_ms", p99, "ms", 250, "lower", f"{RATE} forms/s for {SECONDS} s, {len(waits)} answers, one API process", COMMAND),
        Row("capture.burst_lost", lost, "submissions", 0, "lower", f"{BURST} forms at once over {AT_ONCE} connections, in {seconds:.1f} s", COMMAND),
        Row("capture.burst_per_s", BURST / seconds, "1/s", None, "higher", f"the same {BURST}", COMMAND),
    ]


def _settings(h: House) -> Settings:
    return load_settings(env={
        "DATABASE_URL": h.servers.database_url, "REDIS_URL": h.servers.redis_url, "LEADWELL_SECRET_KEYS": "bench:" + base64.b64encode(b"0" * 32).decode(),
        "LEADWELL_OUTBOUND_EPOCH": "bench", "LEADWELL_DATA_DIR": str(h.servers.data_dir)}, dotenv=None)  # fmt: skip


async def _form(tx: Tx) -> Form:
    fields = (FormField("name"), FormField("email", required=True), FormField("company"), FormField("need"))
    return await capture.read_form(tx, await capture.create_form(tx, NewForm("Demo request", fields)))


async def _serve(app: Starlette) -> str:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", timeout_keep_alive=120))
    _SERVING.append(asyncio.create_task(server.serve()))
    while not server.started:
        await asyncio.sleep(0.01)
    return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"


_SERVING: list[asyncio.Task[None]] = []


async def _send(client: httpx.AsyncClient, form: Form, name: str) -> bool:
    sent = {"name": f"Ada {name}", "email": f"ada.{name}@example.com", "company": f"Company {name}", "need": "Ten of them", "utm_source": "bench"}
    for _ in range(TRIES):
        answer = await client.post(f"/f/{form.key}", json=sent, headers={"idempotency-key": name})
        if answer.status_code == 200:
            return True
        assert answer.status_code == 503, answer.text   # too busy: the same form is sent again under its key, as a page would
    return False


async def _steady(client: httpx.AsyncClient, form: Form) -> list[float]:
    """From the moment a form was due, so that a server that falls behind cannot hide it."""
    waits: list[float] = []
    began = time.perf_counter()

    async def one(i: int) -> None:
        due = began + i / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await _send(client, form, f"s{i}")
        waits.append(time.perf_counter() - due)

    await asyncio.gather(*(one(i) for i in range(RATE * SECONDS)))
    return waits


async def _burst(h: House, client: httpx.AsyncClient, form: Form) -> tuple[int, float]:
    """Those that were never taken, and those that were answered as taken and are not in the table as a person's lead."""
    began = time.perf_counter()
    taken = await asyncio.gather(*(_send(client, form, f"b{i}") for i in range(BURST)))
    seconds = time.perf_counter() - began
    async with h.db.read(Actor.system(h.workspace)) as tx:
        kept = await tx.value(
            "SELECT count(*) FROM submissions s JOIN leads l ON l.workspace_id = $1 AND l.id = s.lead_id "
            "WHERE s.workspace_id = $1 AND s.state = 'PROCESSED' AND s.payload -> 'fields' ->> 'email' LIKE 'ada.b%'", tx.workspace)
    return sum(taken) - kept + taken.count(False), seconds
