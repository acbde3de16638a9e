"""`<nouns>Aggregate` of the nouns people chart: types made from the catalog on graphql-core itself, a tenth of the cost of decorating classes."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import graphql as ql

from api.grammar.lookahead import Info, below
from api.grammar.parts import NAMES, SCALARS, Types, listed
from api.grammar.resolvers import Reading, money_of, one, planned, run
from leadwell.catalog import Catalog, Column, Noun, Relation, Row
from leadwell.catalog.aggregates import Aggregate, Wanted
from leadwell.catalog.figures import FIGURES, Grouping, charted, figure_kind, measured, related, units
from leadwell.catalog.kinds import Kind
from leadwell.catalog.pages import Compiled
from leadwell.catalog.statement import Statement

KEY = "key_"
SAYS = {
    "value": "What the group has in common; null where it is missing, or if it is not grouped by this.",
    "count": "Records that have it.", "countDistinct": "Different values.", "sum": "Sum.", "avg": "Average.", "min": "Smallest.", "max": "Largest.",
    "currency": "The currency of these figures.",
}  # fmt: skip
GROUPING = {"VALUE": "By each value.", "WEEK": "By the week, which begins on Monday."}
ARGUMENTS = {
    "where": "Which records; the same filter as in lists.",
    "groupBy": "What groups are made by; at most 5. Without it there is one group.",
    "having": "Which groups.",
    "orderBy": "Sort keys of groups, at most 5; then, or unsaid, by what they have in common.",
    "first": "Groups at most, up to 1,000; 100 if unsaid.",
    "search": "Only the records that this finds, all of them.",
    "timeZone": "IANA time zone in which hours, days and longer units begin; the workspace's if unsaid.",
}
PARTS = {
    "total": "Of all records that match, whatever the groups.",
    "groups": "One for each combination of values that occurs, missing ones included.",
    "groupsAreCapped": "There are more groups than asked for.",
}


class Aggregates:
    """Makes the types of a schema that show figures."""

    def __init__(self, types: Types) -> None:
        self.types = types

    def figures(self, c: Column) -> Any:
        """What is known of a field in a group."""
        prefix = c.choices.__name__ if c.choices else NAMES[c.kind][0]
        scalars: Any = {**SCALARS, "choice": prefix}
        kinds = {"currency": "text"} if c.kind == "money" else {"value": c.kind}
        kinds |= {f: figure_kind(c.kind, f) for f in FIGURES[c.kind]}
        fields = {f: (_required(self.types[scalars[kind]], f), SAYS[f]) for f, kind in kinds.items()}
        return self.types.output(prefix + "Figures", "Figures of a field in a group of records.", lambda: fields)

    def record(self, r: Relation) -> Any:
        """What is known of a relation in a group."""
        fields = {f: (self.types[r.target.name] if f == "value" else ql.GraphQLNonNull(self.types["Int"]), SAYS[f]) for f in ("value", *FIGURES["id"])}
        value = {"value": partial(one, replace(r, here=KEY, null=True))}
        return self.types.output(r.target.name + "Figures", "Figures of a relation in a group of records.", lambda: fields, value)

    def by(self, kind: Kind) -> Any:
        name = {"moment": "MomentGrouping", "date": "DateGrouping"}.get(kind, "ValueGrouping")
        return self.types.enum(name, "What groups are made by.", {unit: GROUPING.get(unit, f"By the {unit.lower()}.") for unit in units(kind)})

    def having(self, kind: Kind) -> Any:
        fields = {f: (self.types[NAMES[figure_kind(kind, f)][0] + "Filter"], SAYS[f]) for f in FIGURES[kind]}
        return self.types.input(_shared(kind) + "Having", "Conditions on figures of a field; all must hold.", lambda: fields)

    def order(self, kind: Kind) -> Any:
        currency = {"currency": (ql.GraphQLNonNull(self.types["String"]), "Whose figures are compared.")} if kind == "money" else {}
        fields = currency | {f: (self.types["Direction"], SAYS[f]) for f in ("value", *FIGURES[kind]) if f != "value" or not currency}
        doc = "A figure to sort groups by; name exactly one" + (" beside the currency." if kind == "money" else ".")
        return self.types.input(_shared(kind) + "FigureOrder", doc, lambda: fields, one=kind != "money")

    def arguments(self, n: Noun) -> dict[str, ql.GraphQLArgument]:
        """Denied fields are offered too: who may not see one is refused when using it."""
        kinds: dict[str, tuple[Kind, str]] = {api: (c.kind, c.contract.doc) for api, c in measured(n).items()}
        kinds |= {api: ("id", r.doc) for api, r in related(n).items()}
        count = "Records in the group."
        by = {api: (self.by(kind), doc) for api, (kind, doc) in kinds.items() if units(kind)}
        having = {"count": (self.types["IntFilter"], count)}
        having |= {api: (self.having(kind), doc) for api, (kind, doc) in kinds.items() if _shared(kind) != "Count"}
        order = {"count": (self.types["Direction"], count), **{api: (self.order(kind), doc) for api, (kind, doc) in kinds.items()}}
        inputs = {
            "where": self.types[n.name + "Where"],
            "groupBy": listed(self.types.input(n.name + "GroupBy", f"What groups {n.name} records; name exactly one field.", lambda: by, one=True)),
            "having": self.types.input(n.name + "Having", f"Conditions on groups of {n.name} records; all must hold.", lambda: having),
            "orderBy": listed(self.types.input(
                n.name + "GroupOrder", f"A sort key of groups of {n.name} records; name exactly one.", lambda: order, one=True)),
            "first": self.types["Int"], "timeZone": self.types["String"],
        }  # fmt: skip
        if n.model.searched:
            inputs["search"] = self.types["String"]
        return {name: ql.GraphQLArgument(of, description=ARGUMENTS[name]) for name, of in inputs.items()}

    def root(self, n: Noun) -> ql.GraphQLField:
        """The root field of a noun."""
        fields = {"count": (ql.GraphQLNonNull(self.types["Int"]), "Records in the group.")}
        for api, c in measured(n).items():
            of = ql.GraphQLNonNull(self.figures(c))
            fields[api] = (ql.GraphQLNonNull(ql.GraphQLList(of)) if c.kind == "money" else of, c.contract.doc)
        fields |= {api: (ql.GraphQLNonNull(self.record(r)), r.doc) for api, r in related(n).items()}
        group = ql.GraphQLNonNull(self.types.output(n.name + "Group", f"Figures of a group of {n.name} records.", lambda: fields))
        of = {"total": group, "groups": ql.GraphQLNonNull(ql.GraphQLList(group)), "groupsAreCapped": ql.GraphQLNonNull(self.types["Boolean"])}
        whole = self.types.output(
            n.name + "Aggregate", f"Figures of {n.name} records.", lambda: {part: (of[part], doc) for part, doc in PARTS.items()},
            {part: partial(_answer, part) for part in PARTS})
        doc = f"Counts, sums, averages and extremes of {n.name} records, as a whole and in groups."
        return ql.GraphQLField(ql.GraphQLNonNull(whole), self.arguments(n), description=doc, resolve=partial(aggregate, n))


def _shared(kind: Kind) -> str:
    return "Count" if FIGURES[kind] == FIGURES["id"] else NAMES[kind][0]


def _required(of: Any, figure: str) -> Any:
    return ql.GraphQLNonNull(of) if figure in ("count", "countDistinct", "currency") else of


def install(types: Types, catalog: Catalog) -> None:
    """Adds the root fields and their types to the schema."""
    made = Aggregates(types)
    types["Query"].fields.update({n.plural + "Aggregate": made.root(n) for n in catalog if charted(n)})


def aggregate(noun: Noun, _: object, info: Info, **args: Any) -> tuple[Grouping, dict[str, Wanted], object]:
    """Answers are read when `total` or `groups` ask for them; each is one statement."""
    key, _once = planned(info, noun.plural + "Aggregate")
    return Grouping.of(noun, args), wanted(info), key


def wanted(info: Info) -> dict[str, Wanted]:
    """The figures asked of the whole and of the groups."""
    return {part: frozenset(_figures(nodes, info)) for part, nodes in below(info.field_nodes, info).items()}


def _figures(nodes: list[ql.FieldNode], info: Info) -> Iterator[tuple[str, str]]:
    for api, under in below(nodes, info).items():
        if under[0].selection_set:
            yield from ((api, "count" if figure == "__typename" else figure) for figure in below(under, info) or ("count",))


async def _answer(part: str, source: tuple[Grouping, dict[str, Wanted], object], info: Info) -> Any:
    ask, figures, key = source
    ctx: Reading = info.context
    whole = part == "total"

    async def read(_: Iterable[object]) -> dict[object, list[Row]]:
        return {None: await run(ctx, partial(_read, ctx, ask.whole if whole else ask, figures.get("total" if whole else "groups", frozenset())))}

    groups: list[Row] = await ctx.batches.load((key, whole), None, read)
    return groups[0] if whole else groups[: ask.size] if part == "groups" else len(groups) > ask.size


async def _read(ctx: Reading, ask: Grouping, figures: Wanted, tx: Any) -> list[Row]:
    s = Statement(ctx.viewer)
    a = Aggregate(s, ask, figures)
    return [_shaped(a, ask, figures, row) for row in await Compiled(a.sql, s, ask.values).fetch(tx)]


def _shaped(a: Aggregate, ask: Grouping, figures: Wanted, row: Row) -> Row:
    """A group as its type shows it, by the names of the API."""
    out: Row = {"count": row["n"]}
    for api, figure in figures:
        name = a.names.get((api, figure))
        if api in a.money:
            out[api] = [_amounts(item) for item in row[a.names[api, "money"]] or ()]
        else:
            out.setdefault(api, {})[KEY if figure == "value" and api in a.rows.relations else figure] = row[name] if name else None
    return out


def _amounts(item: dict[str, str]) -> Row:
    currency = item["currency"]
    amounts = {f: money_of(int(item[f]), currency) for f in FIGURES["money"][1:]}
    return {"currency": currency, "count": int(item["count"]), **amounts}
