"""A real worker process that does the erasures of one workspace, and dies by SIGKILL at the end of the transaction that its last argument counts to."""

from uuid import UUID

from leadwell import work
from leadwell.base import secrets
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database
from leadwell.wiring import Kit
from tests.enriching import NONE
from tests.faults.one_transfer import Dying
from tests.mailing import OneWorkspace
from workers.drain import Drain
from workers.privacy import KINDS


class Mortal(Dying, OneWorkspace):
    """The database of one workspace, whose process dies."""


async def main(url: str, workspace: str, last: str) -> None:
    secrets.configure((("test", b"t" * 32),))
    db = Mortal(Database(await open_pool(url, size=4)), UUID(workspace))
    db.left = int(last)
    drain = Drain(Kit(NONE, db, work.SilentBell(), NONE, NONE, NONE), KINDS)
    await drain.queue("transfer")
    await drain.idle()
