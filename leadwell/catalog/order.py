"""Sort keys, keyset positions and cursors. Ties are broken by id in the direction of the last key."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import orjson

from leadwell.catalog.nouns import Column, Noun, Relation
from leadwell.catalog.refusals import BadCursor, Path, bad_order
from leadwell.catalog.statement import Statement
from models.columns import Direction

MOST_KEYS = 5
DEEPEST = 3
Nulls = tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key: its SQL, its direction, where missing values stand, and the type its cursor text is read as."""

    sql: str
    down: bool
    null: bool
    first: bool
    cast: str

    @property
    def order(self) -> str:
        """Spelled as an index would be: NULLS only where it differs from PostgreSQL's own rule."""
        placed = self.null and self.first != self.down
        return f"{self.sql}{' DESC' if self.down else ''}" + (f" NULLS {'FIRST' if self.first else 'LAST'}" * placed)

    def reversed(self) -> "Key":
        return Key(self.sql, not self.down, self.null, not self.first, self.cast)


def keys(s: Statement, noun: Noun, t: str, order: object, *, relation: Relation | None = None, link: str = "") -> list[Key]:
    """The keys of an orderBy, or of the relation's own order; the id comes last. Before it, where the one key is looked up in
    another table, comes what that table is found by: an index of (value, found by) then gives the rows in order, however many tie."""
    items = _items(order) or [{name: way} for name, way in (relation.order if relation else ())]
    copies = relation.through.copies if relation and relation.through else ()
    found: list[Key] = []
    for i, item in enumerate(items):
        at: Path = ("orderBy", i)
        if len(item) != 1:
            raise bad_order(at, "name exactly one field")
        ((name, way),) = item.items()
        column = noun.columns.get(name)
        if column and column.name in copies:
            found.append(_key(s.need(column), way, (*at, name), f"{link}.{column.name}"))
        else:
            found.append(_named(s, noun, t, item, at))
    down = found[-1].down if found else False
    looked_up = noun.columns.get(next(iter(items[0]))) if len(items) == 1 and not relation else None
    if looked_up and looked_up.ends and looked_up.ends[1] != "id":
        found.append(Key(f"{t}.{looked_up.ends[1]}", down, False, False, "uuid"))
    id_sql = f"{link}.{relation.through.there}" if copies and relation and relation.through else f"{t}.id"
    return [*found, Key(id_sql, down, False, False, "uuid")]


def _items(order: object) -> list[Mapping[str, Any]]:
    if order is None:
        return []
    if not isinstance(order, list) or len(cast("list[object]", order)) > MOST_KEYS:
        raise bad_order(("orderBy",), f"expects a list of at most {MOST_KEYS} keys")
    items = cast("list[object]", order)
    for i, item in enumerate(items):
        if not isinstance(item, Mapping):
            raise bad_order(("orderBy", i), "expects an object with one field")
    return cast("list[Mapping[str, Any]]", items)


def _named(s: Statement, noun: Noun, t: str, item: Mapping[str, Any], above: Path) -> Key:
    ((name, way),) = item.items()
    at = (*above, name)
    if isinstance(way, Mapping):
        return _through(s, noun.relations.get(name), t, cast("Mapping[str, Any]", way), at)
    column = noun.columns.get(name)
    if column is None or not column.contract.sort:
        raise bad_order(at, f"{noun.name} is not sorted by this")
    return _key(s.need(column), way, at, column.at(t))


def _through(s: Statement, relation: Relation | None, t: str, way: Mapping[str, Any], at: Path) -> Key:
    """A field of a row that a to-one relation leads to; a missing row is a missing value."""
    if relation is None or relation.many or len(way) != 1 or len(at) > DEEPEST + 2:
        raise bad_order(at, f"name exactly one field of a to-one relation, at most {DEEPEST} deep")
    u = s.alias()
    source, tied = s.linked(relation, f"{t}.{relation.here}", u)
    key = _named(s, relation.target, u, way, at)
    return replace(key, sql=f"(SELECT {key.sql} FROM {source} WHERE {tied})", null=True)


