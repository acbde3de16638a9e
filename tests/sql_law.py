"""The workspace law: every tenant table in every statement is bound to $1, joins and sub-selects included."""

import re
from collections.abc import Iterator

from models.migrations import TENANT_TABLES

TABLE = re.compile(
    r"\b(FROM|JOIN|UPDATE|USING|INTO)\s+(?:ONLY\s+)?(?:public\.)?\"?(?P<table>[a-z_]+)\"?(?:\s+(?:AS\s+)?\"?(?P<alias>(?!WHERE\b|SET\b|ON\b|JOIN\b|LEFT\b|CROSS\b|ORDER\b|GROUP\b|LIMIT\b|FOR\b|RETURNING\b|USING\b|VALUES\b|SELECT\b|UNION\b|INNER\b|DEFAULT\b)[a-z_][a-z_0-9]*)\"?)?",
    re.IGNORECASE)
COLUMN = r"""(?<![.\w"])(?:"?(?P<{}>\w+)"?\.)?"?workspace_id"?"""
BOUND = re.compile(rf"{COLUMN.format('left')}\s*=\s*\$1\b|\$1(?:::uuid)?\s*=\s*{COLUMN.format('right')}", re.IGNORECASE)
ON_PURPOSE = "/* the filter is left out on purpose */"


def breaches(sql: str) -> Iterator[str]:
    """Every tenant table of a statement that is not held to the workspace."""
    if ON_PURPOSE in sql:
        return
    text = re.sub(r"'(?:[^']|'')*'", "''", re.sub(r"--[^\n]*", "", sql))
    bound = {(match["left"] or match["right"] or "").lower() for match in BOUND.finditer(text)}
    for match in TABLE.finditer(text):
        table, alias = match["table"].lower(), (match["alias"] or "").lower()
        if table not in TENANT_TABLES:
            continue
        if match[1].upper() == "INTO":
            if not re.match(r"\s*(?:AS\s+[a-z_]+\s*)?\(\s*\"?workspace_id\"?", text[match.end("table"):].lstrip('"'), re.IGNORECASE):
                yield f"INSERT INTO {table} does not begin with workspace_id"
            continue
        if bound.isdisjoint([alias] if alias else [table, ""]):
            yield f"{table} {alias}".strip() + " is not bound to $1"
