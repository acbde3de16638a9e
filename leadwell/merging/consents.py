"""The strictest consent: what was refused at one address of a person holds at all of them. Decided purely, written append-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from leadwell import consent
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.merging.engine import Manifest

SPREAD = ("COMPLAINT", "UNSUBSCRIBE")


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds at one address: topics whose latest act is a grant or a withdrawal, and suppressions in force as (kind, topic or None)."""

    hash: bytes
    granted: frozenset[UUID] = frozenset()
    withdrawn: frozenset[UUID] = frozenset()
    suppressed: frozenset[tuple[str, UUID | None]] = frozenset()


@dataclass(frozen=True, slots=True)
class Stricter:
    """What has to be added: withdrawals (address, topic) where a grant stood, and suppressions (address, kind, topic)."""

    withdrawals: Sequence[tuple[bytes, UUID]] = ()
    suppressions: Sequence[tuple[bytes, str, UUID | None]] = ()


def stricter(found: Sequence[Standing]) -> Stricter:
    """Within an address the latest act counts already; across addresses a withdrawal, an opt-out and a complaint go to all. A dead address
    says nothing about the others."""
    withdrawn = {topic for one in found for topic in one.withdrawn}
    refused = {(kind, topic) for one in found for kind, topic in one.suppressed if kind in SPREAD}
    return Stricter(
        [(one.hash, topic) for one in found for topic in sorted(one.granted & withdrawn)],
        [(one.hash, kind, topic) for one in found for kind, topic in sorted(refused - one.suppressed, key=str)],
    )


async def read(tx: Tx, person_ids: Sequence[UUID], *, locking: bool) -> list[Standing]:
    """What holds at every address of these people, locked behind them."""
    addresses = await tx.fetch(
        "SELECT DISTINCT e.normalized FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = ANY($2::uuid[])", tx.workspace, list(person_ids))
    hashes = sorted(consent.hash_of_normalized(row["normalized"]) for row in addresses)
    if locking and hashes:
        await consent.lock(tx, hashes)
    rows = await tx.fetch(load(__name__, "standing"), tx.workspace, hashes)
    return [
        Standing(row["hash"], frozenset(row["granted"]), frozenset(row["withdrawn"]), frozenset(zip(row["kinds"], row["topics"], strict=True))) for row in rows
    ]


async def spread(manifest: Manifest, person_id: UUID, added: Stricter) -> None:
    """Writes what is missing; both kinds of row are there for good."""
    tx, now = manifest.tx, await manifest.tx.now()
    hashes = sorted({hash for hash, *_ in (*added.withdrawals, *added.suppressions)})
    await consent.ensure_locked(tx, hashes)
    for hash, topic in added.withdrawals:
        await tx.execute(
            "INSERT INTO consents (workspace_id, id, person_id, address_hash, topic_id, state, basis, source, evidence, at)"
            " VALUES ($1, $2, $3, $4, $5, 'WITHDRAWN', 'CONSENT', 'MERGE', $6, $7)",
            tx.workspace, id := uuid7(), person_id, hash, topic, {"merge_id": str(manifest.merge_id)}, now)
        await manifest.note("ADDED", "consents", {"id": id}, None, {"state": "WITHDRAWN", "topic_id": topic})
    for hash, kind, topic in added.suppressions:
        if await consent.suppress(tx, hash, kind, topic_id=topic, source="MERGE", reason=str(manifest.merge_id)):
            await manifest.note("ADDED", "suppressions", {"address_hash": hash.hex(), "kind": kind, "topic_id": topic}, None, {"kind": kind})
