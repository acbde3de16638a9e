"""Document text → parsed, limited and validated document, remembered while it is used."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse

from api import deprecation, incremental
from api.costs import Costs
from api.errors import BadRequest, QueryTooComplex
from api.limits import LIMITS, Limits, measure, nul_in
from api.literals import Lifted, lift, lifted
from api.prices import Price
from api.validation import fits, misfits
from leadwell.base.recent import Recent
from leadwell.base.refusals import Refusal
from leadwell.reads import Operation

TOO_MANY = re.compile(r"more than \d+ (tokens|comments)")


class Invalid(Exception):
    """A document that cannot run: syntax or validation errors, with the code they share."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code, self.errors = code, errors


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document: its operations by name, whether it asks for the schema itself, and how its queries are read."""

    node: DocumentNode
    operations: dict[str | None, OperationDefinitionNode]
    introspects: bool
    readings: dict[str | None, Operation | None]
    prices: dict[str | None, Price]
    deferred: DocumentNode | None = None  # as it was written, where `@defer` stands in it; `node` is without
    leaving: tuple[str, ...] = ()  # deprecated coordinates it names
    watched: Mapping[str | None, deprecation.Kinds] = field(default_factory=dict[str | None, deprecation.Kinds])    # variables that may hold some
    number: int = field(default_factory=count().__next__)  # stands for it where it shall not be kept alive

    def reading(self, name: str | None) -> Operation | None:
        """How the operation is read, if it is a query that reads can say."""
        return self.readings.get(name) if name is not None else next(iter(self.readings.values()))

    def price(self, name: str | None) -> Price:
        """What the operation costs."""
        return self.prices[name] if name is not None else next(iter(self.prices.values()))

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation named, or the only one."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is None:
            raise BadRequest(problem="the document has several operations; send operationName", field="operation_name")
        if name not in self.operations:
            raise BadRequest(problem=f"the document has no operation {name[:60]!r}", field="operation_name")
        return self.operations[name]


class Found(NamedTuple):
    """A document and the variables that stand for literals of the text."""

    document: Document
    lifted: Mapping[str, Any]


class Known(NamedTuple):
    """A document that is remembered, and where the literals of its texts go; None if they are part of it."""

    document: Document
    places: Lifted | None


class Documents:
    """Remembers valid documents, the latest used, up to a number and a total length of text: 60 to 75 bytes a character, so 13 MB at most.
    Texts that differ only in literals are one; of a text only its document's key is kept."""

    def __init__(self, schema: GraphQLSchema, limits: Limits = LIMITS, leaving: Collection[str] = deprecation.DEPRECATED) -> None:
        self.schema, self.limits, self.costs, self.leaving = schema, limits, Costs(schema), leaving
        self.texts: Recent[tuple[str, int, Mapping[str, Any]]] = Recent(2_000, 500_000)
        self.documents: Recent[Known] = Recent(1_000, 180_000)

    def known(self, text: str) -> Found | None:
        """What is remembered of this very text."""
        if place := self.texts.get(text):
            key, number, variables = place
            known = self.documents.get(key)
            if known and known.document.number == number:
                return Found(known.document, variables)
            self.texts.drop(text)
        return None

    def get(self, text: str, *, anonymous: bool = False) -> Found:
        """The document, known or not. Raises what `read` does."""
        return self.known(text) or self.read(text, anonymous=anonymous)

    def read(self, text: str, *, anonymous: bool = False) -> Found:
        """Raises Invalid, or QueryTooComplex before validation looks at the document."""
        key, found = self._found(text, anonymous)
        self.texts.put(text, (key, found.document.number, found.lifted), len(text))
        return found

    def wrong(self, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Which of the texts by id cannot run, and why; the others are ready when they are asked for."""
        for id, text in texts.items():
            try:
                self.get(text)
            except Invalid as problem:
                yield id, problem.errors[0].message
            except Refusal as problem:
                yield id, problem.message

    def _found(self, text: str, anonymous: bool) -> tuple[str, Found]:
        """The document under the key of its literals, or under the text where one of them is part of it."""
        if incremental.DEFER in text:
            return text, self._alone(text, anonymous)
        try:
            key, values = lift(text)
        except ValueError:
            return text, self._alone(text, anonymous)
        if known := self.documents.get(key):
            variables = known.places and known.places.variables(values)
            return (text, self._alone(text, anonymous)) if variables is None else (key, Found(known.document, variables))
        node, introspects = self._valid(text, anonymous)
        places = lifted(self.schema, node, values)
        document = self._prepared(places.node if places else node, introspects)
        key = key if places else text
        self.documents.put(key, Known(document, places), len(key))
        return key, Found(document, places.variables(values) or {} if places else {})

    def _alone(self, text: str, anonymous: bool) -> Found:
        known = self.documents.get(text) or Known(self.plain(text, anonymous=anonymous), None)
        self.documents.put(text, known, len(text))
        return Found(known.document, {})

    def plain(self, text: str, *, anonymous: bool = False) -> Document:
        """The document as it is written, anew."""
        node, introspects = self._valid(text, anonymous)
        bare = incremental.undeferred(node) if incremental.DEFER in text else None
        return self._prepared(bare or node, introspects, node if bare else None)

    def _prepared(self, node: DocumentNode, introspects: bool, deferred: DocumentNode | None = None) -> Document:
        operations = _operations(node)
        readings = {name: Operation.of(self.schema, node, operation) for name, operation in operations.items()}
        prices = {name: Price(node, operation, self.costs, self.limits) for name, operation in operations.items()}
        leaving = deprecation.used(self.schema, node, self.leaving)
        watched = {name: kinds for name, of in operations.items() if (kinds := deprecation.watched(self.schema, of, self.leaving))}
        return Document(node, operations, introspects, readings, prices, deferred, leaving, watched)

    def uses(self, found: Found, name: str | None, variables: Mapping[str, Any] | None) -> tuple[str, ...]:
        """The deprecated coordinates that an operation uses, in its document or in the values of its variables."""
        document = found.document
        if not document.watched:
            return document.leaving
        kinds = document.watched.get(name) if name is not None or None in document.watched else next(iter(document.watched.values()))
        return tuple(sorted({*document.leaving, *deprecation.given(kinds or {}, variables or {}, self.leaving)}))

    def _valid(self, text: str, anonymous: bool) -> tuple[DocumentNode, bool]:
        """The document, parsed, and whether it asks for the schema itself."""
        node = self._parse(text, self.limits.tokens_anonymous if anonymous else self.limits.tokens)
        if ("\\u" in text or "\0" in text) and nul_in(node):
            raise BadRequest(problem="a text contains NUL")
        introspects = measure(node, self.costs, self.limits)
        if not fits(self.schema, node):
            raise Invalid("GRAPHQL_VALIDATION_FAILED", misfits(self.schema, parse(text)))
        return node, introspects

    def _parse(self, text: str, tokens: int) -> DocumentNode:
        try:
            return parse(text, no_location=True, max_lexical_tokens=tokens, max_comments=1_000)
        except RecursionError:
            raise QueryTooComplex(problem="it is nested too deeply") from None
        except GraphQLError as error:
            if found := TOO_MANY.search(error.message):
                raise QueryTooComplex(problem=found[0], what=found[1], limit=tokens) from None
            raise Invalid("GRAPHQL_PARSE_FAILED", [error]) from None


def _operations(node: DocumentNode) -> dict[str | None, Any]:
    return {d.name.value if d.name else None: d for d in node.definitions if isinstance(d, OperationDefinitionNode)}
