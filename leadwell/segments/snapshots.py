"""Writes down who is in a segment at one moment."""

from uuid import UUID

from leadwell import events
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.rows import locked
from leadwell.base.tx import Tx
from leadwell.segments.refusals import BadSegment, SegmentNameTaken


async def snapshot(tx: Tx, segment_id: UUID, name: str) -> UUID:
    """A SNAPSHOT with the members that the segment has now; nobody crosses. NotFound, BadSegment, SegmentNameTaken."""
    row, words, id, now = await locked(tx, "segment", "segments", segment_id), clean(name), uuid7(), await tx.now()
    if not words:
        raise BadSegment(field="name", why="it has no name")
    made = await tx.execute(
        "INSERT INTO segments (workspace_id, id, name, noun, kind, filter, computed_version, refreshed_at, member_count, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, 'SNAPSHOT', $5, 1, $6, $7, $6, $6) ON CONFLICT DO NOTHING",
        tx.workspace, id, words[:200], row["noun"], row["filter"], now, row["member_count"])
    if not made:
        raise SegmentNameTaken(field="name", name=name)
    await tx.execute(
        "INSERT INTO segment_members (workspace_id, segment_id, record_id, entered_at) "
        "SELECT $1, $3, m.record_id, $4 FROM segment_members m WHERE m.workspace_id = $1 AND m.segment_id = $2", tx.workspace, segment_id, id, now)
    await events.note(tx, "segment.created", "Segment", id, version=1, data={"noun": row["noun"], "kind": "SNAPSHOT"})
    return id
