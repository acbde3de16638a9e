"""Deliveries: what to post next, what answers mean, and the log of every attempt."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell.base import secrets
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.webhooks.bodies import freeze
from leadwell.webhooks.documents import Unfit
from leadwell.webhooks.endpoints import PURPOSE
from leadwell.webhooks.health import AT_ONCE, PATIENCE, Health
from leadwell.webhooks.notices import give_up

SCHEDULE_S = (5, 300, 1800, 7200, 18000, 36000, 36000)   # after the first attempt at once; Standard Webhooks' recommendation
GONE = 410
SHOWN = 1024
LOOKS = 5        # batches of deliveries looked through for one that matches, in one transaction
NONE = UUID(int=0)
LEASE_S = 30     # a post takes 10 s at most: who holds one longer is dead


@dataclass(frozen=True, slots=True)
class Post:
    """What goes out; `secrets` has two entries while one is being rotated. `attempts` were made before."""

    id: str
    url: str
    body: str
    secrets: tuple[str, ...]
    delivery: UUID = NONE
    attempts: int = 0


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


def verdict(answer: Answer, attempts: int, chance: float) -> timedelta | None:
    """When to try again after a failed attempt; None when never. Retry-After is honored, jitter is ±20 %."""
    if answer.status == GONE or attempts > len(SCHEDULE_S):
        return None
    seconds = SCHEDULE_S[attempts - 1] * (0.8 + 0.4 * chance)
    return timedelta(seconds=max(seconds, min(answer.retry_after_s or 0, 86_400)))


async def turn(
    tx: Tx, endpoint: UUID, answers: Sequence[tuple[Post, Answer]], room: int, *, mail_from: str, patience: timedelta = PATIENCE,
) -> list[Post]:
    """Logs what came back of an endpoint's posts, and hands out the next ones: at most `room`, as many as the endpoint may have under way over all workers,
    one where it has failed too often. An endpoint that is gone, has failed for days, or whose document cannot be answered any more is disabled."""
    found = await tx.row("SELECT e.* FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.id = $2 FOR NO KEY UPDATE", tx.workspace, endpoint)
    if found is None:
        return []
    row = dict(found)
    now = await tx.now()
    health = await _logged(tx, row, answers, now)
    if any(answer.status == GONE for _, answer in answers):
        await give_up(tx, row, "The endpoint answered 410 Gone.", mail_from)
    elif health.given_up(now, patience):
        await give_up(tx, row, f"Nothing was delivered for {patience.days} days.", mail_from)
    elif room > 0 and row["state"] == "ENABLED" and not row["archived_at"] and not (health.resting_until and health.resting_until > now):
        return await _next(tx, row, room, 1 if health.probing else AT_ONCE, mail_from)
    return []


async def _logged(tx: Tx, row: Mapping[str, Any], answers: Sequence[tuple[Post, Answer]], now: datetime) -> Health:
    """The attempts, and the endpoint's health by them. Who lost a lease to another changes nothing."""
    before = Health(row["failures"], row["failing_since"], row["resting_until"])
    if not answers:
        return before
    known = await tx.fetch(load(__name__, "log"), tx.workspace, [_entry(post, answer, now) for post, answer in answers], now)
    logged = {one["id"] for one in known}
    good = [answer.delivered for post, answer in answers if post.delivery in logged]
    health = before.after(good.count(True), good.count(False), now)
    if health != before:
        await tx.execute(
            "UPDATE webhook_endpoints SET failures = $3, failing_since = $4, resting_until = $5 WHERE workspace_id = $1 AND id = $2",
            tx.workspace, row["id"], health.failures, health.failing_since, health.resting_until)
    return health


def _entry(post: Post, answer: Answer, now: datetime) -> dict[str, Any]:
    again = None if answer.delivered else verdict(answer, post.attempts + 1, random.random())
    said, error = answer.text[:SHOWN].replace("\0", "\ufffd"), (answer.error or "")[:500] or None
    attempt = {"at": now, "status": answer.status, "response": said, "error": error, "ms": answer.took_ms}
    return {
        "id": post.delivery, "state": "DELIVERED" if answer.delivered else "PENDING" if again else "FAILED", "attempts": post.attempts + 1,
        "status_code": answer.status, "response": said, "error": error, "due_at": now + again if again else None, "attempt": attempt,
    }  # fmt: skip


async def _next(tx: Tx, row: Mapping[str, Any], room: int, most: int, mail_from: str) -> list[Post]:
    rows: list[Any] = []
    for _ in range(LOOKS):
        try:
            more = await freeze(tx, row)
        except Unfit as flaw:
            await give_up(tx, row, f"What it asks for cannot be sent any more. {flaw}", mail_from)
            return []
        rows = await tx.fetch(load(__name__, "take"), tx.workspace, row["id"], room, most, LEASE_S)
        if rows or not more:
            break
    signing = _secrets(row, await tx.now()) if rows else ()
    found = [Post(f"msg_{one['id'].hex}", row["url"], one["body"], signing, one["id"], one["attempts"]) for one in rows]
    return sorted(found, key=lambda post: post.delivery)


def _secrets(row: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    """The secret, and the one before it until its time is over."""
    found = [(row["secret_key_id"], row["secret_ciphertext"])]
    if row["old_secret_until"] and row["old_secret_until"] > now:
        found.append((row["old_secret_key_id"], row["old_secret_ciphertext"]))
    return tuple(secrets.decrypt(PURPOSE, key_id, sealed).decode() for key_id, sealed in found)
