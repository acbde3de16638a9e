"""The checker of the workspace law sees what it must see."""

import pytest

from tests.sql_law import breaches

LAWFUL = [
    "SELECT l.id FROM leads l WHERE l.workspace_id = $1",
    "SELECT 1 FROM leads l JOIN people p ON p.workspace_id = $1 AND p.id = l.person_id WHERE l.workspace_id=$1",
    "UPDATE leads SET title = $2 WHERE workspace_id = $1 AND id = $3",
    "UPDATE work t SET state = 'DONE' FROM due WHERE t.workspace_id = $1",
    "INSERT INTO tags (workspace_id, id) VALUES ($1, $2)",
    "INSERT INTO work AS w (workspace_id, id) SELECT $1, j.id FROM unnest($2::uuid[]) j (id)",
    'SELECT "id" FROM "leads" WHERE "workspace_id"=$1',
    "SELECT lw_clock($1)",
]
LAWLESS = [
    "SELECT l.id FROM leads l",
    "SELECT 1 FROM leads l JOIN people p ON p.workspace_id = l.workspace_id AND p.id = l.person_id WHERE l.workspace_id = $1",
    "SELECT (SELECT count(*) FROM people p WHERE p.id = l.person_id) FROM leads l WHERE l.workspace_id = $1",
    "DELETE FROM leads WHERE id = $1",
    "INSERT INTO tags (id, workspace_id) VALUES ($2, $1)",
]


@pytest.mark.parametrize("sql", LAWFUL)
def test_lawful_statement_passes(sql: str) -> None:
    assert list(breaches(sql)) == []


@pytest.mark.parametrize("sql", LAWLESS)
def test_lawless_statement_is_named(sql: str) -> None:
    assert len(list(breaches(sql))) == 1
