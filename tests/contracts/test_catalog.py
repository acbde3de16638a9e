"""The live database against the models: columns, nullability, choices, keys of relations, and plans as lw_app."""

import re

import pytest

from leadwell.base.tx import Database
from leadwell.catalog import CATALOG
from leadwell.catalog.nouns import fields_of
from models.columns import ChoiceField
from models.registry import ALL

COLUMNS = """SELECT c.relname, a.attname, a.attnotnull, format_type(a.atttypid, NULL) AS type FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped"""
CHECKS = """SELECT c.conrelid::regclass::text AS relname, pg_get_constraintdef(c.oid) AS text FROM pg_constraint c
WHERE c.contype = 'c' AND c.connamespace = 'public'::regnamespace"""
TYPES = {
    "UUIDField": "uuid",
    "TextField": "text",
    "ChoiceField": "text",
    "IntField": "integer",
    "SmallIntField": "smallint",
    "BigIntField": "bigint",
    "BooleanField": "boolean",
    "DatetimeField": "timestamp with time zone",
    "DateField": "date",
    "JSONField": "jsonb",
    "BinaryField": "bytea",
}
OTHER = {"inet": "TextField", "real": "FloatField", "double precision": "FloatField"}


@pytest.fixture
async def live(db: Database) -> dict[str, dict[str, tuple[bool, str]]]:
    tables: dict[str, dict[str, tuple[bool, str]]] = {}
    for r in await db.control(COLUMNS):
        tables.setdefault(r["relname"], {})[r["attname"]] = (r["attnotnull"], r["type"])
    return tables


async def test_every_table_has_a_model_with_the_same_columns(live: dict[str, dict[str, tuple[bool, str]]]) -> None:
    declared = {str(m._meta.db_table): {f.source_field or n for n, f in fields_of(m).items()} for m in ALL}
    tables = {t: set(columns) for t, columns in live.items() if not t.startswith("tortoise") and t != "migrations"}
    assert declared == tables


async def test_types_and_nullability_agree(live: dict[str, dict[str, tuple[bool, str]]]) -> None:
    wrong: list[str] = []
    for model in ALL:
        table = str(model._meta.db_table)
        for name, field in fields_of(model).items():
            notnull, type_ = live[table][field.source_field or name]
            kind = type(field).__name__
            expected = OTHER.get(type_) == kind or TYPES.get(kind) == type_ or (kind == "ArrayField" and type_.endswith("[]"))
            if not expected or notnull == bool(field.null):
                wrong.append(f"{table}.{name}: {type_} {'NOT NULL' if notnull else ''} against {kind} null={field.null}")
    assert wrong == []


async def test_checks_list_exactly_the_members_of_each_choice(db: Database) -> None:
    checks: dict[tuple[str, str], set[str]] = {}
    for r in await db.control(CHECKS):
        if found := re.match(r"CHECK \(\(\(?(\w+)\)? = ANY", r["text"]):
            checks[r["relname"], found[1]] = set(re.findall(r"'([^']+)'::text", r["text"]))
    declared = {
        (str(m._meta.db_table), f.source_field or n): {str(c) for c in f.of}
        for m in ALL
        for n, f in fields_of(m).items()
        if isinstance(f, ChoiceField)
    }
    unknown = {key for key in checks if key not in declared and key[0] in {n.table for n in CATALOG}}
    assert {key: checks.get(key) for key in declared} == declared
    assert unknown == {("segments", "noun")}
