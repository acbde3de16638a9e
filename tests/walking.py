"""Lists walked page by page through the compiled path, forwards and backwards; what is said about every page must hold."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from leadwell.base.ids import decode_id
from leadwell.catalog import CAP, Everything, Noun, Sees
from tests.reading import Both

LIST = """query ($w: %(name)sWhere, $o: [%(name)sOrder!], $n: Int, $c: String) { found: %(list)s(%(size)s: $n, %(cursor)s: $c, where: $w, orderBy: $o) {
  nodes { id } edges { cursor } totalCount totalCountIsCapped totalCountExact pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@dataclass
class Compiled:
    """The same lists as a client asks for them, each page by one statement."""

    both: Both
    noun: Noun
    where: object
    order: object
    viewer: Sees | None = None
    count: int = 0

    async def walk(self, size: int, *, backward: bool) -> list[UUID]:
        """All ids of a list, page by page; what is said about each page must hold."""
        ways = {"size": "last", "cursor": "before"} if backward else {"size": "first", "cursor": "after"}
        cursor, found, more = None, list[UUID](), True
        while more:
            page = await self.page(ways, size, cursor)
            info, cursors = page["pageInfo"], [e["cursor"] for e in page["edges"]]
            ids = [decode_id(n["id"], self.noun.tag)[1] for n in page["nodes"]]
            assert (info["startCursor"], info["endCursor"]) == ((cursors[0], cursors[-1]) if cursors else (None, None))
            assert info["hasNextPage" if backward else "hasPreviousPage"] == (cursor is not None)
            assert len(ids) == len(cursors) <= size
            found = ids + found if backward else found + ids
            more, cursor = info["hasPreviousPage" if backward else "hasNextPage"], info["startCursor" if backward else "endCursor"]
            assert not more or len(ids) == size
            self.count = page["totalCountExact"]
            assert (page["totalCount"], page["totalCountIsCapped"]) == (min(self.count, CAP), self.count > CAP)
        return found

    async def page(self, ways: dict[str, str], size: int, cursor: str | None) -> Any:
        text = LIST % {"name": self.noun.name, "list": self.noun.plural, **ways}
        variables = {"w": self.where, "o": self.order, "n": size, "c": cursor}
        data, errors = await self.both.run(text, self.viewer or Everything(self.both.actor.workspace), None, variables, compiled=True)
        assert (errors, self.both.left, self.both.statements) == ([], {}, 1)
        return orjson.loads(data)["found"]
