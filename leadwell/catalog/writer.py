"""Writes the SQL of a list, for one statement of its own or as a part of a larger one.

A list sorted first by a value that may be missing is read as two: the rows that have it and the rows that have not.
Each is a plain keyset over an index, the value's table leading where it is looked up in another one.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from leadwell.catalog.listing import Listing
from leadwell.catalog.nouns import Column
from leadwell.catalog.order import Key, behind, cursor_sql, digest, keys, nulls_of, read_cursor
from leadwell.catalog.predicate import parse
from leadwell.catalog.refusals import BadCursor
from leadwell.catalog.search import FILTERED, LISTED, hits
from leadwell.catalog.statement import Statement
from leadwell.catalog.where import Values, Where, request_values

ALL = ("*",)
SIZES = (0, 1, 2, 3, 5, 10, 20, 25, 50, 100, 200)


def bucket(size: int) -> int:
    """The planner should know how many rows are wanted, at least about: a few numbers stand for all, so that texts stay few."""
    return next(n for n in SIZES if n >= size)


def parts(ask: Listing) -> list[bool | None]:
    """The lists to read one after the other: [None] the whole; else rows with (True), without (False) the first key."""
    column, way = _first(ask)
    if ask.relation or column is None or not column.null:
        return [None]
    found: list[bool | None] = [False, True] if str(way).endswith("NULLS_FIRST") else [True, False]
    return found[::-1] if ask.backward else found


def _first(ask: Listing) -> tuple[Column | None, object]:
    """The field of the first sort key, if it is one of the noun's own; what is wrong with it shows when keys are made."""
    given = ask.order
    order = cast("list[Any]", given) if isinstance(given, list) else []
    if not order or not isinstance(order[0], Mapping) or len(cast("Mapping[str, object]", order[0])) != 1:
        return None, None
    name, way = next(iter(cast("Mapping[str, object]", order[0]).items()))
    return ask.noun.columns.get(name), way


