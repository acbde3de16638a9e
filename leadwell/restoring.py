"""What a person does with a database that was restored, copied or put back, before it may tell anybody anything again."""

from dataclasses import dataclass

from leadwell import broadcasts, delivery, nurture
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx

DOUBTS = {   # why nothing may leave: "this database …"
    "RESTORED": "was restored from a dump", "COPIED": "is the copy of another",
    "PUT_BACK": "is older than it was, as a backup of its files that was put back is",
}  # fmt: skip
RUNNING = (
    "SELECT q.id FROM sequences q WHERE q.workspace_id = $1 AND q.state = 'LIVE' ORDER BY q.id",
    "SELECT b.id FROM broadcasts b WHERE b.workspace_id = $1 AND b.state IN ('SCHEDULED', 'TESTING', 'SENDING') ORDER BY b.id",
)


@dataclass(frozen=True, slots=True)
class Held:
    """How many mails are held as AMBIGUOUS, and how many sequences and broadcasts are paused."""

    mails: int = 0
    sequences: int = 0
    broadcasts: int = 0

    def __add__(self, other: "Held") -> "Held":
        return Held(self.mails + other.mails, self.sequences + other.sequences, self.broadcasts + other.broadcasts)


async def hold(tx: Tx) -> Held:
    """Nobody knows what left after the backup was made: mail that was planned then is held, and what would plan more waits until somebody resumes it."""
    live, sending = [[row["id"] for row in await tx.fetch(sql, tx.workspace)] for sql in RUNNING]
    for id in live:
        await nurture.pause(tx, id)
    for id in sending:
        await broadcasts.pause(tx, id)
    return Held(len(await delivery.hold_planned(tx)), len(live), len(sending))


async def confirm(db: Database, *, holding: bool = True) -> Held | None:
    """This database sends from now on; unless `holding` is False, what may have left before is held first, in every live workspace. Killed on the way and
    called again it goes on. None where nothing is in doubt: nothing is held then."""
    held, (row,) = Held(), await db.control("SELECT t.doubt FROM lw_tide() t")
    if row["doubt"] is None:
        return None
    if holding:
        for row in await db.control("SELECT w.id FROM lw_workspaces() AS id, lw_workspace(id) w WHERE w.kind = 'LIVE'"):
            held += await db.run(Actor.system(row["id"]), hold, replayable=True)
    await db.control("SELECT lw_confirm_outbound()")
    return held
