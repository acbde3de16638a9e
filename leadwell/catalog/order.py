"""Sort keys, keyset positions and cursors. Ties are broken by id in the direction of the last key."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

import orjson

from leadwell.catalog.kinds import CONVERT, Kind
from leadwell.catalog.nouns import Column, Noun, Relation
from leadwell.catalog.refusals import BadCursor, Path, bad_order
from leadwell.catalog.statement import Statement
from models.columns import Direction

MOST_KEYS = 5
DEEPEST = 3
Nulls = tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key: its SQL, its direction, where missing values stand, whether there are any, and the type its cursor text is read as."""

    sql: str
    down: bool
    first: bool = False
    null: bool = True
    cast: str = ""

    @property
    def order(self) -> str:
        """Spelled as an index would be: NULLS only where it differs from PostgreSQL's own rule."""
        placed = self.null and self.first != self.down
        return f"{self.sql}{' DESC' if self.down else ''}" + (f" NULLS {'FIRST' if self.first else 'LAST'}" * placed)

    def reversed(self) -> "Key":
        return Key(self.sql, not self.down, not self.first, self.null, self.cast)


def keys(s: Statement, noun: Noun, t: str, order: object, *, relation: Relation | None = None, link: str = "") -> list[Key]:
    """The keys of an orderBy, or of the relation's own order; the id comes last. Before it, where the one key is looked up in
    another table, comes what that table is found by: an index of (value, found by) then gives the rows in order, however many tie."""
    items = _items(order) or [{name: way} for name, way in (relation.order if relation else ())]
    through = relation.through if relation and relation.through and relation.through.copies else None
    found: list[Key] = []
    for i, item in enumerate(items):
        column = noun.columns.get(next(iter(item)))
        if through and column and column.name in through.copies:
            found.append(_key(s.need(column), item[column.api], ("orderBy", i, column.api), f"{link}.{column.name}"))
        else:
            found.append(_named(s, noun, t, item, ("orderBy", i)))
    down = found[-1].down if found else False
    looked_up = noun.columns.get(next(iter(items[0]))) if len(items) == 1 and not relation else None
    if looked_up and looked_up.ends and looked_up.ends[1] != "id":
        found.append(Key(f"{t}.{looked_up.ends[1]}", down, null=False, cast="uuid"))
    return [*found, Key(f"{link}.{through.there}" if through else f"{t}.id", down, null=False, cast="uuid")]


def _items(order: object) -> list[Mapping[str, Any]]:
    items = cast("list[Mapping[str, Any]]", [] if order is None else order)
    if not isinstance(order, list | None) or len(items) > MOST_KEYS:
        raise bad_order(("orderBy",), f"expects a list of at most {MOST_KEYS} keys")
    for i, item in enumerate(cast("list[object]", items)):
        if not isinstance(item, Mapping):
            raise bad_order(("orderBy", i), "expects an object with one field")
        if len(cast("Mapping[str, Any]", item)) != 1:
            raise bad_order(("orderBy", i), "name exactly one field")
    return items


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
    return Key(sql, *direction(way, at), column.null, column.cast)


def direction(way: object, at: Path) -> tuple[bool, bool]:
    """Whether a key goes down, and stands first where it is missing."""
    try:
        found = Direction(str(way))
    except ValueError:
        raise bad_order(at, f"expects one of {', '.join(Direction)}") from None
    return found in (Direction.DESC, Direction.DESC_NULLS_FIRST), found in (Direction.ASC_NULLS_FIRST, Direction.DESC_NULLS_FIRST)


def digest(workspace: UUID, of: str, order: object, where: object) -> str:
    """What list a cursor belongs to: workspace, list, order and filter."""
    text = orjson.dumps([str(workspace), of, order, where], default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=6).hexdigest()


def cursor_sql(ks: Sequence[Key], values: Sequence[str], head: str) -> str:
    """The cursor of a row, made where the row is: base64url of [digest, values as text .., id]. Plain concatenation, and `translate`
    only where the text may hold other than ASCII: json_build_array and it are four fifths of the cost."""
    spelled = (f"{'to_json' if k.cast == 'text' else ''}(({sql})::text)::text" for k, sql in zip(ks, values, strict=True))
    quoted = (text if k.cast == "text" else f"""'"'||{text}||'"'""" for k, text in zip(ks, spelled, strict=True))
    items = (f"coalesce({text},'null')" if k.null else text for k, text in zip(ks, quoted, strict=True))
    raw = f"""encode(convert_to('["'||{head}||'", '||{"||', '||".join(items)}||']','UTF8'),'base64')"""
    return f"translate({raw},E'+/\\n','-_')" if any(k.cast == "text" for k in ks) else f"replace({raw},E'\\n','')"


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
    return READ.get(kind, str)(text)


def _json(kind: Kind) -> Callable[[str], Any]:
    return lambda text: CONVERT[kind](json.loads(text))


READ: dict[str, Callable[[str], Any]] = {
    "uuid": UUID, "int4": _json("int"), "int8": _json("big"), "float8": float, "bool": _json("flag"), "timestamptz": CONVERT["moment"], "date": CONVERT["date"],
}  # fmt: skip


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
