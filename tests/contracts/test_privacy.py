"""Every column that can hold words is declared: an erasure takes it, or leaves it for a reason."""

import re

from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.privacy import engine
from leadwell.privacy.keeps import KEPT
from leadwell.privacy.parts import PARTS
from leadwell.privacy.scope import Scope
from models.migrations import TENANT_TABLES

WORDS = """SELECT c.relname AS "table", a.attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
AND a.attgenerated = '' AND a.atttypid IN ('text'::regtype, 'jsonb'::regtype, 'bytea'::regtype, 'inet'::regtype, 'text[]'::regtype, 'uuid[]'::regtype)"""
CHECKS = """SELECT c.conrelid::regclass::text AS "table", pg_get_constraintdef(c.oid) AS text FROM pg_constraint c
WHERE c.contype = 'c' AND c.connamespace = 'public'::regnamespace"""
PEOPLE = """SELECT c.conrelid::regclass::text AS "table" FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
AND c.confrelid IN ('people'::regclass, 'leads'::regclass, 'contacts'::regclass) AND NOT EXISTS (
  SELECT 1 FROM pg_class p WHERE p.oid = c.conrelid AND p.relispartition)"""


async def test_every_column_that_can_hold_words_is_erased_or_kept_for_a_reason(db: Database) -> None:
    chosen = {(r["table"], m[1]) for r in await db.control(CHECKS) if (m := re.match(r"CHECK \(\(\(?(\w+)\)? = ANY", r["text"]))}
    chosen |= {(r["table"], m[1]) for r in await db.control(CHECKS) if (m := re.match(r"CHECK \(\(+(\w+) = 'PERSON'", r["text"]))}
    deleted = {part.table for part in PARTS if part.deletes and part.where.count("company") == 0}
    taken = {(part.table, column) for part in PARTS for column in part.blank} | {(one.table, column) for one in KEPT for column in one.columns}
    live = {(r["table"], r["name"]) for r in await db.control(WORDS) if r["table"] in TENANT_TABLES}
    silent = {f"{table}.{name}" for table, name in live - taken - chosen if table not in deleted}
    assert " ".join(sorted(silent)) == "", "declare them in leadwell/privacy"
    assert {f"{table}.{name}" for table, name in taken - live if (table, name) not in chosen} <= PLAIN


PLAIN = {   # of other types, blanked all the same
    "people.tracking", "people.archived_at", "people.last_activity_at", "leads.archived_at", "leads.employees", "contacts.archived_at", "companies.archived_at",
    "companies.employees", "prediction_history.percent", "companies.revenue_minor", "response_clocks.ended_at",
}  # fmt: skip


async def test_every_table_that_points_at_a_person_is_there(db: Database) -> None:
    declared = {part.table for part in PARTS} | {one.table for one in KEPT}
    assert {r["table"] for r in await db.control(PEOPLE)} - declared == set()


async def test_every_statement_of_the_table_is_one_the_database_takes(db: Database, actor: Actor) -> None:
    async def prepared(tx: Tx) -> None:
        nobody = Scope([], [])
        for part in PARTS:
            assert await engine.carry_out(tx, part, nobody) == 0, part.table
            if part.keeper:
                await tx.execute("SET LOCAL ROLE lw_keeper")
                assert await tx.execute(engine.keeping(part), tx.workspace, []) == 0, part.table
                await tx.execute("SET LOCAL ROLE NONE")
        for one in (*PARTS, *(kept for kept in KEPT if kept.where)):
            assert (await engine.count(tx, one, nobody), await engine.rows(tx, one, nobody)) == (0, []), one.table

    await db.run(actor, prepared)


def test_every_reason_is_a_sentence() -> None:
    assert [one for one in KEPT if not one.why.endswith(".")] == []
