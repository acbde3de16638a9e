"""The breaker of a sender: a server that fails is left alone for a while, and everybody can see for how long and why."""

from datetime import timedelta
from typing import Literal
from uuid import UUID

from leadwell import events
from leadwell.base.tx import Tx

OPENS_AT = 3
FIRST, LONGEST = timedelta(seconds=30), timedelta(minutes=15)
FAILED = """
UPDATE senders s SET failures = s.failures + 1, failing_since = coalesce(s.failing_since, clock_timestamp()), last_error = $3,
  retry_at = CASE WHEN s.failures + 1 >= $4 THEN clock_timestamp() + least($5::interval * (2 ^ least(s.failures + 1 - $4, 20)), $6::interval) END
WHERE s.workspace_id = $1 AND s.id = $2 AND (s.retry_at IS NULL OR s.retry_at <= clock_timestamp()) RETURNING s.failures
"""
WORKED = """
UPDATE senders s SET failures = 0, failing_since = NULL, retry_at = NULL, last_error = NULL, tested_at = clock_timestamp()
FROM (SELECT o.id, o.failures FROM senders o WHERE o.workspace_id = $1 AND o.id = $2) before
WHERE s.workspace_id = $1 AND s.id = before.id AND (s.failures > 0 OR $3) RETURNING before.failures
"""


def rest(failures: int) -> timedelta | None:
    """How long a sender that failed so often in a row is left alone; None: not yet."""
    return None if failures < OPENS_AT else min(FIRST * 2 ** min(failures - OPENS_AT, 20), LONGEST)


async def failed(tx: Tx, sender_id: UUID, error: str) -> Literal["CLOSED", "OPEN"]:
    """The server could not be reached, or would not have us. Failures told while the breaker is open count once, however many mails were on their way."""
    failures = await tx.value(FAILED, tx.workspace, sender_id, error[:500], OPENS_AT, FIRST, LONGEST)
    if failures == OPENS_AT:
        await events.note(tx, "sender.failing", "Sender", sender_id, data={"error": error[:500]})
    return "OPEN" if failures is None or failures >= OPENS_AT else "CLOSED"


async def worked(tx: Tx, sender_id: UUID, *, tested: bool = False) -> None:
    """The server took a mail after failures, or a test."""
    failures = await tx.value(WORKED, tx.workspace, sender_id, tested)
    if failures is not None and failures >= OPENS_AT:
        await events.note(tx, "sender.recovered", "Sender", sender_id)
