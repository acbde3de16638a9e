"""What a document may say beside the specification's own: `@defer` on fragments, `@idempotent` on fields of mutations."""

from typing import Any, cast

from graphql import (
    DirectiveLocation,
    DirectiveNode,
    FieldNode,
    GraphQLArgument,
    GraphQLDeferDirective,
    GraphQLDirective,
    GraphQLError,
    GraphQLNonNull,
    GraphQLString,
    OperationDefinitionNode,
    OperationType,
    ValidationRule,
    get_directive_values,
)

IDEMPOTENT = GraphQLDirective(
    "idempotent", [DirectiveLocation.FIELD],
    {"key": GraphQLArgument(GraphQLNonNull(GraphQLString), description="Any text of yours, best a variable: 1 to 255 visible ASCII characters.")},
    description="Does a mutation's field once for each key: a repeat within 24 hours answers what the first one did.",
)
DIRECTIVES = (GraphQLDeferDirective, IDEMPOTENT)


class IdempotentMutations(ValidationRule):
    """`@idempotent` stands on root fields of mutations; elsewhere it would promise what nobody keeps."""

    def enter_directive(self, node: DirectiveNode, _key: Any, _parent: Any, _path: Any, ancestors: Any) -> None:
        if node.name.value != IDEMPOTENT.name:
            return
        above = [one for one in cast("list[Any]", ancestors) if isinstance(one, (FieldNode, OperationDefinitionNode))]
        operation = above[0] if isinstance(above[0], OperationDefinitionNode) else None
        if len(above) != 2 or operation is None or operation.operation is not OperationType.MUTATION:
            self.report_error(GraphQLError("Directive '@idempotent' stands on root fields of a mutation, written in the operation itself.", node))


def idempotency_key(info: Any) -> str | None:
    """The key that the field being resolved carries."""
    asked = info._raw_info  # Strawberry's own form of the nodes has lost their places
    for node in asked.field_nodes:
        if node.directives and (found := get_directive_values(IDEMPOTENT, node, asked.variable_values)):
            return str(found["key"])
    return None
