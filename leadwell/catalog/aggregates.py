"""The statement behind an aggregate: rows are read once, with what is looked up in other tables joined to them.

Amounts are never added across currencies: a money field has figures per currency, made by grouping sets in the same pass
and gathered as a list beside the other figures of their group.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, cast

from leadwell.catalog.figures import FIGURES, Grouping, figure_kind, measured, related, units
from leadwell.catalog.kinds import CONVERT, Kind
from leadwell.catalog.order import MOST_KEYS, Key, direction
from leadwell.catalog.predicate import mapping, operators, parse
from leadwell.catalog.refusals import Path, bad_filter, bad_groups
from leadwell.catalog.search import hits
from leadwell.catalog.statement import Statement
from leadwell.catalog.where import Reading, Values, Where, request_values

SQL = {"countDistinct": "count(DISTINCT {})", "avg": "avg({})::float8"}
Wanted = frozenset[tuple[str, str]]  # a field and its figure, such as ("score", "avg"); "value" is what a group has in common
Gather = Callable[[str, Mapping[str, str]], str]


def as_json(_: str, figures: Mapping[str, str]) -> str:
    """The figures of a money field as a list, one item for each currency; all of them text, amounts in minor units."""
    return "jsonb_agg(jsonb_build_object(" + ", ".join(f"'{name}', {sql}::text" for name, sql in figures.items()) + "))"


class Rows:
    """What is read from each row: a cell for every expression, looked up in other tables by joins."""

    def __init__(self, s: Statement, ask: Grouping, filter: Where) -> None:
        self.s, self.ask, self.t, self.filter = s, ask, s.alias(), filter
        self.columns, self.relations = measured(ask.noun), related(ask.noun)
        self.fields: dict[str, str] = {}
        self.cells: dict[str, str] = {}
        self.joins: dict[tuple[str, str], str] = {}

    def cell(self, sql: str) -> str:
        return self.cells.setdefault(sql, f"r.c{len(self.cells)}")

    def kind(self, api: str) -> Kind:
        return self.columns[api].kind if api in self.columns else "id"

    def field(self, api: str, at: Path) -> str:
        """A field's SQL; of a relation its key, missing where the viewer may not see the record."""
        if api not in self.fields:
            self.fields[api] = self._field(api, at)
        return self.fields[api]

    def _field(self, api: str, at: Path) -> str:
        s, t = self.s, self.t
        if r := self.relations.get(api):
            u = s.alias()
            source, tied = s.linked(r, f"{t}.{r.here}", u)
            return f"(SELECT {u}.id FROM {source} WHERE {tied})" if s.scoped(r.target) else f"{t}.{r.here}"
        if api not in self.columns:
            raise bad_groups((*at, api), f"{self.ask.noun.name} has no figures of this")
        c = s.need(self.columns[api])
        if not c.lookup:
            return c.inner(t)
        x = self.joins.setdefault((c.lookup, c.found(t, "{x}")), s.alias())
        return c.inner(t).replace("{x}", x)

    def currency(self, api: str) -> str:
        """A cell of its own even where the currency is also a field that groups are made by."""
        return self.cell(self.columns[api].currency.replace("{t}", self.t) + "::text")

    def key(self, api: str, unit: object, at: Path) -> str:
        """What groups are made by."""
        sql, kind = self.field(api, at), self.kind(api)
        if unit not in units(kind):
            raise bad_groups((*at, api), f"expects one of {', '.join(units(kind))}" if units(kind) else "is not grouped by")
        if kind == "date":
            return self.cell(f"date_trunc('{unit}', {sql}::timestamp)::date")
        return self.cell(f"date_trunc('{unit}', {sql}, {self.zone})" if kind == "moment" else sql)

    @cached_property
    def zone(self) -> str:
        return "(SELECT w.time_zone FROM lw_workspace($1) w)" if self.ask.zone is None else self.value("timeZone", "text")

    def value(self, name: str, cast: str) -> str:
        return self.s.bind(lambda given: self.filter.values(given)[name], cast)

    def figure(self, api: str, figure: str, at: Path, currency: str = "") -> str:
        """A figure of a group; of money in minor units, of one currency if it is named."""
        x, kind = self.cell(self.field(api, at)), self.kind(api)
        if figure not in FIGURES[kind]:
            raise bad_groups((*at, api, figure), f"expects one of {', '.join(FIGURES[kind])}")
        if kind != "money":
            return SQL.get(figure, figure + "({})").format(x)
        only = f" FILTER (WHERE {self.currency(api)} = {currency})" if currency else ""
        return f"round(avg({x}){only})" if figure == "avg" else f"{figure}({x}){only}"

    @property
    def sql(self) -> str:
        noun, t = self.ask.noun, self.t
        cells = ", ".join(f"{sql} AS {name[2:]}" for sql, name in self.cells.items()) or "1"
        joins = "".join(f" LEFT JOIN {table} {x} ON {on.replace('{x}', x)}" for (table, on), x in self.joins.items())
        where = self.filter.rows(noun, t, parse(noun, self.ask.where or {}))
        if self.ask.search is not None:
            where += f" AND {t}.id IN (SELECT h.id FROM {hits(self.s, noun, self.value('search', 'text'), self.ask.where or {})} h)"
        return f"SELECT {cells} FROM {noun.table} {t}{joins} WHERE {where}"


