"""Turns what an operation selects into SQL expressions of JSON text, one per root field."""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from graphql import FieldNode

from leadwell.base.ids import decode_id
from leadwell.base.redirects import today
from leadwell.catalog import Catalog, Column, Listing, Noun, Relation
from leadwell.catalog.figures import Grouping
from leadwell.catalog.refusals import BadPage
from leadwell.catalog.statement import Given, Statement
from leadwell.catalog.writer import Writer
from leadwell.reads.aggregates import aggregate
from leadwell.reads.connections import Connection
from leadwell.reads.document import Asked, Operation
from leadwell.reads.leaves import leaf, money
from leadwell.reads.selections import Selections, Uncovered
from leadwell.reads.text import FORBIDDEN, NULL, Literal, Part, Text, obj, or_null, string

MOST_IDS = 100
List = Callable[[list[dict[str, Any]], UUID], dict[str, Any]]  # a list's values, from the arguments of all calls, in a workspace
Joins = dict[tuple[str, str], tuple[Column, str]]


class Compiler:
    """Writes one statement. What it cannot say, or may not, it leaves to the executor by an exception."""

    def __init__(self, catalog: Catalog, operation: Operation, asked: Asked, s: Statement) -> None:
        self.catalog, self.operation, self.asked, self.s = catalog, operation, asked, s
        self.selections = Selections(operation.fragments, asked.flags)
        self.lists: list[List] = []

    def root(self, nodes: list[FieldNode]) -> Text:
        name = nodes[0].name.value
        if name == "__typename":
            return Text(string("Query"))
        if name in ("node", "nodes"):
            return self.any(nodes) if name == "nodes" else self.single(None, nodes)
        if noun := self.catalog.plurals.get(name):
            return self.many(noun, nodes)
        if noun := self.catalog.singulars.get(name):
            return self.single(noun, nodes)
        if noun := self.catalog.plurals.get(name.removesuffix("Aggregate")):
            return self.figures(noun, nodes)
        raise Uncovered(name)

    def call(self, nodes: list[FieldNode]) -> int:
        """Which of the request's calls a field with arguments is."""
        return self.operation.call_of[id(nodes[0])]

    def many(self, noun: Noun, nodes: list[FieldNode], relation: Relation | None = None, parent: str = "") -> Text:
        """A connection; `parent` is the key its rows belong to."""
        i, call = len(self.lists), self.call(nodes)
        ask, moving = Listing.of(noun, self.asked.calls[call], relation), self.operation.calls[call].moving
        w = Writer(self.s, ask, t=self.s.alias(), parent=parent, values=lambda given: given.values.lists[i])
        same = lru_cache(1)(partial(w.request, ask))  # worked out once for a workspace
        self.lists.append(lambda calls, workspace: w.request(Listing.of(noun, calls[call], relation), workspace) if moving else same(workspace))
        return Connection(self.selections, w, nodes, lambda found: self.row(noun, found, w.t)).text()

    def figures(self, noun: Noun, nodes: list[FieldNode]) -> Text:
        """An aggregate of the noun's records."""
        i, call = len(self.lists), self.call(nodes)
        self.lists.append(lambda calls, _: Grouping.of(noun, calls[call]).values)
        return aggregate(self, Grouping.of(noun, self.asked.calls[call]), nodes, lambda given: given.values.lists[i])

    def single(self, noun: Noun | None, nodes: list[FieldNode]) -> Text:
        """One record by its id: of this noun, or of any for `node`."""
        call = self.call(nodes)
        tag, _ = decode_id(self.asked.calls[call]["id"], noun.tag if noun else None)
        found = noun or self.catalog.by_tag(tag)
        if found is None:
            raise Uncovered("an id of no noun")
        if noun is None and not self.s.reads(found):  # of any nouns, those that may not be read are missing; of one noun that is an error
            return Text(NULL)
        key = self.s.bind(lambda given: decode_id(given.values.calls[call]["id"], tag)[1], "uuid")
        return Text(or_null(self.record(found, nodes, f"= {today(found.name, key)}"), null=True))

    def any(self, nodes: list[FieldNode]) -> Text:
        """Records of several nouns by id, in the order asked."""
        call, n = self.call(nodes), self.s.alias()

        def ids(given: Given) -> list[str]:
            found = given.values.calls[call]["ids"]
            if len(found) > MOST_IDS:
                raise BadPage(why=f"nodes takes at most {MOST_IDS} ids", field="ids")
            return found

        cases = ""
        for tag in sorted({decode_id(id)[0] for id in self.asked.calls[call]["ids"]}):
            noun = self.catalog.by_tag(tag)
            if noun is None:
                raise Uncovered("an id of no noun")
            if self.s.reads(noun):
                key = f"= {today(noun.name, n + '.id')}"
                cases += f" WHEN {tag} THEN {or_null(self.record(noun, nodes, key), null=True)}"
        tags = self.s.bind(lambda given: [decode_id(id)[0] for id in ids(given)], "int4[]")
        keys = self.s.bind(lambda given: [decode_id(id)[1] for id in ids(given)], "uuid[]")
        item = f"CASE {n}.tag{cases} ELSE 'null' END" if cases else "left('null', num_nonnulls($1::uuid) * 4)"  # a statement mentions its workspace
        rows = f"SELECT string_agg({item}, ',' ORDER BY {n}.i) FROM unnest({tags}, {keys}) WITH ORDINALITY {n}(tag, id, i)"
        return Text(Literal("["), f"coalesce(({rows}),'')", Literal("]"))

    def record(self, noun: Noun, nodes: list[FieldNode], key: str) -> Text:
        """The record whose id the condition names, NULL if there is none to see; archived ones too."""
        t = self.s.alias()
        text, joins = self.object(noun, nodes, t)
        return Text(f"(SELECT {text.sql} FROM {noun.table} {t}{joins} WHERE {self.s.rows(noun, t)} AND {t}.id {key})")

    def one(self, r: Relation, nodes: list[FieldNode], t: str) -> str:
        u = self.s.alias()
        source, tied = self.s.linked(r, f"{t}.{r.here}", u)
        text, joins = self.object(r.target, nodes, u)
        return or_null(Text(f"(SELECT {text.sql} FROM {source}{joins} WHERE {tied})"), null=r.null)

    def row(self, noun: Noun, nodes: list[FieldNode], t: str) -> Text:
        """An object of a row at hand. What is looked up for it is a sub-select of its own, which leaves the order of rows alone."""
        text, joins = self.object(noun, nodes, t)
        return Text(f"(SELECT {text.sql} FROM (VALUES (1)) v{joins})") if joins else text

    def object(self, noun: Noun, nodes: list[FieldNode], t: str) -> tuple[Text, str]:
        """The object of a row of `noun`, and the joins that find what it looks up, each at most one row."""
        joins: Joins = {}

        def pairs() -> Iterator[tuple[str, Part | Text]]:
            for key, name, found in self.selections.below(nodes, noun.name):
                if name == "__typename":
                    yield key, string(noun.name)
                elif c := noun.columns.get(name):
                    yield key, self.column(c, found, t, joins)
                elif r := noun.relations.get(name):
                    yield key, self.many(r.target, found, r, f"{t}.{r.here}") if r.many else self.one(r, found, t)
                else:
                    raise Uncovered(f"{noun.name}.{name}")

        text = obj(pairs())
        return text, "".join(f" LEFT JOIN {c.lookup} {x} ON {c.found(t, x)}" for c, x in joins.values())

    def column(self, c: Column, nodes: list[FieldNode], t: str, joins: Joins) -> Part | Text:
        if not self.s.see(c):
            return NULL if c.null or c.contract.see else FORBIDDEN
        if c.kind == "money":
            return self.money(c, nodes, t)
        if c.lookup is None:
            return leaf(c, c.inner(t), self.s.scalar, found=not c.computed)
        _, x = joins.setdefault((c.lookup, c.on), (c, self.s.alias()))
        return leaf(c, c.inner(t).replace("{x}", x), self.s.scalar, found=False)

    def money(self, c: Column, nodes: list[FieldNode], t: str) -> Part | Text:
        minor, currency = c.at(t), c.currency.replace("{t}", t)
        fields = money(minor, currency)
        found = obj((key, fields[name]) for key, name, _ in self.selections.below(nodes))
        text = Text(f"(CASE WHEN {minor} IS NOT NULL AND {currency} IS NOT NULL THEN {found.sql} END)")
        return or_null(text, null=c.null or bool(c.contract.see))
