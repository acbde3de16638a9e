"""Whether a document fits the schema, found out within bounds of work whoever wrote it."""

from graphql import DocumentNode, GraphQLError, GraphQLSchema, specified_rules, validate
from graphql.validation.rules import overlapping_fields_can_be_merged as overlapping
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule

from api.directives import IdempotentMutations
from api.errors import QueryTooComplex

MOST_ERRORS = 5  # words of each may quote the whole document
COMPARISONS = 100_000  # of fields with the same name; each takes some 2 µs
ABORTED = "Validation aborted."
UNKNOWN = "Stream"  # rules of a directive that the schema does not have: another rule refuses it
RULES = (*(rule for rule in specified_rules if not rule.__name__.startswith(UNKNOWN)), MaybeNullValidationRule, IdempotentMutations)
overlapping.MAX_COMPLEXITY_BUDGET = COMPARISONS


def fits(schema: GraphQLSchema, node: DocumentNode) -> bool:
    """Stops at the second error. Raises QueryTooComplex where comparing fields takes too long."""
    found = validate(schema, node, RULES, max_errors=1, hide_suggestions=True)
    if found and found[0].message == ABORTED:
        raise QueryTooComplex(problem="too many of its fields are the same, or in fragments that many others spread")
    return not found


def misfits(schema: GraphQLSchema, node: DocumentNode) -> list[GraphQLError]:
    """What is wrong, with places if the document was parsed with them; the first five."""
    return validate(schema, node, RULES, max_errors=MOST_ERRORS)
