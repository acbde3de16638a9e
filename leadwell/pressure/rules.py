"""What a workspace chose about when mail leaves and how much of it: windows, caps, limits with their warming up. Pure, but for reading them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import orjson

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.calendars import SendWindow, read_window, zone_of

TOUCHES = ("SEQUENCE", "BROADCAST", "ONE_TO_ONE")   # what counts as a touch, and may have to wait; security, opt-in, tests and digests never do
WINDOWED = frozenset({"SEQUENCE", "BROADCAST"})     # what keeps to the workspace's window; one-to-one mail only to one of its own
UNITS = ("MINUTE", "HOUR", "DAY")
Most = int


class Slot(NamedTuple):
    """A minute, hour or day of one limit."""

    bucket: str
    unit: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of a scope may leave; `warm_up` is the first day, how many on it, and how many percent more each day."""

    scope: str
    key: str
    per_minute: int | None = None
    per_hour: int | None = None
    per_day: int | None = None
    warm_up: tuple[date, int, int] | None = None

    def most(self, unit: str, day: date) -> Most | None:
        """The number for a unit on a day of the workspace; None when there is none."""
        if unit != "DAY" or self.warm_up is None or self.per_day is None:
            return {"MINUTE": self.per_minute, "HOUR": self.per_hour, "DAY": self.per_day}[unit]
        first_day, first, percent = self.warm_up
        days = min(max((day - first_day).days, 0), 3650)
        return int(min(float(self.per_day), first * (1 + percent / 100) ** min(days, 500)))


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """All of it, and the workspace's zone. `capped` are the classes of mail that wait for caps and quiet."""

    zone: ZoneInfo
    window_id: UUID | None = None
    person: tuple[int, timedelta] | None = None
    company: tuple[int, timedelta] | None = None
    quiet: timedelta | None = None
    capped: frozenset[str] = frozenset(TOUCHES)
    windows: Mapping[UUID, SendWindow] = field(default_factory=dict[UUID, SendWindow])
    limits: Mapping[tuple[str, str], Limit] = field(default_factory=dict[tuple[str, str], Limit])

    @property
    def idle(self) -> bool:
        """Nothing was chosen: mail leaves as soon as a worker is free."""
        return not (self.windows or self.limits or self.person or self.company or self.quiet)

    @property
    def looks_back(self) -> timedelta:
        """How long a touch is remembered for a person."""
        return max(self.person[1] if self.person else timedelta(0), self.quiet or timedelta(0))

    def limits_of(self, sender: str, domain: str) -> list[tuple[str, Limit]]:
        """The limits that a mail counts for, each with the name of its bucket."""
        wanted = (("WORKSPACE", "*", "WORKSPACE"), ("SENDER", sender, f"SENDER {sender}"), ("DOMAIN", domain, f"DOMAIN {domain}"))
        found = [(bucket, self.limits.get((scope, key)) or self.limits.get((scope, "*"))) for scope, key, bucket in wanted]
        return [(bucket, limit) for bucket, limit in found if limit]

    def slots(self, sender: str, domain: str, at: datetime, units: tuple[str, ...] = UNITS) -> list[tuple[Slot, Most]]:
        """The minute, hour and day that a mail of that moment counts for, and how much each holds."""
        if not self.limits:
            return []
        day = at.astimezone(self.zone).date()
        return [
            (Slot(bucket, unit, start_of(unit, at, self.zone)), most)
            for bucket, limit in self.limits_of(sender, domain) for unit in units if (most := limit.most(unit, day)) is not None]


def start_of(unit: str, at: datetime, zone: ZoneInfo) -> datetime:
    """When the minute or hour began, or the day of the workspace's clock."""
    if unit == "DAY":
        return datetime.combine(at.astimezone(zone).date(), time(), zone).astimezone(UTC)
    here = at.astimezone(UTC)
    return here.replace(minute=0 if unit == "HOUR" else here.minute, second=0, microsecond=0)


def end_of(slot: Slot, zone: ZoneInfo) -> datetime:
    """When the next one begins."""
    if slot.unit == "DAY":
        return start_of("DAY", slot.starts_at + timedelta(hours=36), zone)
    return slot.starts_at + (timedelta(minutes=1) if slot.unit == "MINUTE" else timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Standing:
    """The rules of a workspace as a transaction found them."""

    rules: Rules
    now: datetime
    outbound_epoch: str
    version: int


async def read_rules(tx: Tx) -> Standing:
    """In one statement, which reads the business clock too."""
    row = await tx.row(load(__name__, "rules"), tx.workspace)
    assert row is not None, "a transaction is always in a workspace"
    tx.clocked(row["now"])
    return Standing(rules_of(row), row["now"], row["outbound_epoch"], row["version"])


def rules_of(row: asyncpg.Record | Mapping[str, Any]) -> Rules:
    """Of what rules.sql found."""
    plain = {name: row[name] for name in ("time_zone", "window_id", "person_most", "person_days", "company_most", "company_days", "quiet_hours", "capped",
                                          "windows", "limits")}
    return _rules(orjson.dumps(plain, default=str))


@lru_cache(maxsize=256)
def _rules(text: bytes) -> Rules:
    row: dict[str, Any] = orjson.loads(text)
    capped: Sequence[str] = TOUCHES if row["capped"] is None else row["capped"]
    windows: dict[str, dict[str, Any]] = row["windows"] or {}
    limits: list[dict[str, Any]] = row["limits"] or []
    return Rules(
        zone_of(row["time_zone"]), UUID(row["window_id"]) if row["window_id"] else None, _cap(row, "person"), _cap(row, "company"),
        timedelta(hours=row["quiet_hours"]) if row["quiet_hours"] else None, frozenset(capped),
        {UUID(id): read_window(one["hours"], one["holidays"], one["office"]) for id, one in windows.items()},
        {(one["scope"], one["key"]): limit_of(one) for one in limits})


def _cap(row: Mapping[str, Any], of: str) -> tuple[int, timedelta] | None:
    return (row[f"{of}_most"], timedelta(days=row[f"{of}_days"])) if row[f"{of}_most"] else None


def limit_of(row: Mapping[str, Any]) -> Limit:
    """Of a row of send_limits, or of its JSON."""
    on = row["warm_up_on"]
    warm_up = (date.fromisoformat(str(on)), row["warm_up_first"], row["warm_up_percent"]) if on else None
    return Limit(row["scope"], row["key"], row["per_minute"], row["per_hour"], row["per_day"], warm_up)
