"""How people answer a mail in a rehearsal, pure: the same seed, person, step and visit always come to the same answers."""

import hashlib
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from leadwell.simulation.wish import Rates

OPENED, CLICKED, REPLIED, UNSUBSCRIBED = "OPENED", "CLICKED", "REPLIED", "UNSUBSCRIBED"
TYPICAL = {OPENED: timedelta(hours=3), CLICKED: timedelta(hours=4), REPLIED: timedelta(hours=9), UNSUBSCRIBED: timedelta(hours=5)}   # half come sooner
LATEST = timedelta(days=14)


@dataclass(frozen=True, slots=True, order=True)
class Answer:
    """What somebody does about a mail, and when."""

    at: datetime
    ordinal: int
    step: str
    visit: int
    kind: str
    send_id: UUID


def chances(seed: int, ordinal: int, sequence: str, step: str, visit: int) -> tuple[float, ...]:
    """Eight numbers in [0, 1) that are this mail's own."""
    digest = hashlib.blake2b(f"{seed} {ordinal} {sequence} {step} {visit}".encode(), digest_size=32).digest()
    return tuple(number / 2**32 for number in struct.unpack(">8I", digest))


def bounces(rates: Rates, drawn: tuple[float, ...]) -> bool:
    return drawn[0] * 100 < rates.bounce


def answers(rates: Rates, drawn: tuple[float, ...], at: datetime, mail: tuple[int, str, int], id: UUID) -> Iterator[Answer]:
    """What becomes of a mail that arrived at `at`; `mail` is the person's number, the step and the visit. Who clicks has opened."""
    by_kind = {OPENED: (rates.open, drawn[1], drawn[5]), CLICKED: (rates.click, drawn[2], drawn[5]), REPLIED: (rates.reply, drawn[3], drawn[6]),
               UNSUBSCRIBED: (rates.unsubscribe, drawn[4], drawn[7])}
    clicked = by_kind[CLICKED][1] * 100 < rates.click
    for kind, (rate, chance, wait) in by_kind.items():
        if chance * 100 < rate or (kind == OPENED and clicked and rates.open):
            yield Answer(at + _later(TYPICAL[kind], wait), *mail, kind, id)


def _later(typical: timedelta, chance: float) -> timedelta:
    """Soon for most, late for some: half within the typical time, none after two weeks; in whole minutes."""
    minutes = typical.total_seconds() / 60 * -math.log2(1 - chance)
    return min(timedelta(minutes=1 + math.floor(minutes)), LATEST)
