"""Counters of this process, in Prometheus' terms."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from graphql import GraphQLSchema
from prometheus_client import Counter, Gauge, Histogram

from leadwell.base.recent import Recent
from leadwell.base.refusals import Refusal

TOGETHER = 256     # observations noted before they are counted


class Noted:
    """A histogram whose observations are noted one by one and counted many together: counting wants code and figures at hand that the processor
    has long forgotten between two requests."""

    made: ClassVar[list["Noted"]] = []

    def __init__(self, histogram: Histogram) -> None:
        self.histogram, self._noted = histogram, list[float]()
        self.made.append(self)

    def observe(self, seconds: float) -> None:
        self._noted.append(seconds)
        if len(self._noted) >= TOGETHER:
            self.settle()

    def settle(self) -> None:
        """Counts what is noted."""
        noted, self._noted = self._noted, []
        for seconds in noted:
            self.histogram.observe(seconds)


SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUESTS = Histogram("leadwell_http_request_seconds", "HTTP requests by door and status.", ["door", "status"], buckets=SECONDS)
FAULTS = Counter("leadwell_http_faults", "Requests that failed through a fault of ours.")
SUBSCRIBERS = Gauge("leadwell_live_subscriptions", "Subscriptions open now.")
READS = Counter("leadwell_reads", "Queries answered by a compiled statement, partly by it, or by the executor.", ["way"])
WAYS = {way: READS.labels(way) for way in ("compiled", "partly", "executor")}
LEFT = Counter("leadwell_reads_left", "Root fields left to the executor, by reason: a code, or what of the schema no statement covers.", ["reason"])
DEPRECATED = Counter("leadwell_deprecated_uses", "Documents that use a deprecated part of the schema, by part and sender.", ["coordinate", "credential"])
STATEMENTS = Noted(Histogram("leadwell_reads_statement_seconds", "Compiled statements, from sending to the last row.", buckets=SECONDS))
REASONS = frozenset(("IRREGULAR", "NULL", "OPERATION", "VARIABLES", "ORDINARY", "__schema", "__type"))
SILENT_S = 60.0
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


def told(name: str, kind: str, help: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> Iterator[str]:
    """Lines of Prometheus text for one metric."""
    yield f"# HELP {name} {help}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        shown = ",".join(f'{label}="{text}"' for label, text in labels.items())
        yield f"{name}{{{shown}}} {value:g}" if shown else f"{name} {value:g}"


def queues(rows: Iterable[Any], now: datetime) -> Iterator[str]:
    """How much waits, runs and has died, and how long the oldest has been due."""
    rows = list(rows)
    yield from told("leadwell_work_rows", "gauge", "Jobs by queue and state.", (({"queue": r["queue"], "state": r["state"]}, r["n"]) for r in rows))
    ages = (({"queue": r["queue"]}, max(0.0, (now - r["oldest"]).total_seconds())) for r in rows if r["state"] == "READY")
    yield from told("leadwell_work_oldest_seconds", "gauge", "How long the oldest ready job of a queue has been due; 0 when none is.", ages)


def workers(beats: Iterable[Any], now: datetime) -> Iterator[str]:
    """What workers say of themselves with each beat; one that was silent for a minute is gone."""
    alive: list[tuple[str, Any]] = [(f"{b['host']}:{b['pid']}", b["tally"]) for b in beats if (now - b["seen_at"]).total_seconds() < SILENT_S]
    yield from told("leadwell_workers", "gauge", "Workers heard within a minute.", [({}, len(alive))])
    done = [(worker, *name.split(" "), n) for worker, t in alive for name, n in t.get("jobs", {}).items()]
    jobs = (({"worker": worker, "kind": kind, "outcome": outcome}, n) for worker, kind, outcome, n in done)
    yield from told("leadwell_jobs_total", "counter", "Jobs by kind and outcome: DONE, RETRIED, DEAD, GIVEN_BACK.", jobs)
    for what, help in (("mails", "Mail by state in the ledger."), ("webhooks", "Posts of webhooks by class of the answer; none: there was none.")):
        counted = (({"worker": worker, "outcome": name}, n) for worker, t in alive for name, n in t.get(what, {}).items())
        yield from told(f"leadwell_{what}_total", "counter", help, counted)


def cached(caches: Mapping[str, Recent[Any]]) -> Iterator[str]:
    """Lines of Prometheus text: how each cache does."""
    for name, kind in CACHES.items():
        yield f"# TYPE leadwell_cache_{name} {kind}"
        for known, recent in caches.items():
            values = {"hits_total": recent.hits, "misses_total": recent.misses, "evictions_total": recent.evictions, "entries": len(recent)}
            yield f'leadwell_cache_{name}{{cache="{known}"}} {values.get(name, recent.size)}'
