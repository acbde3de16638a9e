"""The door of leadwell.reads: a query is answered by one statement, and what that leaves by the ordinary executor."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from time import perf_counter
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, FieldNode, GraphQLError, OperationDefinitionNode

from api.context import Context
from api.documents import Document
from api.metrics import STATEMENTS
from leadwell.reads import Asked, Operation, Plan, Plans

Execute = Callable[[DocumentNode], Awaitable[ExecutionResult]]
Texts = dict[str, str]


class Reads:
    """One per process: the plans it remembers, written for a server that makes JSON of a value by `scalar`."""

    def __init__(self, scalar: str = "to_json") -> None:
        self.plans = Plans(most=1_000, most_text=1_200_000, scalar=scalar)  # 5 bytes a character

    async def glance(self, context: Context, document: Document, name: str | None, variables: Mapping[str, Any]) -> bytes | None:
        """The whole answer by one message to the database; None where that cannot be."""
        operation = document.reading(name)
        if operation is None or not context.db.brief or context.plain:
            return None
        asked = operation.ask(variables)
        if asked is None:
            return None
        plan, params = self.plans.bind(operation, asked, context.viewer)
        if plan.rest or not plan.sql:
            return None
        started = perf_counter()
        _, *row = await context.db.glance(plan.brief, *params)
        STATEMENTS.observe(perf_counter() - started)
        if None in row or (plan.watched and any("\x01" in text for text in row)):
            return None
        texts = {**plan.known, **{span.root: text for span, text in zip(plan.spans, row, strict=True)}}
        context.took("compiled")
        fields = [part for key in plan.roots for part in (f',"{key}":'.encode(), texts[key].encode())]
        return b"".join([b'{"data":{', fields[0][1:], *fields[1:], b"}}"])

    async def answer(self, context: Context, document: Document, name: str | None, variables: Mapping[str, Any], execute: Execute) -> ExecutionResult:
        """The answer to a query; its values are JSON texts where a statement gave them."""
        operation = document.reading(name) if context.known is not None else None
        asked = operation.ask(variables) if operation and not context.ordinary else None
        if operation is None or asked is None:
            context.took("executor")
            if context.known is not None:
                why = "ORDINARY" if context.ordinary else "VARIABLES" if operation else "OPERATION"
                context.left.update(dict.fromkeys(_keys(document.operation(name)), why))
            return await execute(document.node)
        try:
            plan, params = self.plans.bind(operation, asked, context.viewer)
            texts, rest = await _run(context, plan, params)
        except Exception as fault:
            return ExecutionResult(None, [GraphQLError("the reading failed", original_error=fault)])
        context.took("compiled" if not rest else "partly" if texts else "executor")
        if not rest:
            return ExecutionResult({key: orjson.Fragment(texts[key]) for key in plan.roots}, None)
        context.left.update(rest)
        return await _complete(operation, asked, texts, rest, execute)


async def _run(context: Context, plan: Plan, params: list[Any]) -> tuple[Texts, dict[str, str]]:
    """The texts of the covered root fields; what turned out not to be is added to the rest."""
    texts, rest = dict(plan.known), dict(plan.rest)
    if plan.sql:
        async with context.lock:
            tx = await context.reader()
            started = perf_counter()
            row: Any = await tx.row(plan.sql, *params)
            STATEMENTS.observe(perf_counter() - started)
            if context.explained is not None:
                lines = await tx.fetch("EXPLAIN (ANALYZE, BUFFERS) " + plan.sql, *params)
                context.explained |= {"sql": plan.sql, "plan": [line[0] for line in lines]}
        for span, text in zip(plan.spans, row, strict=True):
            if text is None or (plan.watched and "\x01" in text):
                rest[span.root] = "NULL"
            else:
                texts[span.root] = text
    return texts, rest


def _keys(operation: OperationDefinitionNode) -> Iterator[str]:
    """Under which names the root fields answer that are not in fragments."""
    for node in operation.selection_set.selections:
        if isinstance(node, FieldNode):
            yield (node.alias or node.name).value


async def _complete(operation: Operation, asked: Asked, texts: Texts, rest: Mapping[str, str], execute: Execute) -> ExecutionResult:
    """With the other root fields from the executor; one that failed where no null may be empties all of the answer."""
    roots = operation.roots(asked)
    result = await execute(operation.only([node for key, nodes in roots.items() if key in rest for node in nodes]))
    if result.data is None:
        return result
    return ExecutionResult({k: orjson.Fragment(texts[k]) if k in texts else result.data[k] for k in roots}, result.errors)
