"""Waits for a duration, for business days, until an instant, until a time of day where the person is, or until something happens."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from leadwell import pressure
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.calendars import Holidays, Week, days_later, next_time, zone_of
from leadwell.calendars.reading import DAYS
from leadwell.nurture.happening import happened, happening_flaws
from leadwell.nurture.shape import Decision, Facts, Flaw, Go, Stand, Stay, Step, Timed, flaw
from leadwell.nurture.steps import moment, waited

MODES = ("duration", "business_days", "until", "local", "event")
FIELDS = frozenset({*MODES, "timeout", "timeout_next"})
SPELLED = 'Write it like "P2D" (two days), "PT4H" (four hours) or "P1W"; a year at most.'
OPEN = ((0, 24 * 60),)
WORKDAYS: Week = (OPEN,) * 5 + ((), ())
MOST_DAYS = 260


@dataclass(frozen=True, slots=True)
class Clock:
    """Whose clock counts, and which days are business days."""

    zone: ZoneInfo
    week: Week = WORKDAYS
    holidays: Holidays | None = None


def check(step: Step) -> Iterator[Flaw]:
    modes = [mode for mode in MODES if step.get(mode) is not None]
    if len(modes) > 1:
        yield flaw("The wait says more than one thing to wait for.", "Give one of duration, businessDays, until, local and event.")
    elif not modes or modes == ["duration"]:
        if waited(step.get("duration")) is None:
            yield flaw("The wait has no duration that can be read.", SPELLED)
    elif modes == ["business_days"]:
        if not isinstance(step["business_days"], int) or not 0 < step["business_days"] <= MOST_DAYS:
            yield flaw("The wait has no number of business days that can be read.", f"Give 1 to {MOST_DAYS}.")
    elif modes == ["until"] and moment(step["until"]) is None:
        yield flaw("The wait has no instant that can be read.", 'Write it like "2026-12-24T09:00:00+01:00".')
    elif modes == ["local"] and _wall(step["local"]) is None:
        yield flaw("The wait has no time of day that can be read.", 'Write it like {time: "09:00", weekdays: [MON, TUE]}.')
    elif modes == ["event"]:
        yield from happening_flaws(step["event"])
        if waited(step.get("timeout")) is None:
            yield flaw("The wait for an event has no timeout that can be read.", SPELLED)


def timed(step: Step) -> Timed | None:
    """Waits that do not depend on the person, or on what happens."""
    if step.get("until") is not None:
        return Timed(timedelta(0), moment(step["until"]))
    if step.get("duration") is not None:
        return Timed(waited(step["duration"]) or timedelta(0))
    return None


def decide(stand: Stand, facts: Any) -> Decision:
    """`facts`: a Clock for times of day and business days; for an event, whether it has happened."""
    step = stand.step
    if step.get("event") is not None:
        if facts:
            return Go(stand.next, "HAPPENED")
        end = stand.arrived_at + (waited(step["timeout"]) or timedelta(0))
        return Go(step.get("timeout_next") or stand.next, "TIMED_OUT") if stand.now >= end else Stay(end)
    until = over(step, stand.arrived_at, facts if isinstance(facts, Clock) else Clock(zone_of()))
    return Go(stand.next, "WAITED") if stand.now >= until else Stay(until)


def over(step: Step, since: datetime, clock: Clock) -> datetime:
    """When a wait that began then is over; for one for an event, at the latest."""
    if step.get("local") is not None and (wall := _wall(step["local"])) is not None:
        days = step["local"].get("weekdays") or DAYS
        return next_time(wall, clock.zone, since, tuple(OPEN if day in days else () for day in DAYS))
    if step.get("business_days") is not None:
        return days_later(step["business_days"], clock.zone, since, clock.week, clock.holidays)
    same = timed(step) or Timed(waited(step.get("timeout")) or timedelta(0))
    return same.due(since)


def _wall(rule: Any) -> time | None:
    """What a clock on the wall shows."""
    given: Mapping[str, Any] = cast("Mapping[str, Any]", rule) if isinstance(rule, Mapping) else {}
    try:
        found = time.fromisoformat(str(given.get("time")))
    except ValueError:
        return None
    return found if found.tzinfo is None and set(given.get("weekdays") or DAYS) <= set(DAYS) else None


async def learn(tx: Tx, stood: Sequence[Stand]) -> Facts:
    found: dict[UUID, Any] = dict(await happened(tx, [(s, s.step["event"], s.arrived_at) for s in stood if s.step.get("event") is not None]))
    here = [s.id for s in stood if s.step.get("local") is not None or s.step.get("business_days") is not None]
    if not here:
        return found
    rules = (await pressure.read_rules(tx)).rules
    for row in await tx.fetch(load(__name__, "zones"), tx.workspace, here):
        of = row["window_id"] or rules.window_id
        window = rules.windows.get(of) if of else None
        zone = _zone(row)
        found[row["id"]] = Clock(zone, window.week, window.holidays) if window else Clock(zone)
    return found


async def zone_of_enrollment(tx: Tx, id: UUID) -> ZoneInfo:
    """Whose clock counts for somebody in a sequence."""
    row = await tx.row(load(__name__, "zones"), tx.workspace, [id])
    return _zone(row) if row else zone_of()


def _zone(row: Any) -> ZoneInfo:
    return zone_of(row["person_zone"], row["company_zone"], row["sender_zone"], row["workspace_zone"])


def ways(step: Step) -> list[str]:
    return [str(step["timeout_next"])] if step.get("timeout_next") else []


def passes(step: Step) -> bool:
    """Time passes, but an instant is over when a loop comes back to it."""
    return step.get("until") is None
