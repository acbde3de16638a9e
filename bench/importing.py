"""A CSV file of leads imported, against COPY into a temporary table and INSERT … ON CONFLICT that write the same rows, in one run.

The twin does no parsing, no checks, no look-ups of people: its values are made beforehand. Before anything is timed both sides must have added
the same number of rows to every table."""

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

from bench import segments
from bench.house import House, house
from bench.rows import Row
from leadwell import workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Tx
from leadwell.transfer import ImportOptions, import_file

ROWS = int(os.environ.get("LW_BENCH_ROWS", "20000"))
LEADS = int(os.environ.get("LW_BENCH_LEADS", "0"))  # there before
BATCH = 2_000
TWIN = (Path(__file__).parent / "importing.sql").read_text()
STAGE = "n int, name text, email text, company text, outside text, digest text, ids uuid[]"
COLUMNS = ("n", "name", "email", "company", "outside", "digest", "ids")
IDS = 14
TABLES = (
    "people", "person_emails", "person_keys", "external_ids", "leads", "lead_status_spans", "activities", "activity_keys", "activity_participants",
    "activity_links", "touchpoints", "field_provenance", "events", "work",
)  # fmt: skip
COMMAND = "python -m bench importing"
Values = tuple[int, str, str, str]


async def measure() -> list[Row]:
    async with house(4) as h:
        await same_rows(h)
        for first in range(0, LEADS, segments.SLICE):
            await segments.seed(h, first, min(segments.SLICE, LEADS - first))
        await segments.analyze(h)
        with tempfile.TemporaryDirectory() as home:
            ours, theirs = [], []
            for turn in range(3):
                values = [(i, f"P{i}", f"p{i}@c{i % 997}.example", f"Company {i % 997}") for i in range(turn * ROWS, (turn + 1) * ROWS)]
                path = written(Path(home) / f"{turn}.csv", values)
                ours.append(ROWS / await timed_import(h, path))
                theirs.append(ROWS / await timed_twin(h, values))
            again = written(Path(home) / "again.csv", values[::-1])
            unchanged = ROWS / await timed_import(h, again)
            peak = peak_mb(h, written(Path(home) / "peak.csv", [(i, f"Q{i}", f"q{i}@c{i % 997}.example", "Q") for i in range(4 * ROWS)]))
    scale = f"3 × {ROWS} rows in turns, batches of {BATCH}; twin {sorted(theirs)[1]:,.0f} rows/s"
    if LEADS:
        ratio, told = sorted(a / b for a, b in zip(ours, theirs, strict=True))[1], f"{scale}; {sorted(ours)[1]:,.0f} of ours; {LEADS:,} leads there before"
        return [Row("import.into_leads_vs_copy", ratio, "×", 0.7, "higher", told, f"LW_BENCH_LEADS={LEADS} {COMMAND}")]
    return [
        Row("import.vs_copy", sorted(a / b for a, b in zip(ours, theirs, strict=True))[1], "×", 0.7, "higher", scale, COMMAND),
        Row("import.changed_per_s", sorted(ours)[1], "rows/s", None, "higher", scale, COMMAND),
        Row("import.unchanged_per_s", unchanged, "rows/s", None, "higher", f"{ROWS} rows known from another file", COMMAND),
        Row("import.peak_mb", peak, "MB", 150, "lower", f"process importing {4 * ROWS} rows", COMMAND),
    ]


def written(path: Path, values: list[Values]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("Lead ID", "Last Name", "Email", "Company"))
        writer.writerows(values)
    return path


async def timed_import(h: House, path: Path) -> float:
    start = time.perf_counter()
    await import_file(h.db, Actor.system(h.workspace), path, options=ImportOptions(system="ours"))
    return time.perf_counter() - start


async def timed_twin(h: House, values: list[Values]) -> float:
    staged = [
        (n, name, f"t{email}", company, f"t{n}", f"t{n}", [uuid7() for _ in range(IDS)]) for n, name, email, company in values
    ]
    start = time.perf_counter()
    for i in range(0, len(staged), BATCH):
        await h.db.run(Actor.system(h.workspace), lambda tx, i=i: twin(tx, staged[i : i + BATCH]))
    return time.perf_counter() - start


async def twin(tx: Tx, batch: list[tuple[int, str, str, str, str, str, list[UUID]]]) -> None:
    await tx.execute(f"CREATE TEMP TABLE stage ({STAGE}) ON COMMIT DROP")
    await tx.copy("stage", COLUMNS, batch)
    await tx.execute(TWIN, tx.workspace, await tx.now())


async def same_rows(h: House) -> None:
    """The comparison is worth nothing unless both write the same."""
    first, second = [House(h.servers, h.db, await workspaces.create(h.db, slug, slug, epoch="bench")) for slug in ("one", "two")]
    values = [(i, f"P{i}", f"p{i}@c.example", "Company") for i in range(7)]
    with tempfile.TemporaryDirectory() as home:
        await timed_import(first, written(Path(home) / "same.csv", values))
    await timed_twin(second, values)
    ours, theirs = await counts(first), await counts(second)
    ours["events"] -= 1  # import.finished
    ours["work"] -= 1  # transfer.import
    if ours != theirs:
        raise AssertionError(f"not the same rows: product {ours}, hand-written {theirs}")


async def counts(h: House) -> dict[str, int]:
    async with h.db.read(Actor.system(h.workspace)) as tx:
        return {table: await tx.value(f"SELECT count(*) FROM {table} t WHERE t.workspace_id = $1", tx.workspace) for table in TABLES}


def peak_mb(h: House, path: Path) -> float:
    """The largest size of a process that does nothing but import, as its own status tells: ru_maxrss begins with that of the parent."""
    child = (
        "import asyncio, re, sys\nfrom pathlib import Path\nfrom uuid import UUID\nfrom leadwell.base.actor import Actor\n"
        "from leadwell.base.pool import Deadlines, open_pool\nfrom leadwell.base.tx import Database\nfrom leadwell.transfer import import_file\n"
        "async def main():\n    db = Database(await open_pool(sys.argv[1], size=2, deadlines=Deadlines(600, 610)))\n"
        "    await import_file(db, Actor.system(UUID(sys.argv[2])), Path(sys.argv[3]))\n    await db.close()\n"
        "asyncio.run(main())\nprint(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
    )
    words = [sys.executable, "-c", child, h.servers.database_url, str(h.workspace), str(path)]
    told = subprocess.run(words, capture_output=True, text=True, check=True)
    return int(told.stdout.split()[-1]) / 1024
