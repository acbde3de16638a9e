"""Merges by itself people who are beyond doubt one, where the workspace wants that. Each such merge has its manifest, and can be taken back."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell import dedupe, events, work
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.base.workspace import workspace_facts
from leadwell.merging.plan import Wish
from leadwell.merging.reading import sql
from leadwell.merging.verbs import Merged, merge

PAGE = 500      # pairs put as work at a time


async def link_found(tx: Tx, found: Sequence[Any]) -> None:
    """Has pairs merged that a check or a sweep has just put up (events `duplicate.found`), where the workspace wants that."""
    pairs = [event["record_id"] for event in found if event["data"].get("decision") == "LINK" and event["data"].get("noun") == "PERSON"]
    if pairs and (await workspace_facts(tx)).settings.link_duplicates:
        await work.put(tx, *map(_job, pairs))


async def link_standing(tx: Tx, found: Sequence[Any]) -> None:
    """Has pairs merged that were up already when the workspace began to want that (`workspace.updated`), or that a sweep weighed anew (`sweep.finished`)."""
    concerned = any(event["kind"] == "sweep.finished" or "link_duplicates" in event["data"].get("changes", {}) for event in found)
    if concerned and (await workspace_facts(tx)).settings.link_duplicates:
        await work.put(tx, work.NewJob("match", "match.link_all", key="link_all", priority=1))


async def link_all(tx: Tx, after: Mapping[str, Any]) -> None:
    """Puts the next pairs that are beyond doubt as work, the likeliest first; more is another job."""
    rows = await tx.fetch(load(__name__, "linkable"), tx.workspace, after.get("probability", 2.0), UUID(after["id"]) if after else None, PAGE)
    await work.put(tx, *(_job(row["id"]) for row in rows))
    if len(rows) == PAGE:
        last = {"probability": rows[-1]["probability"], "id": str(rows[-1]["id"])}
        await work.put(tx, work.NewJob("match", "match.link_all", last, key="link_all", priority=1))


async def link(tx: Tx, pair_id: UUID) -> Merged | None:
    """Makes the two people of an open pair one, if they are still beyond doubt one and the workspace still wants it; else nothing, and what the records
    say now is kept with the pair. A contact survives, or else whoever was there first."""
    if not (await workspace_facts(tx)).settings.link_duplicates:
        return None
    pair = await tx.row("SELECT d.low_id, d.high_id FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.id = $2", tx.workspace, pair_id)
    if pair is None:
        return None
    people = await sql(tx, "lock_people", pair, locking=True)
    if len(people) < 2 or any(row["archived_at"] for row in people) or not await dedupe.confirmed(tx, pair_id):
        return None
    contacts = {row["person_id"] for row in await sql(tx, "contacts", pair, locking=False) if row["archived_at"] is None}
    first, other = sorted(people, key=lambda row: (row["id"] not in contacts, row["created_at"], row["id"]))
    done = await merge(tx, "Person", Wish(first["id"], (other["id"],), automatic=True))
    told = {"noun": "PERSON", "records": [str(first["id"]), str(other["id"])], "merge_id": str(done.id)}
    await events.note(tx, "duplicate.linked", "DuplicatePair", pair_id, person_id=first["id"], data=told)
    return done


def _job(pair_id: UUID) -> work.NewJob:
    return work.NewJob("match", "match.link", {"id": str(pair_id)}, key=f"link {pair_id}", priority=1)
