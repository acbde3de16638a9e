"""Plays a sequence on the stage: from one moment at which something is due to the next, with the interpreter and the gate that run it elsewhere."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any
from uuid import UUID

from leadwell import nurture
from leadwell.nurture import interpret
from leadwell.pressure import Hold
from leadwell.simulation import copying, sending
from leadwell.simulation.answering import Answer
from leadwell.simulation.stage import Stage
from leadwell.simulation.wish import Wish

DAY = timedelta(days=1)
ROUNDS = 1000
FEW = 10
Told = Callable[[int], Awaitable[bool]]     # days done; False ends it


class Stopped(Exception):
    """Whoever watched does not want to see the end."""


@dataclass(slots=True)
class Play:
    """A rehearsal under way: who is on stage, by number; what they will answer; what came up."""

    stage: Stage
    wish: Wish
    sequence_id: UUID
    people: Sequence[UUID]
    kinds: Any
    desk: sending.Desk
    numbers: Mapping[UUID, int] = field(default_factory=dict[UUID, int])
    answers: list[Answer] = field(default_factory=list[Answer])
    arrivals: list[tuple[datetime, Sequence[UUID]]] = field(default_factory=list[tuple[datetime, Sequence[UUID]]])
    refused: Counter[str] = field(default_factory=Counter[str])
    waits: Counter[str] = field(default_factory=Counter[str])
    holds: list[tuple[UUID, Hold]] = field(default_factory=list[tuple[UUID, Hold]])    # of a rehearsal with a few people
    prompt: bool = False      # somebody waits for an answer to a mail, so that the clock stops at answers as well
    moments: int = 0
    standing: int = 0
    moved: int = 0
    reckoned: int = 100

    async def run(self, told: Told) -> None:
        """Until the end of its time, or until nothing is due any more. Stopped."""
        self.arrivals, days = arriving(self.people, self.wish), 0
        while (at := await self._next()) is not None and at <= self.wish.until_at:
            before = await self.stage.now()
            self.stage.move(max(at, before))
            self.moments, self.standing = self.moments + 1, self.standing + 1 if at <= before else 0
            assert self.standing < ROUNDS, "time goes on"
            if (passed := (at - self.wish.from_at) // DAY) > days or self.moments % 50 == 0:
                days = passed
                if not await told(days):
                    raise Stopped
            await self._moment()
        self.stage.move(self.wish.until_at)
        await self._answer()

    async def _next(self) -> datetime | None:
        """When the next thing is due."""
        due = await sending.next_due(self.stage)
        if self.arrivals:
            due.append(self.arrivals[0][0])
        if self.prompt and self.answers:
            due.append(self.answers[0].at)
        return min(due, default=None)

    async def _moment(self) -> None:
        """All that is due now: answers first, because who has opted out gets nothing any more."""
        now = await self.stage.now()
        await self._answer()
        while self.arrivals and self.arrivals[0][0] <= now:
            entries = await nurture.enroll_many(self.stage, self.sequence_id, self.arrivals.pop(0)[1], "API")
            self.refused.update(entry.refusal for entry in entries if entry.refusal)
        for _ in range(ROUNDS):
            await self.stage.settle()
            moved = await interpret.advance(self.stage, mail_from=sending.FROM, kinds=self.kinds)
            await self._reckon(moved)
            sent = await sending.send_due(self.stage, self.desk, self.wish, self.numbers)
            self.waits.update(hold.reason for hold in sent.holds.values())
            if len(self.people) <= FEW:
                self.holds += sent.holds.items()
            for answer in sent.answers:
                heappush(self.answers, answer)
            if not moved and not sent.settled:
                return
        raise AssertionError("a moment has an end")

    async def _reckon(self, moved: int) -> None:
        """Plans that are good for empty tables are bad for full ones."""
        self.moved += moved
        if self.moved >= self.reckoned * 4:
            self.reckoned = self.moved
            await copying.reckon(self.stage)

    async def _answer(self) -> None:
        now, due = await self.stage.now(), list[Answer]()
        while self.answers and self.answers[0].at <= now:
            due.append(heappop(self.answers))
        if due:
            await sending.answered(self.stage, due, self.people)


def arriving(people: Sequence[UUID], wish: Wish) -> list[tuple[datetime, Sequence[UUID]]]:
    """Who enters when: all at once, or so many a day."""
    if wish.per_day is None:
        return [(wish.from_at, people)]
    groups = [(wish.from_at + i // wish.per_day * DAY, people[i : i + wish.per_day]) for i in range(0, len(people), wish.per_day)]
    heapify(groups)
    return groups
