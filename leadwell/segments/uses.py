"""What a segment is needed for: nothing that is needed is put away."""

from dataclasses import dataclass
from uuid import UUID

from leadwell.base.ids import encode_id
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.segments.refusals import SegmentInUse

MOST = 50


@dataclass(frozen=True, slots=True)
class Use:
    """A record that names the segment; `noun` is Sequence, Broadcast, Segment or Automation."""

    noun: str
    id: UUID
    name: str


async def uses(tx: Tx, id: UUID) -> list[Use]:
    """What names it, by its uuid or as the API writes it; at most 50."""
    rows = await tx.fetch(load(__name__, "uses"), tx.workspace, id, encode_id(CATALOG["Segment"].tag, id), MOST)
    return [Use(row["noun"], row["id"], row["name"]) for row in rows]


async def unused(tx: Tx, id: UUID) -> None:
    """SegmentInUse, with the list."""
    if found := await uses(tx, id):
        told = ", ".join(f"{use.noun.lower()} “{use.name}”" for use in found)
        raise SegmentInUse(users=told, used_by=[{"noun": use.noun, "name": use.name} for use in found])
