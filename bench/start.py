"""How long `leadwell up` takes until everything answers: on an empty data directory, and again on the same one."""

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

ROUNDS = 3
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # an installation has its bytecode


async def measure() -> list[Row]:
    cold: list[float] = []
    warm: list[float] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="lwup") as home:
            cold.append(await _ready(Path(home)))
            warm.append(await _ready(Path(home)))
    scale = f"median of {ROUNDS}, from the start of the process to the ready file, demo included"
    return [
        Row("up.cold_s", statistics.median(cold), "s", 6, "lower", scale),
        Row("up.warm_s", statistics.median(warm), "s", 2, "lower", scale),
    ]


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
