"""What callers may spend: a bucket of points for each key, user or address, and one for each workspace, settled with the other processes behind the scenes."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from math import ceil
from typing import Any
from uuid import UUID

import orjson

from api.errors import RateLimited
from api.prices import Figures
from leadwell.access import Viewer
from leadwell.base.buckets import Allowance, Bucket, Rates, Unheard
from leadwell.base.settings import Settings

log = logging.getLogger(__name__)
MOST = 10_000               # callers and workspaces remembered, the latest first
SETTLE_S, SOON_S, CLOSE_S = 0.2, 0.02, 3.0
BATCH = 500                 # buckets in one message
WRONG = 10                  # points for a document that cannot run, or a credential that nobody has
LOOK, TAKE = 1, 10          # points for a look at a REST door; for what it takes in, and for a file that it gives out
PATIENCE, PATIENCE_RATE = 20, 5     # refusals that a caller is told at once, and how many more a second
DELAY_S, DELAYED = 1.0, 200         # how long others wait, and how many of a caller may


class Purse:
    """What a caller spends from: their own bucket and their workspace's. `refused`: how many refusals they are told at once."""

    __slots__ = ("buckets", "delayed", "refused")

    def __init__(self, buckets: tuple[Bucket, ...], refused: Bucket) -> None:
        self.buckets, self.refused, self.delayed = buckets, refused, 0


class Charge:
    """What a request has been charged, until its answer shows how much of that it was worth."""

    __slots__ = ("_meter", "figures", "purse")

    def __init__(self, meter: "Meter", purse: Purse, figures: Figures) -> None:
        self._meter, self.purse, self.figures = meter, purse, figures

    def settled(self, objects: int) -> dict[str, Any]:
        """Gives back what lists that were not full would have cost; `objects` are those of the answer's JSON. Returns extensions.cost."""
        cost, flat, most = self.figures.cost, self.figures.flat, self.figures.objects
        actual = cost if objects >= most else flat + ceil((cost - flat) * objects / most)
        if actual < cost:
            self._meter.spend(self.purse, actual - cost)
        return told(cost, actual, self.purse.buckets[0])


def told(requested: int, actual: int | None, bucket: Bucket) -> dict[str, Any]:
    """As Shopify's clients read it."""
    status = {"maximumAvailable": bucket.allowance.most, "currentlyAvailable": max(0, int(bucket.whole)), "restoreRate": bucket.allowance.rate}
    return {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}


