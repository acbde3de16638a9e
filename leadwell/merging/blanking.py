"""What merges keep of a person goes with the person: manifests and the values that differed. That there was a merge stays."""

from collections.abc import Sequence
from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.merging.engine import keeper

FORGET = "DELETE FROM merge_rows r WHERE r.workspace_id = $1 AND r.merge_id = ANY($2::uuid[])"


async def blank(tx: Tx, person_id: UUID) -> int:
    """For the erasure of a person, in its transaction: empties every merge in which the person took part, or somebody who went up in the person, also those
    taken back. unmerge refuses them from now on (MergeBlanked). Answers how many; a second call finds none. The caller holds the person's row."""
    async with keeper(tx):
        merges = [row["id"] for row in await tx.fetch(load(__name__, "concerned"), tx.workspace, person_id)]
        if merges:
            await forget(tx, merges)
            await tx.execute(load(__name__, "blank"), tx.workspace, merges, await tx.now())
    return len(merges)


async def forget(tx: Tx, merges: Sequence[UUID]) -> None:
    """Removes manifests; as the keeper alone."""
    await tx.execute(FORGET, tx.workspace, list(merges))
