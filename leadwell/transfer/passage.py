"""The way of an import's kept rows into the workspace: batch by batch, each committed with how far it has come."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from leadwell import timeline
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal, Unavailable
from leadwell.base.sparing import rarely
from leadwell.base.tx import Database, Tx
from leadwell.transfer import ledger, staging
from leadwell.transfer.batches import Batch, Done, Plan, apply, batch_of, broken
from leadwell.transfer.gate import Gate
from leadwell.transfer.refusals import ImportForbidden
from leadwell.transfer.settling import may_wait, settle

Progress = Callable[[int, int | None], None]
Apply = Callable[[Tx, UUID | None, Plan, Batch], Awaitable[Done]]


@dataclass(slots=True)
class _Trial:
    """A batch on its way through its one transaction."""

    batch: Batch
    gate: Gate = field(default_factory=Gate)
    task: "asyncio.Task[Done] | None" = None

    async def under_way(self) -> None:
        """Until it is being written, or over."""
        assert self.task is not None
        writing = asyncio.create_task(self.gate.writing.wait())
        await asyncio.wait({writing, self.task}, return_when=asyncio.FIRST_COMPLETED)
        writing.cancel()


async def _ended(trial: "_Trial | None") -> None:
    """Takes back what a batch has begun; it may be tried again."""
    if trial and trial.task:
        trial.task.cancel()
        await asyncio.gather(trial.task, return_exceptions=True)
        trial.task = None


@dataclass(slots=True)
class Passage:
    """One import under way. `done` is the last row that is in."""

    db: Database
    actor: Actor
    id: UUID
    plan: Plan
    done: int = 0
    apply: Apply = apply
    hints: Counter[str] = field(default_factory=Counter[str])

    async def go(self, total: int | None, progress: Progress) -> None:
        """Takes in every row that is kept. Of leads, two batches are written beside each other, and committed in order."""
        before: _Trial | None = None
        with rarely():
            async with aclosing(self._ahead()) as batches:
                try:
                    async for batch in batches:
                        before = await self._next_to(before, _Trial(batch), total, progress)
                    if before:
                        await self._conclude(before, None, total, progress)
                finally:
                    await _ended(before)

    async def _next_to(self, before: _Trial | None, trial: _Trial, total: int | None, progress: Progress) -> _Trial:
        """Begins a batch as soon as the one before holds all it needs, and lets it commit once that one has."""
        try:
            if before and self._together():
                await before.under_way()
                trial.task = self._tried(trial)
            if before:
                await self._conclude(before, trial, total, progress)
        except BaseException:
            await _ended(trial)
            raise
        trial.task = trial.task or self._tried(trial)
        trial.gate.turn.set()
        return trial

    def _together(self) -> bool:
        """Leads alone, and nothing beside them, are written in one statement at the end, so that nobody waits in a circle."""
        return self.plan.noun == "Lead" and self.plan.mode != "OVERWRITE" and not self.plan.extras and self.apply is apply

    def _tried(self, trial: "_Trial") -> "asyncio.Task[Done]":
        trial.gate = trial.batch.gate = Gate()
        if not self._together():
            trial.batch.gate = None
        work = self.db.run(self.actor, lambda tx: self.apply(tx, self.id, self.plan, trial.batch), retries=0)
        return asyncio.create_task(work)

    async def _conclude(self, trial: "_Trial", after: "_Trial | None", total: int | None, progress: Progress) -> None:
        """A batch that did not go in at once goes in with care, and nobody behind it holds anything meanwhile."""
        assert trial.task is not None
        try:
            self.hints += (await trial.task).hints
        except Exception:
            await _ended(after)
            trial.batch.gate = None
            await self._all(trial.batch)
        self.done = trial.batch.rows[-1].number
        progress(self.done, total)

    async def finish(self) -> asyncpg.Record:
        """Every row is in: what named rows further down is settled."""
        at: int | None = 0 if may_wait(self.plan) else None
        while at is not None:
            at = await self.db.run(self.actor, lambda tx, at=at: settle(tx, self.id, self.plan, self.done, at), replayable=True)
        return await self.db.run(self.actor, lambda tx: ledger.finish(tx, self.id, "DONE", self.done), replayable=True)

    async def stopped(self, fault: Exception) -> None:
        """Says in the import why it stopped; when the database is what failed, it stays RUNNING and is resumed as such."""
        if isinstance(fault, (Unavailable, ledger.ImportElsewhere, ledger.ImportHalted)):
            return
        reason = fault.message if isinstance(fault, Refusal) else f"{type(fault).__name__}: {fault}"
        await self.db.run(self.actor, lambda tx: ledger.finish(tx, self.id, "FAILED", self.done, reason[:1000]), replayable=True)

    async def _ahead(self) -> AsyncGenerator[Batch]:
        """Batches in order, the next one read while the database works on the one before."""
        coming = asyncio.create_task(self._next(self.done))
        try:
            while batch := await coming:
                coming = asyncio.create_task(self._next(batch.rows[-1].number))
                yield batch
        finally:
            await asyncio.gather(coming, return_exceptions=True)

    async def _next(self, done: int) -> Batch | None:
        async with self.db.read(self.actor) as tx:
            rows = await staging.after(tx, self.id, done)
            if not rows:
                return None
            batch = await asyncio.to_thread(batch_of, self.plan, rows)
            known = await timeline.recorded(tx, "import", list(batch.digests().values()))
        await asyncio.to_thread(batch.read, known)
        return batch

    async def _all(self, batch: Batch) -> None:
        """A batch that fails is halved until the row at fault stands alone; it is kept as a fault, and the others go in."""
        try:
            done = await self.db.run(self.actor, lambda tx: self.apply(tx, self.id, self.plan, batch), replayable=True)
            self.hints += done.hints
        except (Unavailable, ledger.ImportElsewhere, ledger.ImportHalted, ImportForbidden):
            raise
        except Exception as error:
            if len(batch.rows) == 1:
                fault = broken(batch.rows[0], self.plan, error)
                await self.db.run(self.actor, lambda tx: self._skip(tx, fault), replayable=True)
                return
            for half in batch.halves():
                await self._all(half)

    async def _skip(self, tx: Tx, fault: ledger.Fault) -> None:
        if await ledger.turn(tx, self.id, fault.row, fault.row):
            await ledger.advance(tx, self.id, fault.row, {"failed": 1}, [fault])
