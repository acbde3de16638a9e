"""Spans of requests and operations; in the way of nothing where no traces are wanted."""

from collections.abc import AsyncGenerator
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context import Context
from api.execution import Answer, Prepared, Runner
from leadwell.base.tracing import Facts, Span, Tracer

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "OPTIONS", "PATCH", "DELETE"))


class Traced:
    """Outside of everything else: a span a request, under the caller's if they send a traceparent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tracer: Tracer | None = scope["app"].state.kit.tracer if scope["type"] == "http" else None
        if tracer is None:
            await self.app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        marks = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"][:1]
        with tracer.span(method, "SERVER", {"http.request.method": method}, marks) as span:

            async def answered(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.note(http__response__status_code=message["status"])
                    if message["status"] >= 500:
                        span.fail(str(message["status"]))
                await send(message)

            try:
                await self.app(scope, receive, answered)
            finally:
                route = getattr(scope.get("route"), "path", None) or "none"
                span.note(f"{method} {route}", http__route=route)


class TracedRunner:
    """A runner whose operations are spans."""

    def __init__(self, runner: Runner, tracer: Tracer) -> None:
        self._runner, self._tracer = runner, tracer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runner, name)

    async def answer(self, context: Context, asked: Prepared | Answer) -> Answer:
        if isinstance(asked, Answer):
            return asked
        name, facts = _described(asked)
        with self._tracer.span(name, "INTERNAL", facts) as span:
            answer = await self._runner.answer(context, asked)
            _ended(span, context, answer)
            return answer

    def events(self, context: Context, asked: Prepared | Answer) -> AsyncGenerator[Answer, None]:
        source = self._runner.events(context, asked)
        return source if isinstance(asked, Answer) else self._stream(asked, source)

    def parts(self, context: Context, asked: Prepared) -> AsyncGenerator[Answer, None]:
        return self._stream(asked, self._runner.parts(context, asked))

    async def _stream(self, asked: Prepared, source: AsyncGenerator[Answer, None]) -> AsyncGenerator[Answer, None]:
        """The span is as long as the stream, and stands beside what happens meanwhile."""
        name, facts = _described(asked)
        with self._tracer.apart(name, "INTERNAL", facts) as span:
            told = 0
            try:
                async for answer in source:
                    told += 1
                    yield answer
            finally:
                await source.aclose()
                span.note(leadwell__answers=told)


def traced(runner: Runner, tracer: Tracer | None) -> Runner:
    """The runner, behind spans where there is a tracer."""
    return cast(Runner, TracedRunner(runner, tracer)) if tracer else runner


def _described(asked: Prepared) -> tuple[str, Facts]:
    node, kind = asked.found.document.operation(asked.request.operation).name, asked.kind.value
    facts: Facts = {"graphql.operation.type": kind, "leadwell.cost": asked.charge.figures.cost}
    return (f"{kind} {node.value}", {**facts, "graphql.operation.name": node.value}) if node else (kind, facts)


def _ended(span: Span, context: Context, answer: Answer) -> None:
    if context.way:
        span.note(leadwell__way=context.way)
    if errors := answer.body.get("errors"):
        span.fail(errors[0].get("extensions", {}).get("code", "ERROR"))
