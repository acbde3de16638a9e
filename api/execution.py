"""Runs one operation for one caller: the same for plain requests, server-sent events and sockets."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

import graphql
from graphql import ExecutionResult, GraphQLError, OperationDefinitionNode, OperationType
from strawberry.execution.is_awaitable import optimized_is_awaitable

from api.context import Context
from api.documents import Document, Documents, Invalid
from api.errors import BadRequest, IntrospectionOff, TimedOut, cause, formatted, refused
from api.limits import too_deep
from api.metrics import SUBSCRIBERS
from leadwell.access import Unauthenticated
from leadwell.base.refusals import Refusal

DEADLINE_S = 10
EXECUTE: Any = vars(graphql)["execute"]  # its annotations are partly unknown
SUBSCRIBE: Any = vars(graphql)["subscribe"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller sent, its form checked."""

    query: str
    variables: Mapping[str, Any] | None = None
    operation: str | None = None

    @classmethod
    def read(cls, data: Any) -> "Request":
        """From JSON; BadRequest says which part is wrong."""
        if not isinstance(data, dict):
            raise BadRequest(problem="it is no JSON object" if not isinstance(data, list) else "batches are not taken; send one operation at a time")
        found: dict[str, Any] = data  # pyright: ignore[reportUnknownVariableType]
        query, variables, name = found.get("query"), found.get("variables"), found.get("operationName")
        if not isinstance(query, str) or not query.strip():
            raise BadRequest(problem="query is missing or no text", field="query")
        if not isinstance(variables, (dict, type(None))):
            raise BadRequest(problem="variables is no object", field="variables")
        if not isinstance(name, (str, type(None))):
            raise BadRequest(problem="operationName is no text", field="operation_name")
        if not isinstance(found.get("extensions"), (dict, type(None))):
            raise BadRequest(problem="extensions is no object", field="extensions")
        try:
            if too_deep(variables):  # pyright: ignore[reportUnknownArgumentType]
                raise BadRequest(problem="variables are nested too deeply", field="variables")
        except ValueError as error:
            raise BadRequest(problem=str(error), field="variables") from None
        return cls(query, variables, name or None)  # pyright: ignore[reportUnknownArgumentType]


@dataclass(frozen=True, slots=True)
class Answer:
    """A result as JSON. `status` is for clients that read the status: 200 once execution began."""

    body: dict[str, Any]
    status: int = 200

    @property
    def began(self) -> bool:
        return "data" in self.body


@dataclass(slots=True)
class Runner:
    """Executes documents against the schema."""

    documents: Documents
    production: bool
    _closing: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def prepare(self, context: Context, request: Request) -> tuple[Document, OperationDefinitionNode]:
        """The document and the operation to run; raises Invalid or a Refusal."""
        document = self.documents.get(request.query, anonymous=context.known is None)
        if document.introspects and self.production and context.known is None:
            raise IntrospectionOff()
        return document, document.operation(request.operation)

    async def answer(self, context: Context, request: Request) -> Answer:
        """Runs a query or mutation to its end."""
        try:
            document, operation = self.prepare(context, request)
            if operation.operation is OperationType.SUBSCRIPTION:
                raise BadRequest(problem="a subscription needs a WebSocket, or Accept: text/event-stream")
            return self.result(context, await self.run(context, document, request))
        except (Invalid, Refusal) as problem:
            return self.problem(context, problem)

    async def run(self, context: Context, document: Document, request: Request) -> ExecutionResult:
        try:
            async with asyncio.timeout(DEADLINE_S):
                found = EXECUTE(
                    self.documents.schema, document.node, context_value=context, variable_values=dict(request.variables or {}),
                    operation_name=request.operation, is_awaitable=optimized_is_awaitable)
                result = found if isinstance(found, ExecutionResult) else await found
                await context.close()
                return result
        except TimeoutError:
            raise TimedOut(seconds=DEADLINE_S) from None
        except RecursionError:
            raise BadRequest(problem="a value is nested too deeply") from None
        finally:
            if not context.closed:
                self._close(context)

    def _close(self, context: Context) -> None:
        """Whoever waited long enough does not wait for a statement that is still running, too."""
        task = asyncio.create_task(context.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def events(self, context: Context, request: Request) -> AsyncGenerator[Answer, None]:
        """Runs any operation as a stream of answers; a request error is the only one."""
        try:
            document, operation = self.prepare(context, request)
            if operation.operation is not OperationType.SUBSCRIPTION:
                yield self.result(context, await self.run(context, document, request))
                return
            async for event in self.subscribed(context, document, request):
                yield event
        except (Invalid, Refusal) as problem:
            yield self.problem(context, problem)

    async def subscribed(self, context: Context, document: Document, request: Request) -> AsyncGenerator[Answer, None]:
        found: Any = SUBSCRIBE(
            self.documents.schema, document.node, context_value=context, variable_values=dict(request.variables or {}),
            operation_name=request.operation)
        source = found if hasattr(found, "__aiter__") or isinstance(found, ExecutionResult) else await found
        if isinstance(source, ExecutionResult):
            yield self.result(context, source)
            return
        SUBSCRIBERS.inc()
        try:
            async for event in source:
                await context.settle()
                yield self.result(context, event)
        except Exception as error:
            yield self.result(context, ExecutionResult(None, [GraphQLError(str(error), original_error=error)]))
        finally:
            SUBSCRIBERS.dec()
            await asyncio.shield(_finish(source, context))

    def result(self, context: Context, result: ExecutionResult) -> Answer:
        if result.errors is None:
            return Answer({"data": result.data})
        errors = [formatted(e, context.request_id, suggest=self.suggests(context)) for e in result.errors]
        if result.data is None and all(e.path is None for e in result.errors):
            return Answer({"errors": errors}, _status(result.errors))
        nobody = all(_refusal(e, Unauthenticated) for e in result.errors) and not any((result.data or {}).values())
        return Answer({"errors": errors, "data": result.data}, 401 if nobody else 200)

    def problem(self, context: Context, problem: Exception) -> Answer:
        """A request that never began to run."""
        if isinstance(problem, Refusal):
            return Answer({"errors": [refused(problem, context.request_id)]}, problem.status)
        assert isinstance(problem, Invalid)
        suggest = self.suggests(context)
        return Answer({"errors": [formatted(e, context.request_id, code=problem.code, suggest=suggest) for e in problem.errors]}, 400)

    def suggests(self, context: Context) -> bool:
        return not self.production or context.known is not None


def _status(errors: list[GraphQLError]) -> int:
    """Before execution, what a resolver of the source stream refused; else the caller's variables were wrong."""
    original = cause(errors[0])
    return original.status if isinstance(original, Refusal) else 400 if original is None else 500


def _refusal(error: GraphQLError, of: type[Refusal]) -> bool:
    return isinstance(cause(error), of)


async def _finish(source: Any, context: Context) -> None:
    await source.aclose()
    await context.close()
