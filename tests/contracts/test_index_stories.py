"""What lists offer, planned as lw_app with the settings of production over many rows: no large table is read from its beginning to its end."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

import leadwell
from api.documents import Documents
from api.schema import CORE
from bench.house import House
from bench.seed import Scale, seed
from leadwell import workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.pool import KEPT as KEPT_PLANS
from leadwell.base.pool import open_pool
from leadwell.base.sql import COMMENT
from leadwell.base.tx import Database, Tx
from leadwell.base.unrolled import unrolled
from leadwell.catalog import CATALOG, Column, Everything, Listing
from leadwell.catalog.kinds import OPERATORS
from leadwell.catalog.pages import listed
from leadwell.catalog.statement import Given
from leadwell.embedded import servers
from leadwell.migrations import migrate
from leadwell.privacy import engine, erasing
from leadwell.privacy import parts as erased
from leadwell.reads import Plans
from leadwell.timeline.page import FIRST, LAST
from leadwell.timeline.page import statement as asking
from tests.processes import PROGRAMS

SAME, RANGE = {"eq", "in"}, {"gt", "gte", "lt", "lte", "withinLast", "withinNext", "olderThan"}
KEPT = {"id": SAME, "createdAt": RANGE, "updatedAt": RANGE}
SERVED: dict[str, dict[str, set[str]]] = {
    "Person": {**KEPT, "name": SAME, "email": SAME},
    "Lead": {**KEPT, "state": SAME, "name": SAME, "email": SAME},
    "Contact": {**KEPT, "name": SAME, "email": SAME},
    "Company": {**KEPT, "name": SAME},
    "Deal": {**KEPT, "name": SAME, "closeOn": SAME | RANGE, "amount": {"eq"} | RANGE},
    "Task": {**KEPT, "dueAt": RANGE},
    "Activity": {"id": SAME, "at": RANGE},
}
RELATIONS = {
    "Lead": ("person", "status", "owner", "company"), "Contact": ("owner", "company"), "Deal": ("stage", "owner", "company"), "Task": ("person", "lead"),
}  # fmt: skip
# What else is offered is checked row by row, while the list is read in its order until the page is full: fields, of every noun that has them, and why.
ROW_BY_ROW = {
    "few values, each in many rows": {
        "kind", "type", "intent", "state", "priority", "tracking", "direction", "automated", "reading", "origin", "outcome", "grade", "seniority", "language",
        "timeZone", "country", "region", "industry", "probability", "closeReason",
    },
    "pieces of names, addresses and texts, which search finds": {
        "prefix", "firstName", "middleName", "lastName", "suffix", "phone", "title", "department", "companyName", "companyWebsite", "domain", "website", "city",
        "postalCode", "street", "need", "interest", "junkNote", "subject", "externalId",
    },
    "moments beside the order of a list, an index of which every change would pay": {
        "archivedAt", "lastActivityAt", "statusSince", "closedAt", "marketingQualifiedAt", "salesAcceptedAt", "salesQualifiedAt", "recycleAt", "stageSince",
        "startAt", "endAt", "remindAt", "raisedAt", "doneAt", "createdAt", "leftCompanyAt",
    },
    "numbers by which a list is narrowed beside something else": {
        "employees", "budget", "revenue", "baseAmount", "fit", "engagement", "durationSeconds", "chance", "engagedPeople",
    },
    "of the record's purchases, which their index finds": {"spent"},
    "of the few activities that were corrected, reread or pinned, by their key": {
        "readingNow", "readingReason", "revisedAt", "pinnedAt", "latestSubject", "latestBody", "latestOutcome", "version",
    },
    "in order of score by its index": {"score"},
    "by the index of values where few have the value": {"custom"},
}  # fmt: skip
OPERATORS_ROW_BY_ROW = {
    "most rows match": {"ne", "notIn", "isNull"},
    "no index answers pieces under row security; search does": {"contains", "startsWith"},
}
LARGE = 5_000
RULES = Path(leadwell.__file__).parent
ROWS = Scale("stories", leads=20_000, companies=2_000, activities=20_000, requests=0, rounds=0, races=0, documents=0)
MORE = """
INSERT INTO contacts (workspace_id, id, person_id, owner_id, title, created_at, updated_at)
SELECT $1, gen_random_uuid(), l.person_id, l.owner_id, l.title, l.created_at, l.updated_at FROM leads l WHERE l.workspace_id = $1
|
INSERT INTO deals (workspace_id, id, name, pipeline_id, stage_id, company_id, owner_id, amount_minor, currency, probability, close_on, stage_since, created_at,
  updated_at)