class Writer:
    """One list of a statement. `ask` stands for every request of its shape: their values are found by `values`.

    `t` is the alias of its rows and `parent`, where it is a relation's, the key of the row they belong to.
    """

    def __init__(self, s: Statement, ask: Listing, *, t: str = "t", parent: str = "p.id", values: Values = request_values) -> None:
        self.s, self.ask, self.t, self.parent, self.values = s, ask, t, parent, values
        self.link = s.alias() if ask.relation and ask.relation.through else ""

    @cached_property
    def keys(self) -> list[Key]:
        if self.ranked:
            return [Key(f"{self.hits}.rank", down=True, null=False, cast="int4"), Key(f"{self.hits}.id", down=True, null=False, cast="uuid")]
        return keys(self.s, self.ask.noun, self.t, self.ask.order, relation=self.ask.relation, link=self.link)

    @property
    def ranked(self) -> bool:
        return self.ask.search is not None and not self.ask.order

    @cached_property
    def hits(self) -> str:
        """The name of what a search found."""
        return self.s.alias() if self.ask.search is not None else ""

    def searched(self, *, counted: bool) -> str:
        """What stands before the SELECT around pages and counts: a text is searched once for all of them. A first page alone is served by its own hits,
        which costs a quarter less than to look at all that a list would show."""
        if not self.hits:
            return ""
        most = FILTERED if self.ask.order or self.ask.filter else LISTED if counted or self.ask.cursors or self.ask.backward else f"({self.limit} + 1)::int"
        return f"WITH {self.hits} AS MATERIALIZED (SELECT * FROM {self.found(most)} h) "

    def found(self, most: int | str | None) -> str:
        return hits(self.s, self.ask.noun, self.value("search", "text"), self.ask.filter, most)

    def request(self, ask: Listing, workspace: UUID) -> dict[str, Any]:
        """The values of a request of this shape; BadCursor for a cursor of another list."""
        found: dict[str, Any] = {"where": ask.filter, "limit": ask.size, "search": ask.search}
        cursors = ask.cursors
        if cursors or "head" in self.__dict__:
            found["head"] = digest(workspace, self.ask.name, ask.order if ask.search is None else [ask.order, ask.search], ask.filter)
        for name, cursor in cursors.items():
            found[name] = read_cursor(cursor, found["head"], self.keys)
        return found

    def value(self, name: str, cast: str, *at: int) -> str:
        def pick(given: Any) -> Any:
            found = self.values(given)[name]
            return found[at[0]] if at else found

        return self.s.bind(pick, cast)

    @cached_property
    def where(self) -> str:
        return Where(self.s, self.values).rows(self.ask.noun, self.t, parse(self.ask.noun, self.ask.filter))

    def body(self, join: str = "", condition: str = "", hits: str = "", columns: Collection[str] = ()) -> str:
        """FROM and WHERE of the list, of which these columns are shown; `hits` are read instead of what was searched for pages and capped counts."""
        noun, r, t = self.ask.noun, self.ask.relation, self.t
        if r:
            alone = self.repeated(columns) is not None
            where = condition if alone else f" AND {self.where}{condition}"
            return f"{r.source(t, self.link, alone=alone)} WHERE {r.join(self.parent, t, self.link, alone=alone)}{where}"
        if self.hits:
            join += f" JOIN {hits or self.hits} {self.hits} ON {self.hits}.id = {t}.id"
        return f"{noun.table} {t}{join} WHERE {self.where}{condition}"

    @cached_property
    def limit(self) -> str:
        return self.value("limit", "int8")

    def page(self, *, cursors: bool, more: bool = True, columns: Collection[str] = ALL) -> str:
        """The page's rows in the direction of reading, one more than asked for if `more`, with sort keys as k0_, k1_ .. for cursors."""
        found = [part for p in parts(self.ask) if (part := self.part(p, columns, cursors, bucket(self.ask.size) + more))]
        if not found:
            shown = ", ".join(f"{self.t}.{name}" for name in columns) or "NULL"
            empty = "".join(f", NULL::{k.cast} AS k{i}_" for i, k in enumerate(self.keys)) if cursors else ""
            return f"SELECT {shown}{empty} FROM {self.ask.noun.table} {self.t} WHERE {self.t}.workspace_id = $1 AND false"
        union = found[0] if len(found) == 1 else " UNION ALL ".join(f"({part})" for part in found)
        return f"SELECT * FROM ({union}) q LIMIT {self.limit}{' + 1' if more else ''}" if len(found) > 1 or self.ask.size not in SIZES else union

    def repeated(self, columns: Collection[str]) -> str | None:
        """What is shown, where the link table repeats all of it: theirs are then not looked at, which was a third of a list with timelines."""
        r = self.ask.relation
        if r is None or r.through is None or self.ask.filter or r.target.model.listed or self.s.scope(r.target, self.t):
            return None
        return r.repeated(columns, self.link) if all(key.sql.startswith(f"{self.link}.") for key in self.keys) else None

    def cursor(self, value: Callable[[str], str]) -> str:
        """The cursor of a row of the page; `value` says where a column of that row is."""
        return cursor_sql(self.keys, [value(f"k{i}_") for i, _ in enumerate(self.keys)], self.head)

    @cached_property
    def head(self) -> str:
        return self.value("head", "text")

    def part(self, part: bool | None, columns: Collection[str], cursors: bool, most: int) -> str | None:
        """None if the cursors leave nothing of it."""
        bounds = self.bounds(part)
        if bounds is None:
            return None
        ks, join, condition = self.split(part)
        sorted_by = ks[1:] if part is False else ks
        order = ", ".join(k.reversed().order if self.ask.backward else k.order for k in sorted_by)
        best = f"(SELECT * FROM {self.hits} ORDER BY {order})" if self.ranked else ""  # so that no more rows are read than the page has
        body = self.body(join, condition + "".join(self.bound(name, sorted_by, len(ks) - len(sorted_by)) for name in bounds), best, columns)
        shown = self.repeated(columns) or ", ".join(f"{self.t}.{name}" for name in columns) or "NULL"
        shown += "".join(f", {k.sql} AS k{i}_" for i, k in enumerate(ks)) if cursors else ""
        return f"SELECT {shown} FROM {body} ORDER BY {order} LIMIT {most}"

    def bounds(self, part: bool | None) -> list[str] | None:
        """Which cursors bound this part; None if one of them lies so that no row of it is meant."""
        found: list[str] = []
        for name, nulls in self.nulls.items():
            if part is None or part != nulls[0]:
                found.append(name)
            elif (part != self.keys[0].first) == (name == "after"):  # "after" leaves nothing of the part that came first
                return None
        return found

    @cached_property
    def nulls(self) -> dict[str, tuple[bool, ...]]:
        """Which values of each cursor are missing."""
        found = {name: nulls_of(cursor) for name, cursor in self.ask.cursors.items()}
        if any(len(nulls) != len(self.keys) for nulls in found.values()):
            raise BadCursor(why="it belongs to another list, filter or order")
        if any(missing and not key.null for nulls in found.values() for missing, key in zip(nulls, self.keys, strict=True)):
            raise BadCursor(why="it is malformed")
        return found

    def bound(self, name: str, ks: Sequence[Key], skipped: int) -> str:
        ways = ks if name == "after" else [k.reversed() for k in ks]

        def value(i: int) -> str:
            return self.value(name, ks[i].cast, i + skipped)

        beyond = " AND " + behind(ways, value, self.nulls[name][skipped:])
        if len(ks) == 3 and ks[0].sql.split(".")[0] == ks[1].sql.split(".")[0] != self.t:  # an index of the other table knows of these two only
            beyond += f" AND ({ks[0].sql}, {ks[1].sql}) {'<=' if ways[0].down else '>='} ({value(0)}, {value(1)})"
        return beyond

    def split(self, part: bool | None) -> tuple[list[Key], str, str]:
        """The keys of this part, with the join and the condition that make it."""
        ks, t, x = self.keys, self.t, self.s.alias()
        column, _ = _first(self.ask)
        if part is None or column is None:
            return ks, "", ""
        sql, found = column.inner(t).replace("{x}", x), column.found(t, x)
        if part:
            join = f" JOIN {column.lookup} {x} ON {found}" if column.lookup else ""
            tie = [replace(ks[1], sql=f"{x}.{column.ends[0]}")] if column.ends and len(cast("list[Any]", self.ask.order)) == 1 else []
            return [replace(ks[0], sql=sql, null=False), *tie, *ks[1 + len(tie) :]], join, f" AND {sql} IS NOT NULL"
        missing = f"NOT EXISTS (SELECT 1 FROM {column.lookup} {x} WHERE {found} AND {sql} IS NOT NULL)"
        return [replace(ks[0], sql=f"NULL::{ks[0].cast}"), *ks[1:]], "", f" AND {missing if column.lookup else sql + ' IS NULL'}"

    def count(self, cap: int | None) -> str:
        """How many rows the whole list has, as n, counted up to cap + 1, and whether there are more than the cap, or than were found."""
        if cap is None:
            return f"SELECT count(*) AS n FROM {self.body(hits=self.found(None) if self.hits else '')}"
        cut = f" OR EXISTS (SELECT 1 FROM {self.hits} WHERE {self.hits}.cut)" if self.hits else ""
        return f"SELECT count(*) AS n, count(*) > {cap}{cut} AS capped FROM (SELECT 1 FROM {self.body()} LIMIT {cap + 1}) c"
