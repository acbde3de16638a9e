"""Which arguments of the schema can carry something of another workspace, so that the sweep of tests/contracts/test_isolation.py has to put it there."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import graphql
from graphql import GraphQLInputObjectType

from api.schema import CORE
from leadwell.catalog import CATALOG
from tests.sweep import Path, is_grammar, mutation_fields, named, query_fields

TEXTS = frozenset({"email", "emails", "externalId", "refundOf", "actor"})    # by these somebody is found again
FILTERS = frozenset({"where", "filter", "set"})                         # JSON that names records
LATER = "kept, and asked later by the `where` of lists, which is swept"
WHY_NOT = {
    r"mutation (createExport|createSegment|updateSegment|createTerritory|updateTerritory|createView|updateView|createWebhookEndpoint|updateWebhookEndpoint)"
    r"\(input\.(where|filter)\)": LATER,
    r"mutation (createBroadcast|updateBroadcast)\(input\.audience\.where\)": LATER,
    r"mutation (createSequence|updateSequenceDraft)\(input\.(steps\.paths\.where|goal\.where)\)": LATER,
    r"mutation (createSequence|updateSequenceDraft)\(input\.steps\.set\)": "kept, and written later by the verbs of updates, whose ids are swept",
    r"subscription (notificationsChanged|workQueueChanged)\(after\)": "of users alone; places are read by one function for all subscriptions",
    r"mutation inviteUser\(input\.email\)": "people who sign in belong to no workspace alone: tests/doors/test_invitations.py",
    r"mutation createUser\(input\.email\)": "people who sign in belong to no workspace alone: tests/doors/test_auth.py",
    r"mutation (createFeed|updateFeed)\(input\.externalId\)": "the name of a field in what a feed sends",
}


class Leaf(NamedTuple):
    """A place of an argument that takes a value, and the type of it: filters and orders count as values."""

    operation: str
    root: str
    path: Path
    kind: str

    def __str__(self) -> str:
        return f"{self.operation} {self.root}({'.'.join(self.path)})"

    @property
    def bears(self) -> str | None:
        """What it can name of another workspace: id, cursor, where, text; None for numbers, times, choices and words that are only kept or told."""
        last = self.path[-1]
        if self.kind == "ID":
            return "id"
        if self.kind.endswith("Where") or (self.kind == "JSON" and last in FILTERS):
            return "where"
        if self.kind != "String":
            return None
        if len(self.path) == 1 and last in ("after", "before"):
            return "cursor"
        external = self.root.endswith("ByExternalId") and last == "id"
        return "text" if external or last in TEXTS or self.path == ("search",) else None


def fields() -> dict[str, dict[str, Any]]:
    """The root fields of every operation."""
    assert CORE.subscription_type is not None
    return {"query": query_fields(), "mutation": mutation_fields(), "subscription": CORE.subscription_type.fields}


def leaves() -> Iterator[Leaf]:
    """Every place of every argument of a root field."""
    for operation, roots in fields().items():
        for root, field in roots.items():
            for name, argument in field.args.items():
                yield from _leaves(operation, root, (name,), argument.type)


def _leaves(operation: str, root: str, path: Path, kind: Any) -> Iterator[Leaf]:
    inner = named(kind)
    if isinstance(inner, GraphQLInputObjectType) and not is_grammar(inner) and len(path) <= 6:
        for name, field in inner.fields.items():
            yield from _leaves(operation, root, (*path, name), field.type)
    else:
        yield Leaf(operation, root, path, inner.name)


LEAVES = tuple(leaves())
BEARING = tuple(leaf for leaf in LEAVES if leaf.bears)


def excused(leaf: Leaf) -> str | None:
    """Why a place is not swept."""
    return next((why for form, why in WHY_NOT.items() if re.fullmatch(form, str(leaf))), None)


def swept(*bears: str, operations: tuple[str, ...] = ("query", "mutation", "subscription")) -> list[Leaf]:
    """The places to sweep of these kinds."""
    return [leaf for leaf in BEARING if leaf.bears in bears and leaf.operation in operations and not excused(leaf)]


def outline(body: Any) -> Any:
    """An answer's form: lengths, nulls, flags and codes, without ids, words and counts."""
    if isinstance(body, dict):
        return {k: v if k == "code" else outline(v) for k, v in body.items() if k not in ("extensions", "locations", "message", "params", "docsUrl")}
    if isinstance(body, list):
        return [outline(v) for v in body]
    return body if isinstance(body, bool) or body is None else type(body).__name__


def nouns_with(suffix: str) -> list[str]:
    """Names of nouns whose plural with the suffix is a root field with `where`."""
    roots = {**query_fields(), **fields()["subscription"]}
    return [n.name for n in CATALOG if n.plural + suffix in roots and "where" in roots[n.plural + suffix].args]


def deep() -> set[tuple[str, str]]:
    """Arguments below the root, with their types."""
    own = [t for t in CORE.type_map.values() if isinstance(t, graphql.GraphQLObjectType) and t.name not in ("Query", "Mutation", "Subscription")]
    return {(name, named(a.type).name) for t in own if not t.name.startswith("__") for f in t.fields.values() for name, a in f.args.items()}
