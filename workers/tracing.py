"""Jobs as spans, under the request that put them where it left its mark."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from leadwell.base.tracing import TRACE, Facts, Tracer
from leadwell.base.tx import Tx
from leadwell.work import Job, Kind


def traced(kinds: Iterable[Kind], tracer: Tracer | None) -> list[Kind]:
    """The kinds, each behind spans where there is a tracer."""
    return [_traced(kind, tracer) for kind in kinds] if tracer else list(kinds)


def _traced(kind: Kind, tracer: Tracer) -> Kind:
    facts: Facts = {"messaging.system": "leadwell", "messaging.destination.name": kind.queue, "leadwell.job": kind.name}
    inner = kind.perform

    async def perform(kit: Any, job: Job) -> Any:
        assert inner is not None
        with tracer.span(kind.name, "CONSUMER", {**facts, "leadwell.attempt": job.attempts}, _marks([job])):
            return await inner(kit, job)

    async def record(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
        with tracer.span(f"{kind.name} record", "CONSUMER", {**facts, "messaging.batch.message_count": len(jobs)}, _marks(jobs)):
            await kind.record(tx, jobs, results)

    return replace(kind, record=record, perform=perform if inner else None)


def _marks(jobs: Sequence[Job]) -> list[str]:
    return [mark for job in jobs if isinstance(mark := job.payload.get(TRACE), str)]
