"""Edits windows, limits and the rules of all mail: what cannot work is refused, what will hardly work is said, and what waits is asked again."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell import calendars, entries, events
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Named, Revision, checked_version, differing, require, unnamed
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.entries import BadEntryField, Entry
from leadwell.pressure.reasking import ask_again
from leadwell.pressure.rules import TOUCHES, Limit, Rules, read_rules

COUNTS = {"person_most": 1000, "person_days": 366, "company_most": 100_000, "company_days": 366, "quiet_hours": 24 * 366}
PAIRS = (("person_most", "person_days"), ("company_most", "company_days"))


class BadSendingRule(Refusal):
    """The rule {name} cannot be "{value}": {why}."""

    fix = "Give numbers within their bounds, of a cap both how many and in how many days; null lifts a rule."


async def create(tx: Tx, entry: Entry, given: Mapping[str, Any]) -> UUID:
    """A window or a limit. What `entries.create` refuses, BadCalendar, BadEntryField."""
    id = await entries.create(tx, entry, given)
    await _after(tx, entry, id)
    return id


async def update(tx: Tx, entry: Entry, id: UUID, changes: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """What `entries.update` refuses, BadCalendar, BadEntryField."""
    revision = await entries.update(tx, entry, id, changes, expected_version)
    await _after(tx, entry, id)
    return revision


async def archive(tx: Tx, entry: Entry, id: UUID, replacement: UUID | None = None, expected_version: int | None = None) -> Revision:
    """Puts one away; a window that is in use needs a replacement, and none takes the place of one that steps name. What `entries.archive` refuses."""
    if entry.noun == "SendWindow":
        await entries.turn(tx, entry)
        await unnamed(tx, entry.table, id)
        if used := await tx.fetch(load(__name__, "window_users"), tx.workspace, id):
            named = "sequences in their steps (" + ", ".join(f"“{row['name']}”" for row in used) + ")"
            raise entries.EntryInUse(noun="send window", count=len(used), users=named, fix="Give these steps other hours first.")
    revision = await entries.archive(tx, entry, id, replacement, expected_version)
    await ask_again(tx)
    return revision


async def _after(tx: Tx, entry: Entry, id: UUID) -> None:
    if entry.noun == "SendWindow":
        row = await tx.row(
            "SELECT x.hours, x.business_days, k.holidays, k.weekly FROM send_windows x LEFT JOIN calendars k ON k.workspace_id = $1 AND k.id = x.calendar_id "
            "WHERE x.workspace_id = $1 AND x.id = $2", tx.workspace, id)
        assert row is not None
        if row["business_days"] and row["weekly"] is None:
            raise BadEntryField(field="business_days", name="business_days", value="true", why="the window names no calendar that says which days these are")
        calendars.read_window(row["hours"], row["holidays"] or [], row["weekly"] if row["business_days"] else None)
    else:
        row = await tx.row("SELECT l.* FROM send_limits l WHERE l.workspace_id = $1 AND l.id = $2", tx.workspace, id)
        assert row is not None
        _check_limit(dict(row))
    await ask_again(tx)


def _check_limit(row: Mapping[str, Any]) -> None:
    whose, key = row["scope"], str(row["key"])
    if key != "*" and (whose == "WORKSPACE" or ("@" in key) != (whose == "SENDER")):
        raise BadEntryField(field="key", name="key", value=key, why="a sender's limit names an address, a domain's a domain, the workspace's *")
    if not any(row[name] for name in ("per_minute", "per_hour", "per_day")):
        raise BadEntryField(field="per_day", name="per_day", value="", why="a limit has a number: per minute, per hour or per day")
    warming = [row[name] is not None for name in ("warm_up_on", "warm_up_first", "warm_up_percent")]
    if any(warming) and not (all(warming) and row["per_day"]):
        raise BadEntryField(
            field="warm_up_on", name="warm_up_on", value=str(row["warm_up_on"]), why="warming up needs a first day, a first number, a percentage and perDay")
    if row["warm_up_first"] and row["warm_up_first"] > row["per_day"]:
        raise BadEntryField(field="warm_up_first", name="warm_up_first", value=str(row["warm_up_first"]), why="it is more than perDay")


async def update_rules(tx: Tx, given: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """Changes rules given by name: window_id, person_most and person_days, company_most and company_days, quiet_hours, capped; None lifts one.
    NotFound, StaleVersion, BadSendingRule."""
    await require(tx, Named("send window", "send_windows", given.get("window_id"), "window_id"))
    values = {name: _read(name, value) for name, value in given.items()}
    now = await tx.now()
    await tx.execute("INSERT INTO sending_rules (workspace_id, version, updated_at) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING", tx.workspace, now)
    row = await tx.row("SELECT r.* FROM sending_rules r WHERE r.workspace_id = $1 FOR NO KEY UPDATE", tx.workspace)
    assert row is not None
    checked_version(dict(row), "sending rules", expected_version)
    changes = differing(dict(row), values)
    after = {**dict(row), **values}
    for one, other in PAIRS:
        if (after[one] is None) != (after[other] is None):
            raise BadSendingRule(field=one if after[one] is None else other, name=one, value="", why="a cap has both, how many and in how many days")
    if not changes:
        return Revision(changes, row["version"])
    sets = "".join(f", {name} = ${i}" for i, name in enumerate(changes, start=3))
    await tx.execute(
        f"UPDATE sending_rules SET version = version + 1, updated_at = $2{sets} WHERE workspace_id = $1", tx.workspace, now, *(after[n] for n in changes))
    revision = Revision(changes, row["version"] + 1)
    await events.revised(tx, "sendingRules.updated", "Workspace", tx.workspace, revision)
    await ask_again(tx)
    return revision


def _read(name: str, value: Any) -> Any:
    if name == "capped":
        classes = list(dict.fromkeys(map(str, value or ())))
        if strange := [one for one in classes if one not in TOUCHES]:
            raise BadSendingRule(field="capped", name=name, value=strange[0], why="only mail of " + ", ".join(TOUCHES) + " can wait")
        return classes
    if name in COUNTS and value is not None and not 1 <= value <= COUNTS[name]:
        raise BadSendingRule(field=name, name=name, value=str(value), why=f"it is not a whole number from 1 to {COUNTS[name]}")
    return value


async def warnings(tx: Tx, window_ids: Collection[UUID | None] = (None,)) -> list[str]:
    """What will hardly work: limits that a window leaves no time to reach, ramps that never get anywhere. Of `window_ids`, the hours of somebody's mail, the
    narrowest count; None: those of the workspace."""
    return warnings_of((await read_rules(tx)).rules, window_ids)


def warnings_of(rules: Rules, window_ids: Collection[UUID | None] = (None,)) -> list[str]:
    """Pure."""
    hours = min((_hours(rules, id or rules.window_id) for id in window_ids), default=24.0)
    found = [text for limit in rules.limits.values() if (text := _out_of_reach(limit, hours))]
    if rules.person and rules.quiet and rules.quiet * rules.person[0] > rules.person[1]:
        found.append("The quiet between two mails to a person leaves no room for as many as the cap allows.")
    return found


def _hours(rules: Rules, window_id: UUID | None) -> float:
    """Of the day that a window has most of."""
    window = rules.windows.get(window_id) if window_id else None
    return max((sum(end - begin for begin, end in day) for day in window.week), default=0) / 60 if window else 24.0


def _out_of_reach(limit: Limit, hours: float) -> str | None:
    rates: Sequence[float] = [rate for rate in (limit.per_minute and limit.per_minute * 60.0, limit.per_hour and float(limit.per_hour)) if rate]
    most = int(min(rates) * hours) if rates else None
    if most is None or limit.per_day is None or most >= limit.per_day:
        return None
    whose = {"WORKSPACE": "of the workspace", "SENDER": f"of sender {limit.key}", "DOMAIN": f"to {limit.key}"}[limit.scope]
    return f"The limit {whose} allows {limit.per_day} mails a day, but within {hours:g} hours of sending only {most} can leave."


