"""From an operation and a viewer to a statement and its parameters; statements are kept by the shape of what is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from graphql import FieldNode

from leadwell.base.recent import Recent
from leadwell.base.refusals import Refusal
from leadwell.base.tx import BRIEF
from leadwell.catalog import CATALOG, Catalog, Sees
from leadwell.catalog.statement import Given, Statement
from leadwell.reads.compiler import Compiler, List
from leadwell.reads.document import DOUBTFUL, Asked, Operation
from leadwell.reads.selections import Uncovered
from leadwell.reads.text import FORBIDDEN

NONE: frozenset[str] = frozenset()
NOTHING: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Sight:
    """What of a viewer changes a plan. It stands for every viewer who sees as much, so it has no workspace and no name."""

    denied: frozenset[str]
    own: frozenset[str]
    blind: frozenset[str]

    @property
    def workspace(self) -> UUID:
        raise AssertionError("a plan serves many workspaces")

    @property
    def user(self) -> UUID | None:
        raise AssertionError("a plan serves many users")

    def may(self, noun: str, verb: str) -> bool:
        return verb == "read" and noun not in self.blind


class Span(NamedTuple):
    """Which parameters and lists of a plan belong to a root field."""

    root: str
    binders: range
    lists: range


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement whose columns are the texts of the covered root fields in order of `spans`. `known` needs no statement;
    `rest` is left to the executor, with the reason. `watched`: a text may hold the mark of a null where none may be."""

    sql: str
    roots: Mapping[str, list[FieldNode]]
    known: Mapping[str, str]
    rest: Mapping[str, str]
    spans: Sequence[Span]
    lists: Sequence[List]
    statement: Statement

    @property
    def watched(self) -> bool:
        return FORBIDDEN in self.sql

    @property
    def brief(self) -> str:
        """The statement when it stands alone; its first column says which workspace it reads."""
        return self.sql.replace("SELECT ", f"SELECT {BRIEF}, ", 1)


@dataclass(frozen=True, slots=True)
class Values:
    """What parameters are picked from: the arguments of each call, and the values of each list."""

    calls: list[dict[str, Any]]
    lists: list[dict[str, Any]]


class Plans:
    """Remembers plans, the latest used, up to a number and a total length of SQL."""

    def __init__(self, catalog: Catalog = CATALOG, *, most: int = 4_000, most_text: int = 16_000_000) -> None:
        self.catalog = catalog
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
        sight = Sight(viewer.denied, viewer.own, viewer.blind)
        key = (operation, sight, without, asked.shape)
        if plan := self.known.get(key):
            return plan
        made = _compile(Compiler(self.catalog, operation, asked, Statement(sight, inline=True)), without)
        self.known.put(key, made, len(made.sql))
        return made


def _compile(c: Compiler, without: frozenset[str]) -> Plan:
    columns: list[str] = []
    known: dict[str, str] = {}
    rest: dict[str, str] = {}
    spans: list[Span] = []
    roots = c.roots()
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
            continue
        if (constant := text.known) is not None:
            known[key] = constant
        else:
            columns.append(text.sql)
            spans.append(Span(key, range(mark[0], len(c.s.binders)), range(lists, len(c.lists))))
    return Plan("SELECT " + ", ".join(columns) if columns else "", roots, known, rest, spans, c.lists, c.s)


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
