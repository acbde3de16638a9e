"""Writes automations: drafts, publishes, pauses, resumes. What is in use is frozen; a change is a new version."""

from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.access.sees import Sees
from leadwell.automation.refusals import AutomationExists, BadAutomation, NeverPublished, NothingDrafted
from leadwell.automation.rights import within
from leadwell.automation.rules import Rule, parse
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.rows import Named, Revision, locked, require, revise
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, FieldForbidden, check

TABLES = {"sequenceId": ("sequence", "sequences"), "queueId": ("lead queue", "lead_queues"), "userId": ("user", "users")}
LATEST = "SELECT v.id, v.number, v.state, v.rule FROM automation_versions v WHERE v.workspace_id = $1 AND v.automation_id = $2 ORDER BY v.number DESC LIMIT 1"


async def create(tx: Tx, name: str, rule: Any, author: Sees) -> UUID:
    """An automation with version 1 as a draft. BadAutomation, AutomationExists, NotFound, BadId, and what a filter refuses its author."""
    words, id, now = clean(name), uuid7(), await tx.now()
    if not words:
        raise BadAutomation(field="name", why="it has no name")
    await checked(tx, rule, author)
    made = await tx.value(
        "INSERT INTO automations (workspace_id, id, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)"
        " ON CONFLICT (workspace_id, lower(name)) DO NOTHING RETURNING id", tx.workspace, id, words[:200], now)  # fmt: skip
    if made is None:
        raise AutomationExists(field="name", name=words)
    await _insert(tx, id, 1, rule)
    await events.note(tx, "automation.created", "Automation", id, version=1, data={"name": words})
    return id


async def draft(tx: Tx, id: UUID, rule: Any, author: Sees, expected_version: int | None = None) -> Revision:
    """Writes the draft, making one where there is none; the version in use goes on. NotFound, StaleVersion and what `create` refuses."""
    row = await locked(tx, "automation", "automations", id, expected_version)
    await checked(tx, rule, author)
    latest = await tx.row(LATEST, tx.workspace, id)
    number = (latest["number"] if latest else 0) + (not latest or latest["state"] != "DRAFT")
    if latest and latest["state"] == "DRAFT":
        await tx.execute("UPDATE automation_versions SET rule = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, latest["id"], rule)
    else:
        await _insert(tx, id, number, rule)
    changes = {"rule": [latest and latest["rule"], rule]} if not latest or latest["rule"] != rule else {}
    return await _revised(tx, row, {}, "automation.updated", touch=True, changes=events.told(changes), number=number)


async def publish(tx: Tx, id: UUID, author: Sees, expected_version: int | None = None) -> Revision:
    """Brings the draft into use. A rule on a date begins with dates that are reached from now on. NotFound, StaleVersion, NothingDrafted."""
    row = await locked(tx, "automation", "automations", id, expected_version)
    latest = await tx.row(LATEST, tx.workspace, id)
    if latest is None or latest["state"] != "DRAFT":
        raise NothingDrafted()
    await checked(tx, latest["rule"], author)
    now = await tx.now()
    retired = "UPDATE automation_versions SET state = 'RETIRED' WHERE workspace_id = $1 AND automation_id = $2 AND state = 'LIVE' RETURNING number"
    before = await tx.value(retired, tx.workspace, id)
    live = "UPDATE automation_versions SET state = 'LIVE', published_at = $3, credential = $4 WHERE workspace_id = $1 AND id = $2"
    await tx.execute(live, tx.workspace, latest["id"], now, tx.actor.credential)
    values = {"state": "LIVE", "live_version_id": latest["id"], "cursor_at": now}
    return await _revised(tx, row, values, "automation.published", number=latest["number"], changes={"number": [before, latest["number"]]})


async def pause(tx: Tx, id: UUID, expected_version: int | None = None) -> Revision:
    """It does nothing until it is resumed. NotFound, StaleVersion."""
    row = await locked(tx, "automation", "automations", id, expected_version)
    return await _revised(tx, row, {"state": "PAUSED"} if row["state"] == "LIVE" else {}, "automation.paused")


async def resume(tx: Tx, id: UUID, author: Sees, expected_version: int | None = None) -> Revision:
    """It acts again, on what happens from now on, and from now on with the rights of whoever resumes it. NotFound, StaleVersion, NeverPublished, and what
    `create` refuses."""
    row = await locked(tx, "automation", "automations", id, expected_version)
    if row["live_version_id"] is None:
        raise NeverPublished()
    if row["state"] == "PAUSED":
        again = "UPDATE automation_versions SET credential = $3 WHERE workspace_id = $1 AND id = $2 RETURNING rule"
        await checked(tx, await tx.value(again, tx.workspace, row["live_version_id"], tx.actor.credential), author)
    return await _revised(tx, row, {"state": "LIVE", "cursor_at": await tx.now()} if row["state"] == "PAUSED" else {}, "automation.resumed")


async def checked(tx: Tx, rule: Any, author: Sees) -> Rule:
    """The rule, if what it names is there, its filter may be used by its author, and they may do themselves what it does."""
    read = parse(rule)
    within(author, read)
    try:
        await check(tx, CATALOG[read.noun], read.where, author)
    except FieldForbidden as refusal:
        raise FieldForbidden(field="rule.where", path=refusal.params["path"]) from None
    if read.segment:
        await require(tx, Named("segment", "segments", read.segment, "rule.when.segmentId"))
    for i, act in enumerate(read.acts):
        await require(tx, *(Named(*TABLES[name], id, f"rule.do.{i}.{name}") for name, id in act.ids.items()))
    return read


async def _insert(tx: Tx, id: UUID, number: int, rule: Any) -> None:
    await tx.execute(
        "INSERT INTO automation_versions (workspace_id, id, automation_id, number, rule, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        tx.workspace, uuid7(), id, number, rule, await tx.now())  # fmt: skip


async def _revised(tx: Tx, row: dict[str, Any], values: dict[str, Any], kind: str, *, touch: bool = False, **data: Any) -> Revision:
    revision = await revise(tx, "automation", "automations", row, values, touch=touch)
    if revision.changes or touch:
        await events.note(tx, kind, "Automation", row["id"], version=revision.version, data=data)
    return revision
