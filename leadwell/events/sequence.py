"""The sequencer: numbers committed events per workspace, so that whoever reads by number misses nothing that commits late."""

from leadwell.base.tx import Tx

BATCH = 5000


async def sequence(tx: Tx) -> int:
    """Numbers up to BATCH unnumbered events of one workspace and returns how many. Workers do it for all at once (`workers.numbering`)."""
    return await tx.value("SELECT lw_number_events($1, $2)", tx.workspace, BATCH)
