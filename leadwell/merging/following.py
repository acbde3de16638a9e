"""Looks after a merge for rows that were on their way to a loser while it happened, and gives them to the survivor too."""

from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.merging.blanking import forget
from leadwell.merging.engine import Fold, Manifest, carry_out, counted, keeper
from leadwell.merging.folding import TABLES
from leadwell.merging.reading import redirected, sql
from leadwell.merging.told import unfold
from leadwell.merging.verbs import wake


async def follow(tx: Tx, merge_id: UUID) -> int:
    """Moves what came late, with its rows in the same manifest; returns how many rows there were. Nothing once the merge is taken back."""
    row = await tx.row(load(__name__, "followed"), tx.workspace, merge_id)
    if row is None:
        return 0
    manifest = Manifest(tx, merge_id, row["step"])
    for fold in [unfold(one) for one in row["folds"]]:
        if await counted(tx, [fold]):
            await _move(tx, fold, manifest)
    if row["blanked_at"] and manifest.counts:
        async with keeper(tx):
            await forget(tx, [merge_id])
    return sum(manifest.counts.values())


async def _move(tx: Tx, fold: Fold, manifest: Manifest) -> None:
    if fold.noun in ("Person", "Company"):
        await sql(tx, f"lock_{TABLES[fold.noun]}", [fold.survivor, *fold.losers], locking=True)
    went = await redirected(tx, fold.noun, [fold.survivor])
    survivor = went.get(fold.survivor, fold.survivor)
    await carry_out(manifest, Fold(fold.noun, survivor, fold.losers))
    if fold.noun == "Person":
        await wake(tx, "Person", survivor)
