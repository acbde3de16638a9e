"""Does what automations say, each record once an occasion."""

from typing import Any

from leadwell import automation
from leadwell.base.tx import Tx
from leadwell.work import Job, Kind


async def act(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    await automation.run(tx, [job.payload for job in jobs])


KINDS = [Kind("assign.automation", record=act, batch=20)]
