"""From an operation and a viewer to a statement and its parameters; statements are kept by the shape of what is asked."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from leadwell.base.recent import Recent
from leadwell.base.refusals import Refusal
from leadwell.base.tx import BRIEF
from leadwell.catalog import CATALOG, Catalog, Everything, Sees
from leadwell.catalog.statement import Given, Statement
from leadwell.reads.compiler import Compiler, List
from leadwell.reads.document import DOUBTFUL, Asked, Operation
from leadwell.reads.selections import Uncovered
from leadwell.reads.text import FORBIDDEN

log = logging.getLogger(__name__)
NONE: frozenset[str] = frozenset()
NOTHING: dict[str, Any] = {}
NOBODYS = UUID(int=0)  # the workspace of a plan before it is asked for one


class Span(NamedTuple):
    """Which parameters and lists of a plan belong to a root field."""

    root: str
    binders: range
    lists: range


class Plan(NamedTuple):
    """A statement whose columns are the texts of the covered root fields in order of `spans`; `brief` is the same where it stands alone, its first column
    saying which workspace it reads. `known` needs no statement; `rest` is left to the executor, with the reason. `watched`: a text may hold the mark of a
    null where none may be. Nothing of the document is kept alive."""

    sql: str
    brief: str
    roots: Sequence[str]
    known: Mapping[str, str]
    rest: Mapping[str, str]
    spans: Sequence[Span]
    lists: Sequence[List]
    statement: Statement
    watched: bool


class Values(NamedTuple):
    """What parameters are picked from: the arguments of each call, and the values of each list."""

    calls: list[dict[str, Any]]
    lists: list[dict[str, Any]]


class Plans:
    """Remembers plans, the latest used, up to a number and a total length of SQL."""

    def __init__(self, catalog: Catalog = CATALOG, *, most: int = 4_000, most_text: int = 16_000_000, scalar: str = "to_json") -> None:
        self.catalog, self.scalar = catalog, scalar
        self.known: Recent[Plan] = Recent(most, most_text)

    def bind(self, operation: Operation, asked: Asked, viewer: Sees) -> tuple[Plan, list[Any]]:
        """The plan and its parameters. A root field whose values turn out to be wrong is left to the executor."""
        without = NONE
        while True:
            plan = self.get(operation, asked, viewer, without)
            wrong, params = _parameters(plan, asked, viewer)
            if not wrong:
                return plan, params
            without |= wrong

    def get(self, operation: Operation, asked: Asked, viewer: Sees, without: frozenset[str] = NONE) -> Plan:
        """The plan of every viewer who sees as much: it has no workspace and no user."""
        sight = (viewer.denied, viewer.own, viewer.blind, viewer.team)
        key = (operation.number, sight, without, asked.shape)
        if plan := self.known.get(key):
            return plan
        s = Statement(Everything(NOBODYS, None, *sight), inline=True, scalar=self.scalar)
        made = _compile(Compiler(self.catalog, operation, asked, s), without)
        self.known.put(key, made, 2 * len(made.sql))
        return made


def _compile(c: Compiler, without: frozenset[str]) -> Plan:
    columns: list[str] = []
    known: dict[str, str] = {}
    rest: dict[str, str] = {}
    spans: list[Span] = []
    roots = c.operation.roots(c.asked)
    for key, nodes in roots.items():
        mark, lists = c.s.mark(), len(c.lists)
        try:
            if key in without:
                raise Uncovered("IRREGULAR")
            text = c.root(nodes)
        except DOUBTFUL as reason:
            c.s.back_to(mark)
            del c.lists[lists:]
            rest[key] = reason.code if isinstance(reason, Refusal) else str(reason)
            if not isinstance(reason, (Refusal, Uncovered, ValueError)):    # right all the same, but somebody should look
                log.warning("no statement for %s: %r", nodes[0].name.value, reason)
            continue
        if (constant := text.known) is not None:
            known[key] = constant
        else:
            columns.append(c.s.guarded(text.sql))
            spans.append(Span(key, range(mark[0], len(c.s.binders)), range(lists, len(c.lists))))
    said = ", ".join(columns)
    sql, brief = (f"SELECT {said}", f"SELECT {BRIEF}, {said}") if columns else ("", "")
    return Plan(sql, brief, tuple(roots), known, rest, spans, c.lists, c.s, FORBIDDEN in sql)


def _parameters(plan: Plan, asked: Asked, viewer: Sees) -> tuple[frozenset[str], list[Any]]:
    """The root fields whose values are wrong, and the parameters if there are none."""
    binders = plan.statement.binders
    lists: list[dict[str, Any]] = [NOTHING] * len(plan.lists)
    given = Given(Values(asked.calls, lists), viewer=viewer)
    params: list[Any] = [viewer.workspace, *[None] * (len(binders) - 1)]
    wrong: set[str] = set()
    for span in plan.spans:
        try:
            for i in span.lists:
                lists[i] = plan.lists[i](asked.calls, viewer.workspace)
            for i in span.binders:
                params[i] = binders[i](given)
        except (Refusal, ValueError, TypeError):
            wrong.add(span.root)
    return frozenset(wrong), params
