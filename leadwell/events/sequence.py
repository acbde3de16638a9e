"""The sequencer: numbers committed events per workspace, so that whoever reads by number misses nothing that commits late."""

from leadwell.base.tx import Tx

BATCH = 5000


async def sequence(tx: Tx) -> int:
    """Numbers up to BATCH unnumbered events and returns how many. The cursor row is the fence: whoever waited for it
    sees, in its next statement, every number given before, and only rows that have committed."""
    await tx.execute("INSERT INTO event_cursors (workspace_id) VALUES ($1) ON CONFLICT DO NOTHING", tx.workspace)
    last = await tx.value("SELECT c.last_seq FROM event_cursors c WHERE c.workspace_id = $1 FOR UPDATE", tx.workspace)
    given: int = await tx.value("SELECT lw_number_events($1, $2, $3)", tx.workspace, last, BATCH)
    if given:
        await tx.execute("UPDATE event_cursors SET last_seq = last_seq + $2 WHERE workspace_id = $1", tx.workspace, given)
    return given
