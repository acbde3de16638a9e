"""Addresses as consent knows them: a keyed hash that survives erasure, and the row that gate and opt-out lock."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from leadwell.base import secrets
from leadwell.base.identity import Email, parse_email
from leadwell.base.tx import Tx


def normalized(address: str) -> str:
    """The form in which an address is one and the same, however somebody wrote it."""
    read = parse_email(address)
    return read.normalized if isinstance(read, Email) else address.strip().casefold()


def hash_of(address: str) -> bytes:
    """The hash of an address as somebody wrote it."""
    return hash_of_normalized(normalized(address))


def hash_of_normalized(normalized: str) -> bytes:
    """HMAC-SHA256 of a normalized address under the installation's pepper."""
    return hmac.digest(secrets.pepper(), normalized.encode(), hashlib.sha256)


async def ensure(tx: Tx, hashes: Iterable[bytes]) -> list[bytes]:
    """The rows of these addresses exist; returns the distinct hashes in the order in which everybody locks them."""
    ordered = sorted(set(hashes))
    await tx.execute(
        "INSERT INTO mail_addresses (workspace_id, hash, created_at) SELECT $1, h, $3 FROM unnest($2::bytea[]) AS h ON CONFLICT DO NOTHING",
        tx.workspace, ordered, await tx.now())
    return ordered


async def lock(tx: Tx, hashes: Sequence[bytes]) -> None:
    """Locks the rows of these addresses until the transaction ends. Whatever is read about them has to be read afterwards.
    Lock people before addresses, addresses before enrollments."""
    await tx.fetch(
        "SELECT a.hash FROM mail_addresses a WHERE a.workspace_id = $1 AND a.hash = ANY($2::bytea[]) ORDER BY a.hash FOR NO KEY UPDATE",
        tx.workspace, list(hashes))


async def ensure_locked(tx: Tx, hashes: Iterable[bytes]) -> list[bytes]:
    ordered = await ensure(tx, hashes)
    await lock(tx, ordered)
    return ordered


PauseReason = Literal["PERSON", "OUT_OF_OFFICE"]


async def pause(tx: Tx, address_hash: bytes, until: datetime, reason: PauseReason) -> bool:
    """Nothing but what the house needs is sent to the address before `until`; False when it is paused for as long already. A person's own wish
    is not shortened by anybody else's."""
    await ensure_locked(tx, [address_hash])
    return bool(await tx.execute(
        "UPDATE mail_addresses SET paused_until = $3, pause_reason = $4 WHERE workspace_id = $1 AND hash = $2 "
        "AND ($4 = 'PERSON' OR paused_until IS NULL OR paused_until < $3)", tx.workspace, address_hash, until, reason))


async def unpause(tx: Tx, address_hash: bytes) -> bool:
    """The pause ends now."""
    return bool(await tx.execute(
        "UPDATE mail_addresses SET paused_until = NULL, pause_reason = NULL WHERE workspace_id = $1 AND hash = $2 AND paused_until IS NOT NULL",
        tx.workspace, address_hash))


async def paused(tx: Tx, hashes: Sequence[bytes]) -> dict[bytes, tuple[datetime, PauseReason]]:
    """Until when these addresses get nothing, and why; those that may get something are left out. The send gate asks under the lock of `lock`."""
    rows = await tx.fetch(
        "SELECT a.hash, a.paused_until, a.pause_reason FROM mail_addresses a WHERE a.workspace_id = $1 AND a.hash = ANY($2::bytea[]) AND a.paused_until > $3",
        tx.workspace, list(hashes), await tx.now())
    return {r["hash"]: (r["paused_until"], r["pause_reason"]) for r in rows}


async def track(tx: Tx, hashes: Sequence[bytes], wanted: bool) -> int:
    """Whether mail to these addresses may carry tracked links and a pixel; returns how many changed."""
    await ensure_locked(tx, hashes)
    return await tx.execute(
        "UPDATE mail_addresses SET untracked = $3 WHERE workspace_id = $1 AND hash = ANY($2::bytea[]) AND untracked <> $3",
        tx.workspace, list(hashes), not wanted)


async def bounced(tx: Tx, address_hash: bytes) -> tuple[int, timedelta]:
    """One more soft bounce in a row; returns how many there are, and how long ago the first was."""
    now = await tx.now()
    row = await tx.row(
        "UPDATE mail_addresses SET soft_bounces = soft_bounces + 1, soft_bounced_at = CASE WHEN soft_bounces = 0 THEN $3 ELSE soft_bounced_at END "
        "WHERE workspace_id = $1 AND hash = $2 RETURNING soft_bounces, soft_bounced_at", tx.workspace, address_hash, now)
    return (row["soft_bounces"], now - (row["soft_bounced_at"] or now)) if row else (0, timedelta(0))


async def arrived(tx: Tx, address_hash: bytes) -> None:
    """Something reached the address, so a row of soft bounces has ended."""
    await tx.execute("UPDATE mail_addresses SET soft_bounces = 0 WHERE workspace_id = $1 AND hash = $2 AND soft_bounces > 0", tx.workspace, address_hash)