SELECT $1, gen_random_uuid(), 'Deal ' || l.company_name, s.pipeline_id, s.id, l.company_id, l.owner_id, length(l.need) * 1000, 'EUR', 10,
  l.created_at::date + 30, l.created_at, l.created_at, l.updated_at
FROM leads l JOIN LATERAL (SELECT s.* FROM deal_stages s WHERE s.workspace_id = $1 ORDER BY md5(s.id::text || l.id) LIMIT 1) s ON true WHERE l.workspace_id = $1
|
INSERT INTO tasks (workspace_id, id, kind, title, state, assignee_id, person_id, lead_id, due_at, created_at, updated_at)
SELECT $1, gen_random_uuid(), 'CALL', 'Call back', CASE WHEN l.state = 'OPEN' THEN 'OPEN' ELSE 'DONE' END, l.owner_id, l.person_id, l.id,
  l.created_at + interval '3 days', l.created_at, l.updated_at FROM leads l WHERE l.workspace_id = $1
|
INSERT INTO tags (workspace_id, id, name, created_at, updated_at) SELECT $1, gen_random_uuid(), 'tag ' || i, now(), now() FROM generate_series(1, 50) i
|
INSERT INTO taggings (workspace_id, record_id, tag_id, noun, created_at)
SELECT $1, l.id, t.id, 'Lead', l.created_at
FROM leads l JOIN LATERAL (SELECT t.id FROM tags t WHERE t.workspace_id = $1 ORDER BY md5(t.id::text || l.id) LIMIT 1) t ON true
WHERE l.workspace_id = $1
|
INSERT INTO custom_fields (workspace_id, id, noun, key, label, type, created_at, updated_at)
SELECT $1, gen_random_uuid(), n, lower(t), t, t, now(), now()
FROM unnest('{Lead,Person,Contact,Company,Deal}'::text[]) n, unnest('{TEXT,INT,FLOAT,FLAG,MOMENT}'::text[]) t
|
INSERT INTO custom_values (workspace_id, field_id, record_id, text_value, int_value, float_value, time_value)
SELECT $1, f.id, l.id, CASE f.type WHEN 'TEXT' THEN l.company_name END, CASE f.type WHEN 'INT' THEN length(l.need) WHEN 'FLAG' THEN 1 END,
  CASE f.type WHEN 'FLOAT' THEN 0.5 END, CASE f.type WHEN 'MOMENT' THEN l.created_at END
FROM leads l JOIN custom_fields f ON f.workspace_id = $1 AND f.noun = 'Lead' WHERE l.workspace_id = $1
"""


PROCESSED = """INSERT INTO submissions (workspace_id, id, channel, intent, payload, state, received_at, created_at, updated_at)
SELECT $1, gen_random_uuid(), 'API', 'HAND_RAISE', '{}', 'PROCESSED', now(), now(), now() FROM generate_series(1, 3000)"""
AVERAGE = """DO $$
DECLARE
  t regclass;
BEGIN
  FOR t IN SELECT a.attrelid FROM pg_attribute a WHERE a.attname = 'workspace_id' AND a.attoptions IS NOT NULL LOOP
    EXECUTE format('ALTER TABLE %s ALTER workspace_id RESET (n_distinct, n_distinct_inherited)', t);
  END LOOP;
