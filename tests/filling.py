"""One row in every table of a workspace, made from the live catalog of the database, with a mark in every text that can carry one."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from models.migrations import TENANT_TABLES

COLUMNS = """SELECT c.relname AS "table", a.attname AS name, format_type(a.atttypid, NULL) AS type, a.attnotnull AS required,
  a.atthasdef AS defaulted, a.attgenerated::text AS generated
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, a.attnum"""
LINKS = """SELECT c.conrelid::regclass::text AS "table", a.attname AS name, c.confrelid::regclass::text AS target, b.attname AS there
FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k (mine, theirs)
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.mine JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.theirs
WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace AND a.attname <> 'workspace_id'
UNION ALL SELECT 'activity_participants', 'person_id', 'people', 'id'"""   # held by a trigger
CHECKS = """SELECT c.conrelid::regclass::text AS "table", pg_get_constraintdef(c.oid) AS text FROM pg_constraint c
WHERE c.contype = 'c' AND c.connamespace = 'public'::regnamespace"""
CHOICE = re.compile(r"CHECK \(\(\(?(\w+)\)? = ANY")
SOFT = {"record_id": "leads", "model_id": "scoring_models", "version_id": "scoring_versions", "person_id": "people", "lead_id": "leads"}  # no foreign keys
FIXED: dict[str, dict[str, Any]] = {
    "enrichment_providers": {"code": "own", "secret_key_id": None},
    "leads": {"state": "OPEN", "merged_into": None, "closed_at": None, "archived_at": None, "conversion_id": None, "currency": "EUR"},
    "people": {"merged_into": None, "archived_at": None},
    "work": {"state": "READY", "queue": "transfer", "kind": "transfer.unknown", "lease": None, "lease_until": None},
    "companies": {"kind": "COMPANY", "merged_into": None},
    "events": {"seq": None},
    "duplicate_pairs": {"low_id": UUID(int=1), "high_id": UUID(int=2)},
    "sequences": {"state": "LIVE", "entry": {}},
    "sequence_versions": {"state": "LIVE", "steps": []},
    "broadcasts": {"variants": [], "audience": {}, "test": None, "winner": None, "local_time": None},
    "meeting_attendees": {"user_id": None},
    "forms": {"fields": [], "consents": []},
    "response_clocks": {"contact_id": None, "task_id": None},
}
WORDS = {
    "currency base_currency base": "EUR", "country region_code": "DE", "language locale": "en", "time_zone": "Europe/Berlin", "noun record_noun": "Lead",
}


@dataclass(frozen=True)
class Shape:
    """Columns, foreign keys and choices of every tenant table, as the live catalog has them."""

    columns: dict[str, list[Any]]
    links: dict[str, list[Any]]
    choices: dict[tuple[str, str], str]

    @classmethod
    async def read(cls, tx: Tx) -> "Shape":
        shape = cls({t: [] for t in TENANT_TABLES}, {t: [] for t in TENANT_TABLES}, {})
        for sql, found in ((COLUMNS, shape.columns), (LINKS, shape.links)):
            for row in await tx.fetch(sql):
                if row["table"] in found:
                    found[row["table"]].append(row)
        for row in await tx.fetch(CHECKS):
            known, values = CHOICE.match(row["text"]), re.findall(r"'([^']*)'::text", row["text"])
            if known and values:
                shape.choices[row["table"], known[1]] = values[0]
        return shape

    def required(self, table: str, name: str) -> bool:
        return next(c["required"] for c in self.columns[table] if c["name"] == name)


class Filler:
    """Fills a workspace; `mark` stands in every free text of it."""

    def __init__(self, tx: Tx, mark: str, shape: Shape) -> None:
        self.tx, self.mark, self.shape = tx, mark, shape
        self.rows: dict[str, dict[str, Any]] = {}

    async def fill(self) -> dict[str, dict[str, Any]]:
        """One row of each tenant table by its name: one that was there already, or a new one."""
        for found in await self.tx.fetch(each_table("SELECT '{t}' AS name WHERE EXISTS (SELECT FROM {t} {a} WHERE {a}.workspace_id = $1)"), self.tx.workspace):
            self.rows[found["name"]] = await self._any(found["name"])
        waiting = set(TENANT_TABLES) - set(self.rows)
        while waiting:
            able = [t for t in sorted(waiting) if all(link["target"] in self.rows or not self.shape.required(t, link["name"]) for link in self.shape.links[t])]
            assert able, f"nothing to begin with among {sorted(waiting)}"
            for table in able:
                self.rows[table] = await self._insert(table)
                waiting.discard(table)
        return self.rows

    async def _any(self, table: str) -> dict[str, Any]:
        row = await self.tx.row(f"SELECT * FROM {table} t WHERE t.workspace_id = $1 LIMIT 1", self.tx.workspace)
        assert row is not None
        return dict(row)

    async def _insert(self, table: str) -> dict[str, Any]:
        given = {c["name"]: self._value(table, c) for c in self.shape.columns[table] if not c["generated"] and c["name"] != "workspace_id"}
        for link in self.shape.links[table]:
            target = self.rows.get(link["target"])
            given[link["name"]] = target[link["there"]] if target and link["target"] != table else None
        given |= FIXED.get(table, {})
        kept = {name: value for name, value in given.items() if value is not None}
        marks = ", ".join(f"${i}" for i in range(1, len(kept) + 2))
        sql = f"INSERT INTO {table} ({', '.join(['workspace_id', *kept])}) VALUES ({marks}) RETURNING *"
        try:
            row = await self.tx.row(sql, self.tx.workspace, *kept.values())
        except Exception as error:
            raise AssertionError(f"{table}: {error} with {kept}") from error
        assert row is not None
        return dict(row)

    def _value(self, table: str, column: Any) -> Any:
        name, kind = column["name"], column["type"]
        if (table, name) in self.shape.choices:
            return self.shape.choices[table, name]
        if not column["required"] and kind not in ("text", "jsonb", "integer", "bigint"):
            return None
        if column["defaulted"] and kind != "text":
            return None
        return self._of(table, name, kind)

    def _of(self, table: str, name: str, kind: str) -> Any:
        if kind == "text":
            return self._text(table, name)
        if kind == "uuid":
            meant = self.rows.get(SOFT.get(name, ""))
            return meant["id"] if meant else uuid7()
        values: dict[str, Any] = {
            "integer": 1, "bigint": 1, "smallint": 1, "boolean": False, "jsonb": {}, "bytea": self.mark.encode()[:32].ljust(32, b"."), "real": 1.0,
            "double precision": 1.0, "date": date(2026, 1, 1), "text[]": [], "uuid[]": [], "bigint[]": [], "inet": "192.0.2.1",
        }
        return NOW if kind.startswith("timestamp") else values[kind]

    def _text(self, table: str, name: str) -> str:
        for words, value in WORDS.items():
            if name in words.split():
                return value
        return f"{self.mark} {table} {name}"


NOW: Any = None
SHAPE: list[Shape] = []  # read once in a process: all its databases have the same


async def fill(tx: Tx, mark: str) -> dict[str, dict[str, Any]]:
    global NOW
    NOW = await tx.now()
    if not SHAPE:
        SHAPE.append(await Shape.read(tx))
    return await Filler(tx, mark, SHAPE[0]).fill()


def each_table(part: str) -> str:
    """One statement of a part for each tenant table: `{t}` is its name and `{a}` an alias of its own."""
    return " UNION ALL ".join(part.format(t=t, a=f"t{i}") for i, t in enumerate(sorted(TENANT_TABLES)))


HASHES = ("SELECT r.name, md5(string_agg(r.text, '|' ORDER BY r.text)) AS hash FROM ("
          + each_table("SELECT '{t}' AS name, {a}::text AS text FROM {t} {a} WHERE {a}.workspace_id = $1") + ") r GROUP BY r.name")


async def fingerprint(db: Database, workspace: UUID) -> dict[str, str]:
    """A hash of every row of a workspace, by table: what a refusal must leave as it was."""
    async with db.read(Actor.system(workspace)) as tx:
        return {row["name"]: row["hash"] for row in await tx.fetch(HASHES, tx.workspace)}


@dataclass(slots=True)
class Still:
    """A workspace in which nothing may change, as it was when last looked at. Nobody writes without a transaction id: while none was given out in the
    whole database, the rows need not be read."""

    db: Database
    workspace: UUID
    rows: dict[str, str]
    given_out: str

    @classmethod
    async def of(cls, db: Database, workspace: UUID) -> "Still":
        given_out = await _given_out(db)
        return cls(db, workspace, await fingerprint(db, workspace), given_out)

    async def changed(self) -> set[str]:
        """The tables in which a row is other than it was when last asked."""
        if (given_out := await _given_out(self.db)) == self.given_out:
            return set()
        before, self.rows, self.given_out = self.rows, await fingerprint(self.db, self.workspace), given_out
        return {table for table in {*before, *self.rows} if before.get(table) != self.rows.get(table)}


async def _given_out(db: Database) -> str:
    (row,) = await db.control("SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next")
    return row["next"]


async def ids_in(tx: Tx) -> set[UUID]:
    """Every uuid that any row of the workspace carries, but the workspace's own."""
    found: set[UUID] = set()
    for table in sorted(TENANT_TABLES):
        for row in await tx.fetch(f"SELECT * FROM {table} t WHERE t.workspace_id = $1", tx.workspace):
            found |= {v for v in row.values() if isinstance(v, UUID)}
    return found - {tx.workspace}
