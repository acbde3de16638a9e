"""The filter grammar a second time, in plain Python on plain rows: what two paths of SQL share, this checks."""

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell.base.ids import decode_id
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, Column, Noun, Relation
from leadwell.catalog.predicate import TAGS

Row = dict[str, Any]
LINKS = (
    "activity_participants", "activity_links", "taggings", "segment_members",
    "deal_products", "custom_fields", "custom_values", "scores", "activity_heads", "lead_status_nexts",
    "deal_stage_nexts",
)  # fmt: skip
CUSTOM = {"text": "text_value", "int": "int_value", "float": "float_value", "flag": "int_value", "moment": "time_value"}
EXPONENTS = {"JPY": 0, "KWD": 3}


@dataclass
class World:
    """Every row of a workspace, by table, and the business time."""

    now: datetime
    tables: dict[str, list[Row]] = field(repr=False)
    indexes: dict[tuple[str, str], dict[Any, list[Row]]] = field(default_factory=dict, repr=False)

    @classmethod
    async def read(cls, tx: Tx) -> "World":
        names = {n.table for n in CATALOG} | set(LINKS) | {c.lookup for n in CATALOG for c in n.columns.values() if c.lookup}
        tables = {
            t: [dict(r) for r in await tx.fetch(f"SELECT * FROM {t} x WHERE x.workspace_id = $1", tx.workspace)] for t in sorted(names)
        }
        return cls(await tx.now(), tables)

    def find(self, table: str, column: str, value: Any) -> list[Row]:
        if (table, column) not in self.indexes:
            index = self.indexes[table, column] = {}
            for row in self.tables[table]:
                index.setdefault(row[column], []).append(row)
        return self.indexes[table, column].get(value, []) if value is not None else []

    def value(self, c: Column, row: Row) -> Any:
        if c.name == "spent":
            return self.spent(c, row)
        if c.kind == "money":
            minor, currency = row[c.sql.removeprefix("{t}.")], row[c.currency.removeprefix("{t}.")]
            return None if minor is None else (minor, currency)
        if c.lookup:
            there, here = c.ends or ("", "")
            found = [x for x in self.find(c.lookup, there, row[here]) if c.lookup != "scores" or x["is_default"]]
            return found[0][c.sql.removeprefix("{x}.")] if found else None
        if c.name == "restricted":
            return row["next_ids"] is not None
        return row[c.sql.removeprefix("{t}.")]

    def spent(self, c: Column, row: Row) -> Any:
        """What purchases less refunds come to, in the workspace's currency."""
        key = {"Contact": "contact_id", "Company": "company_id"}[c.noun]
        found = [x for x in self.find("purchases", key, row["id"]) if x["base_minor"] is not None and x["archived_at"] is None]
        return (sum(x["base_minor"] for x in found), found[0]["base_currency"]) if found else None

    def related(self, r: Relation, row: Row) -> list[Row]:
        if r.through:
            links = self.find(r.through.table, r.through.here, row[r.here])
            return [x for link in links for x in self.find(r.target.table, r.there, link[r.through.there])]
        return self.find(r.target.table, r.there, row[r.here])


def matches(w: World, noun: Noun, where: Any, row: Row) -> bool:
    """All parts hold; a comparison with a missing value is false, NOT of it is true."""
    for key, value in where.items():
        if key == "AND":
            ok = all(matches(w, noun, x, row) for x in value)
        elif key == "OR":
            ok = any(matches(w, noun, x, row) for x in value)
        elif key == "NOT":
            ok = not matches(w, noun, value, row)
        elif key == "custom":
            ok = all(_custom(w, noun, x, row) for x in value)
        elif key in noun.columns:
            ok = all(_test(w, noun.columns[key], op, v, w.value(noun.columns[key], row)) for op, v in value.items())
        else:
            ok = all(_related(w, noun.relations[key], q, v, row) for q, v in value.items())
        if not ok:
            return False
    return True


def visible(noun: Noun, where: Any, row: Row) -> bool:
    archived = "archivedAt" in noun.columns and row["archived_at"] is not None and not _mentions(where, "archivedAt")
    hidden = noun.name == "Company" and row["kind"] == "INDIVIDUAL" and not _mentions(where, "kind")
    return not archived and not hidden


def _mentions(where: Any, field: str) -> bool:
    inner = [*where.get("AND", []), *where.get("OR", []), *([where["NOT"]] if "NOT" in where else [])]
    return bool(where.get(field)) or any(_mentions(x, field) for x in inner)


def _related(w: World, r: Relation, quantifier: str, where: Any, row: Row) -> bool:
    found = w.related(r, row)
    if quantifier == "isNull":
        return (not found) == where
    if r.many and isinstance(where, dict):
        found = [x for x in found if visible(r.target, where, x)]
    if quantifier in TAGS:
        names = {x["name"] for x in found if x["archived_at"] is None} & set(where)
        return {"hasAny": bool(names), "hasAll": names == set(where), "hasNone": not names}[quantifier]
    hits = [matches(w, r.target, where, x) for x in found]
    return {"every": all(hits), "some": any(hits), "is": any(hits), "none": not any(hits)}[quantifier]


