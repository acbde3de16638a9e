"""Seals numbered events: a link of a chain for each batch, marked with a key that the database does not have."""

from uuid import UUID

from leadwell import events
from leadwell.base import secrets
from leadwell.base.sql import load
from leadwell.base.tx import Tx

BATCH = 5000
MARK = 16
PURPOSE = "audit-seal"


async def seal(tx: Tx) -> bool:
    """Adds the next link; answers whether there may be more. Two at once take turns on the head's row; a workspace without news costs one probe."""
    behind = await tx.value(
        "SELECT c.last_seq - coalesce((SELECT h.seq FROM audit_heads h WHERE h.workspace_id = $1), 0) FROM event_cursors c WHERE c.workspace_id = $1",
        tx.workspace)
    if not behind:
        return False
    await tx.execute("INSERT INTO audit_heads (workspace_id) VALUES ($1) ON CONFLICT DO NOTHING", tx.workspace)
    head = await tx.row("SELECT h.number, h.seq, h.root FROM audit_heads h WHERE h.workspace_id = $1 FOR UPDATE", tx.workspace)
    assert head is not None
    link = await tx.row(load(__name__, "seal"), tx.workspace, head["seq"], BATCH, head["root"] or b"")
    if link is None or link["to_seq"] is None:
        return False
    number, root = head["number"] + 1, link["root"]
    mark = secrets.mark(PURPOSE, marking(tx.workspace, number, root), MARK)
    await tx.execute(
        "INSERT INTO audit_seals (workspace_id, number, from_seq, to_seq, root, mark, at) VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())",
        tx.workspace, number, head["seq"] + 1, link["to_seq"], root, mark)
    await tx.execute(
        "UPDATE audit_heads SET number = $2, seq = $3, root = $4, mark = $5 WHERE workspace_id = $1", tx.workspace, number, link["to_seq"], root, mark)
    return link["to_seq"] - head["seq"] >= BATCH


def marking(workspace: UUID, number: int, root: bytes) -> bytes:
    """What a seal's mark is made of."""
    return workspace.bytes + number.to_bytes(8, "big") + root


async def tend(tx: Tx) -> bool:
    """Says of each key that was used for the first time that it was, and seals; answers whether there may be more. Looking here costs requests nothing."""
    for key in await tx.fetch(load(__name__, "used"), tx.workspace):
        await events.note(tx, "apiKey.used", "ApiKey", key["id"], data={"prefix": key["prefix"], "at": key["used_at"].isoformat()})
    return await seal(tx)
