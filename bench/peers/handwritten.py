"""What a careful person writes for these pages and nothing else: a route each, fixed SQL that gives the answer's text, and layer upon layer what
the product has too. `LAYERS`: `bare` (a superuser's pool), `known` (+ who asks), `secured` (+ a transaction under row security), `guarded`."""

import base64
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.guard import Guard
from leadwell.access import Credentials
from leadwell.base import secrets
from leadwell.base.ids import decode_id
from leadwell.base.pool import open_pool
from leadwell.base.settings import load_settings
from leadwell.base.sql import load
from leadwell.base.tx import Database

LAYERS = ("bare", "known", "secured", "guarded")
LAYER = LAYERS.index(os.environ.get("LAYERS", "secured"))
LAST = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=(1 << 128) - 1))
LEAD, SAME = 2, b'{"data":"' + b"x" * 35_000 + b'"}'


async def pages(request: Request) -> Response:
    """A page of leads: {"state", "before", "n", "after"?}."""
    v = await _variables(request)
    at, id = _position(v.get("after"))
    return await _answer(request, "list", v["state"], datetime.fromisoformat(v["before"]), v["n"], at, id)


async def detail(request: Request) -> Response:
    """One lead: {"id"}."""
    return await _answer(request, "detail", decode_id((await _variables(request))["id"], LEAD)[1])


async def same(request: Request) -> Response:
    """As many bytes as a list page has, and no work: what remains is HTTP, and the guard around it."""
    await request.body()
    return Response(SAME, media_type="application/json")


async def _variables(request: Request) -> dict[str, Any]:
    return orjson.loads(await request.body())["variables"]


def _position(cursor: str | None) -> tuple[datetime, UUID]:
    if cursor is None:
        return LAST
    at, id = orjson.loads(base64.urlsafe_b64decode(cursor))
    return datetime.fromisoformat(at), UUID(id)


async def _answer(request: Request, name: str, *args: Any) -> Response:
    state, sql = request.app.state, load(__name__, name)
    if not LAYER:
        text = await state.db.pool.fetchval(sql, state.workspace, *args)
    else:
        viewer = await state.credentials.viewer(request.headers["authorization"].removeprefix("Bearer "))
        if LAYER == 1:
            text = await state.db.pool.fetchval(sql, viewer.workspace, *args)
        else:
            async with state.db.read(viewer.actor(request.headers.get("x-request-id", "bench"))) as tx:
                text = await tx.value(sql, tx.workspace, *args)
    return Response(text, media_type="application/json")


@asynccontextmanager
async def life(app: Starlette) -> AsyncGenerator[None]:
    settings = load_settings(dotenv=None)
    secrets.configure(settings.secret_keys)
    app.state.db = db = Database(await open_pool(settings.database_url, size=settings.pool_size))
    app.state.credentials, app.state.workspace = Credentials(db), UUID(os.environ["BENCH_WORKSPACE"])
    yield
    await db.close()


app = Starlette(
    routes=[Route(f"/{door.__name__}", door, methods=["POST"]) for door in (pages, detail, same)], lifespan=life,
    middleware=[Middleware(Guard, settings=load_settings(dotenv=None))] if LAYER == 3 else [],
)
