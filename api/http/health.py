"""Whether this process lives, whether it can serve, and its numbers."""

import asyncio
import hmac
import time
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.errors import MetricsClosed, MetricsTokenWrong
from api.house import House, house
from api.metrics import Noted, cached, queues, told, workers
from leadwell.migrations import MigrationChanged, pending

PATIENCE_S = 2.0


async def live(request: Request) -> Response:
    """The loop turns; `lagMs` is how long a turn takes."""
    started = time.perf_counter()
    await asyncio.sleep(0)
    return JSONResponse({"status": "live", "lagMs": round((time.perf_counter() - started) * 1000, 2)})


async def ready(request: Request) -> Response:
    """200 while the database answers, takes writes and has every migration of this release; else 503 with the reason, also once the process is about
    to end. It has connections of its own: a busy process is ready, for taking it out would only make the others busier. Redis only costs latency, so
    it is not asked."""
    here = house(request)
    if here.retiring or here.tails.leaving.is_set():
        return JSONResponse({"status": "not ready", "problem": "this process is ending"}, 503)
    try:
        async with asyncio.timeout(PATIENCE_S):
            problem = await _database(here)
    except MigrationChanged as refusal:
        problem = refusal.message
    except Exception as error:
        problem = f"the database does not answer ({type(error.__cause__ or error).__name__})"
    return JSONResponse({"status": "not ready" if problem else "ready", **({"problem": problem} if problem else {})}, 503 if problem else 200)


async def _database(here: House) -> str | None:
    row = (await here.watch.control("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS closed"))[0]
    if row["closed"]:
        return "the database takes no writes"
    async with here.watch.lend() as connection:
        missing = await pending(connection)
    return f"the database lacks {len(missing)} migration(s), next {missing[0]}" if missing else None


async def metrics(request: Request) -> Response:
    """Prometheus text, of the whole installation: for whoever runs it (`metrics_token`), no workspace's key or session."""
    here = house(request)
    _operator(here, request)
    pool: Any = here.kit.db.pool
    idle = pool.get_idle_size() + len(here.kit.db.lender.at_hand)
    runner = here.runner
    caches = {
        "texts": runner.documents.texts, "documents": runner.documents.documents, "plans": runner.reads.plans.known,
        "persisted": runner.persisted.learned,
    }  # fmt: skip
    now, db = datetime.now(UTC), here.watch
    async with here.scraping:
        depths, beats = await db.control("SELECT * FROM lw_queue_depths()"), await db.control("SELECT * FROM lw_beats()")
    pools = (("connections", "Connections to the database.", pool.get_size()), ("idle", "Those that nobody uses.", idle),
             ("limit", "How many there may be.", pool.get_max_size()))
    lines = [
        *cached(caches),
        *(line for name, help, value in pools for line in told(f"leadwell_pool_{name}", "gauge", help, [({}, value)])),
        *queues(depths, now), *workers(beats, now),
    ]
    for noted in Noted.made:
        noted.settle()
    return Response(generate_latest(REGISTRY) + ("\n".join(lines) + "\n").encode(), media_type=CONTENT_TYPE_LATEST)


def _operator(here: House, request: Request) -> None:
    """MetricsClosed in production where no token is set, MetricsTokenWrong where another is sent."""
    wanted = here.settings.metrics_token
    if not wanted:
        if here.settings.production:
            raise MetricsClosed()
        return
    kind, _, told = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(told.strip().encode("utf-8", "replace"), wanted.encode()):
        raise MetricsTokenWrong()


routes: list[BaseRoute] = [Route(path, door, methods=["GET"]) for path, door in (("/live", live), ("/ready", ready), ("/metrics", metrics))]