END $$"""     # so that a plan for any workspace that reads all of one shows by its rows


@pytest_asyncio.fixture(scope="module")
async def large(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """51 workspaces, one of them with 16,000 leads, contacts, deals and tasks, known to the planner, in a cluster of its own."""
    with servers.start(tmp_path_factory.mktemp("stories"), valkey=False, fsync=False, programs=PROGRAMS) as started:
        await migrate(started.owner_database_url)
        db = Database(await open_pool(started.database_url, size=2))
        house = House(started, db, await workspaces.create(db, "bench", "Bench", epoch="bench"))
        await seed(house, ROWS)
        await db.run(Actor.system(house.workspace), more)
        owner = await asyncpg.connect(started.owner_database_url)
        await owner.execute(AVERAGE)
        await owner.execute("VACUUM ANALYZE")
        await owner.close()
        yield house
        await db.close()


async def more(tx: Tx) -> None:
    for statement in MORE.split("|\n"):
        await tx.execute(statement, tx.workspace)


VALUES: dict[str, object] = {
    "text": "x", "int": 5, "big": 5, "float": 0.5, "flag": True, "moment": "2026-01-01T00:00:00Z", "date": "2026-01-31",
    "money": {"amount": 5, "currency": "EUR"},
}  # fmt: skip


def one_test(c: Column, op: str) -> dict[str, object]:
    """One condition on a field."""
    value = str(next(iter(c.choices))) if c.choices else encode_id(CATALOG[c.noun].tag, uuid7()) if c.kind == "id" else VALUES[c.kind]
    return {c.api: {op: "P7D" if op in ("withinLast", "withinNext", "olderThan") else [value] if op == "in" else value}}


class Planner:
    """Plans lists; knows which tables are large."""

    def __init__(self, tx: Tx, large: frozenset[str]) -> None:
        self.tx, self.large = tx, large

    @classmethod
    async def of(cls, tx: Tx) -> "Planner":
        await tx.execute("SET LOCAL enable_seqscan = on")     # so that what has no index shows
        rows = await tx.fetch("SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.reltuples >= $1", LARGE)
        return cls(tx, frozenset(r["relname"] for r in rows))

    async def scans(self, noun: str, where: object, order: object = None) -> set[str]:
        """The large tables that a list reads whole."""
        found = listed(Everything(self.tx.workspace), Listing(CATALOG[noun], where, order))
        rows = await self.tx.fetch("EXPLAIN (FORMAT JSON) " + found.sql, *found.statement.params(Given(found.values, await self.tx.now())))
        return {n["Relation Name"] for n in nodes(json.loads(rows[0][0])) if n["Node Type"] == "Seq Scan"} & self.large


def nodes(plan: Any) -> list[dict[str, Any]]:
    """Every node of a plan, whatever its depth."""
    if isinstance(plan, list):
        return [n for x in plan for n in nodes(x)]
    below = [n for x in plan.values() if isinstance(x, list | dict) for n in nodes(x)] if isinstance(plan, dict) else []
    return [plan, *below] if isinstance(plan, dict) and "Node Type" in plan else below


def own_orders(noun: str) -> list[object]:
    """Orders by what the noun's own table holds, and that of their ids."""
    return [None, *([{c.api: "DESC"}] for c in CATALOG[noun].columns.values() if c.contract.sort and not c.lookup)]


def test_every_field_on_offer_has_an_index_or_a_reason() -> None:
    reasons = [name for names in ROW_BY_ROW.values() for name in names]
    offered = {(n, c.api) for n in SERVED for c in CATALOG[n].columns.values() if c.contract.where and c.kind not in ("json", "texts")}
    assert len(reasons) == len(set(reasons))
    assert {(n, api) for n, api in offered if api not in SERVED[n] and api not in reasons} == set()
    assert {(n, api) for n, fields in SERVED.items() for api in fields} <= offered
    assert {api for api in reasons if not any((n, api) in offered and api not in SERVED[n] for n in SERVED)} == set()
    assert {op for ops in OPERATORS.values() for op in ops} == SAME | RANGE | {op for ops in OPERATORS_ROW_BY_ROW.values() for op in ops}


@pytest.mark.parametrize("noun", SERVED)
async def test_what_an_index_serves_reads_no_large_table_whole_in_any_order_of_the_nouns_own(large: House, noun: str) -> None:
    found: dict[str, set[str]] = {}
    async with large.db.read(Actor.system(large.workspace)) as tx:
        planner = await Planner.of(tx)
        assert len(planner.large) > 10
        for order in own_orders(noun):
            found[str(order)] = await planner.scans(noun, {}, order)
            for api, served in SERVED[noun].items():
                c = CATALOG[noun].columns[api]
                for op in sorted(served & set(OPERATORS[c.kind])):
                    found[f"{api} {op} {order}"] = await planner.scans(noun, one_test(c, op), order)
    assert {key: tables for key, tables in found.items() if tables} == {}


@pytest.mark.parametrize("noun", RELATIONS)
async def test_records_of_another_one_are_looked_up(large: House, noun: str) -> None:
    async with large.db.read(Actor.system(large.workspace)) as tx:
        planner = await Planner.of(tx)
        for name in RELATIONS[noun]:
            r = CATALOG[noun].relations[name]
            for order in own_orders(noun):
                assert await planner.scans(noun, {name: {"is": {"id": {"eq": encode_id(r.target.tag, uuid7())}}}}, order) == set(), (name, order)


