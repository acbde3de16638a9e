"""Moves deals through their stages, closes them with a reason, opens them again, puts them away; every stage change is kept."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.rates import in_base
from leadwell.base.rows import Revision, checked_version, locked, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.base.workspace import workspace_facts
from leadwell.deals.refusals import DealNotClosed, LossReasonRequired, UnknownCloseReason
from leadwell.deals.stages import Because, Stage, first_stage, may_move, moved, stage_by_id


async def move_stage(
    tx: Tx, deal_id: UUID, stage_id: UUID, reason: str | None = None, expected_version: int | None = None, *, reason_code: str | None = None
) -> Revision:
    """Moves a deal; a WON or LOST stage closes it, an OPEN one opens it again. NotFound, StageOfAnotherPipeline, StageTransitionRefused,
    LossReasonRequired, UnknownCloseReason."""
    deal = await locked(tx, "deal", "deals", deal_id, expected_version)
    return await _to(tx, deal, await stage_by_id(tx, stage_id), reason, reason_code)


async def win(tx: Tx, deal_id: UUID, reason: str | None = None, expected_version: int | None = None, *, reason_code: str | None = None) -> Revision:
    """Closes a deal as won, in the first such stage of its pipeline unless it is won already. NotFound, NoOpenStage, UnknownCloseReason."""
    return await _close(tx, deal_id, "WON", reason, expected_version, reason_code)


async def lose(tx: Tx, deal_id: UUID, reason: str | None = None, expected_version: int | None = None, *, reason_code: str | None = None) -> Revision:
    """Closes a deal as lost, for a reason of the workspace or one in words. NotFound, NoOpenStage, LossReasonRequired, UnknownCloseReason."""
    if not clean(reason) and not reason_code:
        raise LossReasonRequired(field="reason_code")
    return await _close(tx, deal_id, "LOST", reason, expected_version, reason_code)


async def reopen(tx: Tx, deal_id: UUID, expected_version: int | None = None) -> Revision:
    """Opens a closed deal in the open stage it was in last, or in the first one. NotFound, DealNotClosed."""
    deal = await locked(tx, "deal", "deals", deal_id, expected_version)
    if deal["state"] == "OPEN":
        raise DealNotClosed()
    last = await tx.value(load(__name__, "last_open"), tx.workspace, deal_id)
    stage = await stage_by_id(tx, last) if last else await first_stage(tx, deal["pipeline_id"])
    return await _to(tx, deal, stage, None, None)


async def archive(tx: Tx, deal_id: UUID, expected_version: int | None = None) -> Revision:
    """Puts a deal away; lists leave it out, what it was stays."""
    return await _put(tx, deal_id, expected_version, away=True)


async def unarchive(tx: Tx, deal_id: UUID, expected_version: int | None = None) -> Revision:
    """Brings a deal back."""
    return await _put(tx, deal_id, expected_version, away=False)


async def _put(tx: Tx, deal_id: UUID, expected_version: int | None, *, away: bool) -> Revision:
    deal = await locked(tx, "deal", "deals", deal_id, expected_version)
    if (deal["archived_at"] is not None) == away:
        return Revision({}, deal["version"])
    revision = await revise(tx, "deal", "deals", deal, {"archived_at": await tx.now() if away else None})
    kind = "deal.archived" if away else "deal.unarchived"
    await events.note(tx, kind, "Deal", deal_id, version=revision.version, data={"changes": revision.changes})
    return revision


async def _close(tx: Tx, deal_id: UUID, state: str, reason: str | None, expected_version: int | None, code: str | None) -> Revision:
    deal = await locked(tx, "deal", "deals", deal_id)
    checked_version(deal, "deal", expected_version)
    stage = await _stage(tx, deal["stage_id"]) if deal["state"] == state else await first_stage(tx, deal["pipeline_id"], state)
    return await _to(tx, deal, stage, reason, code)


async def _stage(tx: Tx, id: UUID) -> Stage:
    """A stage the deal stands in, archived or not."""
    row = await tx.row(
        "SELECT s.id, s.name, s.type, s.pipeline_id, s.probability, s.next_ids FROM deal_stages s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, id
    )
    assert row is not None, "a foreign key holds it"
    return Stage(**row)


async def _to(tx: Tx, deal: Mapping[str, Any], stage: Stage, reason: str | None, code: str | None) -> Revision:
    now = await tx.now()
    may_move(await _stage(tx, deal["stage_id"]), stage)
    because = Because(reason, await _reason(tx, stage.type, code) if code else None)
    values = moved(deal, stage, because, now)
    if values.get("closed_at") != deal["closed_at"]:
        values |= await in_base(tx, deal["amount_minor"], deal["currency"], (await workspace_facts(tx)).today(now))
    revision = await revise(tx, "deal", "deals", deal, values)
    if not revision.changes:
        return revision
    if stage.id != deal["stage_id"]:
        await tx.execute(load(__name__, "spans"), tx.workspace, deal["id"], uuid7(), stage.id, now, str(tx.actor))
    data = {"changes": revision.changes, "stage": stage.name, "reason": clean(reason) or None, "reason_code": code}
    await events.note(tx, kind_of(deal, stage), "Deal", deal["id"], version=revision.version, data=data)
    return revision


def kind_of(deal: Mapping[str, Any], stage: Stage) -> str:
    """The event that tells a move of a deal, as it stood, to a stage."""
    return "deal.moved" if stage.type == "OPEN" or deal["state"] == stage.type else f"deal.{stage.type.lower()}"


async def _reason(tx: Tx, state: str, code: str) -> UUID:
    rows = await tx.fetch(
        "SELECT r.id, r.code, r.state FROM close_reasons r WHERE r.workspace_id = $1 AND r.archived_at IS NULL ORDER BY r.code", tx.workspace
    )
    for row in rows:
        if row["code"] == code and row["state"] == state:
            return row["id"]
    raise UnknownCloseReason(code=code[:60], state=state.lower(), known=[row["code"] for row in rows if row["state"] == state])
