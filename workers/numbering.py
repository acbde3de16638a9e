"""Numbers what was committed, of every workspace in one transaction, and tells who follows; at the pace that those who read it can keep."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from uuid import UUID

from leadwell.wiring import Kit

EACH = 2_000            # events of a workspace a pass, so that none waits long for the flood of another
REST_S, MOST_RESTS = 0.01, 20    # of a workspace once it was told of: so long for each that is, and no longer than for so many


class Numbering:
    """One pass after the other. A workspace rests after a pass that told of it, longer where many are told of: a single event is told at once, and under
    a steady load those of one workspace are numbered, read and told together, of one workspace after the other. `heard`: called once there are reactions."""

    def __init__(self, kit: Kit, heard: Callable[[], None], rest_s: float = REST_S) -> None:
        self._kit, self._heard, self._rest_s, self._asked = kit, heard, rest_s, asyncio.Event()
        self._rests: dict[UUID, float] = {}
        self._due: float | None = None      # when the first one has rested that something waits for

    def ask(self) -> None:
        """There may be something to number."""
        self._asked.set()

    async def turn(self) -> None:
        """Waits until there is, and passes once. Unavailable."""
        clock = asyncio.get_running_loop().time
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._due):
                await self._asked.wait()
        self._asked.clear()
        self._due, self._rests = None, {one: end for one, end in self._rests.items() if end > clock()}
        told, waiting = await number(self._kit, self._rests)
        if told:
            self._heard()
        end = clock() + self._rest_s * min(MOST_RESTS, len(self._rests) + len(told))
        self._rests |= dict.fromkeys(told, end)
        self._due = min((self._rests[one] for one in waiting), default=None)


async def number(kit: Kit, resting: Collection[UUID] = ()) -> tuple[set[UUID], set[UUID]]:
    """Numbers what is committed, puts the work of reacting to it, and tells the processes that follow. Returns whose events there were, and for which of
    those that rest something waits. Unavailable."""
    told, more = set[UUID](), True
    waiting = set[UUID]()
    while more:
        rows = await kit.db.control("SELECT n.workspace, n.given FROM lw_number_all($1, $2) n", EACH, list(resting))
        waiting = {row["workspace"] for row in rows if not row["given"]}
        if found := {row["workspace"] for row in rows if row["given"]}:
            await kit.live.publish(found)
        told, more = told | found, any(row["given"] == EACH for row in rows)
    return told, waiting
