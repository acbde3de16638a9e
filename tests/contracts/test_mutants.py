"""The checks of reads see what they are meant to see: each of these faults, planted in the SQL that is written, is caught."""

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from api.documents import Documents
from leadwell.base import amounts, ids
from leadwell.base.tx import Database
from leadwell.catalog import order, writer
from leadwell.catalog.nouns import Relation
from leadwell.catalog.statement import Statement
from leadwell.catalog.where import Where
from leadwell.reads import connections, plans
from leadwell.reads.compiler import Compiler
from leadwell.reads.selections import Selections
from tests.battery import Battery, half


@dataclass(frozen=True)
class Mutant:
    """A fault: where a text of a function is replaced by another."""

    name: str
    of: Any
    old: str
    new: str


MUTANTS = [
    Mutant("NOT keeps NULL", Where.sql, 'return f"({self.sql(of, noun, t)}) IS NOT TRUE"', 'return f"(NOT ({self.sql(of, noun, t)}))"'),
    Mutant("every forgets NULL", Where.related, "({inner}) IS NOT TRUE)", "NOT ({inner}))"),
    Mutant("archived rows are shown", Where.present, "if not mentions(p, field)", "if False"),
    Mutant("DESC is dropped", order.Key.order, "' DESC' if self.down else ''", "''"),
    Mutant("rows without a value are lost behind a cursor", order.behind, "if k.null and not k.first:", "if False:"),
    Mutant("a cursor of any workspace fits", order.digest, "str(workspace), ", ""),
    Mutant("a relation shows what is not one's own", Statement.linked, " + self.scope(relation.target, t)", ""),
    Mutant("a hidden field may be used", Statement.need, "if not self.see(column)", "if False"),
    Mutant("a relation names no workspace", Relation.join, "{there}.workspace_id = $1 AND {there}.{self.there}", "{there}.{self.there}"),
    Mutant("a hidden field is shown", Compiler.column, "if not self.s.see(c)", "if False"),
    Mutant("@skip is ignored", Selections.wanted, "wanted = False", "wanted = True"),
    Mutant("a fragment fits any noun", Selections._collect, 'on.name.value in (kind, "Node")', "True"),
    Mutant("one row too many", writer.Writer.request, '"limit": ask.size', '"limit": ask.size + 1'),
    Mutant("there is never a next page", connections.Connection.info, "(count(*)>{self.w.limit})::text", "(count(*)<0)::text"),
    Mutant("a page from the end is upside down", connections.Connection.items, "n_ DESC", "n_"),
    Mutant("ids are of another noun", ids.encoded, "{tag:04x}", "{tag + 1:04x}"),
    Mutant("yen have cents", amounts.decimals, '{0: "1"', '{0: "0.01"'),
    Mutant("records come in another order", Compiler.any, "ORDER BY {n}.i", "ORDER BY {n}.i DESC"),
    Mutant("a plan serves whoever comes", plans.Plans.get, "(operation.number, sight,", "(operation.number, None,"),
    Mutant("a plan keeps its first workspace", plans._parameters, "[viewer.workspace,", "[FIRST.setdefault(0, viewer.workspace),"),
    Mutant("a plan forgets whose rows are shown", plans.Plans.get, "viewer.own,", "frozenset(),"),
    Mutant("literals stay those of the first text", Documents._found, "known.document, variables)", "known.document, FIRST.setdefault(0, variables))"),
]


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """The function runs with another body, whoever imported it."""
    of = mutant.of.fget if isinstance(mutant.of, property) else mutant.of
    source = textwrap.dedent(inspect.getsource(of))
    source = source[source.index("async def " if inspect.iscoroutinefunction(of) else "def ") :]
    assert source.count(mutant.old) == 1, f"{mutant.name}: say anew where this fault would be"
    scope: dict[str, Any] = {}
    exec(compile(source.replace(mutant.old, mutant.new), inspect.getfile(of), "exec"), dict(of.__globals__), scope)
    whole, of.__code__ = of.__code__, scope[of.__name__].__code__
    of.__globals__["FIRST"] = {}
    try:
        yield
    finally:
        of.__code__ = whole
        del of.__globals__["FIRST"]


@pytest_asyncio.fixture(scope="module")
async def battery(db: Database) -> Battery:
    return Battery(await half(db, 5), await half(db, 6))


async def test_nothing_is_caught_where_nothing_is_wrong(battery: Battery) -> None:
    await battery.run()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
async def test_planted_fault_is_caught(battery: Battery, mutant: Mutant) -> None:
    with planted(mutant), pytest.raises(AssertionError):
        await battery.run()
