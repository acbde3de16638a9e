"""The filter grammar as a pure tree: one JSON shape for lists, segments, exports, webhooks and sequence branches.

Values stay in the JSON and are reached by path, so one tree serves every filter of the same shape.
Logic is two-valued: a comparison with a missing value is false, and NOT of it is true.
"""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import getitem
from typing import Any, NamedTuple, cast

from leadwell.catalog.kinds import CUSTOM_KINDS, OPERATORS, Kind
from leadwell.catalog.nouns import Column, Noun, Relation
from leadwell.catalog.refusals import Path, bad_filter

Json = Mapping[str, Any]
ROOT: Path = ("where",)
DEEPEST = 6
MOST_TESTS = 100
MOST_LEVELS = 20
MANY = ("some", "none", "every")
TAGS = ("hasAny", "hasAll", "hasNone")


class All(NamedTuple):
    of: tuple["Predicate", ...]


class AnyOf(NamedTuple):
    of: tuple["Predicate", ...]


class Not(NamedTuple):
    of: "Predicate"


class Test(NamedTuple):
    """A column against a value. `flag` is the value where it changes the SQL: isNull."""

    column: Column
    op: str
    at: Path
    flag: bool = True


class CustomTest(NamedTuple):
    """A value of one of the workspace's own fields, found by its key, against a value of a type."""

    noun: Noun
    key_at: Path
    type: str
    op: str
    at: Path
    flag: bool = True


class Related(NamedTuple):
    """is | some | none | every of the related rows match."""

    relation: Relation
    quantifier: str
    of: "Predicate"


class Missing(NamedTuple):
    """A to-one relation leads nowhere, or somewhere."""

    relation: Relation
    flag: bool


Predicate = All | AnyOf | Not | Test | CustomTest | Related | Missing


def pick(values: Any, at: Path) -> Any:
    return reduce(getitem, at, values)


def parse(noun: Noun, where: object) -> All:
    """The tree of a filter, its shape checked and limited; values are checked when they are bound."""
    return _Parser().all(noun, where, ROOT, 0)


