"""Jobs of the enrich queue."""

from typing import Any
from uuid import UUID

from leadwell.base.tx import Tx
from leadwell.enrichment import enrich_people
from leadwell.work import Job, Kind


async def record_people(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """One batch of people, settled with the jobs."""
    await enrich_people(tx, [UUID(job.payload["person_id"]) for job in jobs])


KINDS = [Kind("enrich.person", record=record_people, batch=500)]
