"""Has the people behind many records looked at by providers; what they fill in, then or once somebody has answered, is taken back as one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import enrichment
from leadwell.base.tx import Tx
from leadwell.changes.entering import BEHIND, HERE
from leadwell.changes.refusals import NoLongerMatches
from leadwell.changes.shape import SINCE, UNCHANGED, Action, Back, Json, Result, Results, refused
from leadwell.enrichment import FIELDS

WHY = {"SEALED": "The lead is closed.", "GONE": "It is no longer there."}
BACK = "SELECT EXISTS (SELECT 1 FROM change_sets c WHERE c.workspace_id = $1 AND c.id = $2 AND c.state IN ('REVERTING', 'REVERTED'))"
NAMES = {(field.noun, field.column): name for name, field in FIELDS.items()}


async def check(tx: Tx, noun: str, given: Json) -> dict[str, Any]:
    """There is nothing to say."""
    return {}


async def perform(tx: Tx, noun: str, options: Json, ids: Sequence[UUID]) -> Results:
    """By our own providers and by what those outside have answered, at once; who has to be asked answers later, for the same change."""
    behind = {row["id"]: row["person_id"] for row in await tx.fetch(BEHIND[noun] + HERE, tx.workspace, list(ids))}
    done = await enrichment.enrich_people(tx, sorted(set(behind.values())), again=True)
    return {id: _result(done, behind[id]) if id in behind else refused(NoLongerMatches()) for id in ids}


def _result(done: enrichment.EnrichResult, person: UUID) -> Result:
    """Whoever is still asked about may change later, and is taken back with the others."""
    fills = done.runs[person].fills if person in done.runs else ()
    changes: dict[str, Any] = {NAMES[fill.proposal.noun, fill.proposal.field]: [fill.before, fill.proposal.value] for fill in fills}
    if person in done.waiting:
        changes["asked"] = [None, True]
    return Result("CHANGED", changes) if changes else UNCHANGED


async def undo(tx: Tx, noun: str, options: Json, id: UUID, changes: Json) -> Back:
    """What was filled in for this change and nobody has touched since."""
    person: UUID | None = await tx.value(f"SELECT f.person_id FROM ({BEHIND[noun]} WHERE x.workspace_id = $1 AND x.id = $2) f", tx.workspace, id)
    cause = tx.actor.cause_id
    assert cause is not None, "whoever takes a change back acts for it"
    undone = await enrichment.undo_of(tx, person, cause) if person else []
    return Back({NAMES[left["noun"], left["field"]]: WHY.get(left["why"], SINCE) for one in undone for left in one.left})


async def taken_back(tx: Tx, change_set: UUID) -> bool:
    """Whether a change is, or is being, taken back, so that nothing more is filled in for it."""
    return await tx.value(BACK, tx.workspace, change_set)


ENRICH = Action("ENRICH", {"Person": "update", "Lead": "update", "Contact": "update"}, check, perform, undo, of="Person")
