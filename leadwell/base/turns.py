"""Who gets a database connection next: workspaces in turn, and none so many that the others wait for it."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from uuid import UUID

from leadwell.base.refusals import Refusal

QUICK_S, QUICK_OF = 0.05, 10    # one of so many turns may be a workspace's with what began just now, while others are there too
CROWD_OF = 2.5                  # one of so many may be a look that began just now, whoever's they are
ACTIVE_S = 2.0              # for how long a workspace counts as being there


class WorkspaceBusy(Refusal):
    """So many requests of this workspace are waiting already that this one would wait too long."""

    fix = "Send fewer at once, and again after a second."
    retryable = True
    status = 429


class Turns:
    """Hands out `total` turns. A workspace alone may have all but one. Beside others it may have half of them, and only `quick` that are younger
    than QUICK_S: many short requests of one workspace then leave the processors to the others, and a few long ones do not stop its own short ones.
    Of looks, single statements that only read, `crowd` that young are under way at once: more of them are slower, because they take turns at the
    same processors and find each other's memory in their caches; what takes longer does not hold up what is short.
    `None` stands for the process itself, which is never held back while there is a turn. At most `waiting` of a workspace wait."""

    def __init__(self, total: int, waiting: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.total, self.waiting, self.clock = total, waiting, clock
        self.free, self.quick, self.crowd = total, max(1, total // QUICK_OF), max(1, int(total / CROWD_OF))
        self.held: dict[UUID | None, list[float]] = {}
        self.looks: list[float] = []
        self.queues: OrderedDict[UUID | None, deque[tuple[asyncio.Future[float], bool]]] = OrderedDict()
        self._latest: UUID | None = None
        self._latest_at = self._before_at = -ACTIVE_S
        self._timer: asyncio.TimerHandle | None = None

    async def take(self, workspace: UUID | None, *, look: bool = False) -> float:
        """Waits for a turn and returns when it began; WorkspaceBusy."""
        now = self.clock()
        self._seen(workspace, now)
        if workspace not in self.queues and self._may(workspace, look, now):
            return self._begin(workspace, look, now)
        return await self._wait(workspace, look)

    def give(self, workspace: UUID | None, began: float, *, look: bool = False) -> None:
        """Ends a turn; whoever waits is next."""
        held = self.held[workspace]
        held.remove(began)
        if look:
            self.looks.remove(began)
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

    def _may(self, workspace: UUID | None, look: bool, now: float) -> bool:
        if self.free <= 0 or (look and sum(began > now - QUICK_S for began in self.looks) >= self.crowd):
            return False
        held = self.held.get(workspace)
        if not held or workspace is None:
            return True
        if self._alone(workspace, now):
            return len(held) < self.total - 1
        return len(held) < self.total // 2 and sum(began > now - QUICK_S for began in held) < self.quick

    def _begin(self, workspace: UUID | None, look: bool, now: float) -> float:
        self.free -= 1
        if look:
            self.looks.append(now)
        self.held.setdefault(workspace, []).append(now)
        return now

    async def _wait(self, workspace: UUID | None, look: bool) -> float:
        queue = self.queues.setdefault(workspace, deque())
        if len(queue) >= self.waiting:
            raise WorkspaceBusy()
        turn: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        queue.append((turn, look))
        self._look_again()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(workspace, turn.result(), look=look)
            elif workspace in self.queues and (turn, look) in self.queues[workspace]:
                self.queues[workspace].remove((turn, look))
                if not self.queues[workspace]:
                    del self.queues[workspace]
            raise

    def _next(self) -> None:
        """Begins as many turns as there may be, of each workspace one after the other."""
        now, idle = self.clock(), 0
        while self.queues and self.free > 0 and idle < len(self.queues):
            workspace, queue = next(iter(self.queues.items()))
            self.queues.move_to_end(workspace)
            turn, look = queue[0]
            gone = turn.cancelled()     # a moment ago, and has not heard of it yet
            if not gone and not self._may(workspace, look, now):
                idle += 1
                continue
            idle = 0
            queue.popleft()
            if not queue:
                del self.queues[workspace]
            if not gone:
                turn.set_result(self._begin(workspace, look, now))
        self._look_again()

    def _look_again(self) -> None:
        """Time alone lets somebody go on: what is under way grows older, and others leave."""
        if self._timer is None and self.queues and self.free > 0:
            self._timer = asyncio.get_running_loop().call_later(QUICK_S, self._looked)

    def _looked(self) -> None:
        self._timer = None
        if self.queues:
            self._next()
