"""One delivery: what to post, what its answer means, and the log of its attempts."""

import random
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from leadwell import work
from leadwell.base import secrets
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.webhooks.endpoints import PURPOSE, disable

SCHEDULE_S = (5, 300, 1800, 7200, 18000, 36000, 36000)   # after the first attempt at once; Standard Webhooks' recommendation
GONE = 410


@dataclass(frozen=True, slots=True)
class Post:
    """What goes out; `secrets` has two entries while one is being rotated."""

    id: str
    url: str
    body: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status and the start of the text, or an error."""

    status: int | None
    text: str
    error: str | None
    retry_after_s: int | None
    took_ms: int = 0

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


async def load(tx: Tx, id: UUID) -> Post | None:
    """The post of a pending delivery to an enabled endpoint; None when there is nothing to send any more."""
    row = await tx.row(
        "SELECT d.body, e.url, e.secret_ciphertext, e.secret_key_id FROM webhook_deliveries d "
        "JOIN webhook_endpoints e ON e.workspace_id = $1 AND e.id = d.endpoint_id "
        "WHERE d.workspace_id = $1 AND d.id = $2 AND d.state = 'PENDING' AND e.state = 'ENABLED' AND e.archived_at IS NULL", tx.workspace, id)
    if row is None:
        return None
    secret = secrets.decrypt(PURPOSE, row["secret_key_id"], row["secret_ciphertext"]).decode()
    return Post(f"msg_{id.hex}", row["url"], row["body"], (secret,))


def verdict(answer: Answer, attempts: int, chance: float) -> timedelta | None:
    """When to try again after a failed attempt; None when never. Retry-After is honored, jitter is ±20 %."""
    if answer.status == GONE or attempts > len(SCHEDULE_S):
        return None
    seconds = SCHEDULE_S[attempts - 1] * (0.8 + 0.4 * chance)
    return timedelta(seconds=max(seconds, answer.retry_after_s or 0))


async def attempt(tx: Tx, id: UUID, answer: Answer, attempts: int) -> timedelta | None:
    """Logs an attempt and returns when to try again; a 410 disables the endpoint."""
    again = None if answer.delivered else verdict(answer, attempts, random.random())
    state = "DELIVERED" if answer.delivered else "PENDING" if again else "FAILED"
    now = await tx.now()
    endpoint = await tx.value(
        "UPDATE webhook_deliveries SET state = $3, attempts = $4, status_code = $5, response = $6, error = $7, last_attempt_at = $8::timestamptz, "
        "delivered_at = CASE WHEN $3 = 'DELIVERED' THEN $8::timestamptz END WHERE workspace_id = $1 AND id = $2 AND state = 'PENDING' RETURNING endpoint_id",
        tx.workspace, id, state, attempts, answer.status, answer.text, answer.error, now)
    if endpoint and answer.status == GONE:
        await disable(tx, endpoint, "The endpoint answered 410 Gone.")
    return again if endpoint else None


async def replay(tx: Tx, id: UUID) -> UUID:
    """Sends a delivery's frozen body again as a new row; the old one keeps its story."""
    new = uuid7()
    made = await tx.execute(
        "INSERT INTO webhook_deliveries (workspace_id, id, endpoint_id, event_id, event_kind, body, replay_of_id, created_at) "
        "SELECT $1, $3, d.endpoint_id, d.event_id, d.event_kind, d.body, d.id, $4 FROM webhook_deliveries d WHERE d.workspace_id = $1 AND d.id = $2",
        tx.workspace, id, new, await tx.now())
    if not made:
        raise NotFound(noun="webhook delivery")
    await work.put(tx, work.NewJob("hook", "hook.deliver", {"delivery_id": str(new)}, key=str(new), max_attempts=8))
    return new
