"""Whether a mail may leave at a moment, and if not, why and until when. Pure: facts in, an answer out."""

from collections.abc import Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from leadwell.calendars import next_opening
from leadwell.pressure.rules import TOUCHES, UNITS, WINDOWED, Rules, Slot, end_of

UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Hold:
    """A mail waits: why, and not before when."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Timing:
    """What time and pressure ask about one mail. The touches, newest first, are shared by all mails to the person or company, so that one that goes counts
    for the next."""

    send_id: UUID
    mail_class: str
    sender: str = ""
    domain: str = ""
    zone: ZoneInfo = UTC_ZONE
    window_id: UUID | None = None
    company_id: UUID | None = None
    paused_until: datetime | None = None
    due_at: datetime | None = None
    person_touches: MutableSequence[datetime] = field(default_factory=list[datetime])
    company_touches: MutableSequence[datetime] = field(default_factory=list[datetime])

    @property
    def touch(self) -> bool:
        return self.mail_class in TOUCHES


@dataclass(slots=True)
class Tally:
    """What was taken of each slot: as it was found, and by the mails that went since."""

    taken: dict[Slot, int] = field(default_factory=dict[Slot, int])
    added: dict[Slot, int] = field(default_factory=dict[Slot, int])

    def count(self, slot: Slot) -> int:
        return self.taken.get(slot, 0) + self.added.get(slot, 0)

    def take(self, timing: Timing, rules: Rules, at: datetime) -> None:
        """The mail goes: it counts for its limits, and as a touch."""
        for slot, _ in rules.slots(timing.sender, timing.domain, at):
            self.added[slot] = self.added.get(slot, 0) + 1
        if timing.touch:
            timing.person_touches.insert(0, at)
            if timing.company_id:
                timing.company_touches.insert(0, at)


def held(timing: Timing, rules: Rules, tally: Tally, at: datetime) -> Hold | None:
    """None when it may leave. The reason is the first of those that hold it: the reader's pause, caps, quiet, window, limits; `until` is when all of them
    but the limits let it go, or a limit has room again."""
    if not timing.touch:
        return None
    hold = rested(timing, rules, at)
    return hold or throttled(timing, rules, tally, at)


def rested(timing: Timing, rules: Rules, at: datetime) -> Hold | None:
    """What holds it but the limits."""
    reason, until = "", at
    for why, free in _frees(timing, rules):
        if free is not None and free > until:
            reason, until = reason or why, free
    opens = opening(timing, rules, until)
    return Hold(reason or "WINDOW", opens) if opens > at else None


def throttled(timing: Timing, rules: Rules, tally: Tally, at: datetime) -> Hold | None:
    """The limit that has no room, of several the one that is full for longest."""
    full = [(end_of(slot, rules.zone), slot) for slot, most in rules.slots(timing.sender, timing.domain, at, UNITS) if tally.count(slot) >= most]
    if not full:
        return None
    until, slot = max(full)
    return Hold(f"{slot.bucket.split(' ')[0]}_LIMIT", opening(timing, rules, until))


def opening(timing: Timing, rules: Rules, at: datetime) -> datetime:
    """When its window is open, from a moment on."""
    id = timing.window_id or (rules.window_id if timing.mail_class in WINDOWED else None)
    window = rules.windows.get(id) if id else None
    return at if window is None else next_opening(window.week, timing.zone, at, window.holidays)


def _frees(timing: Timing, rules: Rules) -> Sequence[tuple[str, datetime | None]]:
    """When each of them lets it go; None: it does not hold it."""
    paused = timing.paused_until if timing.mail_class in WINDOWED else None
    if timing.mail_class not in rules.capped:
        return (("READER_PAUSED", paused),)
    last = timing.person_touches[0] if timing.person_touches else None
    return (
        ("READER_PAUSED", paused), ("PERSON_CAP", capped_until(timing.person_touches, rules.person)),
        ("COMPANY_CAP", capped_until(timing.company_touches, rules.company)), ("QUIET", last + rules.quiet if last and rules.quiet else None))


def capped_until(touches: Sequence[datetime], cap: tuple[int, timedelta] | None) -> datetime | None:
    """When the cap has room: once the touch that fills it is so long ago. `touches` are newest first."""
    return touches[cap[0] - 1] + cap[1] if cap and len(touches) >= cap[0] else None


REASONS: Mapping[str, str] = {
    "READER_PAUSED": "Waiting: the reader wants no mail for now, or is out of office.",
    "PERSON_CAP": "Waiting: the person has had as much mail as they may get for now.",
    "COMPANY_CAP": "Waiting: people of the company have had as much mail as they may get for now.",
    "QUIET": "Waiting: the last mail to the person is too short ago.",
    "WINDOW": "Waiting: its sending window is closed.",
    "SENDER_LIMIT": "Waiting: its sender may send no more for now.",
    "DOMAIN_LIMIT": "Waiting: the reader's domain gets no more for now.",
    "WORKSPACE_LIMIT": "Waiting: the workspace may send no more for now.",
}
