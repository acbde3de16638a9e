"""How long `leadwell up` takes until everything answers: on an empty data directory, and again on the same one. And the servers alone, and `--help`."""

import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.rows import Row
from leadwell.embedded import servers

ROUNDS = 3
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # an installation has its bytecode


async def measure() -> list[Row]:
    took: dict[str, list[float]] = {name: [] for name in ("up.cold_s", "up.warm_s", "servers.cold_s", "servers.warm_s", "help.s")}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="lwup") as home:
            took["up.cold_s"].append(await _ready(Path(home)))
            took["up.warm_s"].append(await _ready(Path(home)))
            took["servers.cold_s"].append(await _served(Path(home) / "servers"))
            took["servers.warm_s"].append(await _served(Path(home) / "servers"))
            took["help.s"].append(await _helped())
    up = f"median of {ROUNDS}, from the start of the process to the ready file, demo included"
    apart = f"median of {ROUNDS}, PostgreSQL and Valkey of a data directory until both answer"
    return [
        Row("up.cold_s", statistics.median(took["up.cold_s"]), "s", 6, "lower", up),
        Row("up.warm_s", statistics.median(took["up.warm_s"]), "s", 2, "lower", up),
        Row("servers.cold_s", statistics.median(took["servers.cold_s"]), "s", 3, "lower", apart),
        Row("servers.warm_s", statistics.median(took["servers.warm_s"]), "s", 1, "lower", apart),
        Row("help.s", statistics.median(took["help.s"]), "s", 0.25, "lower", f"median of {ROUNDS}, `leadwell --help` as a process"),
    ]


async def _served(home: Path) -> float:
    start = time.perf_counter()
    async with servers.start(home, fsync=False):
        return time.perf_counter() - start


async def _helped() -> float:
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "leadwell.cli", "--help", stdout=asyncio.subprocess.DEVNULL, env=ENVIRONMENT)
    assert await process.wait() == 0
    return time.perf_counter() - start


async def _ready(home: Path) -> float:
    ready = home / "ready.json"
    ready.unlink(missing_ok=True)
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "leadwell.cli", "up", "--data-dir", str(home / "data"), "--port", "0", "--ready-file", str(ready),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, env=ENVIRONMENT)
    try:
        while not ready.exists():
            if process.returncode is not None or time.perf_counter() - start > 60:
                raise RuntimeError((await process.stderr.read()).decode()[-2000:] if process.stderr else "")
            await asyncio.sleep(0.01)
        took = time.perf_counter() - start
        json.loads(ready.read_text())
        return took
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()
