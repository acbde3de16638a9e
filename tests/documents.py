"""Documents generated from the schema: nested selections, fragments, conditions and arguments, with variables in every place."""

import json
from dataclasses import dataclass, field
from typing import Any

import graphql

from api.schema import CORE
from leadwell.catalog import CATALOG
from tests.values import About, Dice, Inputs, Pool

SIZES = [2, 1, 3, 5, 0, 7]
WIDE = [10, 25, 60, 200]
WRONG_SIZES = [-1, 201, 10**9]
WRONG_CURSORS = ["nonsense", "", "WyJ4Il0=", "WyJ4IiwiMSIsIjIiXQ==", "W10=", "bnVsbA==", "eyJhIjoxfQ==", "Ω"]
PLAIN_ROOTS = ["__typename", "__schema { queryType { name } }", '__type(name: "Lead") { name kind }']
CONNECTION = ("first", "last", "after", "before")
DEEPEST, MOST_FIELDS, MOST_ALIASES = 3, 60, 60
Names = dict[str, str]


@dataclass
class Made:
    """A document with its variables. `pages` names aliases of pageInfo, whose cursors go into the variable of that name on a second
    run, bent or not, as `after` or `before`."""

    text: str
    variables: dict[str, Any]
    pages: dict[str, tuple[str, str]]