@pytest.mark.parametrize("test", [{"text": {"eq": "x"}}, {"int": {"gt": 1_000}}, {"float": {"gt": 7.5}}, {"moment": {"gt": "2100-01-01T00:00:00Z"}}], ids=str)
async def test_rare_values_of_custom_fields_are_looked_up(large: House, test: dict[str, Any]) -> None:
    async with large.db.read(Actor.system(large.workspace)) as tx:
        planner = await Planner.of(tx)
        for order in own_orders("Lead"):
            assert await planner.scans("Lead", {"custom": [{"key": next(iter(test)), **test}]}, order) == set()


async def test_a_search_reads_little_more_than_it_finds(large: House) -> None:
    """Of each table 400 rows, by which it tells how common the words are; then no more than three for a hit, whatever else there is: of both tables, and once
    more by another way."""
    read = "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int FROM pg_stat_xact_user_tables WHERE relname IN ('people', 'leads')"
    for text, least, most in (("kelne", 20, 300), ("kelneson", 1, 20), ("nobodyhere", 0, 0), ("ltd", 1_000, 1_000)):
        async with large.db.read(Actor.system(large.workspace)) as tx:
            before = await tx.value(read)
            found = len(await tx.fetch("SELECT h.id FROM lw_search($1, 'Lead', $2, true, NULL, false, 1000) h", tx.workspace, text))
            assert least <= found <= most, text
            assert await tx.value(read) - (before or 0) <= 2 * 400 + 3 * (found + 10), text


# Files that read more of a workspace than they look up, and why.
READS_MORE = {
    "companies/above.sql": "the index of children, of whom the planner knows none here",
    "deals/rebase_deals.sql": "all deals of a currency",
    "enrichment/add_phones.sql": "a batch, cheaper hashed than looked up where there are few numbers",
    "enrichment/fill_phones.sql": "a batch, cheaper hashed than looked up where there are few numbers",
    "leads/due.sql": "what is due, a range of a partial index",
    "pipelines/move_deals.sql": "all deals of a stage",
    "tags/merge.sql": "all that has a tag",
}
PARTS = {"embedded/roles.sql", "scoring/by_grade.sql", "scoring/compared.sql", "scoring/closed.sql"}  # of longer ones
KEEPERS = {"merging/blank.sql"}
LEAKY = (
    "SELECT p.id FROM unnest($2::uuid[]) w (id) JOIN redirects r ON r.workspace_id = $1 AND r.old_id = w.id "
    "LEFT JOIN people p ON p.workspace_id = $1 AND p.id = coalesce(r.new_id, w.id)")
DOCUMENTS = (
    "query($id: ID!) { lead(id: $id) { id person { id name } company { id } } }",
    "query($id: ID!) { node(id: $id) { ... on Lead { id } } }",
    "query($id: ID!) { nodes(ids: [$id]) { ... on Lead { id person { id } } } }",
)


@asynccontextmanager
async def grown(large: House) -> AsyncIterator[asyncpg.Connection]:
    """A session as lw_app whose planner believes the tables fifty times as large as they are."""
    plain = await asyncpg.connect(large.servers.admin_database_url, database="leadwell", statement_cache_size=0)
    await plain.execute("BEGIN")
    await plain.execute(
        "UPDATE pg_class SET reltuples = reltuples * 50 WHERE relkind IN ('r', 'i') AND reltuples >= 1500 AND relnamespace = 'public'::regnamespace")
    await plain.execute(f"SET LOCAL ROLE lw_app; SET LOCAL app.workspace = '{large.workspace}'; SET LOCAL plan_cache_mode = force_generic_plan")
    try:
        yield plain
    finally:
        await plain.close()   # and with it all that was told the planner


async def read_whole(session: asyncpg.Connection, large: House, sql: str) -> set[str]:
    """The large tables of which a statement, planned for any values, reads all that a workspace has."""
    sizes = {r["relname"]: r["reltuples"] for r in await session.fetch("SELECT c.relname, c.reltuples FROM pg_class c WHERE c.reltuples >= 75000")}
    await session.execute(f"PREPARE looked AS {sql}")
    types = await session.fetchval("SELECT parameter_types FROM pg_prepared_statements WHERE name = 'looked'")
    values = ", ".join([f"'{large.workspace}'", *["NULL"] * (len(types) - 1)])
    rows = await session.fetch(f"EXPLAIN (FORMAT JSON) EXECUTE looked({values})")
    await session.execute("DEALLOCATE looked")
    read = [n for n in nodes(json.loads(rows[0][0])) if n.get("Relation Name") in sizes]
    return {n["Relation Name"] for n in read if n["Node Type"] == "Seq Scan" or n["Plan Rows"] >= sizes[n["Relation Name"]] / 60}


