"""One effect per key: the key's row commits with the change it stands for, and a repeat gets what the first one left."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from leadwell.base import secrets
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx

KEPT = timedelta(hours=24)
LONGEST = 255


class IdempotencyMismatch(Refusal):
    """This idempotency key was used before for something else."""

    fix = "Send a new key with new content, or exactly the earlier content with this one."
    status = 409


class BadIdempotencyKey(Refusal):
    """An idempotency key has 1 to 255 visible ASCII characters."""

    fix = "A random UUID for each intended change is a good key."


@dataclass(frozen=True, slots=True)
class Key:
    """The caller's key made unique to credential and field; `fingerprint` is of the content it came with."""

    text: str
    operation: str
    fingerprint: str


def key(caller: str, credential: str, operation: str, path: str, content: object) -> Key:
    """`content` is hashed in canonical form, so that the order of its fields does not matter, and with the pepper, because it may hold a password."""
    if not (0 < len(caller) <= LONGEST and caller.isascii() and caller.isprintable()):
        raise BadIdempotencyKey(field="idempotency_key")
    canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS, default=str)
    return Key(f"{credential}\n{caller}\n{path}", operation, hmac.digest(secrets.pepper(), b"idempotency " + canonical, hashlib.sha256).hex())


async def once(tx: Tx, key: Key, work: Callable[[Tx], Awaitable[Mapping[str, Any]]]) -> tuple[Mapping[str, Any], bool]:
    """Runs `work` and keeps what it answers (ids and plain values); under a key seen before, answers what was kept, and True.
    Whoever comes while the first is at work waits on the key's row, and does the work if the first one fails."""
    if not await _claim(tx, key):
        row = await tx.row(
            "SELECT i.operation, i.fingerprint, i.result, i.at < clock_timestamp() - $3::interval AS old FROM idempotency i "
            "WHERE i.workspace_id = $1 AND i.key = $2 FOR UPDATE", tx.workspace, key.text, KEPT)
        if row and not row["old"]:
            if (row["operation"], row["fingerprint"]) != (key.operation, key.fingerprint):
                raise IdempotencyMismatch(field="idempotency_key")
            return row["result"], True
    result = await work(tx)
    await tx.execute(
        "UPDATE idempotency SET operation = $3, fingerprint = $4, result = $5, at = clock_timestamp() WHERE workspace_id = $1 AND key = $2",
        tx.workspace, key.text, key.operation, key.fingerprint, dict(result))
    return result, False


async def _claim(tx: Tx, key: Key) -> bool:
    return bool(await tx.execute(
        "INSERT INTO idempotency (workspace_id, key, operation, fingerprint, result, at) VALUES ($1, $2, $3, $4, '{}', clock_timestamp()) "
        "ON CONFLICT DO NOTHING", tx.workspace, key.text, key.operation, key.fingerprint))
