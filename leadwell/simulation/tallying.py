"""Counts what a rehearsal came to, from the tables on its stage, into figures that are the same for the same seed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from leadwell.base.sql import load
from leadwell.calendars.zones import zone_of
from leadwell.simulation.stage import Stage

if TYPE_CHECKING:
    from leadwell.simulation.playing import Play
    from leadwell.simulation.rehearsing import Part

ZONES = (
    "SELECT coalesce(p.time_zone, '') AS zone, count(*)::int AS people FROM people p WHERE p.workspace_id = $1 GROUP BY 1 ORDER BY 1")
CLOSED = "SELECT DISTINCT h->>'on' AS on, h->>'name' AS name FROM calendars c, jsonb_array_elements(c.holidays) h WHERE c.workspace_id = $1 ORDER BY 1, 2"
Hours = Sequence[Any]


async def counted(play: "Play", part: "Part", zone: str) -> dict[str, Any]:
    """All figures; times are ISO 8601 in UTC, days are those of the workspace's zone."""
    stage, wish = play.stage, play.wish
    rows = await stage.fetch(load(__name__, "tally_hours"), stage.workspace, wish.from_at)
    exits = await stage.fetch(load(__name__, "tally_people"), stage.workspace, part.sequence_id, wish.from_at)
    mail = await stage.fetch(load(__name__, "tally_mail"), stage.workspace, part.sequence_id, wish.from_at)
    by_hour = _by_hour(rows)
    peak = max(by_hour.items(), key=lambda one: (one[1], one[0]), default=None)
    return {
        "from": _iso(wish.from_at), "until": _iso(wish.until_at), "seed": wish.seed, "zone": zone, "moments": play.moments,
        "people": len(play.people), "entered": sum(row["people"] for row in exits), "refused": dict(sorted(play.refused.items())),
        "sends": sum(by_hour.values()),
        "firstSendAt": _iso(min((row["first"] for row in rows), default=None)), "lastSendAt": _iso(max((row["last"] for row in rows), default=None)),
        "skipped": _sums(mail, "SKIPPED"), "bounced": sum(row["sends"] for row in mail if row["state"] == "REJECTED"),
        "waiting": sum(row["sends"] for row in mail if row["state"] in ("PLANNED", "DEFERRED")),
        "perHour": [{"at": _iso(at), "sends": count} for at, count in by_hour.items()],
        "peakHour": peak and {"at": _iso(peak[0]), "sends": peak[1]}, "perMailbox": _by_sender(rows, ZoneInfo(zone)),
        "exits": [dict(row) for row in exits], "steps": await _steps(play, part, mail), "collisions": await _collisions(stage, wish.from_at),
        "waits": dict(sorted(play.waits.items())),
        "answers": {name: sum(row[name] for row in mail) for name in ("opened", "clicked", "replied")},
        "clockChanges": await _clock_changes(stage, zone, wish.from_at, wish.until_at), "holidays": await _holidays(stage, by_hour, zone, wish),
    }


def _by_hour(rows: Hours) -> dict[datetime, int]:
    found: dict[datetime, int] = {}
    for row in rows:
        found[row["at"]] = found.get(row["at"], 0) + row["sends"]
    return found


def _by_sender(rows: Hours, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Each mailbox with its sum, and its busiest hour and day."""
    found: list[dict[str, Any]] = []
    for sender in sorted({row["sender"] for row in rows}):
        mine, days = [row for row in rows if row["sender"] == sender], dict[date, int]()
        for row in mine:
            day = row["at"].astimezone(zone).date()
            days[day] = days.get(day, 0) + row["sends"]
        found.append({
            "sender": sender, "sends": sum(row["sends"] for row in mine), "mostInAnHour": max(row["sends"] for row in mine), "mostInADay": max(days.values())})
    return found


def _sums(mail: Hours, state: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in mail:
        if row["state"] == state:
            found[row["reason"] or state] = found.get(row["reason"] or state, 0) + row["sends"]
    return dict(sorted(found.items()))


async def _steps(play: "Play", part: "Part", mail: Hours) -> list[dict[str, Any]]:
    """The steps in their order: how people left each, and what became of its mail."""
    stage = play.stage
    left = await stage.fetch(load(__name__, "tally_steps"), stage.workspace, part.sequence_id, play.wish.from_at)
    steps = await stage.value("SELECT v.steps FROM sequence_versions v WHERE v.workspace_id = $1 AND v.id = $2", stage.workspace, part.version_id)
    found: list[dict[str, Any]] = []
    for step in steps:
        mine = [row for row in mail if row["ours"] and row["step"] == step["id"]]
        ways = {row["outcome"]: row["people"] for row in left if row["step"] == step["id"]}
        told = {"step": step["id"], "name": step.get("name"), "kind": step["kind"], "people": sum(ways.values()), "left": ways}
        if step["kind"] == "EMAIL":
            told |= {"sends": sum(row["sends"] for row in mine if row["state"] == "SENT")} | {
                name: sum(row[name] for row in mine) for name in ("opened", "clicked", "replied")}
        found.append(told)
    return found


async def _collisions(stage: Stage, since: datetime) -> dict[str, Any]:
    rows = await stage.fetch(load(__name__, "tally_pairs"), stage.workspace, since)
    pairs = [{"sequences": [row["one"], row["other"]], "people": row["people"], "times": row["times"]} for row in rows]
    return {"people": rows[0]["everybody"] if rows else 0, "pairs": pairs}


async def _clock_changes(stage: Stage, zone: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Where clocks are put forward or back on somebody meanwhile."""
    found: list[dict[str, Any]] = []
    for row in await stage.fetch(ZONES, stage.workspace):
        here = zone_of(row["zone"], zone)
        at = since
        while at < until:
            after = min(at + timedelta(days=1), until)
            before_off, after_off = here.utcoffset(at.astimezone(here)), here.utcoffset(after.astimezone(here))
            if before_off != after_off and before_off is not None and after_off is not None:
                moved = int((after_off - before_off).total_seconds() // 60)
                found.append({"zone": here.key, "on": after.astimezone(here).date().isoformat(), "minutes": moved, "people": row["people"]})
            at = after
    return sorted(found, key=lambda one: (one["on"], one["zone"]))[:200]


async def _holidays(stage: Stage, by_hour: dict[datetime, int], zone: str, wish: Any) -> list[dict[str, Any]]:
    """The holidays of the workspace's calendars on the way, and how many mails leave on each all the same."""
    here, days = ZoneInfo(zone), dict[str, int]()
    for at, count in by_hour.items():
        day = at.astimezone(here).date().isoformat()
        days[day] = days.get(day, 0) + count
    first, last = (at.astimezone(here).date().isoformat() for at in (wish.from_at, wish.until_at))
    rows = await stage.fetch(CLOSED, stage.workspace)
    return [{"on": row["on"], "name": row["name"], "sends": days.get(row["on"], 0)} for row in rows if first <= row["on"] <= last]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
