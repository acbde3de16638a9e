"""Who gets a database connection next: workspaces in turn, and none so many that the others wait for it."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from uuid import UUID

from leadwell.base.refusals import Refusal

QUICK_S, QUICK_OF = 0.05, 10    # one of so many turns may be a workspace's with what began just now, while others are there too
ACTIVE_S = 2.0              # for how long a workspace counts as being there


class WorkspaceBusy(Refusal):
    """So many requests of this workspace are waiting already that this one would wait too long."""

    fix = "Send fewer at once, and again after a second."
    retryable = True
    status = 429


class Turns:
    """Hands out `total` turns. A workspace alone may have all but one. Beside others it may have half of them, and only `quick` that are younger
    than QUICK_S: many short requests of one workspace then leave the processors to the others, and a few long ones do not stop its own short ones.
    `None` stands for the process itself, which is never held back while there is a turn. At most `waiting` of a workspace wait."""

    def __init__(self, total: int, waiting: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.total, self.waiting, self.clock = total, waiting, clock
        self.free, self.quick = total, max(1, total // QUICK_OF)
        self.held: dict[UUID | None, list[float]] = {}
        self.queues: OrderedDict[UUID | None, deque[asyncio.Future[float]]] = OrderedDict()
        self._latest: UUID | None = None
        self._latest_at = self._before_at = -ACTIVE_S
        self._timer: asyncio.TimerHandle | None = None

    async def take(self, workspace: UUID | None) -> float:
        """Waits for a turn and returns when it began; WorkspaceBusy."""
        now = self.clock()
        self._seen(workspace, now)
        if workspace not in self.queues and self._may(workspace, now):
            return self._begin(workspace, now)
        return await self._wait(workspace)

    def give(self, workspace: UUID | None, began: float) -> None:
        """Ends a turn; whoever waits is next."""
        held = self.held[workspace]
        held.remove(began)
        if not held:
            del self.held[workspace]
        self.free += 1
        if self.queues:
            self._next()

    def _seen(self, workspace: UUID | None, now: float) -> None:
        if workspace is None:
            return
        if workspace != self._latest:
            self._latest, self._before_at = workspace, self._latest_at
        self._latest_at = now

    def _alone(self, workspace: UUID | None, now: float) -> bool:
        """Whether no other workspace has asked lately."""
        return (self._before_at if workspace == self._latest else self._latest_at) < now - ACTIVE_S

    def _may(self, workspace: UUID | None, now: float) -> bool:
        if self.free <= 0:
            return False
        held = self.held.get(workspace)
        if not held or workspace is None:
            return True
        if self._alone(workspace, now):
            return len(held) < self.total - 1
        return len(held) < self.total // 2 and sum(began > now - QUICK_S for began in held) < self.quick

    def _begin(self, workspace: UUID | None, now: float) -> float:
        self.free -= 1
        self.held.setdefault(workspace, []).append(now)
        return now

    async def _wait(self, workspace: UUID | None) -> float:
        queue = self.queues.setdefault(workspace, deque())
        if len(queue) >= self.waiting:
            raise WorkspaceBusy()
        turn: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        self._look_again()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(workspace, turn.result())
            elif workspace in self.queues and turn in self.queues[workspace]:
                self.queues[workspace].remove(turn)
                if not self.queues[workspace]:
                    del self.queues[workspace]
            raise

    def _next(self) -> None:
        """Begins as many turns as there may be, of each workspace one after the other."""
        now, idle = self.clock(), 0
        while self.queues and self.free > 0 and idle < len(self.queues):
            workspace, queue = next(iter(self.queues.items()))
            self.queues.move_to_end(workspace)
            if not self._may(workspace, now):
                idle += 1
                continue
            idle = 0
            turn = queue.popleft()
            if not queue:
                del self.queues[workspace]
            turn.set_result(self._begin(workspace, now))
        self._look_again()

    def _look_again(self) -> None:
        """Time alone lets somebody go on: what is under way grows older, and others leave."""
        if self._timer is None and self.queues and self.free > 0:
            self._timer = asyncio.get_running_loop().call_later(QUICK_S, self._looked)

    def _looked(self) -> None:
        self._timer = None
        if self.queues:
            self._next()
