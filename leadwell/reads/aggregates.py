"""An aggregate's answer: the statement behind it is the catalog's, the JSON of its groups is made here."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graphql import FieldNode

from leadwell.catalog.aggregates import Aggregate
from leadwell.catalog.figures import Grouping, figure_kind, related
from leadwell.catalog.where import Values
from leadwell.reads.inputs import get_named_type
from leadwell.reads.leaves import money, printed
from leadwell.reads.selections import Uncovered
from leadwell.reads.text import NULL, QUOTE, Literal, Part, Text, obj, or_null, string

if TYPE_CHECKING:
    from leadwell.reads.compiler import Compiler

Fields = list[tuple[str, str, list[FieldNode]]]
OF_GROUPS = ("count", "__typename")


def aggregate(records: "Compiler", ask: Grouping, nodes: list[FieldNode], values: Values) -> Text:
    """The object of `<nouns>Aggregate`; `values` finds what it is asked with."""

    def pairs() -> Iterator[tuple[str, Part | Text]]:
        for key, name, found in records.selections.below(nodes):
            match name:
                case "__typename":
                    yield key, string(ask.noun.name + "Aggregate")
                case "total":
                    g = _Groups(records, ask.whole, found, values)
                    yield key, f"(SELECT {g.object.sql} FROM ({g.sql}) g)"
                case "groups":
                    g = _Groups(records, ask, found, values)
                    rows = f"SELECT string_agg({g.object.sql}, ',') FROM (SELECT * FROM ({g.sql}) q LIMIT {g.limit} - 1) g"
                    yield key, Text(Literal("["), f"coalesce(({rows}),'')", Literal("]"))
                case "groupsAreCapped":
                    g = _Groups(records, ask, [], values)
                    yield key, f"(SELECT (count(*) >= {g.limit})::text FROM ({g.sql}) g)"
                case _:
                    raise Uncovered(f"{ask.noun.name}Aggregate.{name}")

    return obj(pairs())


def _wanted(api: str, fields: Fields) -> list[tuple[str, str]]:
    """The figures asked of a field; how often it occurs tells that there is a group."""
    return [(api, "count" if name == "__typename" else name) for _, name, _ in fields] or [(api, "count")]


class _Groups:
    """The statement of one part of an aggregate, and the object made of each of its rows g."""

    def __init__(self, records: "Compiler", ask: Grouping, nodes: list[FieldNode], values: Values) -> None:
        self.records, self.noun = records, ask.noun
        self.fields = {key: (name, list(records.selections.below(found))) for key, name, found in records.selections.below(nodes)}
        wanted = frozenset(pair for api, fields in self.fields.values() if api not in OF_GROUPS for pair in _wanted(api, fields))
        self.figures = Aggregate(records.s, ask, wanted, values=values, gather=self.gather)
        self.sql, self.limit = self.figures.sql, self.figures.limit

    @property
    def object(self) -> Text:
        return obj((key, self.field(api, fields)) for key, (api, fields) in self.fields.items())

    def field(self, api: str, fields: Fields) -> Part | Text:
        if api in OF_GROUPS:
            return "g.n::text" if api == "count" else string(self.noun.name + "Group")
        if self.figures.rows.kind(api) == "money":
            return Text(Literal("["), f"coalesce(g.{self.figures.names[api, 'money']},'')", Literal("]"))
        return obj((key, self.figure(api, name, found)) for key, name, found in fields)

    def figure(self, api: str, figure: str, nodes: list[FieldNode]) -> Part | Text:
        if figure == "__typename":
            return self.type_of(api)
        name = self.figures.names.get((api, figure))
        if name is None:
            return NULL
        if figure == "value" and (relation := related(self.noun).get(api)):
            return self.records.one(replace(relation, here=name, null=True), nodes, "g")
        return or_null(printed(figure_kind(self.figures.rows.kind(api), figure), f"g.{name}"), null=True)

    def type_of(self, api: str) -> Literal:
        group: Any = self.records.operation.schema.get_type(self.noun.name + "Group")
        return string(get_named_type(group.fields[api].type).name)

    def gather(self, api: str, figures: Mapping[str, str]) -> str:
        """The figures of each currency of a money field, as asked under the first response key that has it."""
        asked = [fields for name, fields in self.fields.values() if name == api]
        if len(asked) > 1:
            raise Uncovered("a money field under two names")
        return f"string_agg({obj(self.amounts(api, asked[0], figures)).sql}, ',')"

    def amounts(self, api: str, fields: Fields, figures: Mapping[str, str]) -> Iterator[tuple[str, Part | Text]]:
        currency = Text(QUOTE, figures["currency"], QUOTE)
        for key, name, found in fields:
            if name == "__typename":
                yield key, self.type_of(api)
            elif name in ("currency", "count"):
                yield key, currency if name == "currency" else f"{figures[name]}::text"
            else:
                parts = money(figures[name], figures["currency"])
                yield key, obj((k, parts[part]) for k, part, _ in self.records.selections.below(found))


