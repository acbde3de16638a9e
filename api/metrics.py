"""Counters of this process, in Prometheus' terms."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from graphql import GraphQLSchema
from prometheus_client import Counter, Gauge, Histogram

from leadwell.base.recent import Recent
from leadwell.base.refusals import Refusal

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUESTS = Histogram("leadwell_http_request_seconds", "HTTP requests by door and status.", ["door", "status"], buckets=SECONDS)
FAULTS = Counter("leadwell_http_faults", "Requests that failed through a fault of ours.")
SUBSCRIBERS = Gauge("leadwell_live_subscriptions", "Subscriptions open now.")
READS = Counter("leadwell_reads", "Queries answered by a compiled statement, partly by it, or by the executor.", ["way"])
LEFT = Counter("leadwell_reads_left", "Root fields left to the executor, by reason: a code, or what of the schema no statement covers.", ["reason"])
STATEMENTS = Histogram("leadwell_reads_statement_seconds", "Compiled statements, from sending to the last row.", buckets=SECONDS)
REASONS = frozenset(("IRREGULAR", "NULL", "OPERATION", "VARIABLES", "ORDINARY", "__schema", "__type"))
CACHES = {
    "hits_total": "counter", "misses_total": "counter", "evictions_total": "counter", "entries": "gauge", "characters": "gauge",
}  # fmt: skip


def left(schema: GraphQLSchema, reasons: Mapping[str, str]) -> None:
    """Counts what was left. Labels are of the schema and of the list of codes, never what a caller wrote."""
    for reason in reasons.values():
        LEFT.labels(reason if _of_ours(schema, reason) else "OTHER").inc()


def _of_ours(schema: GraphQLSchema, reason: str) -> bool:
    if reason in REASONS or reason in _codes():
        return True
    if reason.startswith("@"):
        return schema.get_directive(reason[1:]) is not None
    on, _, name = reason.rpartition(".")
    kind: Any = schema.get_type(on) if on else schema.query_type
    return name in getattr(kind, "fields", ())


@cache
def _codes() -> frozenset[str]:
    found, new = set[type[Refusal]](), {Refusal}
    while new:
        found |= new
        new = {below for one in new for below in one.__subclasses__()}
    return frozenset(one.code for one in found)


def cached(caches: Mapping[str, Recent[Any]]) -> Iterator[str]:
    """Lines of Prometheus text: how each cache does."""
    for name, kind in CACHES.items():
        yield f"# TYPE leadwell_cache_{name} {kind}"
        for known, recent in caches.items():
            values = {"hits_total": recent.hits, "misses_total": recent.misses, "evictions_total": recent.evictions, "entries": len(recent)}
            yield f'leadwell_cache_{name}{{cache="{known}"}} {values.get(name, recent.size)}'