def _custom(w: World, noun: Noun, item: Any, row: Row) -> bool:
    ids = {f["id"] for f in w.tables["custom_fields"] if f["noun"] == noun.name and f["key"] == item["key"]}
    values = [v for v in w.find("custom_values", "record_id", row["id"]) if v["field_id"] in ids]
    for kind, tests in item.items():
        if kind == "key":
            continue
        have = values[0][CUSTOM[kind]] if values else None
        have = bool(have) if kind == "flag" and have is not None else have
        column = {"int": "big"}.get(kind, kind)
        if not all(compare(w, column, op, v, have) for op, v in tests.items()):
            return False
    return True


def _test(w: World, c: Column, op: str, want: Any, have: Any) -> bool:
    if c.kind == "id" and op != "isNull":
        want = [decode_id(x)[1] for x in want] if isinstance(want, list) else decode_id(want)[1]
    if c.kind == "money" and op != "isNull":
        return _money(op, want, have)
    return compare(w, c.kind, op, want, have)


def _money(op: str, want: Any, have: Any) -> bool:
    minor = round(float(want["amount"]) * 10 ** EXPONENTS.get(want["currency"], 2))
    same = have is not None and have[1] == want["currency"]
    if op == "ne":
        return not (same and have[0] == minor)
    return (
        same
        and {"eq": have[0] == minor, "gt": have[0] > minor, "gte": have[0] >= minor, "lt": have[0] < minor, "lte": have[0] <= minor}[op]
    )


def compare(w: World, kind: str, op: str, want: Any, have: Any) -> bool:
    if op == "isNull":
        return (have is None) == want
    if have is None:
        return op in ("ne", "notIn")
    if op in ("withinLast", "withinNext", "olderThan"):
        return {
            "withinLast": lambda: ago(w.now, want, -1) < have <= w.now,
            "withinNext": lambda: w.now <= have < ago(w.now, want, 1),
            "olderThan": lambda: have < ago(w.now, want, -1),
        }[op]()
    if kind == "moment":
        want = datetime.fromisoformat(want).astimezone(UTC)
    if kind == "date":
        want = type(have).fromisoformat(want)
    return bool(
        {
            "eq": lambda: have == want,
            "ne": lambda: have != want,
            "in": lambda: have in want,
            "notIn": lambda: have not in want,
            "gt": lambda: have > want,
            "gte": lambda: have >= want,
            "lt": lambda: have < want,
            "lte": lambda: have <= want,
            "contains": lambda: want.lower() in have.lower(),
            "startsWith": lambda: have.startswith(want),
        }[op]()
    )


def ago(now: datetime, span: str, sign: int) -> datetime:
    """A calendar span before or after a moment: months first, clipped to the month's last day, then days and hours."""
    date, _, time = span[1:].partition("T")
    part = {k: int(n) for n, k in re.findall(r"(\d+)([YMWD])", date)}
    clock = {k: int(n) for n, k in re.findall(r"(\d+)([HMS])", time)}
    months = now.year * 12 + now.month - 1 + sign * (part.get("Y", 0) * 12 + part.get("M", 0))
    year, month = divmod(months, 12)
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    moved = now.replace(year=year, month=month + 1, day=day)
    return moved + sign * timedelta(
        days=part.get("W", 0) * 7 + part.get("D", 0), hours=clock.get("H", 0), minutes=clock.get("M", 0), seconds=clock.get("S", 0)
    )


def expected(w: World, noun: Noun, where: Any, order: list[Any]) -> list[UUID]:
    """The ids of a list in its order: stable sorts from the last key to the first, id last in the last key's direction."""
    rows = [r for r in w.tables[noun.table] if visible(noun, where, r) and matches(w, noun, where, r)]
    keys = [_key(w, noun, item) for item in order]
    rows.sort(key=lambda r: r["id"], reverse=keys[-1][1] if keys else False)
    only = noun.columns.get(next(iter(order[0]))) if len(order) == 1 else None
    if only and only.ends:
        rows.sort(key=lambda r: r[only.ends[1]], reverse=keys[-1][1])
    for value, down, first in reversed(keys):
        some, none = [r for r in rows if value(r) is not None], [r for r in rows if value(r) is None]
        some.sort(key=value, reverse=down)
        rows = none + some if first else some + none
    return [r["id"] for r in rows]


def _key(w: World, noun: Noun, item: Any) -> tuple[Any, bool, bool]:
    ((name, way),) = item.items()
    if isinstance(way, dict):
        r = noun.relations[name]
        inner, down, first = _key(w, r.target, way)
        return (lambda row: next((inner(x) for x in w.related(r, row)), None)), down, first
    column = noun.columns[name]

    def value(row: Row) -> Any:
        have = w.value(column, row)
        return have[0] if column.kind == "money" and have else have

    return value, way.startswith("DESC"), way.endswith("NULLS_FIRST")


def ids_of(rows: Iterable[Row]) -> list[UUID]:
    return [r["id"] for r in rows]
