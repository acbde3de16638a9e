"""One step of an explanation, in the order in which it is to be read."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Step:
    """`what` happened `at` some time (or at none in particular), `because` of something (or nothing that is known)."""

    at: datetime | None
    what: str
    because: str = ""