class Meter:
    """One per process. Without `rates`, or while they do not answer, this process gives out its own share."""

    def __init__(self, settings: Settings, rates: Rates | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        s = settings
        self.allowances: Mapping[str, Allowance] = {
            "caller": Allowance(s.cost_bucket, s.cost_restore), "workspace": Allowance(s.workspace_cost_bucket, s.workspace_cost_restore),
            "stranger": Allowance(s.anonymous_cost_bucket, s.anonymous_cost_restore), "refusals": Allowance(PATIENCE, PATIENCE_RATE),
        }  # fmt: skip
        self.rates, self.clock, self.processes = rates, clock, 1
        self.purses: OrderedDict[Hashable, Purse] = OrderedDict()
        self.workspaces: OrderedDict[UUID, Bucket] = OrderedDict()
        self.changed: set[Bucket] = set()
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def purse(self, viewer: Viewer | None, address: str | None = None) -> Purse:
        """The caller's, full where nobody has heard of them lately."""
        key = viewer.id if viewer else address or ""
        found = self.purses.get(key)
        if found is None:
            return self._new(key, viewer)
        self.purses.move_to_end(key)
        return found

    def _new(self, key: Hashable, viewer: Viewer | None) -> Purse:
        own = self._bucket(f"{viewer.kind.lower() if viewer else 'address'}:{key}", "caller" if viewer else "stranger")
        buckets = (own,) if viewer is None else (own, self._workspace(viewer.workspace))
        found = self.purses[key] = Purse(buckets, self._bucket("", "refusals"))
        if len(self.purses) > MOST:
            self.purses.popitem(last=False)
        return found

    def _workspace(self, id: UUID) -> Bucket:
        found = self.workspaces.get(id)
        if found is None:
            found = self.workspaces[id] = self._bucket(f"workspace:{id}", "workspace")
            if len(self.workspaces) > MOST:
                self.workspaces.popitem(last=False)
        return found

    def _bucket(self, name: str, kind: str) -> Bucket:
        return Bucket(name, self.allowances[kind], self.clock(), self.processes if name else 1)

    def admit(self, purse: Purse) -> None:
        """Raises RateLimited where not even a point is left, before anything is read."""
        self._check(purse, 1)

    def charge(self, purse: Purse, figures: Figures) -> Charge:
        """Takes what the request may cost; RateLimited if the caller or the workspace has not that much."""
        self._check(purse, figures.cost)
        self.spend(purse, figures.cost)
        return Charge(self, purse, figures)

    def pay(self, purse: Purse, points: int) -> None:
        """Takes a fixed price; RateLimited."""
        self._check(purse, points)
        self.spend(purse, points)

    def fine(self, purse: Purse) -> None:
        """Takes what it cost to see that a document cannot run."""
        self.spend(purse, WRONG)

    def spend(self, purse: Purse, points: int) -> None:
        for bucket in purse.buckets:
            bucket.spend(points)
            if self.rates is not None:
                self.changed.add(bucket)
                if bucket.unsure:
                    self._hurry.set()

    def _check(self, purse: Purse, cost: int) -> None:
        now = self.clock()
        for bucket in purse.buckets:
            wanted = min(cost, bucket.allowance.most)
            if not bucket.has(wanted, now, self.processes):
                limited = RateLimited(cost=cost, available=max(0, int(bucket.whole)), seconds=max(1, ceil(bucket.wait(wanted))))
                limited.shown = told(cost, None, bucket)
                raise limited

    async def delay(self, purse: Purse) -> None:
        """Who is refused again and again waits for it: a client in a loop turns slowly, and costs the others next to nothing."""
        now = self.clock()
        if purse.refused.has(1, now):
            purse.refused.spend(1)
        elif purse.delayed < DELAYED:
            purse.delayed += 1
            try:
                await asyncio.sleep(DELAY_S)
            finally:
                purse.delayed -= 1

    def open(self) -> None:
        """Begins to settle with the other processes."""
        if self.rates is not None:
            self._task = asyncio.create_task(self._settling(self.rates))

    async def close(self) -> None:
        """Tells what was spent last. A client of Redis may swallow a cancellation, so it is not by one that this ends."""
        if self._task is not None:
            self._closing = True
            self._hurry.set()
            await asyncio.wait([self._task], timeout=CLOSE_S)
            self._task.cancel()

    async def _settling(self, rates: Rates) -> None:
        """At once when more than a share was given out, else a few times a second."""
        silent = closing = False
        while not closing:
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_S):
                    await self._hurry.wait()
            self._hurry.clear()
            closing = self._closing
            try:
                await self.settle(rates)
                silent = False
            except Unheard as why:
                if not silent:
                    log.warning("limits are kept by this process alone: %s", why)
                silent = True
            await asyncio.sleep(SOON_S)

    async def settle(self, rates: Rates) -> None:
        """Tells what was spent, and hears what the others left. Unheard."""
        while self.changed:
            buckets = [self.changed.pop() for _ in range(min(BATCH, len(self.changed)))]
            spent = [bucket.told() for bucket in buckets]
            try:
                self.processes, levels = await rates.settle(spent)
            except Unheard:
                for bucket, one in zip(buckets, spent, strict=True):
                    bucket.unheard(one.points, self.processes)
                self.changed.update(buckets if len(self.changed) < MOST else ())
                raise
            for bucket, level in zip(buckets, levels, strict=True):
                bucket.heard(level, self.processes)


def spliced(body: bytes, extensions: Mapping[str, Any]) -> bytes:
    """A JSON object that ends with these extensions."""
    return b"".join((memoryview(body)[:-1], b',"extensions":', orjson.dumps(extensions), b"}"))
