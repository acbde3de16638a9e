"""Whether a document fits the schema, found out within bounds of work whoever wrote it.

`fits` is graphql-core's `validate` with a walk of our own (`Walk`): its own asks each of the rules anew, for every document, what it has to say to each
kind of node, and looks at names, which none of them reads: more than half of the time of a document that nobody has sent before.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from graphql import BREAK, SKIP, DocumentNode, FragmentDefinitionNode, GraphQLError, GraphQLSchema, TypeInfo, Visitor, specified_rules, validate, visit
from graphql.language.visitor import EnterLeaveVisitor
from graphql.pyutils import RefMap
from graphql.validation import ValidationContext
from graphql.validation.rules import overlapping_fields_can_be_merged as overlapping
from graphql.validation.validate import FragmentNestingVisitor, ValidationAbortedError, query_document_keys_to_validate
from graphql.validation.validation_context import VariableUsage, VariableUsageVisitor
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule

from api.directives import IdempotentMutations
from api.errors import QueryTooComplex

MOST_ERRORS = 5  # words of each may quote the whole document
COMPARISONS = 100_000  # of fields with the same name; each takes some 2 µs
UNKNOWN = "Stream"  # rules of a directive that the schema does not have: another rule refuses it
RULES = (*(rule for rule in specified_rules if not rule.__name__.startswith(UNKNOWN)), MaybeNullValidationRule, IdempotentMutations)
NAMES = ("name", "alias")
KEYS = {kind: tuple(key for key in keys if key not in NAMES) for kind, keys in query_document_keys_to_validate.items()}
overlapping.MAX_COMPLEXITY_BUDGET = COMPARISONS


class Misfit(Exception):
    """A rule found something."""


def fits(schema: GraphQLSchema, node: DocumentNode) -> bool:
    """Stops at the first error. Raises QueryTooComplex where comparing fields takes too long, or fragments nest too deeply."""
    info = TypeInfo(schema)
    context = Found(schema, node, info, _refuse, hide_suggestions=True)
    fragments = {d.name.value: d for d in node.definitions if isinstance(d, FragmentDefinitionNode)}
    try:
        visit(node, Walk(info, [*([FragmentNestingVisitor(fragments)] if fragments else []), *[rule(context) for rule in RULES]]), KEYS)
    except Misfit:
        return False
    except (RecursionError, ValidationAbortedError):
        raise QueryTooComplex(problem="too many of its fields are the same, or in fragments that many others spread") from None
    return True


def _refuse(_: GraphQLError) -> None:
    raise Misfit


def misfits(schema: GraphQLSchema, node: DocumentNode) -> list[GraphQLError]:
    """What is wrong, with places if the document was parsed with them; the first five."""
    return validate(schema, node, RULES, max_errors=MOST_ERRORS)


class Found(ValidationContext):
    """Remembers what it found in a definition by the definition itself: graphql-core does by its value, and hashes the whole of it each time."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._fragment_spreads: Any = RefMap()
        self._recursively_referenced_fragments: Any = RefMap()
        self._variable_usages: Any = RefMap()
        self._recursive_variable_usages: Any = RefMap()

    def get_variable_usages(self, node: Any) -> list[VariableUsage]:
        known = self._variable_usages.get(node)
        if known is None:
            found = VariableUsageVisitor(self._type_info, node if isinstance(node, FragmentDefinitionNode) else None)
            visit(node, Walk(self._type_info, [found]), KEYS)
            known = self._variable_usages[node] = found.usages
        return known


Handler = Callable[..., Any] | None
Handlers = tuple[Handler, Handler]


@cache
def handlers(of: type, kind: str) -> Handlers:
    """What a class of visitors does where a node of a kind begins and where it ends."""
    enter, leave = ((getattr(of, f"{way}_{kind}", None) or (None if of is TypeInfo else getattr(of, way, None))) for way in ("enter", "leave"))
    return enter, leave


class Walk(Visitor):
    """TypeInfoVisitor and ParallelVisitor in one: each of the visitors sees each node it asks for, while `info` knows where that is."""

    def __init__(self, info: TypeInfo, visitors: Sequence[Visitor]) -> None:
        super().__init__()
        self.info, self.visitors = info, visitors
        self.skipping: list[object] = [None] * len(visitors)

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        found = self.enter_leave_map.get(kind)
        if found is None:
            told = [(i, v, *ways) for i, v in enumerate(self.visitors) if (ways := handlers(type(v), kind)) != (None, None)]
            found = self.enter_leave_map[kind] = EnterLeaveVisitor(*self._told(handlers(type(self.info), kind), told))
        return found

    def _told(self, follow: Handlers, told: list[tuple[int, Visitor, Handler, Handler]]) -> Handlers:
        """Functions for nodes of a kind, which `info` follows and these visitors are told of."""
        (begin, end), info, skipping = follow, self.info, self.skipping
        if not told and not begin and not end:
            return None, None

        def enter(node: Any, *place: Any) -> None:
            if begin:
                begin(info, node)
            for i, visitor, entered, _ in told:
                if entered and not skipping[i] and (said := entered(visitor, node, *place)) is not None:
                    skipping[i] = node if said is SKIP or said is False else BREAK

        def leave(node: Any, *place: Any) -> None:
            for i, visitor, _, left in told:
                if skipping[i] is node:
                    skipping[i] = None
                elif left and not skipping[i] and left(visitor, node, *place) in (BREAK, True):
                    skipping[i] = BREAK
            if end:
                end(info)

        return enter, leave
