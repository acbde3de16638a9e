"""Rows with extreme values in the table of every noun, made from the live catalog of the database: no list stays empty."""

import random
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

from leadwell.base.ids import uuid7
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from models.migrations import TENANT_TABLES
from tests.filling import CHECKS, CHOICE, COLUMNS, LINKS

WORDS = [
    "Ana", "ana", "", " ", "D'Or", 'E"x\\', "a\tb\nc\x01\x1f\x7f", "🦊 \u2028 \u202e", "İı ﬁ", "100%_", "\\u0000 \\n", "x" * 300, "</script>", "null",
    "e\u0301",
]  # fmt: skip
NUMBERS = [0, 1, 1, 2, 7, 99, 1050, -1, 32_767]
LARGE = [*NUMBERS, (1 << 31) - 1, 10**12, (1 << 53) - 1]
FLOATS = [0.0, 1.0, 0.5, 0.1 + 0.2, 1 / 3, 0.0001, 123456.75]
JSON: list[Any] = [{}, [], {"b": [1, 2.5, -0.0, 1e20, None, True], "a": {"ü": 'q"\\\n\x01'}}, {"1": "é", "": None}, [{}], "text", 7]
ENDS = [datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, 23, 59, 59, 999_999, UTC), datetime(1969, 12, 31, 23, 59, 59, 120_000, UTC)]
WHOLE = {"version", "visit", "attempts", "seq", "number", "position"}
TEXTS = {
    "noun": ["Lead", "Company"], "record_noun": ["Lead"], "country": ["DE", "US"], "region_code": ["DE"], "currency": ["EUR", "JPY", "KWD", "CLF", "USD"],
    "base": ["EUR", "USD"],
    "language": ["en"], "locale": ["en", "pt-BR"], "time_zone": ["Europe/Berlin"],
}  # fmt: skip
SOFT = {  # no foreign keys
    "record_id": "leads", "model_id": "scoring_models", "version_id": "scoring_versions", "person_id": "people", "lead_id": "leads",
    "sequences.live_version_id": "sequence_versions", "scoring_models.live_version_id": "scoring_versions", "forms.sequence_id": "sequences",
    "webhook_deliveries.replay_of_id": "webhook_deliveries",
}  # fmt: skip
LINKED = ("mail_addresses", "deal_products", "activity_links", "taggings")
BARRED = ("users", "roles")  # rows that are made with more care elsewhere


class Scatter:
    """Adds rows to the tables of a workspace; one that the tables' own rules refuse is drawn again."""

    def __init__(self, tx: Tx, rnd: random.Random, now: datetime) -> None:
        self.tx, self.rnd, self.now = tx, rnd, now
        self.columns: dict[str, list[Any]] = {}
        self.links: dict[str, dict[str, tuple[str, str]]] = {}
        self.choices: dict[tuple[str, str], list[str]] = {}
        self.known: dict[str, list[dict[str, Any]]] = {}

    async def learn(self) -> None:
        for row in await self.tx.fetch(COLUMNS):
            self.columns.setdefault(row["table"], []).append(row)
        for row in await self.tx.fetch(LINKS):
            self.links.setdefault(row["table"], {})[row["name"]] = (row["target"], row["there"])
        for row in await self.tx.fetch(CHECKS):
            if found := CHOICE.match(row["text"]):
                self.choices[row["table"], found[1]] = re.findall(r"'([^']*)'::text", row["text"])
        for table in sorted(TENANT_TABLES):
            self.known[table] = [dict(r) for r in await self.tx.fetch(f"SELECT * FROM {table} t WHERE t.workspace_id = $1", self.tx.workspace)]

    async def add(self, table: str, count: int) -> None:
        for _ in range(count):
            for attempt in range(8):
                if row := await self.insert(table, wild=attempt < 6):
                    self.known[table].append(row)
                    break

    async def insert(self, table: str, *, wild: bool) -> dict[str, Any] | None:
        given = {c["name"]: self.value(table, c, wild) for c in self.columns[table] if not c["generated"] and c["name"] != "workspace_id"}
        kept = {name: value for name, value in given.items() if value is not None}
        marks = ", ".join(f"${i}" for i in range(1, len(kept) + 2))
        sql = f"INSERT INTO {table} ({', '.join(['workspace_id', *kept])}) VALUES ({marks}) RETURNING *"
        await self.tx.execute("SAVEPOINT s")
        try:
            row = await self.tx.row(sql, self.tx.workspace, *kept.values())
        except asyncpg.PostgresError:
            await self.tx.execute("ROLLBACK TO SAVEPOINT s")
            return None
        return dict(row) if row else None

    def value(self, table: str, c: Any, wild: bool) -> Any:
        name, kind, rnd = c["name"], c["type"], self.rnd
        if not c["required"] and rnd.random() < (0.3 if wild else 0.9):
            return None
        if (table, name) in self.choices:
            return rnd.choice(self.choices[table, name])
        if name in self.links.get(table, {}):
            target, there = self.links[table][name]
            return rnd.choice(self.known[target])[there] if self.known[target] else None
        if name in WHOLE and c["defaulted"]:
            return None
        return self.link(table, name, c["required"]) if kind == "uuid" else self.text(name, wild) if kind == "text" else self.plain(kind, wild)

    def text(self, name: str, wild: bool) -> str:
        if name in TEXTS:
            return self.rnd.choice(TEXTS[name])
        return f"{self.rnd.choice(WORDS) if wild else 'word'}{self.rnd.choice(['', self.rnd.randrange(10**9)])}"

    def link(self, table: str, name: str, required: bool) -> Any:
        """A reference without a foreign key; one that leads nowhere only where there must be one."""
        meant = self.known.get(SOFT.get(f"{table}.{name}") or SOFT.get(name, ""))
        return self.rnd.choice(meant)["id"] if meant else uuid7() if required else None

    def plain(self, kind: str, wild: bool) -> Any:
        rnd = self.rnd
        if kind.startswith("timestamp"):
            return rnd.choice(ENDS) if wild and rnd.random() < 0.15 else self.now - timedelta(microseconds=rnd.choice([0, 1, 10**5, 10**9, 10**13, -(10**11)]))
        drawn: dict[str, Any] = {
            "integer": rnd.choice(NUMBERS), "bigint": rnd.choice(LARGE), "smallint": rnd.choice(NUMBERS[:5]), "boolean": rnd.random() < 0.5,
            "jsonb": rnd.choice(JSON), "bytea": uuid7().bytes * 2, "real": rnd.choice(FLOATS), "double precision": rnd.choice(FLOATS),
            "date": rnd.choice([date(2024, 2, 29), self.now.date(), date(1, 1, 1), date(9999, 12, 31)]), "text[]": rnd.sample(WORDS, rnd.randrange(3)),
            "uuid[]": [], "inet": "192.0.2.1",
        }  # fmt: skip
        return drawn[kind]


async def scatter(tx: Tx, seed: int, count: int = 8) -> dict[str, int]:
    """How many rows each noun's table then has. Twice around, because tables lead to each other."""
    s = Scatter(tx, random.Random(seed), await tx.now())
    await s.learn()
    tables = [n.table for n in CATALOG if n.table not in BARRED]
    for _ in range(2):
        for table in (*LINKED, *tables):
            await s.add(table, count // 2)
    return {n.table: len(s.known[n.table]) for n in CATALOG}
