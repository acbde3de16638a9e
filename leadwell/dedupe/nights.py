"""When everybody is looked at: every night at two, where the workspace is."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from leadwell import work
from leadwell.base.tx import Tx
from leadwell.base.workspace import workspace_facts

AT = time(2)


async def plan_night(tx: Tx) -> None:
    """Makes sure that the next nightly sweep is planned; there is at most one."""
    facts = await workspace_facts(tx)
    at = next_night(await tx.now(), facts.time_zone)
    await work.put(tx, work.NewJob("match", "match.sweep", {"begin": True}, key="night", run_at=at, priority=1))


def next_night(now: datetime, zone: str) -> datetime:
    """The next two o'clock there; where clocks jump over it, as soon as they have."""
    here = now.astimezone(ZoneInfo(zone))
    today = datetime.combine(here.date(), AT, ZoneInfo(zone))
    return today if today > here else datetime.combine(here.date() + timedelta(days=1), AT, ZoneInfo(zone))
