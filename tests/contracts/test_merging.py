"""Whatever points at a person, lead, contact or company is declared: what a merge does with it is decided when the column is made."""

import pytest

from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.merging.engine import KEEPERS, collapsing, counting, moving, removing
from leadwell.merging.references import NOUNS, OTHERS, REFERENCES, of
from leadwell.merging.tables import COLUMNS
from models.migrations import TENANT_TABLES

IDS = """SELECT c.relname AS "table", a.attname AS name, coalesce(t.target, '') AS target FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN LATERAL (SELECT f.confrelid::regclass::text AS target FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = c.oid AND a.attnum = ANY (f.conkey)
  AND cardinality(f.conkey) > 1 LIMIT 1) t ON true
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
AND a.atttypid IN ('uuid'::regtype, 'uuid[]'::regtype) AND a.attname NOT IN ('workspace_id', 'id')"""
MERGED = {"people": "Person", "leads": "Lead", "contacts": "Contact", "companies": "Company"}


async def test_every_column_that_holds_an_id_says_what_a_merge_does_with_it(db: Database) -> None:
    declared = {(one.table, one.column) for one in REFERENCES}
    silent = [
        f"{r['table']}.{r['name']}" for r in await db.control(IDS) if r["table"] in TENANT_TABLES
        and (r["table"], r["name"]) not in declared and (r["target"] in MERGED or not r["target"]) and f"{r['table']}.{r['name']}" not in OTHERS
    ]  # fmt: skip
    assert ", ".join(sorted(silent)) == "", "declare them in leadwell/merging/references.py"


async def test_declared_columns_are_there_and_of_the_noun_their_key_leads_to(db: Database) -> None:
    live = {(r["table"], r["name"]): r["target"] for r in await db.control(IDS)}
    assert {(one.table, one.column) for one in REFERENCES} <= set(live)
    wrong = [f"{one.table}.{one.column}" for one in REFERENCES if (target := live[one.table, one.column]) in MERGED and MERGED[target] != one.noun]
    assert wrong == []
    assert {name for name in OTHERS if tuple(name.split(".")) not in live} <= {"conversions.id", "work_history.id"}


def test_every_reference_says_why_and_names_columns_of_its_table() -> None:
    assert [one for one in REFERENCES if not one.why] == []
    named = {f"{one.table}.{c}" for one in REFERENCES for c in (one.column, *one.joined, *one.reset, *one.guard) if c not in COLUMNS[one.table]}
    assert named == set()


@pytest.mark.parametrize("noun", NOUNS)
async def test_every_statement_of_the_declaration_is_one_the_database_takes(db: Database, actor: Actor, noun: str) -> None:
    async def prepared(tx: Tx) -> None:
        await tx.row(counting(noun), tx.workspace, [])
        for i, one in enumerate(of(noun)):
            if one.keeper:
                await tx.execute("SET LOCAL ROLE lw_keeper")
                assert one.table in KEEPERS
            for j, sql in enumerate([moving(one)] + [collapsing(one)] * (one.how == "COLLAPSED") + [removing(one)] * (one.how == "RECOMPUTED")):
                await tx.execute(f"PREPARE p_{i}_{j} AS {sql}")
                await tx.execute(f"DEALLOCATE p_{i}_{j}")
            await tx.execute("SET LOCAL ROLE NONE")

    await db.run(actor, prepared)
