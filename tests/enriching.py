"""Works off the enrich queue of one workspace, with a small internet instead of the world."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import enrichment, work
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.enrichment import NewProvider
from leadwell.wiring import Kit
from leadwell.work import Job, Retry
from tests.internet import Internet
from workers.enrichment import KINDS

NONE: Any = None
BY_NAME = {kind.name: kind for kind in KINDS}
API = "https://api.example/people?email={email}"
PERSON = {"url": API, "identity": "/email", "fields": {"person.title": "/title", "person.city": "/city"}}


class Desk:
    """One workspace's enrichment: providers, people, and the work they cause."""

    def __init__(self, db: Database, actor: Actor, internet: Internet) -> None:
        self.db, self.actor, self.internet = db, actor, internet
        self.kit = Kit(NONE, db, work.SilentBell(), NONE, NONE, NONE, lookup=internet.lookups())
        self.retries: list[tuple[str, timedelta | None]] = []

    async def run(self, verb: Any) -> Any:
        return await self.db.run(self.actor, verb)

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        async with self.db.read(self.actor) as tx:
            return [dict(row) for row in await tx.fetch(sql, tx.workspace, *args)]

    async def provider(self, code: str = "acme", kind: Any = "HTTP", secrets: dict[str, str] | None = None, **more: Any) -> UUID:
        new = NewProvider(code, kind, mapping=more.pop("mapping", {} if kind in ("WEBSITE", "MX") else PERSON), **more)
        made = await self.run(lambda tx: enrichment.create_provider(tx, new, secrets))
        return made.id

    async def policy(self, waterfall: dict[str, Any], **more: Any) -> None:
        await self.run(lambda tx: enrichment.set_policy(tx, {"waterfall": waterfall, **more}))

    async def look(self, *ids: UUID) -> None:
        """Puts people in line and does everything that follows."""
        await self.run(lambda tx: enrichment.enqueue(tx, list(ids)))
        await self.work_off()

    async def work_off(self, rounds: int = 20) -> None:
        for _ in range(rounds):
            jobs = await self.run(lambda tx: work.claim(tx, "enrich", KINDS, 500, lease=uuid7()))
            jobs += await self.run(lambda tx: work.claim(tx, "enrich", KINDS, 500, priority=work.BULK, lease=uuid7()))
            if not jobs:
                return
            for name in sorted({job.kind for job in jobs}):
                await self._do(name, [job for job in jobs if job.kind == name])

    async def _do(self, name: str, jobs: list[Job]) -> None:
        kind, done, results = BY_NAME[name], list[Job](), list[Any]()
        for job in jobs:
            try:
                results.append(await kind.perform(self.kit, job) if kind.perform else None)
                done.append(job)
            except Retry as again:
                self.retries.append((str(again), again.after))
                after = again
                await self.run(lambda tx, job=job, after=after: work.retry(tx, job, str(after), timedelta(0), free=after.free))

        async def settle(tx: Tx) -> None:
            await kind.record(tx, done, results)
            await work.finish(tx, done)

        if done:
            await self.run(settle)
