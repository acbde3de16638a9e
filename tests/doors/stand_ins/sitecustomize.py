"""Small API, worker and demo for tests of how `leadwell up` starts, guards and stops processes: nothing else can fail."""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

API = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    import os
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})

DOORS = ()

def create_app(settings, kit=None):
    return app
"""
WORKER = """
import asyncio, logging, signal
from types import SimpleNamespace

async def serve(settings, ready=None):
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    if ready:
        await ready(SimpleNamespace(db=None))
    logging.warning("stand-in worker serves")
    await stop.wait()
"""
DEMO = """
from dataclasses import dataclass
from uuid import UUID

@dataclass
class DemoInfo:
    workspace: UUID = UUID(int=1)
    api_key: str = "lw_test_stand_in"
    sign_in_token: str = "token"

async def ensure(db, settings, *, sample=True):
    return DemoInfo()
"""
WIRING = """
from types import SimpleNamespace

async def open_kit(settings, name):
    async def close():
        pass
    return SimpleNamespace(db=None, close=close)
"""
EMPTY = ("api.schema", *(f"leadwell.outside.{port}" for port in ("arq_bell", "redis_live", "smtp", "webhook_http")))
ROOMS = {"api.app": API, "workers.run": WORKER, "leadwell.demo": DEMO, "leadwell.wiring": WIRING, **dict.fromkeys(EMPTY, "")}


class Rooms(MetaPathFinder, Loader):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in ROOMS else None

    def exec_module(self, module: ModuleType) -> None:
        exec(ROOMS[module.__name__], module.__dict__)


sys.meta_path.insert(0, Rooms())
