"""Statuses and stages are entries of a pipeline; a step that is put away hands over what stands in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell import entries, events
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Revision, locked
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.entries import Entry
from leadwell.entries.editing import heir_of, turn
from leadwell.pipelines.refusals import NotAStepOfThePipeline, TooManyToMove

MOST_MOVED = 5000


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the steps of a list: `kind` of pipeline, types of open steps, the statement that moves, the event of each that moved."""

    kind: str
    what: str
    open: frozenset[str]
    count: str
    move: str
    event: str
    noun: str


STANDING = {
    "LeadStatus": Standing(
        "LEAD", "leads", frozenset({"NEW", "WORKING", "NURTURING", "QUALIFIED"}),
        "SELECT count(*) FROM leads l WHERE l.workspace_id = $1 AND l.status_id = $2 AND l.state = 'OPEN'", "move_leads", "lead.moved", "Lead",
    ),
    "DealStage": Standing(
        "DEAL", "deals", frozenset({"OPEN"}),
        "SELECT count(*) FROM deals d WHERE d.workspace_id = $1 AND d.stage_id = $2 AND d.state = 'OPEN'", "move_deals", "deal.moved", "Deal",
    ),
}


async def create_step(tx: Tx, entry: Entry, given: Mapping[str, Any]) -> UUID:
    """A status or stage, the last one of its pipeline. NotFound, BadEntryField, EntryExists, NotAStepOfThePipeline."""
    kind = await tx.value(
        "SELECT p.kind FROM pipelines p WHERE p.workspace_id = $1 AND p.id = $2 AND p.archived_at IS NULL FOR NO KEY UPDATE", tx.workspace, given["pipeline_id"]
    )
    if kind != STANDING[entry.noun].kind:
        raise NotFound(field="pipeline_id", noun="pipeline")
    await _checked_nexts(tx, entry, given["pipeline_id"], given.get("next_ids"))
    return await entries.create(tx, entry, given)


async def update_step(tx: Tx, entry: Entry, id: UUID, changes: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """Changes a status or stage; `next_ids` None: every open step may follow. What `entries.update` refuses, NotAStepOfThePipeline."""
    if changes.get("next_ids"):
        step = await locked(tx, entry.words, entry.table, id)
        await _checked_nexts(tx, entry, step["pipeline_id"], changes["next_ids"])
    return await entries.update(tx, entry, id, changes, expected_version)


async def archive_step(tx: Tx, entry: Entry, id: UUID, replacement: UUID | None = None, expected_version: int | None = None) -> Revision:
    """Puts a status or stage away. Open leads or deals in it go to the replacement, each with its history; closed ones keep it.
    What `entries.archive` refuses, TooManyToMove."""
    await turn(tx, entry)
    standing = STANDING[entry.noun]
    row = await locked(tx, entry.words, entry.table, id, expected_version)
    heir = await heir_of(tx, entry, row, replacement)
    if row["type"] in standing.open and row["archived_at"] is None:
        await _hand_over(tx, entry, standing, row, heir)
    await _forget(tx, entry, row, heir)
    return await entries.archive(tx, entry, id, replacement, used=False)


async def _hand_over(tx: Tx, entry: Entry, standing: Standing, row: Mapping[str, Any], heir: Mapping[str, Any] | None) -> None:
    count = await tx.value(standing.count, tx.workspace, row["id"])
    if not count:
        return
    if heir is None:
        raise entries.EntryInUse(field="replacement_id", noun=entry.words, count=count, users="open " + standing.what)
    if heir["type"] not in standing.open:
        raise entries.NotAReplacement(field="replacement_id", noun=entry.words, replacement=heir["name"], why="it is no open one")
    if count > MOST_MOVED:
        raise TooManyToMove(count=count, what="open " + standing.what, most=MOST_MOVED)
    moved = await tx.fetch(load(__name__, standing.move), tx.workspace, row["id"], heir["id"], await tx.now(), str(tx.actor))
    data = {"before": row["name"], "after": heir["name"], "stage": heir["name"], "reason": f"{row['name']} was put away"}
    await events.note_all(tx, [events.Event(standing.event, standing.noun, one["id"], one["person_id"], one["version"], data) for one in moved])


async def _forget(tx: Tx, entry: Entry, row: Mapping[str, Any], heir: Mapping[str, Any] | None) -> None:
    """Where the step might follow, its heir may, or nothing."""
    others = await tx.fetch(
        f"SELECT x.id, x.next_ids FROM {entry.table} x WHERE x.workspace_id = $1 AND $2 = ANY(x.next_ids) AND x.id <> $2", tx.workspace, row["id"]
    )
    for other in others:
        left = [heir["id"] if heir and one == row["id"] else one for one in other["next_ids"] if heir or one != row["id"]]
        await entries.update(tx, entry, other["id"], {"next_ids": [one for one in dict.fromkeys(left) if one != other["id"]]})


async def _checked_nexts(tx: Tx, entry: Entry, pipeline_id: UUID, nexts: Sequence[UUID] | None) -> None:
    if not nexts:
        return
    rows = await tx.fetch(
        f"SELECT x.id, x.type FROM {entry.table} x WHERE x.workspace_id = $1 AND x.pipeline_id = $2 AND x.archived_at IS NULL", tx.workspace, pipeline_id
    )
    known = {r["id"] for r in rows if r["type"] in STANDING[entry.noun].open}
    for i, id in enumerate(nexts):
        if id not in known:
            raise NotAStepOfThePipeline(field=f"next_ids.{i}", what=f"Number {i + 1}")
