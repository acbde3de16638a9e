"""Lays mails that have to wait out over the hours and days that have room, so that nobody looks at one twice before its time. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from leadwell.pressure.holding import Hold, Timing, opening, rested
from leadwell.pressure.rules import Limit, Rules, Slot, end_of, start_of

HORIZON = timedelta(days=30)    # beyond it mails wait together, and are laid out again when they get there
EACH = timedelta(milliseconds=120)
WIDEST = timedelta(minutes=10)  # over which mails are scattered that may all leave at one moment
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Steps = dict[tuple[str, str, UUID | None, str, datetime], datetime]


@dataclass(slots=True)
class Book:
    """How much of each hour and day is spoken for: taken, laid out before, and laid out now."""

    spoken_for: Counter[Slot] = field(default_factory=Counter[Slot])
    added: Counter[Slot] = field(default_factory=Counter[Slot])
    begun: set[Slot] = field(default_factory=set[Slot])

    def count(self, slot: Slot) -> int:
        return self.spoken_for[slot] + self.added[slot]

    def begin(self, wanted: Sequence[tuple[Slot, int]], at: datetime) -> None:
        """Of the hour that runs only what is left of it can be laid out."""
        for slot, most in wanted:
            if slot.unit == "HOUR" and slot.starts_at < at and slot not in self.begun:
                self.spoken_for[slot] = max(self.spoken_for[slot], int(most * ((at - slot.starts_at) / HOUR)))
            self.begun.add(slot)


def lay_out(timings: Sequence[Timing], rules: Rules, book: Book, at: datetime, chance: Random) -> dict[UUID, Hold]:
    """When each of them is looked at again, and why it waits. Those that only wait for a window are scattered a little; those over a limit get a place in
    the first hour and day with room, in their order."""
    rests = [rested(t, rules, at) for t in timings]
    crowds = Counter(rest.until for rest in rests if rest)
    steps: Steps = {}
    found: dict[UUID, Hold] = {}
    for t, rest in zip(timings, rests, strict=True):
        since = rest.until if rest else _next(t, rules, at)
        place, limit = _place(t, rules, book, since, steps)
        if limit is None:
            wide = min(WIDEST, crowds[since] * EACH)
            place = opening(t, rules, since + wide * chance.random()) if crowds[since] > 1 else since
        found[t.send_id] = Hold(rest.reason if rest else limit or "WINDOW", min(place, at + HORIZON + HOUR * 24 * chance.random()))
    return found


def _next(t: Timing, rules: Rules, at: datetime) -> datetime:
    """When a mail over a limit is looked at again at the earliest: minutes are not laid out, and the one that runs may be full."""
    by_minute = any(limit.per_minute is not None for _, limit in rules.limits_of(t.sender, t.domain))
    return start_of("MINUTE", at, rules.zone) + MINUTE if by_minute else at


def _place(t: Timing, rules: Rules, book: Book, since: datetime, steps: Steps) -> tuple[datetime, str | None]:
    """The first moment from `since` on with room in all limits of the mail, booked; and the limit that was asked last."""
    limits = rules.limits_of(t.sender, t.domain)
    if not limits:
        return since, None
    key = (t.sender, t.domain, t.window_id, t.zone.key, since)
    at, reason, last = max(since, steps.get(key, since)), limits[0][0], since + HORIZON
    while at < last:
        wanted = slots(limits, rules, at)
        book.begin(wanted, at)
        full = [slot for slot, most in wanted if book.count(slot) >= most]
        if full:
            furthest = max(full, key=lambda slot: end_of(slot, rules.zone))
            reason, at = furthest.bucket, opening(t, rules, end_of(furthest, rules.zone))
            continue
        steps[key] = at
        place = _within(at, wanted, book)
        opens = opening(t, rules, place)
        if opens > place and start_of("HOUR", opens, rules.zone) != start_of("HOUR", at, rules.zone):
            if opening(t, rules, at) > at:
                at = opens
                continue
            opens = at      # its window shuts before its place comes, but the hour has room
        book.added.update(slot for slot, _ in wanted)
        return opens, f"{reason.split(' ')[0]}_LIMIT"
    return at, f"{reason.split(' ')[0]}_LIMIT"


def slots(limits: Sequence[tuple[str, Limit]], rules: Rules, at: datetime) -> list[tuple[Slot, int]]:
    """The hours and days that are laid out, and how much of each: a limit by the minute is laid out by the hour."""
    day = at.astimezone(rules.zone).date()
    found: list[tuple[Slot, int]] = []
    for bucket, limit in limits:
        minute, hour, whole = (limit.most(unit, day) for unit in ("MINUTE", "HOUR", "DAY"))
        in_hour = min((n for n in (minute and minute * 60, hour) if n is not None), default=None)
        for unit, most in (("HOUR", in_hour), ("DAY", whole)):
            if most is not None:
                found.append((Slot(bucket, unit, start_of(unit, at, rules.zone)), most))
    return found


def _within(at: datetime, wanted: Sequence[tuple[Slot, int]], book: Book) -> datetime:
    """Its place in the hour: as far on as the hour is full, by the fullest of the limits."""
    hours = [(book.count(slot) / most, slot.starts_at) for slot, most in wanted if slot.unit == "HOUR"]
    if not hours:
        return at + EACH * max(book.count(slot) for slot, _ in wanted) if wanted else at
    share, begins = max(hours)
    return max(at, begins + HOUR * share)
