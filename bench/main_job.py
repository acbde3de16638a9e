"""The main job by the clock: a file of 3,900 leads, from the start of the command until the last of them is enriched and scored."""

import asyncio
import csv
import gzip
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from bench.rows import Row

ROWS = 3900
SHARED = Path(os.environ.get("LW_SHARED", Path(__file__).resolve().parents[2] / "shared"))
HEADER = ["LEADID", "Last Name", "Company", "Lead Owner", "Email", "Mobile", "Website", "Industry", "Lead Source", "Lead Status", "Created Time", "CONVERTED"]


async def measure() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="lwjob") as home:
        file, origin = _file(Path(home))
        up = await _leadwell(home, "up", "--no-demo", "--port", "0", "--ready-file", f"{home}/ready.json")
        try:
            ready = await _ready(Path(home) / "ready.json")
            start = time.perf_counter()
            importing = await _leadwell(home, "import", "leads", str(file), "--country", "US")
            await importing.wait()
            imported = time.perf_counter() - start
            await _worked_off(ready)
            done = time.perf_counter() - start
        finally:
            up.send_signal(signal.SIGTERM)
            await up.wait()
    scale = f"{ROWS:,} leads ({origin}), one API, one worker, durable commits"
    return [
        Row("main_job.imported_s", imported, "s", None, "lower", scale),
        Row("main_job.scored_s", done, "s", 30, "lower", scale),
        Row("main_job.enriched_per_s", ROWS / max(done - imported, 0.1), "people/s", None, "higher", "after the import: enriched and scored, a lower bound"),
    ]


async def _leadwell(home: str, *words: str) -> asyncio.subprocess.Process:
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "leadwell.cli", *words, "--data-dir", f"{home}/data", stdout=quiet, stderr=quiet)


def _file(home: Path) -> tuple[Path, str]:
    """The real export where it is at hand, else one of the same shape."""
    real, file = SHARED / "data" / "zoho_crm_Leads.csv.gz", home / "leads.csv"
    if real.exists():
        file.write_bytes(gzip.decompress(real.read_bytes()))
        return file, "a Zoho export"
    dice = random.Random(1)
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(HEADER)
        for i in range(ROWS):
            firm = f"company{i % 900}.example"
            rows.writerow([
                i, f"Name{i}", f"Company {i % 900} Inc", "Dana", f"person{i}@{firm}", f"202-555-{i % 10000:04}", firm, "Education",
                dice.choice(["Advertisement", "Employee Referral", "Trade Show"]), "Contacted", "15 Apr, 2021 00:03:00", "No"])
    return file, "generated in the layout of a Zoho export"


async def _ready(file: Path) -> dict[str, Any]:
    while not file.exists():
        await asyncio.sleep(0.05)
    return json.loads(file.read_text())


async def _worked_off(ready: dict[str, Any]) -> None:
    """Until nothing waits or runs."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {ready['api_key']}"}, timeout=30) as client:
        while True:
            answer = (await client.post(ready["graphql"], json={"query": "{ queues { queue state } }"})).json()
            if not [q for q in answer["data"]["queues"] if q["state"] in ("READY", "RUNNING") and q["queue"] in ("enrich", "score")]:
                return
            await asyncio.sleep(0.1)
