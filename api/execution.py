"""Runs one operation for one caller: the same for plain requests, server-sent events and sockets."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from functools import partial
from inspect import isawaitable
from typing import Any

import graphql
from graphql import DocumentNode, ExecutionResult, GraphQLError, OperationType
from strawberry.execution.is_awaitable import optimized_is_awaitable

from api.context import Context
from api.documents import Document, Documents, Found, Invalid
from api.errors import BadRequest, IntrospectionOff, TimedOut, cause, formatted, refused
from api.incremental import told
from api.limits import too_deep
from api.metrics import SUBSCRIBERS, left
from api.persisted import Persisted, Reference
from api.reads import Reads
from leadwell.access import Unauthenticated
from leadwell.base.refusals import Refusal

DEADLINE_S = 10
EXECUTE: Any = vars(graphql)["experimental_execute_incrementally"]  # as `execute`, which refuses a schema with @defer; partly unannotated
SUBSCRIBE: Any = vars(graphql)["subscribe"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller sent, its form checked."""

    query: str
    variables: Mapping[str, Any] | None = None
    operation: str | None = None
    reference: Reference | None = None

    @classmethod
    def read(cls, data: Any) -> "Request":
        """From JSON; BadRequest says which part is wrong."""
        if not isinstance(data, dict):
            raise BadRequest(problem="it is no JSON object" if not isinstance(data, list) else "batches are not taken; send one operation at a time")
        found: dict[str, Any] = data  # pyright: ignore[reportUnknownVariableType]
        query, variables, name = found.get("query"), found.get("variables"), found.get("operationName")
        if not isinstance(variables, (dict, type(None))):
            raise BadRequest(problem="variables is no object", field="variables")
        if not isinstance(name, (str, type(None))):
            raise BadRequest(problem="operationName is no text", field="operation_name")
        if not isinstance(found.get("extensions"), (dict, type(None))):
            raise BadRequest(problem="extensions is no object", field="extensions")
        query, reference = _document(query, Reference.read(found))
        try:
            if too_deep(variables):  # pyright: ignore[reportUnknownArgumentType]
                raise BadRequest(problem="variables are nested too deeply", field="variables")
        except ValueError as error:
            raise BadRequest(problem=str(error), field="variables") from None
        return cls(query, variables, name or None, reference)  # pyright: ignore[reportUnknownArgumentType]


def _document(query: Any, reference: Reference | None) -> tuple[str, Reference | None]:
    """The text, empty where a reference stands for it."""
    if query in (None, "") and reference is not None:
        return "", reference
    if not isinstance(query, str) or not query.strip():
        raise BadRequest(problem="query is missing or no text", field="query")
    if reference is not None:
        reference.check(query)
    return query, reference


