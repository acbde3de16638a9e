"""A connection as one sub-select: its page's rows gathered once, its counts beside them, whatever of both is asked for."""

from collections.abc import Iterator
from typing import Protocol

from graphql import FieldNode

from leadwell.catalog import CAP, Noun
from leadwell.catalog.writer import Writer
from leadwell.reads.selections import Selections, Uncovered
from leadwell.reads.text import Literal, Part, Text, obj, string

COUNTS = {"totalCount": f"least(c.n,{CAP})", "totalCountIsCapped": f"c.n>{CAP}", "totalCountExact": "e.n"}
CURSORS = ("startCursor", "endCursor")


class Rows(Protocol):
    """What makes objects of the list's rows."""

    selections: Selections

    def row(self, noun: Noun, nodes: list[FieldNode], t: str) -> Text: ...


def connection(rows: Rows, w: Writer, nodes: list[FieldNode]) -> Text:
    """The connection's object."""
    return _Connection(rows, w, nodes).text()


class _Connection:
    def __init__(self, rows: Rows, w: Writer, nodes: list[FieldNode]) -> None:
        self.rows, self.w, self.noun = rows, w, w.ask.noun
        self.fields = list(rows.selections.below(nodes))
        self.gathered: dict[str, str] = {}
        self.infos = [list(rows.selections.below(found)) for _, name, found in self.fields if name == "pageInfo"]
        asked = {name for info in self.infos for _, name, _ in info}
        self.more = ("hasPreviousPage" if w.ask.backward else "hasNextPage") in asked
        self.numbered = self.more or w.ask.backward or not asked.isdisjoint(CURSORS)
        self.cursors = not asked.isdisjoint(CURSORS)

    def text(self) -> Text:
        names = {name for _, name, _ in self.fields}
        made = obj(self.pairs())
        parts: list[str] = []
        if not names.isdisjoint(("nodes", "edges", "pageInfo")):
            columns = ", ".join(f"{sql} AS {name}" for sql, name in self.gathered.items()) or "count(*) AS n"
            parts.append(f"(SELECT {columns} FROM ({self.page()}) {self.w.t}) p")
        if not names.isdisjoint(("totalCount", "totalCountIsCapped")):
            parts.append(f"({self.w.count(CAP)}) c")
        if "totalCountExact" in names:
            parts.append(f"({self.w.count(None)}) e")
        return Text(f"(SELECT {made.sql} FROM {', '.join(parts)})") if parts else made

    def page(self) -> str:
        rows = self.w.page(cursors=self.cursors, more=self.more)
        return f"SELECT *, row_number() OVER () AS n_, count(*) OVER () AS total_ FROM ({rows}) q" if self.numbered else rows

    def gather(self, sql: str) -> str:
        """An aggregate over the page's rows, once however often it is asked for."""
        if sql not in self.gathered:
            self.gathered[sql] = f"a{len(self.gathered)}"
        return f"p.{self.gathered[sql]}"

    def pairs(self) -> Iterator[tuple[str, Part | Text]]:
        infos = iter(self.infos)
        for key, name, found in self.fields:
            match name:
                case "__typename":
                    yield key, string(self.noun.name + "Connection")
                case "nodes":
                    yield key, self.items(self.rows.row(self.noun, found, self.w.t))
                case "edges":
                    yield key, self.items(obj(self.edge(found)))
                case "pageInfo":
                    yield key, obj(self.info(next(infos)))
                case "totalCount" | "totalCountIsCapped" | "totalCountExact":
                    yield key, f"({COUNTS[name]})::text"
                case _:
                    raise Uncovered(f"{self.noun.name}Connection.{name}")

    def items(self, item: Text) -> Text:
        t, order = self.w.t, ""
        if self.w.ask.backward:
            order = f" ORDER BY {t}.n_ DESC"
        kept = f" FILTER (WHERE {t}.n_ <= {self.w.limit})" if self.more else ""
        return Text(Literal("["), self.gather(f"coalesce(string_agg({item.sql},','{order}){kept},'')"), Literal("]"))

    def edge(self, nodes: list[FieldNode]) -> Iterator[tuple[str, Part | Text]]:
        for key, name, found in self.rows.selections.below(nodes):
            if name == "__typename":
                yield key, string(self.noun.name + "Edge")
            elif name == "cursor":
                self.cursors = True
                yield key, Text(Literal('"'), self.w.cursor(self.w.t), Literal('"'))
            else:
                yield key, self.rows.row(self.noun, found, self.w.t)

    def info(self, fields: list[tuple[str, str, list[FieldNode]]]) -> Iterator[tuple[str, Part | Text]]:
        ask = self.w.ask
        further = {"hasPreviousPage": ask.after, "hasNextPage": ask.before}
        for key, name, _ in fields:
            if name == "__typename":
                yield key, string("PageInfo")
            elif name in CURSORS:
                yield key, self.end(last=(name == "endCursor") != ask.backward)
            elif self.more and name == ("hasPreviousPage" if ask.backward else "hasNextPage"):
                yield key, self.gather(f"(count(*)>{self.w.limit})::text")
            else:
                yield key, Literal("false" if further[name] is None else "true")

    def end(self, *, last: bool) -> str:
        """The cursor of the row read first or last; the filter spares the others'."""
        t = self.w.t
        n = f"least({f'{t}.total_' if last else 1}, {self.w.limit})"
        return f"coalesce('\"'||{self.gather(f'max({self.w.cursor(t)}) FILTER (WHERE {t}.n_ = {n})')}||'\"','null')"
