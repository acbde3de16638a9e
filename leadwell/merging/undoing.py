"""The statements that take steps of a manifest back, made from the columns a step carries."""

from collections.abc import Sequence
from functools import cache

from leadwell.base.sql import load
from leadwell.merging.references import REFERENCES, Reference
from leadwell.merging.tables import COLUMNS, DATED


def _key(one: Reference) -> tuple[str, ...]:
    return one.key if one.key == ("id",) else (*one.key, one.column)


KEYS = {one.table: _key(one) for one in REFERENCES} | {"field_provenance": ("record_id", "field"), "redirects": ("noun", "old_id")}


@cache
def giving_back(table: str, action: str, key: tuple[str, ...], before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """For MOVED and CHANGED. `after` may hold more columns than `before`: they guard."""
    touch = ", version = t.version + 1, updated_at = (SELECT lw_clock($1))" if table in DATED else ""
    equal = "=" if action == "MOVED" else "IS NOT DISTINCT FROM"
    same = [*(f"t.{c} = m.k_{c}" for c in key), *(f"t.{c} {equal} m.a_{c}" for c in after)]
    told = [*_told("k", key), *_told("a", after), *_told("b", before)]
    return _filled("back", table, (*key, *before, *after), told=told, sets=[", ".join(f"{c} = m.b_{c}" for c in before) + touch], same=[" AND ".join(same)])


@cache
def bringing_back(table: str) -> str:
    """For REMOVED."""
    columns = [c for c in COLUMNS[table] if c != "workspace_id"]
    values = [f"m.b_{c}" for c in columns]
    return _filled("bring", table, (), told=_told("b", columns), columns=columns, values=values, key=list(KEYS[table]), mine=[f"m.b_{c}" for c in KEYS[table]],
                   made=[f"made.{c}" for c in KEYS[table]])  # fmt: skip


@cache
def dropping(table: str, key: tuple[str, ...], after: tuple[str, ...]) -> str:
    """For ADDED."""
    same = " AND ".join([*(f"t.{c} = m.k_{c}" for c in key), *(f"t.{c} IS NOT DISTINCT FROM m.a_{c}" for c in after)])
    return _filled("drop", table, (*key, *after), told=[*_told("k", key), *_told("a", after)], same=[same])


def _told(of: str, columns: Sequence[str]) -> list[str]:
    return [f"{of}.{c} AS {of}_{c}" for c in columns]


def _filled(name: str, table: str, used: Sequence[str], **parts: Sequence[str]) -> str:
    assert set(used) <= set(COLUMNS[table]), "the manifest names columns of the table"
    sql = load(__name__, name).replace("{{table}}", table)
    for part, texts in parts.items():
        sql = sql.replace("{{" + part + "}}", ", ".join(texts))
    return sql
