"""A file of many gigabytes imported to its end by a process of its own: how large the process grows, and whether the counts add up.

Not part of `make bench`: five gigabytes take half an hour and forty more of disk. Rows are as wide as those of a CRM's export, two kilobytes each,
most of it in columns that nobody takes over."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.house import House, house
from bench.rows import Row

GIGABYTES = float(os.environ.get("LW_BENCH_GB", "5"))
COMMAND = f"LW_BENCH_GB={GIGABYTES:g} python -m bench large_file"
UNUSED = 40
CHILD = """
import asyncio, re, sys
from pathlib import Path
from uuid import UUID
from leadwell.base.actor import Actor
from leadwell.base.pool import Deadlines, open_pool
from leadwell.base.tx import Database
from leadwell.transfer import import_file

def size(name):
    return int(re.search(name + r':\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) // 1024

def tell(done, total, every=100_000):
    if done % every == 0:
        print(f'{done} of {total} rows, {size("VmRSS")} MB', file=sys.stderr, flush=True)

async def main():
    db = Database(await open_pool(sys.argv[1], size=2, deadlines=Deadlines(600, 610)))
    told = await import_file(db, Actor.system(UUID(sys.argv[2])), Path(sys.argv[3]), progress=tell)
    await db.close()
    assert told.rows == told.created + told.attached + told.unchanged + told.failed, told
    print(told.rows, told.created, size('VmHWM'))

asyncio.run(main())
"""


async def measure() -> list[Row]:
    async with house(4) as h:
        with tempfile.TemporaryDirectory() as home:
            small, large = Path(home) / "small.csv", Path(home) / "large.csv"
            write(small, 20_000_000)
            _, _, small_mb, _ = imported(h, small)
            wrote = write(large, int(GIGABYTES * 1_000_000_000))
            rows, created, large_mb, seconds = imported(h, large)
    if rows != wrote:
        raise AssertionError(f"{wrote} rows written, {rows} accounted for")
    scale = f"{GIGABYTES:g} GB, {rows:,} rows, {created:,} new, to the end"
    return [
        Row("import.large_peak_mb", large_mb, "MB", 150, "lower", scale, COMMAND),
        Row("import.large_growth_mb", large_mb - small_mb, "MB", 10, "lower", f"{scale}; against a file of 20 MB", COMMAND),
        Row("import.large_rows_per_s", rows / seconds, "rows/s", None, "higher", scale, COMMAND),
    ]


def write(path: Path, size: int) -> int:
    """Rows of people of one company in fifty, until the file has `size` bytes; how many."""
    header = ",".join(["Lead ID", "First Name", "Last Name", "Email", "Company", "Phone Number", *(f"Unused {i}" for i in range(UNUSED))])
    rest = ",".join(f"a value of {i} that nobody has asked for" for i in range(UNUSED))
    n = 0
    with path.open("w", encoding="utf-8", buffering=1 << 20) as file:
        file.write(header + "\n")
        written = 0
        while written < size:
            written += file.write(f"{path.stem}-{n},Ada,Byron {n},p{n}@c{n // 50}.{path.stem}.example,Company {n // 50},,{rest}\n")
            n += 1
    return n


def imported(h: House, path: Path) -> tuple[int, int, int, float]:
    start = time.monotonic()
    words = [sys.executable, "-c", CHILD, h.servers.database_url, str(h.workspace), str(path)]
    told = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    rows, created, peak = map(int, told.stdout.split())
    return rows, created, peak, time.monotonic() - start