class Aggregate:
    """The statement of one grouping: of each group its size n, and its figures under `names`.

    `ask` stands for every request of its shape: their values, as Grouping has them, are found by `values`. `gather`
    writes an aggregate over currencies, given the SQL of `currency` and of each figure of a money field.
    """

    def __init__(self, s: Statement, ask: Grouping, wanted: Wanted, *, values: Values = request_values, gather: Gather = as_json) -> None:
        self.filter = Where(s, values)
        self.s, self.ask, self.gather, self.rows = s, ask, gather, Rows(s, ask, self.filter)
        rows = self.rows
        self.keys = {api: rows.key(api, unit, ("groupBy", i)) for i, (api, unit) in enumerate(self.items("groupBy", ask.by))}
        self.money = sorted({api for api, _ in wanted if rows.kind(api) == "money"})
        self.names = {(api, "value"): f"k{i}" for i, api in enumerate(self.keys)} | {(api, "money"): f"m{i}" for i, api in enumerate(self.money)}
        self.out = {f"k{i}": sql for i, sql in enumerate(self.keys.values())} | {"n": "count(*)"}
        for i, (api, figure) in enumerate(sorted(wanted)):
            if figure != "value" and api not in self.money:
                self.names[api, figure] = f"f{i}"
                self.out[f"f{i}"] = rows.figure(api, figure, ())

    def items(self, name: str, given: object) -> list[tuple[str, Any]]:
        """Each item of a list as its one field and what is said about it."""
        items = [mapping(x, (name, i)) for i, x in enumerate(cast("list[object]", given or []))]
        if len(items) > MOST_KEYS or any(len(x) != 1 for x in items):
            raise bad_groups((name,), f"expects at most {MOST_KEYS} items that name one field each")
        if name == "groupBy" and len({api for x in items for api in x}) < len(items):
            raise bad_groups((name,), "names a field twice")
        return [(api, said) for x in items for api, said in x.items()]

    def having(self) -> Iterator[str]:
        """The conditions on groups; all must hold."""
        for api, said in mapping(self.ask.having or {}, ("having",)).items():
            at: Path = ("having", api)
            if api == "count":
                yield from self.tests("count(*)", "int", said, at)
                continue
            for figure, tests in mapping(said, at).items():
                kind = figure_kind(self.rows.kind(api), figure)
                if kind == "money":
                    yield from self.amounts(api, figure, tests)
                else:
                    yield from self.tests(self.rows.figure(api, figure, ("having",)), kind, tests, (*at, figure))

    def tests(self, x: str, kind: Kind, tests: object, at: Path) -> Iterator[str]:
        for op, here, flag in operators(kind, tests, at):
            yield self.filter.compare(x, op, here, flag, Reading(kind, CONVERT[kind]))

    def amounts(self, api: str, figure: str, tests: object) -> Iterator[str]:
        """The amount compared with says whose currency's figure is meant."""
        for op, at, flag in operators("money", tests, ("having", api, figure)):
            if op == "isNull":
                raise bad_filter(at, "compare with an amount; its currency says which figure is meant")
            currency = self.filter.typed(lambda v: CONVERT["money"](v)[1], at, "text")
            x = self.rows.figure(api, figure, ("having",), currency)
            yield self.filter.compare(x, op, at, flag, Reading("big", lambda v: CONVERT["money"](v)[0]))

    def orders(self) -> Iterator[Key]:
        """The sort keys of groups; what they have in common decides last."""
        for i, (api, said) in enumerate(self.items("orderBy", self.ask.order)):
            yield self.order(api, said, ("orderBy", i))
        yield from (Key(x, down=False) for x in self.keys.values())

    def order(self, api: str, said: Any, at: Path) -> Key:
        here = (*at, api)
        if api == "count":
            return Key("count(*)", *direction(said, here))
        given = dict(mapping(said, here))
        currency = self.filter.typed(CONVERT["text"], (*here, "currency"), "text") if given.pop("currency", None) else ""
        if len(given) != 1 or (self.rows.kind(api) == "money") != bool(currency):
            raise bad_groups(here, "expects one figure, and of money the currency")
        ((figure, way),) = given.items()
        if figure == "value" and api not in self.keys:
            raise bad_groups(here, "is not among groupBy")
        return Key(self.keys[api] if figure == "value" else self.rows.figure(api, figure, at, currency), *direction(way, here))

    @cached_property
    def sql(self) -> str:
        """The groups in their order, one more than asked for."""
        order = {f"o{i}": key for i, key in enumerate(self.orders())}
        out = self.out | {name: key.sql for name, key in order.items()} | {f"h{i}": sql for i, sql in enumerate(self.having())}
        groups, only = self.grouped(out), [f"g.{name}" for name in out if name[0] == "h"]
        sql = f"SELECT g.* FROM ({groups}) g" + (f" WHERE {' AND '.join(only)}" if only else "")
        if order:
            sql += " ORDER BY " + ", ".join(replace(key, sql=f"g.{name}").order for name, key in order.items())
        return f"{sql} LIMIT {self.limit}"

    @cached_property
    def limit(self) -> str:
        """One more than the groups asked for."""
        return self.rows.value("limit", "int8")

    def grouped(self, out: dict[str, str]) -> str:
        """The groups with their figures; where money is wanted, its currencies are groups within them, then gathered."""
        keys = list(self.keys.values())
        if not self.money:
            return f"SELECT {_named(out)} FROM ({self.rows.sql}) r" + (f" GROUP BY {', '.join(keys)}" if keys else "")
        currencies = list(dict.fromkeys(self.rows.currency(api) for api in self.money))
        sets = ", ".join(f"({', '.join(x)})" for x in (keys, *([*keys, c] for c in currencies)))
        for i, c in enumerate(currencies):
            out = out | {f"u{i}": c, f"g{i}": f"GROUPING({c})"}
        out = out | {f"m{i}_{f}": self.rows.figure(api, f, ()) for i, api in enumerate(self.money) for f in FIGURES["money"]}
        # OFFSET keeps the planner from taking a currency and a key that are the same column for one.
        groups = f"SELECT {_named(out)} FROM ({self.rows.sql} OFFSET 0) r GROUP BY GROUPING SETS ({sets})"
        lists = {f"m{i}": self.gathered(i, currencies.index(self.rows.currency(api))) for i, api in enumerate(self.money)}
        whole = " AND ".join(f"g.g{i} = 1" for i in range(len(currencies)))
        return f"SELECT g.* FROM (SELECT g.*, {_named(lists)} FROM ({groups}) g) g WHERE {whole}"

    def gathered(self, i: int, u: int) -> str:
        figures = {"currency": f"g.u{u}", **{f: f"g.m{i}_{f}" for f in FIGURES["money"]}}
        within = f"PARTITION BY {', '.join(f'g.k{k}' for k in range(len(self.keys)))} " if self.keys else ""
        over = f"OVER ({within}ORDER BY g.u{u} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
        return f"{self.gather(self.money[i], figures)} FILTER (WHERE g.g{u} = 0 AND g.m{i}_count > 0) {over}"


def _named(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
