"""What shows that a mail left although its server never said so: whatever comes back of it. It settles what was held as ambiguous."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import asyncpg

from leadwell import events, timeline
from leadwell.base.tx import Tx

Evidence = Literal["DELIVERED", "BOUNCE", "COMPLAINT", "OPEN", "CLICK", "REPLY"]
SETTLED = """
UPDATE sends s SET state = 'SENT', reason = 'PROVEN_BY_' || s.evidence, ended_at = $3, version = s.version + 1, updated_at = $3,
  words_ciphertext = NULL, words_key_id = NULL
WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[]) AND s.state = 'AMBIGUOUS' AND s.evidence IS NOT NULL
RETURNING s.id, s.person_id, s.subject, s.mail_class, s.sending_at, s.address_hash, s.evidence, s.user_id
"""


async def prove(tx: Tx, send_id: UUID, evidence: Evidence) -> bool:
    """Something came back of this mail: it had left. Where that was held open it is settled, and True answered."""
    await tx.execute("UPDATE sends SET evidence = $3 WHERE workspace_id = $1 AND id = $2 AND evidence IS NULL", tx.workspace, send_id, evidence)
    return bool(await settle(tx, [send_id]))


async def settle(tx: Tx, ids: Sequence[UUID]) -> list[UUID]:
    """Ambiguous sends of which something had come back by now count as sent; returns them."""
    if not ids:
        return []
    rows = await tx.fetch(SETTLED, tx.workspace, list(ids), await tx.now())
    await left(tx, rows)
    await events.note_all(tx, [
        events.Event("mail.resolved", "Send", r["id"], r["person_id"], data={"fate": "SENT", "evidence": r["evidence"]}) for r in rows])
    return [r["id"] for r in rows]


async def settle_proven(tx: Tx) -> int:
    """The same for all that are held: something may have come back while a mail was still on its way. Returns how many."""
    rows = await tx.fetch(
        "SELECT s.id FROM sends s WHERE s.workspace_id = $1 AND s.state = 'AMBIGUOUS' AND s.evidence IS NOT NULL ORDER BY s.planned_at LIMIT 1000",
        tx.workspace)
    return len(await settle(tx, [r["id"] for r in rows]))


async def left(tx: Tx, rows: Sequence[asyncpg.Record]) -> None:
    """Mail that is known to have left stands on the timeline of whom it was to; mail of the house does not."""
    if not rows:
        return
    now = await tx.now()
    await timeline.record_many(tx, [
        timeline.NewActivity(
            "EMAIL", participants=[(r["person_id"], "TO")], subject=r["subject"], direction="OUTBOUND", automated=r["mail_class"] != "ONE_TO_ONE",
            source="leadwell", external_id=str(r["id"]), send_id=r["id"], at=r["sending_at"] or now,
            user_id=r["user_id"] if r["mail_class"] == "ONE_TO_ONE" else None)
        for r in rows if r["person_id"] and r["mail_class"] != "TEST"])
    await tx.execute(
        "UPDATE mail_addresses SET last_sent_at = $3 WHERE workspace_id = $1 AND hash = ANY($2::bytea[])", tx.workspace, [r["address_hash"] for r in rows], now)
