"""A database as an installation has it after a year: 51 workspaces, one of them with four fifths of a million leads, or a 25th of it all."""

import hashlib
import os
import re
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bench.house import House, house
from leadwell import workspaces
from leadwell.base.sql import load
from leadwell.embedded import postgres

HERE = Path(__file__).parent
MIGRATIONS = HERE.parent / "models" / "migrations" / "sql"
SMALL_WORKSPACES = 50
TABLES = (
    "companies", "people", "person_emails", "person_phones", "person_keys", "leads", "scores", "activities", "activity_participants", "activity_links",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scale:
    """How many rows, and how long to measure on them."""

    name: str
    leads: int
    companies: int
    activities: int
    requests: int
    rounds: int
    races: int  # rounds of the list pages, whose bars are ratios: a stall of the machine falls on a few of them
    documents: int

    @property
    def command(self) -> str:
        return "make bench SCALE=full" if self.name == "full" else "make bench"

    @property
    def words(self) -> str:
        return f"{self.leads:,} leads, {self.activities:,} activities, {SMALL_WORKSPACES + 1} workspaces"


SCALES = {
    "small": Scale("small", 40_000, 4_000, 200_000, requests=240, rounds=3, races=3, documents=5_000),
    "full": Scale("full", 1_000_000, 100_000, 5_000_000, requests=800, rounds=5, races=11, documents=100_000),
}


def asked() -> Scale:
    """SCALE=small (which goes without saying) or full."""
    name = os.environ.get("SCALE") or "small"
    if name not in SCALES:
        raise SystemExit(f"fix: SCALE is {' or '.join(SCALES)}, not {name}.")
    return SCALES[name]


def kept(scale: Scale) -> Path | None:
    """Where seeded data lies between runs, if LW_BENCH_DATA names a place: one folder for each state of seed and schema."""
    home = os.environ.get("LW_BENCH_DATA")
    if not home:
        return None
    state = hashlib.sha256(b"".join(file.read_bytes() for file in (HERE / "seed.sql", HERE / "seed.py", *sorted(MIGRATIONS.glob("*.sql")))))
    return Path(home) / f"{scale.name}-{state.hexdigest()[:12]}"


@asynccontextmanager
async def seeded(scale: Scale) -> AsyncGenerator[tuple[House, float | None]]:
    """A filled house and the seconds it took to fill, None if it was filled before. Its server has the memory that so many rows deserve."""
    place, usual = kept(scale), dict(postgres.SETTINGS)
    if place:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
    postgres.SETTINGS.update({"shared_buffers": "2GB" if scale.name == "full" else "256MB", "max_wal_size": "8GB"})
    try:
        async with house(4, place) as h:
            yield h, await seed(h, scale)
    finally:
        postgres.SETTINGS.update(usual)


async def seed(h: House, scale: Scale) -> float | None:
    """Fills the house unless it was filled before; returns the seconds that took. The large workspace is the house's own."""
    admin = await asyncpg.connect(re.sub(r"/postgres\?", "/leadwell?", h.servers.admin_database_url))
    try:
        if await admin.fetchval("SELECT EXISTS (SELECT FROM leads)"):
            return None
        start = time.perf_counter()
        for n in range(1, SMALL_WORKSPACES + 1):
            await workspaces.create(h.db, f"shop-{n:02}", f"Shop {n}", epoch="bench")
        async with admin.transaction():
            await _fill(admin, scale)
        await admin.execute("VACUUM ANALYZE")
        await admin.execute("CHECKPOINT")
        return time.perf_counter() - start
    finally:
        await admin.close()


async def _fill(admin: asyncpg.Connection, scale: Scale) -> None:
    """Without checks of foreign keys, which the seed keeps, and with indexes built once all rows are there. Other triggers do their work."""
    now = f"'{await admin.fetchval('SELECT now()')}'::timestamptz"
    spots = {":leads": scale.leads, ":companies": scale.companies, ":activities": scale.activities, ":small": SMALL_WORKSPACES, ":now": now}
    years, rows = (re.sub("|".join(spots), lambda m: str(spots[m[0]]), load(__name__, name)) for name in ("seed_partitions", "seed"))
    await admin.execute(years)
    indexes = await admin.fetch(
        "SELECT i.indexrelid::regclass::text AS name, replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') AS made"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = ANY($1::text[]::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)", list(TABLES))
    checks = await admin.fetch(
        "SELECT format('ALTER TABLE %s %%s TRIGGER %I', t.tgrelid::regclass, t.tgname) AS turn FROM pg_trigger t"
        " WHERE t.tgisinternal AND t.tgrelid = ANY($1::text[]::regclass[]) AND t.tgparentid = 0", list(TABLES))
    await _each(admin, [c["turn"] % "DISABLE" for c in checks] + [f"DROP INDEX {i['name']}" for i in indexes])
    await admin.execute(rows)
    await admin.execute("SET LOCAL maintenance_work_mem = '1GB'")
    await _each(admin, [i["made"] for i in indexes] + [c["turn"] % "ENABLE" for c in checks])


async def _each(admin: asyncpg.Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        await admin.execute(statement)
