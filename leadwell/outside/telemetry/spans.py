"""The port of tracing on OpenTelemetry's SDK."""

import hashlib
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from leadwell.base import sql
from leadwell.base.logs import told
from leadwell.base.tracing import Facts, Role
from leadwell.outside.telemetry import instance

W3C = TraceContextTextMapPropagator()
STATEMENT = {"db.system.name": "postgresql"}


class OpenSpan:
    """One span of the SDK as the port has it."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, name: str | None = None, /, **facts: str | int | float | bool) -> None:
        if name:
            self._span.update_name(name)
        self._span.set_attributes({key.replace("__", "."): value for key, value in facts.items()})

    def fail(self, what: str) -> None:
        self._span.set_attribute("error.type", what)
        self._span.set_status(Status(StatusCode.ERROR))


class OpenTelemetry:
    """One per process."""

    def __init__(self, processor: SpanProcessor, service: str, environment: str) -> None:
        resource = Resource.create({
            "service.name": service, "service.namespace": "leadwell", "service.version": version("leadwell"), "service.instance.id": instance(),
            "deployment.environment.name": environment,
        })  # fmt: skip
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("leadwell")

    @contextmanager
    def span(self, name: str, role: Role, facts: Facts, marks: Sequence[str] = ()) -> Generator[OpenSpan]:
        with trace.use_span(self._begun(name, role, facts, marks), end_on_exit=True, record_exception=False, set_status_on_exception=False) as begun:
            yield from _failing(begun)

    @contextmanager
    def apart(self, name: str, role: Role, facts: Facts) -> Generator[OpenSpan]:
        begun = self._begun(name, role, facts, ())
        try:
            yield from _failing(begun)
        finally:
            begun.end()

    def _begun(self, name: str, role: Role, facts: Facts, marks: Sequence[str]) -> trace.Span:
        contexts = [W3C.extract({"traceparent": mark}) for mark in dict.fromkeys(marks)]
        links = [Link(trace.get_current_span(found).get_span_context()) for found in contexts] if len(contexts) > 1 else None
        return self._tracer.start_span(name, contexts[0] if len(contexts) == 1 else None, SpanKind[role], attributes=facts, links=links)

    def mark(self) -> str | None:
        carrier: dict[str, str] = {}
        W3C.inject(carrier)
        return carrier.get("traceparent")

    def statement(self, record: Any) -> None:
        """Only of what is traced: a worker that looks for work every second is not."""
        around = trace.get_current_span().get_span_context()
        if not (around.is_valid and around.trace_flags.sampled):
            return
        end, name = time.time_ns(), named(record.query)
        span = self._tracer.start_span(
            name, kind=SpanKind.CLIENT, attributes={**STATEMENT, "db.query.summary": name}, start_time=end - int(record.elapsed * 1e9))
        if record.exception is not None:
            OpenSpan(span).fail(told(record.exception))
        span.end(end)

    def close(self) -> None:
        self._provider.shutdown()


def _failing(span: trace.Span) -> Generator[OpenSpan]:
    """An exception fails the span by its name: its text may repeat values."""
    shown = OpenSpan(span)
    try:
        yield shown
    except Exception as error:
        shown.fail(told(error))
        raise


@lru_cache(1_000)
def named(statement: str) -> str:
    """The file it stands in, or its first word and a hash; never its text, which may hold values."""
    if found := sql.names.get(statement):
        return found
    word = statement.lstrip().split(maxsplit=1)[0].split(";", 1)[0].upper()[:20] if statement.strip() else "EMPTY"
    return word if word in ("BEGIN", "COMMIT", "ROLLBACK") else f"{word} {hashlib.sha256(statement.encode()).hexdigest()[:12]}"
