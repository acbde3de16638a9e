"""Who is in a segment: put in and taken out by hand, asked for, and told as people."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell.access.sees import Sees
from leadwell.base.redirects import followed
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.segments.asking import ids_of
from leadwell.segments.crossing import Crossed, cross
from leadwell.segments.refusals import SegmentNotByHand, TooManyMembers

MOST_IDS, MOST_FOUND = 5_000, 100_000
EVERYBODY: Mapping[str, Any] = {}
NOBODY: Mapping[str, Any] = {"OR": []}
PEOPLE: Mapping[str, str] = {   # the people behind the members ($2) of each kind of segment; every table with its workspace
    "Person": "SELECT m.record_id AS person_id FROM segment_members m WHERE m.workspace_id = $1 AND m.segment_id = $2",
    "Lead": "SELECT x.person_id FROM segment_members m JOIN leads x ON x.workspace_id = $1 AND x.id = m.record_id "
    "WHERE m.workspace_id = $1 AND m.segment_id = $2",
    "Contact": "SELECT x.person_id FROM segment_members m JOIN contacts x ON x.workspace_id = $1 AND x.id = m.record_id "
    "WHERE m.workspace_id = $1 AND m.segment_id = $2 AND x.archived_at IS NULL",
    "Company": "SELECT x.person_id FROM segment_members m JOIN contacts x ON x.workspace_id = $1 AND x.company_id = m.record_id "
    "WHERE m.workspace_id = $1 AND m.segment_id = $2 AND x.archived_at IS NULL",
}


def members(noun: str, segment: str = "$2") -> str:
    """SQL for the people (column person_id, perhaps more than once) in a segment of that noun; of companies: their contacts. `segment` is its parameter."""
    return PEOPLE[noun].replace("$2", segment)


async def people_of(tx: Tx, segment_id: UUID, after: UUID | None = None, limit: int = 5_000) -> list[UUID]:
    """The next people in a segment, by id, each once. NotFound."""
    noun = await noun_of(tx, segment_id)
    rows = await tx.fetch(
        f"SELECT DISTINCT y.person_id FROM ({PEOPLE[noun]}) y WHERE y.person_id > $3 ORDER BY y.person_id LIMIT $4",
        tx.workspace, segment_id, after or UUID(int=0), limit)
    return [row["person_id"] for row in rows]


async def holds(tx: Tx, segment_id: UUID, person_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these people are in a segment, themselves or by what stands behind them. NotFound."""
    noun = await noun_of(tx, segment_id)
    rows = await tx.fetch(
        f"SELECT DISTINCT y.person_id FROM ({PEOPLE[noun]}) y WHERE y.person_id = ANY($3::uuid[])", tx.workspace, segment_id, list(person_ids))
    return {row["person_id"] for row in rows}


async def noun_of(tx: Tx, segment_id: UUID, field: str = "segmentId") -> str:
    noun = await tx.value("SELECT s.noun FROM segments s WHERE s.workspace_id = $1 AND s.id = $2 AND s.archived_at IS NULL", tx.workspace, segment_id)
    if noun is None:
        raise NotFound(noun="segment", field=field)
    return noun


async def put(tx: Tx, segment_id: UUID, viewer: Sees, ids: Sequence[UUID] | None, where: Mapping[str, Any] | None) -> Crossed:
    """Records come onto a list kept by hand: those named, or those that match now. NotFound, SegmentNotByHand, TooManyMembers, BadFilter."""
    row = await _by_hand(tx, segment_id)
    return await cross(tx, row, EVERYBODY, "BY_HAND", ids=await _chosen(tx, row["noun"], viewer, ids, where))


async def take(tx: Tx, segment_id: UUID, viewer: Sees, ids: Sequence[UUID] | None, where: Mapping[str, Any] | None) -> Crossed:
    """Records leave a list kept by hand. What `put` refuses; a record that is not on it is passed over."""
    row = await _by_hand(tx, segment_id)
    return await cross(tx, row, NOBODY, "BY_HAND", ids=await _chosen(tx, row["noun"], viewer, ids, where))


async def _by_hand(tx: Tx, segment_id: UUID) -> Any:
    sql = "SELECT s.id, s.noun, s.kind FROM segments s WHERE s.workspace_id = $1 AND s.id = $2 AND s.archived_at IS NULL FOR NO KEY UPDATE"
    row = await tx.row(sql, tx.workspace, segment_id)
    if row is None:
        raise NotFound(noun="segment", field="segmentId")
    if row["kind"] != "STATIC":
        raise SegmentNotByHand(kind=row["kind"])
    return row


async def _chosen(tx: Tx, noun: str, viewer: Sees, ids: Sequence[UUID] | None, where: Mapping[str, Any] | None) -> list[UUID]:
    """Ids as they are today, all of which the caller may see."""
    found: list[UUID] = []
    if ids:
        if len(ids) > MOST_IDS:
            raise TooManyMembers(field="ids", count=len(ids), most=MOST_IDS)
        today = list(dict.fromkeys((await followed(tx, noun, ids)).values()))
        seen = set(await matching_ids(tx, CATALOG[noun], {}, viewer, ids=today))
        if missing := [i for i, id in enumerate(today) if id not in seen]:
            raise NotFound(noun=CATALOG[noun].singular, field=f"ids.{missing[0]}")
        found += today
    if where is not None:
        more = await ids_of(tx, noun, where, viewer=viewer, limit=MOST_FOUND + 1)
        if len(more) > MOST_FOUND:
            raise TooManyMembers(field="where", count=f"More than {MOST_FOUND}", most=MOST_FOUND)
        found += more
    return found
