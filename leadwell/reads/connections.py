"""A connection as one sub-select: its page's rows gathered once, its counts beside them, whatever of both is asked for."""

import re
from collections.abc import Callable, Iterator

from graphql import FieldNode

from leadwell.catalog import CAP
from leadwell.catalog.writer import Writer
from leadwell.reads.selections import Selections, Uncovered
from leadwell.reads.text import Literal, Part, Text, obj, string

COUNTS = {"totalCount": f"least(c.n,{CAP})", "totalCountIsCapped": "c.capped", "totalCountExact": "e.n"}
CURSORS = ("startCursor", "endCursor")


class Connection:
    """The connection's object; `row` makes the object of one of its rows."""

    def __init__(self, selections: Selections, w: Writer, nodes: list[FieldNode], row: Callable[[list[FieldNode]], Text]) -> None:
        self.selections, self.w, self.noun, self.row = selections, w, w.ask.noun, row
        self.fields = list(selections.below(nodes))
        self.gathered: dict[str, str] = {}
        self.infos = [list(selections.below(found)) for _, name, found in self.fields if name == "pageInfo"]
        asked = {name for info in self.infos for _, name, _ in info}
        self.more = ("hasPreviousPage" if w.ask.backward else "hasNextPage") in asked
        self.cursors = not asked.isdisjoint(CURSORS)

    def text(self) -> Text:
        names = {name for _, name, _ in self.fields}
        made = obj(self.pairs())
        parts: list[str] = []
        if not names.isdisjoint(("nodes", "edges", "pageInfo")):
            columns = ", ".join(f"{sql} AS {name}" for sql, name in self.gathered.items()) or "count(*) AS n"
            parts.append(f"(SELECT {columns} FROM ({self.page()}) {self.w.t}) p")
        if capped := not names.isdisjoint(("totalCount", "totalCountIsCapped")):
            parts.append(f"({self.w.count(CAP)}) c")
        if "totalCountExact" in names:
            parts.append(f"({self.w.count(None)}) e")
        return Text(f"({self.w.searched(counted=capped)}SELECT {made.sql} FROM {', '.join(parts)})") if parts else made

    def page(self) -> str:
        """Of the table's columns those that the objects are made of: the planner's work grows with every one."""
        made = "".join(self.gathered)
        columns = dict.fromkeys(re.findall(rf"\b{self.w.t}\.(\w+\b(?<!_))", made))
        rows = self.w.page(cursors=self.cursors, more=self.more, columns=columns)
        return f"SELECT *, row_number() OVER () AS n_ FROM ({rows}) q" if self.more or self.w.ask.backward else rows

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
                    yield key, self.items(self.row(found))
                case "edges":
                    yield key, self.items(obj(self.edge(found)))
                case "pageInfo":
                    yield key, obj(self.info(next(infos)))
                case "totalCount" | "totalCountIsCapped" | "totalCountExact":
                    yield key, f"({COUNTS[name]})::text"
                case _:
                    raise Uncovered(f"{self.noun.name}Connection.{name}")

    def items(self, item: Text) -> Text:
        t = self.w.t
        order = f" ORDER BY {t}.n_ DESC" if self.w.ask.backward else ""
        kept = f" FILTER (WHERE {t}.n_ <= {self.w.limit})" if self.more else ""
        return Text(Literal("["), self.gather(f"coalesce(string_agg({item.sql},','{order}){kept},'')"), Literal("]"))

    def edge(self, nodes: list[FieldNode]) -> Iterator[tuple[str, Part | Text]]:
        for key, name, found in self.selections.below(nodes):
            if name == "__typename":
                yield key, string(self.noun.name + "Edge")
            elif name == "cursor":
                self.cursors = True
                yield key, Text(Literal('"'), self.w.cursor(f"{self.w.t}.{{}}".format), Literal('"'))
            else:
                yield key, self.row(found)

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
        """The cursor of the row read first or last, made of its values once all rows are read."""
        row = f"least({self.gather('count(*)') if last else 1},{self.w.limit})"  # none of a page of no rows
        order = f" ORDER BY {self.w.t}.n_" if self.w.ask.backward else ""  # the items of such a page are sorted the other way
        cursor = self.w.cursor(lambda value: f"({self.gather(f'array_agg({self.w.t}.{value}{order})')})[{row}]")
        return f"coalesce('\"'||{cursor}||'\"','null')"
