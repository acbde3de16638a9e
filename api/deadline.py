"""A time limit that costs an assignment to put off and no timer of its own: `asyncio.timeout` makes and drops one for each delay."""

import asyncio
from types import TracebackType
from typing import Self


class Watch:
    """The deadlines under way in a process. One timer wakes it when the first of them may be over."""

    def __init__(self) -> None:
        self.under_way: set[Deadline] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def over(self, one: "Deadline", end: float, loop: asyncio.AbstractEventLoop) -> None:
        """Watches over one that ends then, until it is taken out of `under_way`."""
        self.under_way.add(one)
        if self._timer is None or end < self._timer.when() or loop is not self._loop:
            self._wake(end, loop)

    def _wake(self, at: float, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._loop, self._timer = loop, loop.call_at(at, self._look)

    def _look(self) -> None:
        self._timer = None
        ends = [end for one in list(self.under_way) if (end := one.looked()) is not None]
        if ends and self._loop is not None:
            self._wake(min(ends), self._loop)


class Deadline:
    """Cancels the task within it when the seconds are over, and leaves as TimeoutError. Use it once."""

    __slots__ = ("_cancellations", "_end", "_loop", "_task", "_watch", "expired", "seconds")

    def __init__(self, seconds: float, watch: Watch) -> None:
        self.seconds, self._watch, self.expired = seconds, watch, False

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task(self._loop)
        assert task is not None
        self._task, self._cancellations = task, task.cancelling()
        self._end: float | None = self._loop.time() + self.seconds
        self._watch.over(self, self._end, self._loop)
        return self

    def again(self) -> None:
        """The clock starts anew."""
        self._end = self._loop.time() + self.seconds

    def lift(self) -> None:
        """There is no limit any more."""
        self._end = None

    def looked(self) -> float | None:
        """When it ends; None where it never will, or just did."""
        if self._end is not None and self._loop.time() >= self._end:
            self.expired, self._end = True, None
            self._task.cancel()
        return self._end

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._watch.under_way.discard(self)
        # as asyncio.timeout does it: a cancellation that came from elsewhere too goes on as one
        if self.expired and self._task.uncancel() <= self._cancellations and kind is asyncio.CancelledError:
            raise TimeoutError from error
