"""What a child process of `leadwell up`, or one started by hand, does: import, take over settings, serve, report."""

import asyncio
import gc
import json
import logging
import os
import socket
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadwell.base import logs
from leadwell.base.refusals import Refusal
from leadwell.base.settings import Settings, load_settings

if TYPE_CHECKING:
    from leadwell.wiring import Kit

DRAIN, LOOK_S = 10, 0.05
STUCK_MS = 30_000   # a connection that takes nothing for so long is cut, whatever it still has to get
SPARE = ("cryptography", "pydantic", "pygments", "rich", "watchfiles")
KIT = tuple(f"leadwell.outside.{port}" for port in ("arq_bell", "redis_live", "smtp", "webhook_http"))


class PortInUse(Refusal):
    """Port {port} on {host} is in use by another program."""


class AddressUnusable(Refusal):
    """Cannot listen on {host} port {port}: {reason}."""

    fix = "Give an address of this machine with --host, or leave it at 127.0.0.1."


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or a refusal that says how to get another port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((host, port))
    except PermissionError as fault:
        server.close()
        raise AddressUnusable(
            field="port", host=host, port=port, reason="it belongs to root", fix="Add --port 8000."
        ) from fault
    except OSError as fault:
        server.close()
        if fault.errno in (98, 48):
            fix = f"Stop it, or choose another: --port {port + 1}, or --port 0 for any free one."
            raise PortInUse(field="port", host=host, port=port, fix=fix) from fault
        raise AddressUnusable(field="host", host=host, port=port, reason=fault.strerror or str(fault)) from fault
    if hasattr(socket, "TCP_USER_TIMEOUT"):     # what is accepted inherits it
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK_MS)
    server.listen(512)
    return server


async def serve_api(
    *, host: str | None = None, port: int | None = None, data_dir: Path | str | None = None, socket_fd: int | None = None, handover: int | None = None,
) -> None:
    if handover is None:
        settings = _given(data_dir=data_dir and Path(data_dir), host=host, port=None if port is None else str(port))
        _read_api()
    else:
        _read_api()
        settings, _ = _handed(handover)
    logs.configure(settings)
    server = socket.socket(fileno=socket_fd) if socket_fd is not None else listen(settings.host, settings.port)
    from api.app import create_app
    from leadwell.wiring import open_kit

    kit = await open_kit(settings, "leadwell api")  # here, so that a refusal is told as one and not as a failed start of the web server
    try:
        await _uvicorn(create_app(settings, kit), settings, server, handover)
    finally:
        await kit.close()


async def _uvicorn(app: Any, settings: Settings, listener: socket.socket, handover: int | None) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        """Reports once requests are answered. Told to end, it says so to load balancers for a while, then ends what is live before it waits for the rest."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            gc.freeze()     # what stands now stays
            gc.set_threshold(10_000, 20, 50)    # an answer leaves next to no cycles, but makes many things
            if self.started and handover is not None:
                _say(handover, {})

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.house.retiring = True
            await _drained(self, settings.drain_seconds)
            app.state.house.leave()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        log_config=None,
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        lifespan="on",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=DRAIN,
        ws="websockets-sansio",
        ws_max_size=1_048_576,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,   # its state costs each socket more memory than all the rest of it
    )
    server = Server(config)
    await server.serve(sockets=[listener])
    if not server.started:
        raise SystemExit(1)


async def _drained(server: Any, seconds: float) -> None:
    """Until the time is over, or a second signal does not wait for it."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and not server.force_exit:    # noqa: ASYNC110 - which sets no event
        await asyncio.sleep(LOOK_S)


def serve_worker(*, data_dir: Path | str | None = None, handover: int | None = None) -> None:
    if handover is None:
        settings, ready = _given(data_dir=data_dir and Path(data_dir)), None
        _read("workers.run", "uvloop", *KIT)
    else:
        _read("workers.run", "leadwell.demo", "uvloop", *KIT)
        settings, wishes = _handed(handover)
        ready = partial(_prepared, handover, settings, wishes)
    logs.configure(settings)
    import uvloop

    from workers.run import serve

    uvloop.run(serve(settings, ready=ready))


async def _prepared(handover: int, settings: Settings, wishes: dict[str, bool], kit: "Kit") -> None:
    """The worker makes the demonstration workspace for `up`: it has read every room, and is done with that first."""
    from leadwell.demo import ensure

    _say(handover, asdict(await ensure(kit.db, settings, sample=wishes["sample"])) if wishes else {})


def _given(**overrides: Any) -> Settings:
    """Of a process started by hand."""
    settings = load_settings(**overrides)
    settings.need("database_url")
    settings.need("redis_url")
    return settings


def _handed(handover: int) -> tuple[Settings, dict[str, bool]]:
    """What `up` sends once the servers answer, and what it wishes for; if it ends unsaid, so do we."""
    sent = b""
    while not sent.endswith(b"\n"):
        more = os.read(handover, 65536)
        if not more:
            raise SystemExit(0)
        sent += more
    wishes = json.loads(sent)
    return load_settings(env=wishes.pop("settings"), dotenv=None), wishes


def _say(handover: int, found: dict[str, Any]) -> None:
    """That we serve, and what was found."""
    try:
        os.write(handover, json.dumps(found, default=str).encode() + b"\n")
    except OSError:
        logging.getLogger("leadwell").warning("nobody waits for this process")


def _read_api() -> None:
    _read("api.app", "api.schema", "uvicorn", "uvicorn.protocols.http.httptools_impl", *KIT)
    _read(*(f"api.http.{door}" for door in import_module("api.app").DOORS if find_spec(f"api.http.{door}")))


def _read(*names: str) -> None:
    """The slow imports, done while the servers start; collecting garbage among what stays for good only costs time."""
    gc.disable()
    with _sparing():
        import_module("models.registry").forget_filters()   # before the rest, which takes up the memory
        for name in names:
            import_module(name)
    gc.enable()
    gc.freeze()


@contextmanager
def _sparing() -> Generator[None]:
    """Libraries take up those of SPARE that they find, 16 MB, for what we never ask: while they are read, they find nothing. Who needs one imports it later."""
    known: dict[str, Any] = sys.modules
    for name in SPARE:
        known.setdefault(name, None)    # by which an import finds nothing
    try:
        yield
    finally:
        for name in SPARE:
            if known[name] is None:
                del known[name]
