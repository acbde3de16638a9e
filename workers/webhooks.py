"""Posts webhooks: a lane for each endpoint, so that a slow one delays itself alone; the network outside any transaction, each attempt logged."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import webhooks
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.delivery import OutboundHeld
from leadwell.webhooks import Answer, Post
from leadwell.wiring import Kit
from leadwell.work import Job, Kind, Retry
from workers import tally

HELD = timedelta(minutes=10)   # it looks again this often, and loses nothing by it
BUSY = timedelta(seconds=1)    # until there is room again
TURN_S = 5.0                   # after which a lane takes on nothing more, and is put again
AT_ONCE = 10                   # posts of one lane
MOST = 200                     # posts of this process; a hundred more are kept for lanes that have none under way


class Crowd:
    """How many posts are under way in this process."""

    def __init__(self) -> None:
        self.posting = 0

    def room(self, mine: int) -> int:
        """How many more a lane may begin that has `mine` under way: its full share while there is room for all, then one."""
        if self.posting >= MOST + MOST // 2:
            return 0
        return AT_ONCE - mine if self.posting < MOST else max(0, 1 - mine)


CROWD = Crowd()


class Lane:
    """One endpoint's posts: as each answer comes, what came is logged and the next is taken."""

    def __init__(self, kit: Kit, workspace: UUID, endpoint: UUID) -> None:
        self.kit, self.endpoint, self.actor = kit, endpoint, Actor.system(workspace)
        self.posting: dict[asyncio.Task[Answer], Post] = {}

    async def run(self, seconds: float = TURN_S) -> None:
        """Until nothing is due, or for `seconds`; then what is under way comes to its end."""
        end = asyncio.get_running_loop().time() + seconds
        answers: list[tuple[Post, Answer]] = []
        try:
            while True:
                room = CROWD.room(len(self.posting)) if asyncio.get_running_loop().time() < end else 0
                for post in await self._turn(answers, room) if room or answers else ():
                    self.posting[asyncio.create_task(self._post(post))] = post
                if not self.posting:
                    return
                done, _ = await asyncio.wait(self.posting, return_when=asyncio.FIRST_COMPLETED)
                answers = [(self.posting.pop(task), task.result()) for task in done]
        finally:
            for task in self.posting:
                task.cancel()

    async def _turn(self, answers: list[tuple[Post, Answer]], room: int) -> list[Post]:
        mail_from, patience = self.kit.settings.mail_from, timedelta(days=self.kit.settings.webhook_days)
        return await self.kit.db.run(
            self.actor, lambda tx: webhooks.turn(tx, self.endpoint, answers, room, mail_from=mail_from, patience=patience), replayable=True)

    async def _post(self, post: Post) -> Answer:
        CROWD.posting += 1
        try:
            answer = await self.kit.webhooks.post(post)
            tally.webhook(answer.status)
            return answer
        except Exception as fault:      # of ours: it is logged like any other attempt, and tried again
            return Answer(None, "", f"{type(fault).__name__}: {fault}"[:500], None)
        finally:
            CROWD.posting -= 1


async def deliver(kit: Kit, job: Job) -> None:
    async with kit.db.read(Actor.system(job.workspace)) as tx:
        epoch = await tx.value("SELECT w.outbound_epoch FROM lw_workspace($1) w", tx.workspace)
    if epoch != kit.settings.outbound_epoch:    # a restored or copied database tells nobody anything
        held = OutboundHeld()
        raise Retry(f"{held.code}: {held.message}", HELD, free=True)
    if not CROWD.room(0):
        raise Retry("too many webhooks are under way", BUSY, free=True)
    await Lane(kit, job.workspace, UUID(job.payload["endpoint_id"])).run()


async def settled(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """The attempts are logged already; what is left has its time."""
    await webhooks.wake(tx, [UUID(job.payload["endpoint_id"]) for job in jobs])


KINDS = [Kind("hook.deliver", record=settled, perform=deliver, batch=50, concurrency=50, apart=True)]
