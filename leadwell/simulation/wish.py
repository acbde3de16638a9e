"""What is to be rehearsed: on whom, from when to when, and how people answer. Read, checked and kept as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from leadwell.base.refusals import Refusal

MOST_PEOPLE = 50_000
LONGEST = timedelta(days=3 * 366)
MOST_ZONES = 50


class BadSimulation(Refusal):
    """This cannot be rehearsed: {why}."""

    fix = "Correct it; nothing was rehearsed."


@dataclass(frozen=True, slots=True)
class Rates:
    """How many of 100 mails that arrive are opened, clicked, answered or lead to an unsubscribe, and how many bounce for good."""

    open: float = 40.0
    click: float = 5.0
    reply: float = 2.0
    bounce: float = 1.0
    unsubscribe: float = 0.3


NEVER = Rates(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Wish:
    """`people` that are made up, or at most so many of those in the segment, or of the `noun` that match `where`. `per_day` None: all enter at once.
    `others`: the other live sequences that the people are in go on meanwhile. The same seed on the same data comes to the same."""

    from_at: datetime
    until_at: datetime
    people: int | None = None
    segment_id: UUID | None = None
    noun: str = "Person"
    where: Mapping[str, Any] | None = None
    ids: tuple[UUID, ...] = ()
    zones: tuple[str, ...] = ()
    per_day: int | None = None
    others: bool = True
    rates: Rates = Rates()
    seed: int = 1

    @property
    def copied(self) -> bool:
        """Whether the audience is a copy of people there are."""
        return bool(self.segment_id or self.where is not None or self.ids)

    @property
    def most(self) -> int:
        return self.people or (len(self.ids) if self.ids else MOST_PEOPLE)

    @property
    def days(self) -> int:
        return max(1, -(-(self.until_at - self.from_at) // timedelta(days=1)))

    def kept(self) -> dict[str, Any]:
        """As JSON, in the names of `read`."""
        plain = {name: value for name, value in asdict(self).items() if value not in (None, (), [])}
        return plain | {"from_at": self.from_at.isoformat(), "until_at": self.until_at.isoformat()} | (
            {"segment_id": str(self.segment_id)} if self.segment_id else {}) | ({"ids": [str(id) for id in self.ids]} if self.ids else {})


def read(kept: Mapping[str, Any]) -> Wish:
    """A wish as it was kept."""
    values: dict[str, Any] = dict(kept)
    values |= {name: datetime.fromisoformat(values[name]) for name in ("from_at", "until_at")}
    values |= {"rates": Rates(**values.get("rates", {})), "zones": tuple(values.get("zones", ())), "ids": tuple(map(UUID, values.get("ids", ())))}
    if values.get("segment_id"):
        values["segment_id"] = UUID(values["segment_id"])
    return Wish(**values)


def checked(wish: Wish) -> Wish:
    """The wish as it is, if it can be fulfilled. BadSimulation."""
    for name, why in _flaws(wish):
        raise BadSimulation(field=name, why=why)
    return wish


def _flaws(wish: Wish) -> list[tuple[str, str]]:
    rates, zones = asdict(wish.rates), wish.zones
    found = [
        ("until", "its time ends before it begins", wish.until_at <= wish.from_at),
        ("until", f"{LONGEST.days} days are the most", wish.until_at - wish.from_at > LONGEST),
        ("people", f"people are a number from 1 to {MOST_PEOPLE}", wish.people is not None and not 1 <= wish.people <= MOST_PEOPLE),
        ("people", "nobody is named: give a number of people, a segment or a filter", not wish.copied and wish.people is None),
        ("segment", "a segment and a filter are two audiences; give one", bool(wish.segment_id) and wish.where is not None),
        ("perDay", "at least one person enters a day", wish.per_day is not None and wish.per_day < 1),
        ("zones", f"{MOST_ZONES} time zones are the most", len(zones) > MOST_ZONES),
        ("seed", "the seed is a whole number below 2^53", not 0 <= wish.seed < 1 << 53),
    ]
    found += [(f"rates.{name}", "a rate is from 0 to 100", not 0 <= rate <= 100) for name, rate in rates.items()]
    found += [(f"zones.{i}", "there is no such time zone", not _zone(name)) for i, name in enumerate(zones[:MOST_ZONES])]
    return [(name, why) for name, why, wrong in found if wrong]


def _zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
