"""Takes back what an import did, batch by batch from the last: what people have changed since is left alone and listed.

A batch is taken back in one transaction with the deletion of its sheet, so that a killed revert goes on where it stopped; so does one that ended because
whoever asked for it may not do it any more."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from leadwell import events, work
from leadwell.access import Viewer
from leadwell.base.actor import Actor
from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx
from leadwell.transfer import manifest, rights
from leadwell.transfer.effects import quiet_but
from leadwell.transfer.manifest import Entry, Sheet
from leadwell.transfer.refusals import ImportStarted, RevertForbidden
from leadwell.transfer.restoring import restore
from leadwell.transfer.withdrawing import ORDER, in_use, put_away, touched

REVERTIBLE = ("DONE", "FAILED", "CANCELED", "REVERTING")
MADE = ("CREATED", "REPEATED", "PERSON")
LOCK = "SELECT i.state, i.noun, i.options, i.reverted_by FROM imports i WHERE i.workspace_id = $1 AND i.id = $2 FOR NO KEY UPDATE"
ASKED = (
    "UPDATE imports SET state = 'REVERTING', reverted_by = $4, error = NULL, version = version + 1, updated_at = $3 "
    "WHERE workspace_id = $1 AND id = $2 AND (state <> 'REVERTING' OR reverted_by IS DISTINCT FROM $4) RETURNING version"
)
STOPPED = (
    "UPDATE imports SET state = 'FAILED', error = $3, version = version + 1, updated_at = $4 WHERE workspace_id = $1 AND id = $2 AND state = 'REVERTING' "
    "RETURNING version, reverted_count, left_count"
)


@dataclass(slots=True)
class Taken:
    """What came of a sheet: records put away, fields set back, and what was left alone with the reason. Not `under_way`: the import is no longer
    being taken back."""

    records: int = 0
    fields: int = 0
    under_way: bool = True
    left: list[tuple[str, UUID, str, str]] = field(default_factory=list[tuple[str, UUID, str, str]])


async def ask(tx: Tx, id: UUID, viewer: Viewer | None = None) -> None:
    """Notes that an import is to be taken back, with the rights of whoever asked last, and puts the work; asked twice it is done once.
    NotFound, ImportStarted, Forbidden."""
    row = await tx.row(LOCK, tx.workspace, id)
    if row is None:
        raise NotFound(noun="import")
    if viewer:
        rights.may_revert(viewer, row)
    if row["state"] == "REVERTED":
        return
    if row["state"] not in REVERTIBLE:
        raise ImportStarted(state=row["state"])
    version: int | None = await tx.value(ASKED, tx.workspace, id, await tx.now(), viewer.credential if viewer else "SYSTEM")
    if version:
        await events.note(tx, "import.moved", "Import", id, version=version, data={"state": "REVERTING"})
    await work.put(tx, work.NewJob("transfer", "transfer.revert", {"id": str(id)}, key=str(id), priority=work.BULK))


async def revert(db: Database, actor: Actor, id: UUID) -> Counter[str]:
    """Takes back every sheet, each with the rights that whoever asked has then; without them it ends as FAILED, and goes on when somebody asks again.
    Twice, or by two at once, it comes to the same."""
    counts, under_way = Counter[str](), True
    while under_way:
        try:
            await _sheets(db, actor, id, counts)
            await db.run(actor, lambda tx: _finish(tx, id), replayable=True)
            under_way = False
        except RevertForbidden as refusal:
            under_way = await db.run(actor, lambda tx, why=refusal.message: _others(tx, id, why), replayable=True)
    return counts


async def _sheets(db: Database, actor: Actor, id: UUID, counts: Counter[str]) -> None:
    async for sheet in manifest.sheets(db, actor, id):
        taken = await db.run(actor, lambda tx, sheet=sheet: _sheet(tx, id, sheet))
        if not taken.under_way:
            return
        counts.update(records=taken.records, fields=taken.fields, left=len(taken.left))


async def _sheet(tx: Tx, id: UUID, sheet: Sheet) -> Taken:
    taken = Taken()
    with quiet_but(tx, frozenset()):
        row = await tx.row(LOCK, tx.workspace, id)
        if row is None or row["state"] != "REVERTING":
            return Taken(under_way=False)
        await rights.still_back(tx, row)
        if not await manifest.drop(tx, id, sheet):
            return taken
        await _changed(tx, taken, await _filled(tx, sheet))
        await _made(tx, taken, sheet)
        rows = [{"noun": noun, "record_id": str(record), "field": name, "reason": reason} for noun, record, name, reason in taken.left]
        await tx.execute(load(__name__, "keep_left"), tx.workspace, id, rows, await tx.now())
        await tx.execute(load(__name__, "taken_back"), tx.workspace, id, taken.records, len(taken.left), await tx.now())
    return taken


async def _filled(tx: Tx, sheet: Sheet) -> list[Entry]:
    """What was changed, the last first; what joining leads and people filled is read from their events."""
    found = [entry for entry in sheet.entries if entry.action == "CHANGED"]
    joined = [entry for entry in sheet.entries if entry.action not in ("CHANGED", *MADE) and entry.more.get("person")]
    ids = sorted({entry.id for entry in joined} | {UUID(entry.more["person"]) for entry in joined})
    rows = await tx.fetch(load(__name__, "filled"), tx.workspace, ids, sheet.at) if ids else []
    return found + [Entry(0, "CHANGED", row["noun"], row["record_id"], row["changes"], {}) for row in rows]


async def _changed(tx: Tx, taken: Taken, entries: Sequence[Entry]) -> None:
    for entry in entries:
        back, kept = await restore(tx, entry)
        taken.fields += back
        taken.left += [(entry.noun, entry.id, name, reason) for name, reason in kept.items()]


async def _made(tx: Tx, taken: Taken, sheet: Sheet) -> None:
    """Noun by noun, so that what hangs on a record goes before it."""
    made: dict[str, dict[UUID, Entry]] = {noun: {} for noun in ORDER}
    for entry in sheet.entries:
        if entry.action in MADE:
            made[entry.noun][entry.id] = entry
    people = {UUID(entry.more["person"]): entry for entry in made["Lead"].values()} | {e.id: e for e in made["Person"].values()}
    fresh = await tx.fetch(load(__name__, "made_people"), tx.workspace, sorted(people), sheet.at) if people else []
    made["Person"] |= {row["id"]: people[row["id"]] for row in fresh}
    behind = {entry.id: UUID(entry.more["person"]) for entry in made["Lead"].values()}
    for noun in ORDER:
        if made[noun]:
            await _of_noun(tx, taken, noun, made[noun], behind, sheet)
    joined = [UUID(e.more["activity"]) for e in sheet.entries if e.more.get("activity") and e.action not in MADE]
    await put_away(tx, "Activity", joined)


async def _of_noun(tx: Tx, taken: Taken, noun: str, entries: Mapping[UUID, Entry], behind: Mapping[UUID, UUID], sheet: Sheet) -> None:
    ids = sorted(entries)
    human = await touched(tx, ids + [behind[id] for id in ids if noun == "Lead"], sheet.at)
    used = await in_use(tx, noun, ids)
    going: list[UUID] = []
    for id in ids:
        if id in human or (noun == "Lead" and behind[id] in human):
            taken.left.append((noun, id, "", "Somebody has worked on it since."))
        elif id in used:
            taken.left.append((noun, id, "", "Other records stand on it."))
        else:
            going.append(id)
    await put_away(tx, noun, going)
    await put_away(tx, "Activity", [UUID(entries[id].more["activity"]) for id in going if entries[id].more.get("activity")])
    taken.records += len(going)


async def _finish(tx: Tx, id: UUID) -> None:
    row = await tx.row(load(__name__, "reverted"), tx.workspace, id, await tx.now())
    if row:
        data = {"taken_back": row["reverted_count"], "left": row["left_count"]}
        await events.note(tx, "import.reverted", "Import", id, version=row["version"], data=data)


async def _others(tx: Tx, id: UUID, why: str) -> bool:
    """Whether somebody who may has asked for it meanwhile; else it ends, and says why."""
    row = await tx.row(LOCK, tx.workspace, id)
    if row is None or row["state"] != "REVERTING":
        return False
    try:
        await rights.still_back(tx, row)
    except RevertForbidden:
        ended = await tx.row(STOPPED, tx.workspace, id, why, await tx.now())
        assert ended is not None
        data = {"taken_back": ended["reverted_count"], "left": ended["left_count"]}
        await events.note(tx, "import.failed", "Import", id, version=ended["version"], data=data)
        return False
    return True
