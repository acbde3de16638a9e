"""Claims due work in batches, fairly over workspaces, performs it outside any transaction and settles it with its effects in one."""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from leadwell import work
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal, Unavailable
from leadwell.base.tx import LOST, Tx
from leadwell.wiring import Kit
from leadwell.work import Dead, Job, Kind, Retry
from leadwell.work.claim import LEASE_S
from leadwell.work.jobs import backoff
from workers import tally

log = logging.getLogger(__name__)
BEAT_S = LEASE_S / 3
SLOTS = 4   # batches of one queue in hand at once
BURST = 4   # batches a workspace may claim before the next one's turn
TURNS = 200  # workspaces asked for at once
Failure = tuple[Job, Exception]
Turn = tuple[UUID, int]  # a workspace and a priority


class Drain:
    """One per process. `stop()` ends claiming; what is in hand is finished or given back."""

    def __init__(self, kit: Kit, kinds: Iterable[Kind]) -> None:
        self.kit, self.stopping = kit, False
        self._kinds: dict[str, dict[str, Kind]] = defaultdict(dict)
        for kind in kinds:
            self._kinds[kind.queue][kind.name] = kind
        self._draining: dict[str, bool] = {}
        self._slots = {queue: asyncio.Semaphore(SLOTS) for queue in work.QUEUES}
        self._hands: dict[UUID, Sequence[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def queue(self, queue: str, seconds: float = 10) -> bool:
        """Claims until nothing is due, for at most `seconds`; True when work is left. `idle()` waits until what was claimed is settled.
        A second call while one runs makes the first look again."""
        if queue in self._draining:
            self._draining[queue] = True
            return False
        self._draining[queue] = True
        end = asyncio.get_running_loop().time() + seconds
        try:
            while self._draining[queue] and not self.stopping:
                self._draining[queue], barren = False, set[Turn]()
                while await self._round(queue, barren) and not self.stopping:
                    if asyncio.get_running_loop().time() > end:
                        return True
        finally:
            del self._draining[queue]
        return False

    async def _round(self, queue: str, barren: set[Turn]) -> int:
        """One turn of every workspace with due work, prompt work first; returns how many turns there were.
        Work that only a newer worker knows stays due: a workspace that gave nothing is passed over, or the first `TURNS` would hide all others. So is one
        whose work cannot be claimed, unless the database is away."""
        rows = await self.kit.db.control("SELECT d.workspace_id, d.priority FROM lw_due($1, $2) d", queue, TURNS + len(barren))
        turns = [turn for r in rows if (turn := (r["workspace_id"], r["priority"])) not in barren]
        for turn in turns:
            try:
                claimed = await self._burst(queue, *turn)
            except Exception as error:
                if isinstance(error, Unavailable) or isinstance(error.__cause__, LOST):
                    raise
                log.exception("work of %s in workspace %s cannot be claimed; the others go on", queue, turn[0])
                claimed = 0
            if not claimed:
                barren.add(turn)
        return len(turns)

    async def _burst(self, queue: str, workspace: UUID, priority: int) -> int:
        """Up to `BURST` batches of one workspace; returns how many jobs were claimed."""
        claimed = 0
        for _ in range(BURST):
            if self.stopping:
                break
            await self._slots[queue].acquire()
            if self.stopping:
                self._slots[queue].release()
                break
            got = await self._turn(queue, workspace, priority)
            claimed += got
            if got < self._limit(queue):
                break
        return claimed

    async def one(self, workspace: UUID, turns: Iterable[tuple[str, int]]) -> int:
        """Works off these queues and priorities of one workspace, in order, each settled before the next; returns how many jobs were claimed."""
        claimed = 0
        for queue, priority in turns:
            while got := await self._burst(queue, workspace, priority):
                claimed += got
            await self.idle()
        return claimed

    def _limit(self, queue: str) -> int:
        return max((k.batch for k in self._kinds[queue].values()), default=1)

    async def _turn(self, queue: str, workspace: UUID, priority: int) -> int:
        """Claims one batch and works it off in the background; the slot is given back when it is settled, or at once where all of it goes its own way."""
        try:
            jobs = await self._claim(queue, workspace, priority)
        except BaseException:
            self._slots[queue].release()
            raise
        if not jobs:
            self._slots[queue].release()
            return 0
        apart = all(self._kinds[queue][job.kind].apart for job in jobs)
        if apart:
            self._slots[queue].release()
        self._spawn(self._batch(queue, jobs, apart=apart))
        return len(jobs)

    def _spawn(self, what: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _claim(self, queue: str, workspace: UUID, priority: int) -> list[Job]:
        kinds = list(self._kinds[queue].values())
        if not kinds:
            return []
        limit, lease, tried = self._limit(queue), uuid4(), False

        async def take(tx: Tx) -> list[Job]:
            nonlocal tried
            if tried and (jobs := await work.held(tx, lease)):
                return jobs     # claimed by the run whose answer was lost
            tried = True
            jobs = await work.claim(tx, queue, kinds, limit, priority=priority, lease=lease)
            if not jobs:
                await work.rescue(tx, queue)
                jobs = await work.claim(tx, queue, kinds, 1, priority=priority, suspects=True, lease=lease)
            return jobs

        try:
            return await self.kit.db.run(Actor.system(workspace), take, replayable=True, durable=False)
        except Unavailable:
            if tried:
                self._spawn(self._hand_back(workspace, lease))
            raise

    async def _batch(self, queue: str, jobs: Sequence[Job], *, apart: bool = False) -> None:
        lease = jobs[0].lease
        self._hands[lease] = jobs
        beat = asyncio.get_running_loop().create_task(self._beat(jobs))
        try:
            groups: dict[tuple[str, bool], list[Job]] = defaultdict(list)
            for job in jobs:
                groups[job.kind, job.quiet].append(job)
            for (name, _), group in groups.items():
                kind = self._kinds[queue][name]
                for i in range(0, len(group), kind.batch):
                    await self._work(kind, group[i:i + kind.batch])
        except Unavailable:
            log.warning("the database is away; a batch of %s is given back when it answers", queue)
            await self._hand_back(jobs[0].workspace, lease)
        except Exception:
            log.exception("batch of %s fell; its leases run out and it is rescued", queue)
        finally:
            beat.cancel()
            del self._hands[lease]
            if not apart:
                self._slots[queue].release()

    async def _hand_back(self, workspace: UUID, lease: UUID) -> None:
        """No crash of ours, so none is counted. Where the database stays away for longer than a lease, the jobs are rescued."""

        async def give(tx: Tx) -> None:
            if jobs := await work.held(tx, lease):
                await work.release(tx, jobs)

        end = asyncio.get_running_loop().time() + LEASE_S
        while asyncio.get_running_loop().time() < end:
            with suppress(Unavailable):
                await self.kit.db.run(Actor.system(workspace), give, replayable=True)
                return
            await asyncio.sleep(1)

    async def _work(self, kind: Kind, jobs: list[Job]) -> None:
        """Performs each job and settles those that are ready together."""
        if kind.perform is None:
            await self._settle(kind, jobs, [None] * len(jobs))
            return
        gate = asyncio.Semaphore(kind.concurrency)
        running = {asyncio.ensure_future(self._perform(kind, job, gate)): job for job in jobs}
        while running:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            ready = [(running.pop(task), task) for task in done]
            failed = [(job, e) for job, task in ready if isinstance(e := task.exception(), Exception)]
            good = [(job, task.result()) for job, task in ready if task.exception() is None]
            await self._fail(failed)
            if good:
                await self._settle(kind, [job for job, _ in good], [result for _, result in good])

    async def _perform(self, kind: Kind, job: Job, gate: asyncio.Semaphore) -> Any:
        assert kind.perform is not None
        async with gate:
            if self.stopping:
                raise _Given()
            return await kind.perform(await self.kit.of(job.workspace), job)

    async def _settle(self, kind: Kind, jobs: list[Job], results: list[Any]) -> None:
        """Effects and settlement in one transaction; a batch that fails is run again row by row, so one bad row fails alone."""
        try:
            actor = Actor.system(jobs[0].workspace, quiet=jobs[0].quiet)
            tally.jobs(await self.kit.db.run(actor, lambda tx: self._record(tx, kind, jobs, results), replayable=True), "DONE")
        except Exception as error:
            if isinstance(error.__cause__, LOST):
                raise   # the database is away: no fault of any row
            if len(jobs) == 1:
                await self._fail([(jobs[0], error)])
                return
            for job, result in zip(jobs, results, strict=True):
                await self._settle(kind, [job], [result])

    async def _record(self, tx: Tx, kind: Kind, jobs: list[Job], results: list[Any]) -> list[Job]:
        ours = await work.hold(tx, jobs)
        kept = [(job, result) for job, result in zip(jobs, results, strict=True) if job.id in ours]
        mine = [job for job, _ in kept]
        if mine:
            await kind.record(tx, mine, [result for _, result in kept])
            await work.finish(tx, mine)
        return mine

    async def _fail(self, failed: Sequence[Failure]) -> None:
        for job, error in failed:
            outcome = await self.kit.db.run(Actor.system(job.workspace), lambda tx, job=job, error=error: _give_up(tx, job, error), replayable=True)
            tally.jobs((job,), outcome)

    async def _beat(self, jobs: Sequence[Job]) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            with suppress(Exception):
                await self.kit.db.run(Actor.system(jobs[0].workspace), lambda tx: work.heartbeat(tx, jobs))

    async def idle(self) -> None:
        """Waits until nothing is in hand."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self, seconds: float = 25) -> None:
        """Claims nothing more, waits for claims under way and what is in hand, and gives back the rest: a deploy costs no attempt."""
        self.stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._draining or self._tasks:
                    await asyncio.wait([*self._tasks] or [asyncio.ensure_future(asyncio.sleep(0.01))], timeout=1)
        for jobs in list(self._hands.values()):
            with suppress(Exception):
                await self.kit.db.run(Actor.system(jobs[0].workspace), lambda tx, jobs=jobs: work.release(tx, jobs))


class _Given(Exception):
    """Not begun because the worker is stopping."""


async def _give_up(tx: Tx, job: Job, error: Exception) -> str:
    """What becomes of it, for the tally."""
    last = "DEAD" if job.attempts >= job.max_attempts else "RETRIED"
    reason = f"{error.code}: {error.message}" if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
    match error:
        case _Given():
            await work.release(tx, [job])
            return "GIVEN_BACK"
        case Dead():
            await work.bury(tx, job, str(error))
            return "DEAD"
        case Retry(after=after, free=free) if after is not None:
            await work.retry(tx, job, str(error), after, free=free)
            return "RETRIED" if free else last
        case _:
            log.warning("%s %s failed: %s", job.kind, job.id, error, exc_info=None if isinstance(error, (Refusal, Retry)) else error)
            await work.retry(tx, job, reason, backoff(job.attempts, random.random()))
            return last