def _key(column: Column, way: object, at: Path, sql: str) -> Key:
    down, null, first = direction(way, at)
    return Key(sql, down, null and column.null, first, column.cast)


def direction(way: object, at: Path) -> tuple[bool, bool, bool]:
    """Whether a key goes down, may be missing, and stands first where it is missing."""
    try:
        found = Direction(str(way))
    except ValueError:
        raise bad_order(at, f"expects one of {', '.join(Direction)}") from None
    down = found in (Direction.DESC, Direction.DESC_NULLS_FIRST)
    return down, True, found in (Direction.ASC_NULLS_FIRST, Direction.DESC_NULLS_FIRST)


def digest(workspace: UUID, of: str, order: object, where: object) -> str:
    """What list a cursor belongs to: workspace, list, order and filter."""
    text = orjson.dumps([str(workspace), of, order, where], default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=6).hexdigest()


def cursor_sql(values: Sequence[str], head: str) -> str:
    """The cursor of a row, made where the row is: base64url of [digest, values as text .., id]."""
    inner = ", ".join(f"({sql})::text" for sql in values)
    text = f"json_build_array({head}, {inner})::text"
    return f"translate(encode(convert_to({text}, 'UTF8'), 'base64'), E'+/\\n', '-_')"


def read_cursor(text: object, expected: str, ks: Sequence[Key]) -> list[Any]:
    """The values of a cursor, checked against the list it is used on."""
    head, *values = _opened(text)
    if head != expected or len(values) != len(ks):
        raise BadCursor(why="it belongs to another list, filter or order")
    try:
        return [None if v is None and k.null else from_text(k.cast, v) for k, v in zip(ks, values, strict=True)]
    except (ValueError, TypeError):
        raise BadCursor(why="it is malformed") from None


def nulls_of(text: object) -> Nulls:
    """Which values of a cursor are missing: this much of it changes the SQL."""
    return tuple(v is None for v in _opened(text)[1:])


def _opened(text: object) -> list[str | None]:
    try:
        raw = base64.b64decode(str(text), altchars=b"-_", validate=True)
        found: Any = json.loads(raw)
        head, *values = cast("list[str | None]", found)
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise BadCursor(why="it is malformed") from None
    return [head, *values]


def from_text(kind: str, text: Any) -> Any:
    """PostgreSQL's text of a value as a parameter."""
    if not isinstance(text, str) or "\0" in text:
        raise ValueError
    match kind:
        case "uuid":
            return UUID(text)
        case "int4" | "int8":
            bits = 31 if kind == "int4" else 63
            if not re.fullmatch(r"-?\d{1,19}", text) or not -(1 << bits) <= int(text) < 1 << bits:
                raise ValueError
            return int(text)
        case "float8":
            return float(text)
        case "bool":
            return {"true": True, "false": False}[text] if text in ("true", "false") else _raise()
        case "timestamptz":
            at = datetime.fromisoformat(text)
            return at if at.tzinfo else _raise()
        case "date":
            return date.fromisoformat(text)
        case _:
            return text


def _raise() -> Any:
    raise ValueError


def behind(ks: Sequence[Key], value: Callable[[int], str], nulls: Nulls) -> str:
    """Rows behind a position, whose values are parameters. Plain keys in one direction become a row comparison, which
    an index answers; keys that may be missing need the longer form, chosen by which values are."""
    if not any(k.null for k in ks) and len({k.down for k in ks}) == 1:
        left = ", ".join(k.sql for k in ks)
        return f"({left}) {'<' if ks[0].down else '>'} ({', '.join(value(i) for i in range(len(ks)))})"

    def step(i: int) -> str:
        k = ks[i]
        if nulls[i]:
            after = f"{k.sql} IS NULL AND {step(i + 1)}"
            return f"({k.sql} IS NOT NULL OR {after})" if k.first else f"({after})"
        beyond = f"{k.sql} {'<' if k.down else '>'} {value(i)}"
        if k.null and not k.first:
            beyond += f" OR {k.sql} IS NULL"
        return f"({beyond})" if i == len(ks) - 1 else f"({beyond} OR {k.sql} = {value(i)} AND {step(i + 1)})"

    return step(0)
