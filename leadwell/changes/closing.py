"""Closes many leads as junk, and brings many back."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from leadwell import leads
from leadwell.base.tx import Tx
from leadwell.changes.refusals import MissingOption
from leadwell.changes.shape import GONE, SINCE, Action, Back, Json, Result, Results, changed, refused
from leadwell.changes.singly import at_once, each

TAKEN_BACK = "The change it was part of was taken back."
REASONS = "SELECT j.id, j.code FROM junk_reasons j WHERE j.workspace_id = $1 AND j.id = ANY($2::uuid[])"
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
    found = await at_once(tx, lambda: _told(leads.junk_many(tx, ids, options["reason"], options["note"])))
    left = [id for id in ids if id not in found]
    return {**found, **await each(tx, left, lambda id: leads.junk(tx, id, options["reason"], options["note"]))}


async def _told(many: Awaitable[leads.Many]) -> dict[UUID, Result]:
    done = await many
    return {**{id: changed(done.changes[id]) for id in done.done}, **{id: refused(why) for id, why in done.refused.items()}}


async def _unjunk_all(tx: Tx, noun: str, options: Json, rows: Mapping[UUID, Json]) -> Mapping[UUID, Back]:
    """Those nobody has moved since and that may come back; `_unjunk` says why the others do not."""
    async def work() -> Mapping[UUID, Back]:
        untouched = await _untouched(tx, rows, "JUNK")
        done = await leads.reopen_many(tx, untouched, TAKEN_BACK) if untouched else leads.Many()
        return {id: Back() for id in done.done}

    return await at_once(tx, work)


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
    found = await at_once(tx, lambda: _told(leads.reopen_many(tx, ids, options["reason"])))
    left = [id for id in ids if id not in found]
    return {**found, **await each(tx, left, lambda id: leads.reopen(tx, id, options["reason"]))}


async def _rejunk_all(tx: Tx, noun: str, options: Json, rows: Mapping[UUID, Json]) -> Mapping[UUID, Back]:
    """Those nobody has moved since, by the reasons and notes they had."""
    async def work() -> Mapping[UUID, Back]:
        untouched = await _untouched(tx, rows, "OPEN")
        codes = {row["id"]: row["code"] for row in await tx.fetch(REASONS, tx.workspace, sorted({_reason(rows[id]) for id in untouched}))}
        groups: dict[tuple[str, str | None], list[UUID]] = {}
        for id in untouched:
            groups.setdefault((codes[_reason(rows[id])], _note(rows[id])), []).append(id)
        done = [await leads.junk_many(tx, ids, code, note) for (code, note), ids in groups.items()]
        return {id: Back() for one in done for id in one.done}

    return await at_once(tx, work)


async def _rejunk(tx: Tx, noun: str, options: Json, id: UUID, changes: Json) -> Back:
    if left := await _touched(tx, id, "OPEN", changes):
        return left
    (row,) = await tx.fetch(REASONS, tx.workspace, [_reason(changes)])
    await leads.junk(tx, id, row["code"], _note(changes))
    return Back()


def _reason(changes: Json) -> UUID:
    return UUID(changes["junk_reason_id"][0])


def _note(changes: Json) -> str | None:
    return (changes.get("junk_note") or [None])[0]


async def _touched(tx: Tx, id: UUID, state: str, changes: Json) -> Back | None:
    """A lead that has been moved since, in or out, is left alone."""
    held = await leads.hold(tx, [id])
    if id not in held or held[id]["archived_at"]:
        return Back({"": GONE})
    return None if _same(held[id], state, changes) else Back({"statusId": SINCE})


async def _untouched(tx: Tx, rows: Mapping[UUID, Json], state: str) -> list[UUID]:
    """Which of these leads still stand where the change left them, locked so that they do until it is taken back."""
    held = await leads.hold(tx, rows)
    return [id for id, lead in held.items() if not lead["archived_at"] and _same(lead, state, rows[id])]


def _same(lead: Mapping[str, Any], state: str, changes: Json) -> bool:
    return lead["state"] == state and orjson.loads(orjson.dumps(lead["status_since"])) == changes["status_since"][1]


JUNK = Action("JUNK", {"Lead": "junk"}, _checked_junk, _junk, _unjunk, _unjunk_all)
REOPEN = Action("REOPEN", {"Lead": "reopen"}, _checked_reopen, _reopen, _rejunk, _rejunk_all)