class _Parser:
    def __init__(self) -> None:
        self.tests = 0

    def all(self, noun: Noun, where: object, at: Path, depth: int) -> All:
        if len(at) > 2 * MOST_LEVELS:
            raise bad_filter(at, f"nested deeper than {MOST_LEVELS} levels")
        return All(tuple(self.parts(noun, mapping(where, at), at, depth)))

    def parts(self, noun: Noun, where: Json, at: Path, depth: int) -> Iterator[Predicate]:
        for key, value in where.items():
            here = (*at, key)
            if value is None:
                raise bad_filter(here, "null is not a filter; leave it out or use isNull")
            if key in ("AND", "OR"):
                items = _list(value, here)
                parts = tuple(self.all(noun, w, (*here, i), depth) for i, w in enumerate(items))
                yield All(parts) if key == "AND" else AnyOf(parts)
            elif key == "NOT":
                yield Not(self.all(noun, value, here, depth))
            elif (column := noun.columns.get(key)) and column.contract.where and column.kind not in ("json", "texts"):
                yield from self.column(noun, column, value, here)
            elif relation := noun.relations.get(key):
                yield from self.relation(relation, mapping(value, here), here, depth + 1)
            else:
                raise bad_filter(here, f"{noun.name} has no such field to filter by")

    def count(self, at: Path) -> None:
        self.tests += 1
        if self.tests > MOST_TESTS:
            raise bad_filter(at, f"more than {MOST_TESTS} conditions")

    def column(self, noun: Noun, column: Column, value: object, at: Path) -> Iterator[Predicate]:
        if column.kind == "custom":
            for i, item in enumerate(_list(value, at)):
                yield from self.custom(noun, mapping(item, (*at, i)), (*at, i))
            return
        for op, given in mapping(value, at).items():
            flag = self.operator(OPERATORS[column.kind], column.kind, op, given, (*at, op))
            yield Test(column, op, (*at, op), flag)

    def custom(self, noun: Noun, item: Json, at: Path) -> Iterator[Predicate]:
        if not isinstance(item.get("key"), str):
            raise bad_filter((*at, "key"), "names the custom field")
        for name, value in item.items():
            if name == "key":
                continue
            if name not in CUSTOM_KINDS:
                raise bad_filter((*at, name), f"not one of key, {', '.join(CUSTOM_KINDS)}")
            kind = CUSTOM_KINDS[name][0]
            for op, given in mapping(value, (*at, name)).items():
                here = (*at, name, op)
                flag = self.operator(OPERATORS[kind], name, op, given, here)
                yield CustomTest(noun, (*at, "key"), name, op, here, flag)

    def operator(self, known: tuple[str, ...], kind: str, op: str, given: object, at: Path) -> bool:
        self.count(at)
        if op not in known:
            raise bad_filter(at, f"not an operator of {kind}; use {', '.join(known)}")
        if given is None:
            raise bad_filter(at, "null is not a value; use isNull")
        if op == "isNull" and not isinstance(given, bool):
            raise bad_filter(at, "expects true or false")
        return bool(given) if op == "isNull" else True

    def relation(self, relation: Relation, value: Json, at: Path, depth: int) -> Iterator[Predicate]:
        if depth > DEEPEST:
            raise bad_filter(at, f"more than {DEEPEST} relations deep")
        for quantifier, inner in value.items():
            here = (*at, quantifier)
            if inner is None:
                raise bad_filter(here, "null is not a filter; leave it out or use isNull")
            self.count(here)
            if quantifier == "isNull" and not relation.many:
                if not isinstance(inner, bool):
                    raise bad_filter(here, "expects true or false")
                yield Missing(relation, inner)
            elif quantifier in (MANY if relation.many else ("is",)):
                yield Related(relation, quantifier, self.all(relation.target, inner, here, depth))
            elif quantifier in TAGS and relation.target.name == "Tag":
                yield self.tags(relation, quantifier, _list(inner, here), here)
            else:
                raise bad_filter(here, f"use {', '.join(MANY) if relation.many else 'is, isNull'}")


    def tags(self, relation: Relation, quantifier: str, names: list[Any], at: Path) -> Predicate:
        """By name, for short. All of them is a condition for each."""
        name = relation.target.columns["name"]
        if quantifier != "hasAll":
            return Related(relation, "none" if quantifier == "hasNone" else "some", All((Test(name, "in", at),)))
        for i, _ in enumerate(names):
            self.count((*at, i))
        return All(tuple(Related(relation, "some", All((Test(name, "eq", (*at, i)),))) for i, _ in enumerate(names)))


def mapping(value: object, at: Path) -> Json:
    if not isinstance(value, Mapping):
        raise bad_filter(at, "expects an object")
    return cast(Json, value)


def _list(value: object, at: Path) -> list[Any]:
    if not isinstance(value, list):
        raise bad_filter(at, "expects a list")
    return cast("list[Any]", value)


def mentions(p: Predicate, api: str) -> bool:
    """Whether the filter itself, not one behind a relation, tests a field."""
    match p:
        case All(of) | AnyOf(of):
            return any(mentions(x, api) for x in of)
        case Not(of):
            return mentions(of, api)
        case Test(column):
            return column.api == api
        case _:
            return False


def operators(kind: Kind, tests: object, at: Path) -> Iterator[tuple[str, Path, bool]]:
    """The operators of a value's tests, each with its path and its flag, checked and limited as in a filter."""
    parser = _Parser()
    for op, given in mapping(tests, at).items():
        yield op, (*at, op), parser.operator(OPERATORS[kind], kind, op, given, (*at, op))


def shape(where: object, key: str = "") -> object:
    """What of a filter changes its SQL: keys, lengths of AND, OR, custom and hasAll, isNull; never the other values."""
    given: Any = where
    if isinstance(where, dict):  # a coerced input is made of these; asking for a Mapping takes longer
        return tuple([(k, shape(v, k)) for k, v in given.items()])
    if isinstance(where, list):
        return tuple([shape(v) for v in given]) if key in ("AND", "OR", "custom", "hasAll") else 1
    return where if key == "isNull" or where is None else 1
