"""One worker as a process of its own, with every kind of work this release knows: it drains nurture and mail until its input ends."""

import asyncio
import sys
from dataclasses import replace
from typing import Any

from leadwell import work
from leadwell.base import secrets
from leadwell.base.pool import Deadlines, open_pool
from leadwell.base.settings import load_settings
from leadwell.base.tx import Database
from leadwell.outside.smtp import SmtpMailer
from leadwell.wiring import Kit
from workers.drain import Drain
from workers.kinds import KINDS

IDLE_S = 0.02


async def main(database_url: str, smtp_url: str) -> None:
    secrets.configure((("bench", b"0" * 32),))
    silence: Any = work.SilentBell()
    db = Database(await open_pool(database_url, size=10, name="leadwell-worker", custom_plans=True, deadlines=Deadlines(600, 610)), ring=silence.ring)
    settings = replace(load_settings({}, None, smtp_url=smtp_url), outbound_epoch="bench")
    drain = Drain(Kit(settings, db, silence, silence, SmtpMailer(settings), silence), KINDS)
    over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print("ready", flush=True)
    while not over.done():
        for queue in ("nurture", "deliver"):
            if await db.control("SELECT d.workspace_id FROM lw_due($1, 1) d", queue):
                await drain.queue(queue, 30)
        await drain.idle()
        await asyncio.sleep(IDLE_S)
    await drain.kit.mailer.close()
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
