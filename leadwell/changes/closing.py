"""Closes many leads as junk, and brings many back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from leadwell import leads
from leadwell.base.tx import Tx
from leadwell.changes.refusals import MissingOption
from leadwell.changes.shape import GONE, SINCE, Action, Back, Json, Results
from leadwell.changes.singly import each

TAKEN_BACK = "The change it was part of was taken back."
STANDING = "SELECT l.state, l.status_since FROM leads l WHERE l.workspace_id = $1 AND l.id = $2 AND l.archived_at IS NULL"
REASON = "SELECT j.code FROM junk_reasons j WHERE j.workspace_id = $1 AND j.id = $2"
KNOWN = "SELECT j.code FROM junk_reasons j WHERE j.workspace_id = $1 AND j.archived_at IS NULL ORDER BY j.code"


async def _checked_junk(tx: Tx, noun: str, given: Json) -> dict[str, Any]:
    """`reason`: a code of the workspace; `note` in words. UnknownReason, MissingOption."""
    known = [row["code"] for row in await tx.fetch(KNOWN, tx.workspace)]
    if not given.get("reason"):
        raise MissingOption(field="reason", action="JUNK", name="reason", fix=f"Give one of {', '.join(known)}.")
    if given["reason"] not in known:
        raise leads.UnknownReason(code=str(given["reason"])[:60], known=known)
    return {"reason": given["reason"], "note": given.get("note")}


async def _junk(tx: Tx, noun: str, options: Json, ids: Sequence[UUID]) -> Results:
    return await each(tx, ids, lambda id: leads.junk(tx, id, options["reason"], options["note"]))


async def _unjunk(tx: Tx, noun: str, options: Json, id: UUID, changes: Json) -> Back:
    if left := await _touched(tx, id, "JUNK", changes):
        return left
    await leads.reopen(tx, id, TAKEN_BACK)
    return Back()


async def _checked_reopen(tx: Tx, noun: str, given: Json) -> dict[str, Any]:
    if not given.get("reason"):
        raise MissingOption(field="reason", action="REOPEN", name="reason", fix="Say in words why they come back.")
    return {"reason": given["reason"]}


async def _reopen(tx: Tx, noun: str, options: Json, ids: Sequence[UUID]) -> Results:
    return await each(tx, ids, lambda id: leads.reopen(tx, id, options["reason"]))


async def _rejunk(tx: Tx, noun: str, options: Json, id: UUID, changes: Json) -> Back:
    if left := await _touched(tx, id, "OPEN", changes):
        return left
    code = await tx.value(REASON, tx.workspace, UUID(changes["junk_reason_id"][0]))
    await leads.junk(tx, id, code, (changes.get("junk_note") or [None])[0])
    return Back()


async def _touched(tx: Tx, id: UUID, state: str, changes: Json) -> Back | None:
    """A lead that has been moved since, in or out, is left alone."""
    row = await tx.row(STANDING, tx.workspace, id)
    if row is None:
        return Back({"": GONE})
    same = row["state"] == state and orjson.loads(orjson.dumps(row["status_since"])) == changes["status_since"][1]
    return None if same else Back({"statusId": SINCE})


JUNK = Action("JUNK", {"Lead": "junk"}, _checked_junk, _junk, _unjunk)
REOPEN = Action("REOPEN", {"Lead": "reopen"}, _checked_reopen, _reopen, _rejunk)
