"""Runs one operation for one caller: the same for plain requests, server-sent events and sockets."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from functools import partial
from inspect import isawaitable
from typing import Any

import graphql
import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLError, OperationType
from strawberry.execution.is_awaitable import optimized_is_awaitable

from api.context import Context
from api.documents import Documents, Found, Invalid
from api.errors import BadRequest, IntrospectionOff, QueryTooComplex, RateLimited, TimedOut, cause, formatted, refused
from api.incremental import told
from api.meter import Charge, Meter, Purse, spliced
from api.metrics import DEPRECATED, SUBSCRIBERS, left
from api.persisted import Persisted
from api.reads import Reads
from api.request import Request
from api.rows import Rows
from api.subscriptions.compiled import compiled
from leadwell.access import Unauthenticated
from leadwell.base.refusals import Refusal

# as `execute`, which refuses a schema with @defer; partly unannotated
EXECUTE: Any = partial(vars(graphql)["experimental_execute_incrementally"], executor_class=Rows)
SUBSCRIBE: Any = vars(graphql)["subscribe"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A result as JSON. `status` is for clients that read the status: 200 once execution began."""

    body: dict[str, Any]
    status: int = 200
    text: bytes | None = None  # the body, where it is known as text
    charge: Charge | None = None  # what it costs, until it is written
    seconds: int = 1  # after which a refusal may be none

    @property
    def began(self) -> bool:
        return self.text is not None or "data" in self.body

    def written(self) -> bytes:
        """The body, once: with what it came to where it was charged."""
        if self.charge is None:
            return self.text or orjson.dumps(self.body)
        extensions: dict[str, Any] = self.body.pop("extensions", {})
        text = self.text or orjson.dumps(self.body)
        return spliced(text, {**extensions, "cost": self.charge.settled(len(text) - len(text.replace(b"{", b"")))})  # half the time of count


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request whose document may run, and which of its operations does."""

    text: str
    found: Found
    request: Request
    kind: OperationType
    charge: Charge
    leaving: tuple[str, ...] = ()  # deprecated coordinates it uses

    @property
    def deferred(self) -> bool:
        return self.found.document.deferred is not None and self.kind is not OperationType.SUBSCRIPTION


@dataclass(slots=True)
class Runner:
    """Executes documents against the schema."""

    documents: Documents
    production: bool
    meter: Meter
    seconds: float = 10  # that an operation may take
    reads: Reads = field(default_factory=Reads)
    persisted: Persisted = field(default_factory=Persisted)
    _closing: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def prepare(self, context: Context, request: Request) -> Prepared | Answer:
        """The document and the operation to run, or the answer of a request that cannot."""
        purse = self.meter.purse(context.known, context.address)
        try:
            asked = self._prepare(request, purse, stranger=context.known is None)
            for coordinate in asked.leaving:
                DEPRECATED.labels(coordinate, context.known.credential if context.known else "nobody").inc()
            return asked
        except (Invalid, Refusal) as problem:
            return self.problem(context, problem)

    def _prepare(self, request: Request, purse: Purse, *, stranger: bool) -> Prepared:
        reference = request.reference
        text = request.query if request.query or reference is None else self.persisted.text(reference)
        trusted = self.persisted.trusts(text, stranger=stranger)
        found = self._found(text, purse, anonymous=stranger and not trusted)
        if found.document.introspects and self.production and stranger and not trusted:
            raise IntrospectionOff()
        operation = found.document.operation(request.operation)
        if reference is not None and request.query:
            self.persisted.learn(reference, text)
        charge = self._charged(found, request, purse)
        leaving = self.documents.uses(found, request.operation, request.variables)
        return Prepared(text, found, request, operation.operation, charge, leaving)

    def _found(self, text: str, purse: Purse, *, anonymous: bool) -> Found:
        """One that is remembered costs nothing to find; for others there must be a point left before they are read."""
        if known := self.documents.known(text):
            return known
        self.meter.admit(purse)
        try:
            return self.documents.read(text, anonymous=anonymous)
        except (Invalid, QueryTooComplex):
            self.meter.fine(purse)
            raise

    def _charged(self, found: Found, request: Request, purse: Purse) -> Charge:
        """What it may cost is taken before it runs. QueryTooComplex, RateLimited."""
        variables = request.variables or {}
        figures = found.document.price(request.operation).of({**variables, **found.lifted} if found.lifted else variables)
        return self.meter.charge(purse, figures)

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
                    return Answer({}, text=text, charge=asked.charge)
            return self.result(context, await self.run(context, asked), asked.charge)
        except (Invalid, Refusal) as problem:
            return self.problem(context, problem)

    async def _glance(self, context: Context, asked: Prepared) -> bytes | None:
        found, given = asked.found, asked.request.variables or {}
        return await self.reads.glance(context, found.document, asked.request.operation, {**given, **found.lifted} if found.lifted else given)

    async def run(self, context: Context, asked: Prepared) -> ExecutionResult:
        try:
            async with asyncio.timeout(self.seconds):
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
        end, request = asyncio.get_running_loop().time() + self.seconds, asked.request
        try:
            async with asyncio.timeout_at(end):
                found = EXECUTE(
                    self.documents.schema, asked.found.document.deferred, context_value=context, variable_values=dict(request.variables or {}),
                    operation_name=request.operation, is_awaitable=optimized_is_awaitable)
                found = await found if isawaitable(found) else found
            if isinstance(found, ExecutionResult):
                yield self.result(context, found, asked.charge)
                return
            async for part in told(found, end, partial(formatted, request_id=context.request_id, suggest=self.suggests(context))):
                yield Answer(part, charge=asked.charge)
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
                yield self.result(context, await self.run(context, asked), asked.charge)
                return
            told = compiled(context, asked.found.document, asked.request.operation, {**(asked.request.variables or {}), **asked.found.lifted})
            async for event in self.told(context, told) if told else self.subscribed(context, asked):
                yield event
        except (Invalid, Refusal) as problem:
            yield self.problem(context, problem)

    async def told(self, context: Context, source: AsyncGenerator[bytes, None]) -> AsyncGenerator[Answer, None]:
        """A subscription whose answers come as text."""
        SUBSCRIBERS.inc()
        try:
            async for text in source:
                yield Answer({}, text=text)
        except Refusal:
            raise
        except Exception as error:
            yield self.result(context, ExecutionResult(None, [GraphQLError(str(error), original_error=error)]))
        finally:
            SUBSCRIBERS.dec()
            await asyncio.shield(_finish(source, context))

    async def subscribed(self, context: Context, asked: Prepared) -> AsyncGenerator[Answer, None]:
        """A subscription whose answers the executor makes."""
        document, request = self.documents.plain(asked.text) if asked.found.lifted else asked.found.document, asked.request
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

    def result(self, context: Context, result: ExecutionResult, charge: Charge | None = None) -> Answer:
        answer = replace(self._shaped(context, result), charge=charge)
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
            cost = {"extensions": {"cost": problem.shown}} if isinstance(problem, RateLimited) else {}
            return Answer({"errors": [refused(problem, context.request_id)], **cost}, problem.status, seconds=problem.params.get("seconds", 1))
        assert isinstance(problem, Invalid)
        suggest = self.suggests(context)
        return Answer({"errors": [formatted(e, context.request_id, code=problem.code, suggest=suggest) for e in problem.errors]}, 400)

    async def slow(self, context: Context) -> None:
        """Before a refusal is told: who meets it again and again waits."""
        await self.meter.delay(self.meter.purse(context.known, context.address))

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
