"""An endpoint's health: when it rests because it fails, and when it has failed for so long that it is given up. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

AT_ONCE = 10                          # posts to one endpoint, over all workers
TRIES = 5                             # failures in a row before it rests
FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
PATIENCE = timedelta(days=5)          # nothing delivered for so long


@dataclass(frozen=True, slots=True)
class Health:
    """`failures` in a row, since when, and until when nothing is posted."""

    failures: int = 0
    failing_since: datetime | None = None
    resting_until: datetime | None = None

    @property
    def probing(self) -> bool:
        """It has rested: one delivery tries it before the others follow."""
        return self.failures >= TRIES

    def after(self, delivered: int, failed: int, now: datetime) -> "Health":
        """Anything that was delivered makes it whole. From the fifth failure in a row it rests for 30 s, then twice as long with each probe that fails; what
        fails while it rests had begun before."""
        if delivered:
            return Health()
        if not failed or (self.resting_until and self.resting_until > now):
            return self
        failures, since = self.failures + failed, self.failing_since or now
        if failures < TRIES:
            return Health(failures, since)
        probes = max(0, self.failures - TRIES + 1) if self.probing else 0
        rest = min(FIRST * 2 ** min(probes, 10), LONGEST)
        return Health(TRIES + probes, since, now + rest)

    def given_up(self, now: datetime, patience: timedelta = PATIENCE) -> bool:
        return self.failing_since is not None and now - self.failing_since >= patience