@dataclass(frozen=True, slots=True)
class Answer:
    """A result as JSON. `status` is for clients that read the status: 200 once execution began."""

    body: dict[str, Any]
    status: int = 200
    text: bytes | None = None  # the body, where it is known as text

    @property
    def began(self) -> bool:
        return "data" in self.body


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request whose document may run, and which of its operations does."""

    text: str
    found: Found
    request: Request
    kind: OperationType

    @property
    def deferred(self) -> bool:
        return self.found.document.deferred is not None and self.kind is not OperationType.SUBSCRIPTION


@dataclass(slots=True)
class Runner:
    """Executes documents against the schema."""

    documents: Documents
    production: bool
    reads: Reads = field(default_factory=Reads)
    persisted: Persisted = field(default_factory=Persisted)
    _closing: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def prepare(self, context: Context, request: Request) -> Prepared | Answer:
        """The document and the operation to run, or the answer of a request that cannot."""
        try:
            return self._prepare(request, stranger=context.known is None)
        except (Invalid, Refusal) as problem:
            return self.problem(context, problem)

    def _prepare(self, request: Request, *, stranger: bool) -> Prepared:
        reference = request.reference
        text = request.query if request.query or reference is None else self.persisted.text(reference)
        trusted = self.persisted.trusts(text, stranger=stranger)
        found = self.documents.get(text, anonymous=stranger and not trusted)
        if found.document.introspects and self.production and stranger and not trusted:
            raise IntrospectionOff()
        operation = found.document.operation(request.operation)
        if reference is not None and request.query:
            self.persisted.learn(reference, text)
        return Prepared(text, found, request, operation.operation)

    async def answer(self, context: Context, asked: Prepared | Answer) -> Answer:
        """Runs a query or mutation to its end."""
        if isinstance(asked, Answer):
            return asked
        try:
            if asked.kind is OperationType.SUBSCRIPTION:
                raise BadRequest(problem="a subscription needs a WebSocket, or Accept: text/event-stream")
            if asked.kind is OperationType.QUERY and context.known is not None:
                try:
                    text = await self._glance(context, asked)
                except Exception as fault:
                    return self.result(context, ExecutionResult(None, [GraphQLError("the reading failed", original_error=fault)]))
                if text is not None:
                    return Answer({}, text=text)
            return self.result(context, await self.run(context, asked))
        except (Invalid, Refusal) as problem:
            return self.problem(context, problem)

    async def _glance(self, context: Context, asked: Prepared) -> bytes | None:
        found, given = asked.found, asked.request.variables or {}
        return await self.reads.glance(context, found.document, asked.request.operation, {**given, **found.lifted} if found.lifted else given)

    async def run(self, context: Context, asked: Prepared) -> ExecutionResult:
        try:
            async with asyncio.timeout(DEADLINE_S):
                result = await self._executed(context, asked, asked.found)
                await context.close()
                left(self.documents.schema, context.left)
                return result
        except TimeoutError:
            raise TimedOut() from None
        except RecursionError:
            raise BadRequest(problem="a value is nested too deeply") from None
        finally:
            if not context.closed:
                self._close(context)

    async def parts(self, context: Context, asked: Prepared) -> AsyncGenerator[Answer, None]:
        """An operation with `@defer`, by the ordinary executor: its first part and what follows, or one answer where nothing was deferred."""
        end, request = asyncio.get_running_loop().time() + DEADLINE_S, asked.request
        try:
            async with asyncio.timeout_at(end):
                found = EXECUTE(
                    self.documents.schema, asked.found.document.deferred, context_value=context, variable_values=dict(request.variables or {}),
                    operation_name=request.operation, is_awaitable=optimized_is_awaitable)
                found = await found if isawaitable(found) else found
            if isinstance(found, ExecutionResult):
                yield self.result(context, found)
                return
            async for part in told(found, end, partial(formatted, request_id=context.request_id, suggest=self.suggests(context))):
                yield Answer(part)
        except TimeoutError:
            yield self.problem(context, TimedOut())
        finally:
            self._close(context)

    async def _executed(self, context: Context, asked: Prepared, found: Found) -> ExecutionResult:
        name, document, variables = asked.request.operation, found.document, {**(asked.request.variables or {}), **found.lifted}

        async def execute(node: DocumentNode) -> ExecutionResult:
            result = EXECUTE(
                self.documents.schema, node, context_value=context, variable_values=variables, operation_name=name,
                is_awaitable=optimized_is_awaitable)
            return result if isinstance(result, ExecutionResult) else await result

        if asked.kind is OperationType.QUERY:
            result = await self.reads.answer(context, document, name, variables, execute)
        else:
            result = await execute(document.node)
        if found.lifted and result.data is None and not any(e.path for e in result.errors or ()):
            return await self._executed(context, asked, Found(self.documents.plain(asked.text), {}))  # which says what is wrong in the caller's words
        return result

    def _close(self, context: Context) -> None:
        """Whoever waited long enough does not wait for a statement that is still running, too."""
        task = asyncio.create_task(context.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def events(self, context: Context, asked: Prepared | Answer) -> AsyncGenerator[Answer, None]:
        """Runs any operation as a stream of answers; a request error is the only one."""
        if isinstance(asked, Answer):
            yield asked
            return
        try:
            if asked.kind is not OperationType.SUBSCRIPTION:
                yield self.result(context, await self.run(context, asked))
                return
            document = self.documents.plain(asked.text) if asked.found.lifted else asked.found.document
            async for event in self.subscribed(context, document, asked.request):
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
        answer = self._shaped(context, result)
        if not self.production and (told := context.told()):
            answer.body["extensions"] = {"reads": told}
        return answer

    def _shaped(self, context: Context, result: ExecutionResult) -> Answer:
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
