"""What this worker has done since it began: counted here, told with each of its beats, shown by the API at /metrics."""

from collections import Counter
from collections.abc import Iterable

from leadwell.work import Job

JOBS: Counter[tuple[str, str]] = Counter()      # by kind and outcome: DONE, RETRIED, DEAD, GIVEN_BACK
MAILS: Counter[str] = Counter()                 # by state in the ledger
WEBHOOKS: Counter[str] = Counter()              # by class of the answer: 2xx, 4xx, ..., none


def jobs(those: Iterable[Job], outcome: str) -> None:
    for job in those:
        JOBS[job.kind, outcome] += 1


def mail(state: str) -> None:
    MAILS[state] += 1


def webhook(status: int | None) -> None:
    WEBHOOKS["none" if status is None else f"{status // 100}xx"] += 1


def told() -> dict[str, dict[str, int]]:
    """As JSON has it: a kind and its outcome are one name."""
    return {"jobs": {" ".join(name): n for name, n in JOBS.items()}, "mails": dict(MAILS), "webhooks": dict(WEBHOOKS)}
