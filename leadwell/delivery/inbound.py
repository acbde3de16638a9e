"""What comes back: replies, bounces and complaints, matched by Message-ID and nothing weaker."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import asyncpg

from leadwell import consent, events, timeline
from leadwell.base.tx import Tx

Kind = Literal["REPLY", "BOUNCE", "COMPLAINT"]
EVENTS = {"REPLY": "mail.replied", "BOUNCE": "mail.bounced", "COMPLAINT": "mail.complained"}


async def record_inbound(
    tx: Tx, kind: Kind, references: Sequence[str], *, external_id: str, subject: str | None = None, body: str | None = None, hard: bool = True
) -> UUID | None:
    """Records what answered one of our mails, once for each `external_id`, and returns the send it answers; None when none of the
    `references` (In-Reply-To first) is ours. A hard bounce and a complaint suppress the address; a soft bounce is only told."""
    send = await _answered(tx, references)
    if send is None:
        return None
    await tx.fetch("SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = $2 FOR NO KEY UPDATE", tx.workspace, send["person_id"])
    known = await tx.value("SELECT 1 FROM activity_keys k WHERE k.workspace_id = $1 AND k.source = 'mail' AND k.external_id = $2", tx.workspace, external_id)
    if known:
        return send["id"]
    await timeline.record(tx, timeline.NewActivity(
        kind, participants=[(send["person_id"], "FROM")] if kind == "REPLY" else [send["person_id"]], subject=subject, body=body, direction="INBOUND",
        source="mail", external_id=external_id, send_id=send["id"], reading="HUMAN" if kind != "BOUNCE" else "MACHINE"))
    await _follow(tx, kind, send, hard)
    await events.note(tx, EVENTS[kind], "Send", send["id"], person_id=send["person_id"], data={"hard": hard} if kind == "BOUNCE" else {})
    return send["id"]


async def _answered(tx: Tx, references: Sequence[str]) -> asyncpg.Record | None:
    """The first reference that is a Message-ID of ours; the angle brackets may be missing."""
    wanted = [f"<{r.strip().strip('<>')}>" for r in references]
    rows = await tx.fetch(
        "SELECT s.id, s.person_id, s.message_id, s.address_hash FROM sends s WHERE s.workspace_id = $1 AND s.message_id = ANY($2::text[])",
        tx.workspace, wanted)
    return min(rows, key=lambda r: wanted.index(r["message_id"]), default=None)


async def _follow(tx: Tx, kind: Kind, send: asyncpg.Record, hard: bool) -> None:
    if kind == "REPLY":
        await tx.execute(
            "UPDATE sends SET replied_at = $3, version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2 AND replied_at IS NULL",
            tx.workspace, send["id"], await tx.now())
    elif kind == "COMPLAINT" or hard:
        suppression = "COMPLAINT" if kind == "COMPLAINT" else "HARD_BOUNCE"
        await consent.suppress(tx, send["address_hash"], suppression, source="MAIL", send_id=send["id"])
