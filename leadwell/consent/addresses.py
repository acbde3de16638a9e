"""Addresses as consent knows them: a keyed hash that survives erasure, and the row that gate and opt-out lock."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

from leadwell.base import secrets
from leadwell.base.identity import Email, parse_email
from leadwell.base.tx import Tx


def hash_of(address: str) -> bytes:
    """The hash of an address as somebody wrote it."""
    read = parse_email(address)
    return hash_of_normalized(read.normalized if isinstance(read, Email) else address.strip().casefold())


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