@dataclass
class Writing:
    """One document in the making."""

    dice: Dice
    inputs: Inputs
    declared: Names = field(default_factory=dict[str, str])
    given: dict[str, Any] = field(default_factory=dict[str, Any])
    fragments: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    keys: Names = field(default_factory=dict[str, str])
    pages: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    count: int = 0
    fields: int = 0
    aliases: int = 0

    def fresh(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def document(self, roots: list[str]) -> Made:
        body = [self.root(name) for name in roots]
        declared = ", ".join(f"${name}: {kind}" for name, kind in self.declared.items())
        fragments = "".join(f"\nfragment {name} on {on} {text}" for name, (on, text) in self.fragments.items())
        return Made(f"query Q{f'({declared})' if declared else ''} {{ {' '.join(body)} }}{fragments}", self.given, self.pages)

    def root(self, name: str) -> str:
        assert CORE.query_type is not None
        if name not in CORE.query_type.fields:
            return name
        noun = CATALOG.plurals.get(name) or CATALOG.singulars.get(name) or CATALOG.plurals.get(name.removesuffix("Aggregate"))
        return self.field("Query", name, CORE.query_type.fields[name], DEEPEST, About(noun.name if noun else ""))

    # values

    def variable(self, kind: str, value: Any) -> str:
        name = self.fresh("v")
        self.declared[name], self.given[name] = kind, value
        return f"${name}"

    def written(self, kind: Any, value: Any, *, required: bool = False) -> str:
        """A value in its place of a document: as a literal or as a variable, or with variables within it."""
        how = self.dice.below(12)
        inner = kind.of_type if isinstance(kind, graphql.GraphQLNonNull) else kind
        if how < 3 or how == 9:
            return self.variable(f"{inner}{'!' if required or how == 1 or inner is not kind else ''}", value)
        if how == 10 and not required and value is not None:  # a default that stands, or that something given replaces
            text = self.variable(f"{inner} = {self.literal(inner, value)}", value)
            if self.dice.one_in(2):
                del self.given[text[1:]]
            return text
        if how == 11 and inner is kind and not required and self.dice.one_in(3):  # absent or null
            text = self.variable(str(inner), None)
            if self.dice.one_in(2):
                del self.given[text[1:]]
            return text
        return self.literal(inner, value, within=how > 5)

    def literal(self, kind: Any, value: Any, *, within: bool = False) -> str:
        inner = kind.of_type if isinstance(kind, graphql.GraphQLNonNull) else kind
        if value is None:
            return "null"
        if isinstance(inner, graphql.GraphQLList):
            items = value if isinstance(value, list) else [value]
            parts = [self.written(inner.of_type, v) if within else self.literal(inner.of_type, v) for v in items]
            return parts[0] if len(parts) == 1 and self.dice.one_in(4) else f"[{', '.join(parts)}]"
        if isinstance(inner, graphql.GraphQLInputObjectType):
            part = self.written if within else self.literal
            required = {"required": inner.is_one_of} if within else {}
            return "{" + ", ".join(f"{k}: {part(inner.fields[k].type, v, **required)}" for k, v in value.items()) + "}"
        if isinstance(inner, graphql.GraphQLEnumType):
            return str(value)
        return json.dumps(value, ensure_ascii=self.dice.one_in(2)) if not isinstance(value, dict | list) else "{}"

    # selections

    def condition(self) -> str:
        if not self.dice.one_in(8):
            return ""
        wanted = self.dice.pick([True, False])
        value = str(wanted).lower()
        how = self.dice.below(3)
        if how == 1:
            value = self.variable("Boolean!", wanted)
        elif how == 2:
            value = self.variable(f"Boolean! = {value}", wanted)
            del self.given[value[1:]]
        return f" @{self.dice.pick(['include', 'skip'])}(if: {value})"

    def key(self, on: str, name: str, arguments: str) -> str:
        """An alias, or none where the response key is free or means the same; keys are unique to a field and its arguments."""
        alias = self.dice.one_in(6) or (bool(arguments) and self.dice.one_in(2))
        if not alias and self.keys.setdefault(name, f"{on}.{name}{arguments}") == f"{on}.{name}{arguments}":
            return ""
        self.aliases += 1
        return self.fresh("a") + ": "

    def field(self, on: str, name: str, definition: Any, depth: int, about: About) -> str:
        self.fields += 1
        inner: Any = graphql.get_named_type(definition.type)
        page = self.page(definition) if {"first", "after"} <= definition.args.keys() else None
        arguments = self.arguments(definition, about, page)
        head = self.key(on, name, arguments) + name + arguments
        again = f"{head}{self.condition()} "
        if graphql.is_leaf_type(inner):
            return f"{again}{head}" if self.dice.one_in(12) else again
        first = again + self.selection(inner, depth, about, page)
        if self.dice.one_in(10) and self.fields < MOST_FIELDS:  # merged
            return f"{first} {head}{self.condition()} {self.selection(inner, depth - 1, about, None)}"
        return first

    def page(self, definition: Any) -> str | None:
        """The name of a cursor that a second run fills in."""
        return self.fresh("c") if self.dice.one_in(3) else None

    def arguments(self, definition: Any, about: About, page: str | None) -> str:
        parts: dict[str, str] = {}
        if set(CONNECTION) <= definition.args.keys():
            parts = self.paging(definition, page)
        for name, argument in definition.args.items():
            if name in CONNECTION and set(CONNECTION) <= definition.args.keys():
                continue
            if name == "first":
                if self.dice.one_in(2):
                    parts[name] = self.written(argument.type, self.size())
            elif isinstance(argument.type, graphql.GraphQLNonNull) or (self.dice.one_in(2) and (name != "search" or self.dice.one_in(4))):
                value = self.inputs.value(argument.type, About(about.noun, depth=2))
                if name == "ids":
                    value = [self.inputs.id(n) for n in self.dice.some(sorted(CATALOG.nouns), 5)]
                if name == "id" and not about.noun:
                    value = self.inputs.id(self.dice.pick(sorted(CATALOG.nouns)))
                parts[name] = self.written(argument.type, value)
        return f"({', '.join(f'{k}: {v}' for k, v in parts.items())})" if parts else ""

    def size(self) -> int:
        if self.dice.one_in(60):
            return self.dice.pick(WRONG_SIZES)
        return self.dice.pick(WIDE if self.dice.one_in(8) else SIZES)

    def paging(self, definition: Any, page: str | None) -> dict[str, str]:
        size, cursor = ("first", "after") if self.dice.below(3) < 2 else ("last", "before")
        parts: dict[str, str] = {}
        if not self.dice.one_in(5):
            parts[size] = self.written(definition.args[size].type, self.size())
        if self.dice.one_in(40):
            parts["last" if size == "first" else "first"] = "1"
        if self.dice.one_in(25):
            cursor = "before" if cursor == "after" else "after"
        if page:
            self.declared[page] = "String"
            self.pages[page] = (cursor, self.dice.pick(["", "", "", "", "nulls", "text", "short", "other"]))
            parts[cursor] = f"${page}"
        elif self.dice.one_in(30):
            parts[cursor] = self.written(definition.args[cursor].type, self.dice.pick(WRONG_CURSORS))
        return parts

    def selection(self, kind: Any, depth: int, about: About, page: str | None) -> str:
        if isinstance(kind, graphql.GraphQLInterfaceType):
            return self.any(depth)
        if noun := CATALOG.get(kind.name):
            about = About(noun.name)
        parts = [f"{page}: pageInfo {{ startCursor endCursor }}"] if page else []
        parts += ["__typename"] if self.dice.one_in(4) else []
        parts += [self.field(kind.name, name, kind.fields[name], depth - bool(noun), about) for name in self.chosen(kind, depth)]
        parts += self.spread(kind, depth, about)
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def chosen(self, kind: Any, depth: int) -> list[str]:
        noun = CATALOG.get(kind.name)
        leaves = [name for name, f in kind.fields.items() if graphql.is_leaf_type(graphql.get_named_type(f.type)) or (noun and name in noun.columns)]
        others = [name for name in kind.fields if name not in leaves]
        full = self.fields > MOST_FIELDS or self.aliases > MOST_ALIASES
        if noun:
            return self.dice.some(leaves, 4, 1) + (self.dice.some(others, 2) if depth > 0 and not full else [])
        return list(dict.fromkeys(self.dice.some([*others, *leaves], 4, 1)))

    def spread(self, kind: Any, depth: int, about: About) -> list[str]:
        """Fragments: inline ones with or without a type, and named ones, each of which may be spread again."""
        how = self.dice.below(9)
        if how < 4 or self.fields > MOST_FIELDS:
            return []
        if how == 4 and CATALOG.get(kind.name):
            return [f"... on Node{self.condition()} {{ id }}"]
        if how == 5:
            return [f"...{self.condition()} {self.selection(kind, depth - 1, about, None)}"]
        if how == 6:
            return [f"... on {kind.name}{self.condition()} {self.selection(kind, depth - 1, about, None)}"]
        known = [name for name, (on, _) in self.fragments.items() if on == kind.name]
        if not known or self.dice.one_in(3):
            name, text = self.fresh("F"), self.selection(kind, depth - 1, about, None)
            self.fragments[name] = (kind.name, text)
            known = [name]
        return [f"...{self.dice.pick(known)}{self.condition()}" for _ in range(1 + self.dice.below(2))]

    def any(self, depth: int) -> str:
        """Of a record of any noun."""
        parts = [self.dice.pick(["id", "__typename id", "__typename"])]
        for name in dict.fromkeys(self.dice.some(sorted(CATALOG.nouns), 3)):
            parts.append(f"... on {name}{self.condition()} {self.selection(CORE.type_map[name], depth - 1, About(name), None)}")
        return "{ " + " ".join(parts) + " }"


def document(pool: Pool, dice: Dice) -> Made:
    """A document of one to three root fields."""
    roots: list[str] = []
    for _ in range(1 + dice.below(3)):
        noun = dice.pick(list(CATALOG))
        aggregates = [noun.plural + "Aggregate"] * (noun.plural + "Aggregate" in CORE.type_map["Query"].fields)  # type: ignore[attr-defined]
        roots.append(dice.pick([noun.plural] * 8 + aggregates * 2 + [noun.singular, "node", "nodes", dice.pick(PLAIN_ROOTS)]))
    return Writing(dice, Inputs(pool, dice)).document(roots)
