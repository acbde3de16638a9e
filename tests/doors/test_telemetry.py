"""Traces: what a collector gets of a request, its statements and the jobs it put; and that nothing of it is there unless it is wanted."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from api.app import create_app
from leadwell.base import tracing
from leadwell.base.actor import Actor
from leadwell.base.pool import watchers
from leadwell.base.tx import Database
from leadwell.embedded.servers import Servers
from leadwell.outside.telemetry.spans import named
from leadwell.work import QUEUES
from tests.doors.serving import ask, asking, key_for, running, settings_for
from workers.drain import Drain
from workers.kinds import KINDS
from workers.tracing import traced

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
MARK = f"00-{TRACE}-{PARENT}-01"
CREATE = """mutation Take($i: CreateLeadInput!) { createLead(input: $i) { lead { id } userErrors { code } } }"""
SECRETS = ("Grace", "grace@example.com", "Hopper", "lw_live_")


@dataclass
class Collector:
    """What was sent, span by span."""

    url: str = ""
    resources: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    spans: list[Any] = field(default_factory=list[Any])
    raw: bytes = b""

    def take(self, body: bytes) -> None:
        self.raw += body
        for found in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append({a.key: a.value.string_value for a in found.resource.attributes})
            self.spans += [span for scope in found.scope_spans for span in scope.spans]

    def named(self, name: str) -> Any:
        return next(span for span in self.spans if span.name == name)


def facts(span: Any) -> dict[str, Any]:
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in span.attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    found = Collector()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.take(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_request_its_operation_its_statements_and_the_jobs_it_put_are_one_trace(migrated: Servers, db: Database, workspace: UUID) -> None:
    key = await key_for(db, workspace)
    with collecting() as collector:
        app = create_app(settings_for(migrated, LEADWELL_OTLP_URL=collector.url))
        async with running(app), asking(app, key, traceparent=MARK) as client:
            made = await ask(client, CREATE, i={"firstName": "Grace", "lastName": "Hopper", "email": "grace@example.com"})
            assert made["data"]["createLead"]["userErrors"] == []
            await ask(client, "query Look { leads(first: 5) { nodes { id } } }")
            await ask(client, "query Wrong { leads(first: 5000) { nodes { id } } }")
            defer = "query Parts { leads(first: 1) { nodes { id } } ... @defer { viewer { name } } }"
            assert (await client.post("/graphql", json={"query": defer}, headers={"accept": "multipart/mixed"})).status_code == 200
            await client.get("/files/lw_live_not_a_token")
            async with db.read(Actor.system(workspace)) as tx:
                marked = {r["trace"] for r in await tx.fetch("SELECT w.payload->>'trace' AS trace FROM work w WHERE w.workspace_id = $1", workspace)}
            drain = Drain(app.state.kit, traced(KINDS, app.state.kit.tracer))
            await drain.one(workspace, [(queue, priority) for queue in QUEUES for priority in (0, 1)])
    assert {mark.split("-")[1] for mark in marked if mark} == {TRACE}
    assert {resource["service.name"] for resource in collector.resources} == {"leadwell-api"}
    request, operation = collector.named("POST /graphql"), collector.named("mutation Take")
    assert request.trace_id.hex() == operation.trace_id.hex() == TRACE
    assert (request.parent_span_id.hex(), operation.parent_span_id) == (PARENT, request.span_id)
    assert facts(request) == {"http.request.method": "POST", "http.route": "/graphql", "http.response.status_code": 200}
    assert facts(operation).keys() == {"graphql.operation.type", "graphql.operation.name", "leadwell.cost"}
    look = facts(collector.named("query Look"))
    assert (look["graphql.operation.name"], look["leadwell.way"]) == ("Look", "compiled")
    assert facts(collector.named("query Parts"))["leadwell.answers"] == 2
    below = [span for span in collector.spans if span.parent_span_id == operation.span_id]
    assert "COMMIT" in {span.name for span in below}
    assert "leadwell/work/put.sql" in {span.name for span in collector.spans}
    scored = [span for span in collector.spans if span.name == "score.lead" or span.name.startswith("enrich.")]
    assert scored
    assert {span.trace_id.hex() for span in scored} == {TRACE}
    assert facts(collector.named("GET /files/{token}"))["http.response.status_code"] == 404
    assert [secret for secret in SECRETS if secret.encode() in collector.raw] == []
    assert not tracing.markers
    assert not [watcher for watcher in watchers if getattr(watcher, "__name__", "") == "statement"]


async def test_nothing_of_it_is_there_unless_it_is_wanted(migrated: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(settings_for(migrated))
    assert type(app.middleware_stack).__name__ == "Guard"
    async with running(app):
        assert app.state.kit.tracer is None
        assert type(app.state.house.runner).__name__ == "Runner"
        assert traced(KINDS, None) == KINDS
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    assert settings_for(migrated).traced
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert not settings_for(migrated).traced


def test_a_statement_is_named_by_its_file_or_a_hash() -> None:
    from leadwell.work.claim import load

    assert named(load("leadwell.work.claim", "claim")) == "leadwell/work/claim.sql"
    assert named("BEGIN;SET LOCAL app.workspace='x'") == "BEGIN"
    assert named("SELECT 'grace@example.com'") == "SELECT 48355be2fe77"
