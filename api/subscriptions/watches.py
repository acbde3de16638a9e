"""What a subscription watches, as one statement over the records that events concern: which of them match, and what its document shows of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from graphql import FieldNode

from api.subscriptions.concerned import shows_person
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, Noun, Sees
from leadwell.catalog.predicate import parse
from leadwell.catalog.statement import Custom, Given, Statement
from leadwell.catalog.where import Where, check_customs
from leadwell.reads import Asked, Operation
from leadwell.reads.compiler import Compiler
from leadwell.reads.plans import Values
from leadwell.reads.selections import Selections

NO_IDS: list[UUID] = []
MANY = (list, dict)     # of values that cannot become columns
NO_FILTER: dict[str, Any] = {}


class Shown(NamedTuple):
    """A field of a change as the document asks for it: under which key, and which text of the statement it is, if it is the record."""

    key: str
    name: str
    text: int | None = None


class Selected(NamedTuple):
    """A change as a document asks for it: the response key of the root field, and the fields below."""

    key: str
    fields: Sequence[Shown]


class Found(NamedTuple):
    """A record that matches: the person behind it, where the noun shows one, and the texts of what is shown; None where a null may not be."""

    id: UUID
    person: UUID | None
    texts: Sequence[str | None]


@dataclass(frozen=True)
class Watch:
    """Whoever would send the same statement with the same values, and is told the same of it, shares the answer."""

    noun: Noun
    viewer: Sees
    row: str        # what is read of a record, from where, and which are meant
    source: str
    condition: str
    params: tuple[Any, ...]
    ids: int        # where among the parameters the ids of records stand, and those of people
    people: int | None
    customs: Sequence[Custom]
    given: Given
    selected: Selected | None = None    # None: the executor makes the answers

    @classmethod
    def of(cls, noun: Noun, where: object, viewer: Sees, shown: "Showing | None" = None) -> "Watch":
        """Forbidden, BadFilter, FieldForbidden; Uncovered for a document that no statement can say. Records put away are watched too."""
        s = Statement(viewer, inline=True)
        t, filter = s.alias(), NO_FILTER if where is None else where
        matching = f"{s.rows(noun, t)} AND {Where(s, _filter).sql(parse(noun, filter), noun, t)}"
        texts, joins, lists = shown.texts(s, t) if shown else ([], "", [])
        ids, people = s.bind(lambda _: NO_IDS, "uuid[]"), s.bind(lambda _: NO_IDS, "uuid[]") if shows_person(noun) else None
        calls = shown.asked.calls if shown else []
        given = Given(Values(calls, [{"where": filter}, *(make(calls, viewer.workspace) for make in lists)]), viewer=viewer)
        row = ", ".join([f"{t}.id::text", f"{t}.person_id::text" if people else "NULL::text", *texts])
        concerned, at = f"{t}.id = ANY(ARRAY({_concerned(noun, ids, people)}))", len(s.binders) - (2 if people else 1)
        return cls(
            noun, viewer, row, f"{noun.table} {t}{joins}", f"{matching} AND {concerned}", tuple(s.params(given)), at, at + 1 if people else None,
            tuple(s.customs), given, shown and shown.selected)

    @cached_property
    def statement(self) -> tuple[str, str, str]:
        """The text, in parts."""
        return self.row, self.source, self.condition

    @cached_property
    def kind(self) -> tuple[Any, ...]:
        """What watches have in common that one statement can read for."""
        whole: list[Any] = [value for value in self.params if isinstance(value, MANY)]
        return self.viewer.workspace, self.statement, repr(whole)

    @cached_property
    def key(self) -> bytes:
        """Of all that its answers follow from."""
        told = (self.statement, self.params, self.selected, sorted(self.viewer.denied), sorted(self.viewer.blind))
        return sha256(repr(told).encode()).digest()

    async def check(self, tx: Tx) -> None:
        """BadFilter for custom fields that the workspace does not have."""
        await check_customs(tx, self.customs, self.given)


def _filter(given: Given) -> Mapping[str, Any]:
    return given.values.lists[0]


def _concerned(noun: Noun, ids: str, people: str | None) -> str:
    theirs = f" UNION SELECT y.id FROM {noun.table} y WHERE y.workspace_id = $1 AND y.person_id = ANY({people})" if people else ""
    return f"SELECT unnest({ids}){theirs}"


class Showing(NamedTuple):
    """What an operation shows of a change of a noun: the fields below its root field `nodes`."""

    operation: Operation
    asked: Asked
    noun: Noun
    nodes: list[FieldNode]
    selected: Selected
    records: Sequence[list[FieldNode]]

    @classmethod
    def of(cls, operation: Operation, asked: Asked) -> "Showing | None":
        """None for an operation whose root is no change of a noun. Uncovered."""
        ((key, nodes),) = operation.roots(asked).items()
        of: Any = operation.root.fields[nodes[0].name.value].type.of_type
        noun = CATALOG.get(of.name.removesuffix("Change")) if of.name.endswith("Change") else None
        if noun is None:
            return None
        fields, records = list[Shown](), list[list[FieldNode]]()
        for name, field, below in Selections(operation.fragments, asked.flags).below(nodes, of.name):
            fields.append(Shown(name, field, len(records) if field == noun.singular else None))
            records += [below] if field == noun.singular else []
        return cls(operation, asked, noun, nodes, Selected(key, tuple(fields)), records)

    @property
    def arguments(self) -> Mapping[str, Any]:
        return self.asked.calls[self.operation.call_of[id(self.nodes[0])]]

    def texts(self, s: Statement, t: str) -> tuple[list[str], str, list[Any]]:
        """Expressions of the records' JSON, the joins they look into, and the lists in them. Uncovered."""
        compiler = Compiler(CATALOG, self.operation, self.asked, s)
        compiler.lists.append(lambda _calls, _workspace: {})    # the first is the subscription's own filter
        joins, texts = "", list[str]()
        for nodes in self.records:
            text, more = compiler.object(self.noun, nodes, t)
            texts, joins = [*texts, text.sql], joins + more
        return texts, joins, compiler.lists[1:]
