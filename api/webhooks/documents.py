"""Reads a subscription document for a webhook: parsed, limited and validated like any other, then put as the query that a worker can answer."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import graphql as ql
from graphql import FieldNode, FragmentDefinitionNode, OperationDefinitionNode, OperationType, SelectionSetNode

from api.documents import Documents, Invalid
from api.webhooks.mentioned import mentioned
from leadwell.base.refusals import Refusal
from leadwell.catalog import CATALOG, Noun
from leadwell.reads.selections import Selections, Uncovered
from leadwell.webhooks import BadWebhookDocument, Document, Reading

untyped: Any = vars(ql)["value_from_ast_untyped"]
named: Any = vars(ql)["get_named_type"]
LONGEST = 20_000
TOLD = frozenset({"cursor", "kind", "at", "changed", "recordId", "__typename"})
Fields = list[tuple[str, str, list[FieldNode]]]


@cache
def _documents() -> Documents:
    from api.schema import CORE

    return Documents(CORE)


def document(text: str) -> Document:
    """BadWebhookDocument; whether its author may read what it asks for is asked by the verb."""
    if len(text) > LONGEST:
        raise _bad(f"it is longer than {LONGEST:,} characters")
    try:
        node = _documents().plain(text).node
    except Invalid as problem:
        raise _bad(problem.errors[0].message) from None
    except Refusal as problem:
        raise _bad(problem.message) from None
    try:
        return Document(text, _reading(node))
    except Uncovered as reason:
        raise _bad(f"{reason} is not taken") from None


def _bad(why: str) -> BadWebhookDocument:
    return BadWebhookDocument(field="document", why=why[:300].rstrip("."))


def _reading(node: ql.DocumentNode) -> Reading:
    schema: Any = _documents().schema
    operation = _operation(node)
    fragments = {d.name.value: d for d in node.definitions if isinstance(d, FragmentDefinitionNode)}
    selections = Selections(fragments, {})
    root = FieldNode(name=ql.NameNode(value="root"), selection_set=operation.selection_set)
    ((key, name, nodes),) = selections.below([root])    # one, by the rules of subscriptions
    definition: Any = schema.subscription_type.fields.get(name) if schema.subscription_type else None
    payload: Any = definition and named(definition.type)
    noun = _noun(payload)
    if noun is None:
        raise _bad(f"{name} is not about changes of records")
    fields = list(selections.below(nodes))
    records = [found for _, field, found in fields if field not in TOLD]
    query = _query(noun, records, fragments) if records else None
    types = mentioned(schema, ql.parse(query, no_location=True)) if query else ""
    return Reading(key, noun.name, payload.name, tuple((k, field) for k, field, _ in fields), query, types, _where(nodes[0]))


def _operation(node: ql.DocumentNode) -> OperationDefinitionNode:
    operations = [d for d in node.definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.SUBSCRIPTION:
        raise _bad("it is not one subscription")
    if operations[0].variable_definitions:
        raise _bad("it has variables, and nobody gives them values")
    return operations[0]


def _noun(payload: Any) -> Noun | None:
    """The noun of whose records a type tells changes."""
    names: set[str] = {named(field.type).name for field in getattr(payload, "fields", {}).values()}
    return next((CATALOG[name] for name in sorted(names) if CATALOG.get(name) is not None), None)


def _where(root: FieldNode) -> Mapping[str, Any] | None:
    given = {a.name.value: a.value for a in root.arguments or ()}
    if others := sorted(given.keys() - {"where"}):
        raise _bad(f"{', '.join(others)} is for sockets")
    return untyped(given["where"]) if "where" in given else None


def _query(noun: Noun, records: Iterable[list[FieldNode]], fragments: Mapping[str, FragmentDefinitionNode]) -> str:
    """The query of the records' fields, for $ids; each place where they stand has a root of its own."""
    roots = [_root(noun, i, nodes) for i, nodes in enumerate(records)]
    used = dict.fromkeys(name for root in roots for name in _spread(root.selection_set, fragments, set()))
    text = " ".join(ql.print_ast(node) for node in (*roots, *(fragments[name] for name in used)))
    whole = " ".join(ql.print_ast(root) for root in roots)
    return f"query ($ids: [ID!]!) {{ {whole} }}{text[len(whole):]}"


def _root(noun: Noun, i: int, nodes: Iterable[FieldNode]) -> FieldNode:
    wanted = SelectionSetNode(selections=tuple(one for node in nodes if node.selection_set for one in node.selection_set.selections))
    on = ql.InlineFragmentNode(type_condition=ql.NamedTypeNode(name=ql.NameNode(value=noun.name)), directives=(), selection_set=wanted)
    ids = ql.ArgumentNode(name=ql.NameNode(value="ids"), value=ql.VariableNode(name=ql.NameNode(value="ids")))
    return FieldNode(
        alias=ql.NameNode(value=f"a{i}"), name=ql.NameNode(value="nodes"), arguments=(ids,), directives=(),
        selection_set=SelectionSetNode(selections=(on,)))


def _spread(selection: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode], seen: set[str]) -> Iterator[str]:
    for node in selection.selections if selection else ():
        if isinstance(node, ql.FragmentSpreadNode):
            if node.name.value not in seen:
                seen.add(node.name.value)
                yield node.name.value
                yield from _spread(fragments[node.name.value].selection_set, fragments, seen)
        else:
            found: Any = node
            yield from _spread(found.selection_set, fragments, seen)
