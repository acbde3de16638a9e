"""People in campaigns: added, standing somewhere, taken out. That somebody responded stays."""

from collections.abc import Sequence
from uuid import UUID

from leadwell import events, people
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import locked
from leadwell.base.sql import load
from leadwell.base.tx import Tx

MOST = 500


class UnknownMemberStatus(Refusal):
    """"{status}" is no status of campaign members."""

    def __init__(self, status: str, known: Sequence[str]) -> None:
        super().__init__(field="status", fix=f"Use one of: {', '.join(known)}.", status=status[:60], known=list(known))


class TooManyMembers(Refusal):
    """{count} people are too many for one request; {most} are allowed."""

    fix = "Send them in several requests."


async def add(tx: Tx, campaign_id: UUID, person_ids: Sequence[UUID], status: str | None = None) -> int:
    """Adds those who are not in it yet and returns how many; who is in it stays as they stand. Merged people are followed. NotFound, UnknownMemberStatus."""
    await locked(tx, "campaign", "campaigns", campaign_id)
    ids, (code, responded) = await _people(tx, person_ids), await _standing(tx, status)
    added = await tx.execute(
        load(__name__, "add"), tx.workspace, campaign_id, [uuid7() for _ in ids], ids, code, responded, await tx.now())
    if added:
        await events.note(tx, "campaign.members_added", "Campaign", campaign_id, data={"count": added, "status": code})
    return added


async def move(tx: Tx, campaign_id: UUID, person_ids: Sequence[UUID], status: str) -> int:
    """Members stand there now; returns how many stood elsewhere. Who has responded once has responded. NotFound, UnknownMemberStatus."""
    await locked(tx, "campaign", "campaigns", campaign_id)
    ids, (code, responded) = await _people(tx, person_ids), await _standing(tx, status)
    moved = await tx.execute(
        "UPDATE campaign_members SET status = $4, responded = responded OR $5, "
        "responded_at = CASE WHEN $5 THEN coalesce(responded_at, $6) ELSE responded_at END, version = version + 1, updated_at = $6 "
        "WHERE workspace_id = $1 AND campaign_id = $2 AND person_id = ANY($3::uuid[]) AND status <> $4",
        tx.workspace, campaign_id, ids, code, responded, await tx.now())
    if moved:
        await events.note(tx, "campaign.members_moved", "Campaign", campaign_id, data={"count": moved, "status": code})
    return moved


async def remove(tx: Tx, campaign_id: UUID, person_ids: Sequence[UUID]) -> int:
    """Takes people out and returns how many were in it; what they did stays in their history. NotFound."""
    await locked(tx, "campaign", "campaigns", campaign_id)
    removed = await tx.execute(
        "DELETE FROM campaign_members WHERE workspace_id = $1 AND campaign_id = $2 AND person_id = ANY($3::uuid[])",
        tx.workspace, campaign_id, await _people(tx, person_ids))
    if removed:
        await events.note(tx, "campaign.members_removed", "Campaign", campaign_id, data={"count": removed})
    return removed


async def _people(tx: Tx, ids: Sequence[UUID]) -> list[UUID]:
    if len(ids) > MOST:
        raise TooManyMembers(field="person_ids", count=len(ids), most=MOST)
    found = await people.resolve(tx, list(dict.fromkeys(ids)))
    for i, id in enumerate(ids):
        if id not in found:
            raise NotFound(noun="person", field=f"person_ids.{i}")
    return sorted(set(found.values()))


async def _standing(tx: Tx, status: str | None) -> tuple[str, bool]:
    """The code and whether it means a response; without one, the first of the list."""
    rows = await tx.fetch(
        "SELECT m.code, m.responded FROM member_statuses m WHERE m.workspace_id = $1 AND m.archived_at IS NULL ORDER BY m.position, m.id", tx.workspace)
    known = {row["code"]: row["responded"] for row in rows}
    wanted = status if status is not None else next(iter(known), "ADDED")
    if wanted not in known:
        raise UnknownMemberStatus(wanted, list(known))
    return wanted, known[wanted]