async def test_no_statement_reads_all_that_a_workspace_has(large: House) -> None:
    """Under row security a condition that PostgreSQL takes for leaky, a bare `= coalesce(…)` among them, cannot use an index."""
    found: dict[str, set[str]] = {}
    async with grown(large) as session:
        for file in sorted(RULES.rglob("*.sql")):
            sql = COMMENT.sub("", file.read_text(encoding="utf-8"))
            name = file.relative_to(RULES).as_posix()
            if name not in PARTS and not re.search(r"\{\w*\}", sql):   # templates are planned where they are filled
                await session.execute(f"SET LOCAL ROLE {'lw_keeper' if name in KEEPERS else 'lw_app'}")
                found[name] = await read_whole(session, large, sql)
        assert await read_whole(session, large, LEAKY) == {"people"}
    assert len(found) > 200
    assert {name: tables for name, tables in found.items() if tables and name not in READS_MORE} == {}


async def test_a_submission_is_kept_by_its_key_though_hardly_any_waits(large: House) -> None:
    """The index of those that wait looks smaller to the planner than the key, and holds whatever waited since the last vacuum."""
    sql, _ = unrolled(COMMENT.sub("", (RULES / "capture" / "keep.sql").read_text(encoding="utf-8")), [large.workspace, [{}]])
    async with grown(large) as session:
        await session.execute("RESET ROLE")
        await session.execute(PROCESSED, large.workspace)
        await session.execute("ANALYZE submissions; SET LOCAL ROLE lw_app")
        for name, value in KEPT_PLANS.items():
            await session.execute(f"SET LOCAL {name} = {value}")
        await session.execute(f"PREPARE kept AS {sql}")
        rows = await session.fetch(f"EXPLAIN (FORMAT JSON) EXECUTE kept('{large.workspace}'{', NULL' * 9})")
    assert {n["Index Name"] for n in nodes(json.loads(rows[0][0])) if "Index Name" in n} == {"submissions_pkey"}


async def test_no_step_of_an_erasure_reads_all_that_a_workspace_has(large: House) -> None:
    """What is still found by words alone is small, and so is not large here: what waits for somebody to be known, the ways of a sandbox's clock."""
    steps = {f"{i} {part.table}": engine.picking(part) for i, part in enumerate(erased.PARTS)}
    found: dict[str, set[str]] = {}
    async with grown(large) as session:
        for name, sql in {**steps, "events": erasing.FRESH, "events left": erasing.UNREAD}.items():
            found[name] = await read_whole(session, large, sql)
    assert len(found) > 45
    assert {name: tables for name, tables in found.items() if tables} == {}


@pytest.mark.parametrize("document", DOCUMENTS)
async def test_one_record_is_looked_up_by_its_id(large: House, document: str) -> None:
    viewer, reading = Everything(large.workspace), Documents(CORE).get(document).document.reading(None)
    assert reading is not None
    plan, _ = Plans().bind(reading, reading.ask({"id": encode_id(CATALOG["Lead"].tag, uuid7())}), viewer)
    async with grown(large) as session:
        assert await read_whole(session, large, plan.sql) == set()


@pytest.mark.parametrize("noun", ["Person", "Lead", "Contact", "Company", "Deal"])
async def test_a_timeline_finds_its_record_by_key_and_rare_kinds_by_their_index(large: House, noun: str) -> None:
    """Nothing that the planner takes for leaky stands between an id and its index."""
    async with large.db.read(Actor.system(large.workspace)) as tx:
        known = (await Planner.of(tx)).large
        id = await tx.value(f"SELECT t.id FROM {CATALOG[noun].table} t WHERE t.workspace_id = $1 LIMIT 1", tx.workspace)
        asked = {"id": id, "since": FIRST, "until": LAST, "at": LAST, "entry": uuid7(), "size": 21, "search": None, "wanted": 21}
        for kinds in (None, ["MEETING"]):
            s, sql = asking(Everything(tx.workspace), noun, few=kinds is not None)
            rows = await tx.fetch("EXPLAIN (FORMAT JSON) " + sql, *s.params(Given(asked | {"kinds": kinds})))
            plan = nodes(json.loads(rows[0][0]))
            assert {n["Relation Name"] for n in plan if n["Node Type"] == "Seq Scan"} & known == set()
            used = {n.get("Index Name") for n in plan}
            assert noun == "Deal" or ("activity_participants_kind" if kinds else "activity_participants_person") in used
