"""The API in this process: through ASGI for requests, on a real port for sockets and streams."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import uvicorn
from starlette.applications import Starlette

from leadwell.access import keys, sessions, users
from leadwell.base.ids import uuid7
from leadwell.base.settings import Settings, load_settings
from leadwell.base.tx import Database
from leadwell.embedded.servers import Servers

HOST = "http://127.0.0.1:8000"
SPA = "http://localhost:5173"
PASSWORD = "correct horse battery"
COOKIE = "__Host-leadwell"
KEYS = "test:" + base64.b64encode(b"t" * 32).decode()  # the ring of tests/conftest.py: one process, one ring


def settings_for(servers: Servers, **more: str) -> Settings:
    env = {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "SMTP_URL": "smtp://127.0.0.1:1",
        "LEADWELL_SECRET_KEYS": KEYS,
        "LEADWELL_OUTBOUND_EPOCH": "test",
        "LEADWELL_ORIGINS": SPA,
        "LEADWELL_DATA_DIR": str(servers.data_dir),
        **more,
    }
    return load_settings(env=env, dotenv=None)


@asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[Starlette]:
    """The application between start-up and shut-down."""
    async with app.router.lifespan_context(app):
        yield app


def asking(app: Starlette, token: str | None = None, **more: Any) -> httpx.AsyncClient:
    """A client that reaches the application without a network."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST, headers=headers | more)


async def ask(client: httpx.AsyncClient, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
    """The body of the answer to a document."""
    return (await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers or {})).json()


async def key_for(db: Database, workspace: UUID, *scopes: str) -> str:
    return (await keys.create_key(db, workspace, "Test", list(scopes) or ["*"])).text


async def session_for(db: Database, workspace: UUID, role: str = "OWNER") -> tuple[UUID, str]:
    """A new user of that role and the token of their session."""
    email = f"{uuid7().hex}@example.com"
    user = await users.create_user(db, workspace, email=email, name="Ana", role=role, password=PASSWORD)
    return user, (await sessions.sign_in(db, email, PASSWORD, address=email)).token


def listener() -> socket.socket:
    """Listens on a free port, and is told to be TCP: else asyncio leaves Nagle on, and every answer waits 40 ms for an acknowledgement."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.bind(("127.0.0.1", 0))
    found.listen()
    return found


@dataclass(frozen=True, slots=True)
class Serving:
    """The application behind uvicorn."""

    address: str    # host and port
    server: uvicorn.Server

    def line(self, port: int) -> Any:
        """The transport of the connection that comes from this port, None where there is none."""
        found = (one.transport for one in self.server.server_state.connections)     # type: ignore[union-attr]
        return next((one for one in found if one.get_extra_info("peername")[1] == port), None)


@asynccontextmanager
async def serving(app: Starlette, listening: socket.socket) -> AsyncIterator[Serving]:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="websockets-sansio", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield Serving(f"127.0.0.1:{listening.getsockname()[1]}", server)
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def on_a_port(app: Starlette) -> AsyncIterator[str]:
    """The application behind uvicorn; gives host and port."""
    async with serving(app, listener()) as found:
        yield found.address
