"""Document text → parsed, limited and validated document, remembered while it is used."""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse, specified_rules
from strawberry.schema.schema import validate_document

from api.errors import BadRequest, QueryTooComplex
from api.limits import LIMITS, Limits, measure, nul_in

MOST_TEXT, LONGEST = 1_000_000, 40_000
TOO_MANY = re.compile(r"more than \d+ (tokens|comments)")


class Invalid(Exception):
    """A document that cannot run: syntax or validation errors, with the code they share."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code, self.errors = code, errors


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document: its operations by name, and whether it asks for the schema itself."""

    node: DocumentNode
    operations: dict[str | None, OperationDefinitionNode]
    introspects: bool

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation named, or the only one."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is None:
            raise BadRequest(problem="the document has several operations; send operationName", field="operation_name")
        if name not in self.operations:
            raise BadRequest(problem=f"the document has no operation {name[:60]!r}", field="operation_name")
        return self.operations[name]


@dataclass(slots=True)
class Documents:
    """Remembers valid documents, the latest used, up to a total length of text."""

    schema: GraphQLSchema
    limits: Limits = LIMITS
    _known: "OrderedDict[str, Document]" = field(default_factory=OrderedDict[str, Document])
    _size: int = 0

    def get(self, text: str, *, anonymous: bool = False) -> Document:
        """Raises Invalid, or QueryTooComplex before validation looks at the document."""
        if known := self._known.get(text):
            self._known.move_to_end(text)
            return known
        node = self._parse(text, self.limits.tokens_anonymous if anonymous else self.limits.tokens)
        if ("\\u" in text or "\0" in text) and nul_in(node):
            raise BadRequest(problem="a text contains NUL")
        introspects = measure(node, self.limits)
        if validate_document(self.schema, node, tuple(specified_rules)):
            raise Invalid("GRAPHQL_VALIDATION_FAILED", validate_document(self.schema, parse(text), tuple(specified_rules)))
        made = Document(node, _operations(node), introspects)
        self._remember(text, made)
        return made

    def _parse(self, text: str, tokens: int) -> DocumentNode:
        try:
            return parse(text, no_location=True, max_lexical_tokens=tokens, max_comments=1_000)
        except RecursionError:
            raise QueryTooComplex(problem="it is nested too deeply") from None
        except GraphQLError as error:
            if found := TOO_MANY.search(error.message):
                raise QueryTooComplex(problem=found[0], what=found[1], limit=tokens) from None
            raise Invalid("GRAPHQL_PARSE_FAILED", [error]) from None

    def _remember(self, text: str, made: Document) -> None:
        """Without locations a node is small; long texts are cheap beside their answers, so they are not kept."""
        if len(text) > LONGEST:
            return
        self._known[text] = made
        self._size += len(text)
        while self._size > MOST_TEXT:
            gone, _ = self._known.popitem(last=False)
            self._size -= len(gone)


def _operations(node: DocumentNode) -> dict[str | None, Any]:
    return {d.name.value if d.name else None: d for d in node.definitions if isinstance(d, OperationDefinitionNode)}
