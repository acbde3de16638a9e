"""Takes back what an import did, batch by batch from the last: what people have changed since is left alone and listed.

A batch is taken back in one transaction with the deletion of its sheet, so that a killed revert goes on where it stopped."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from leadwell import events, work
from leadwell.base.actor import Actor
from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx
from leadwell.transfer import manifest
from leadwell.transfer.effects import quiet_but
from leadwell.transfer.manifest import Entry, Sheet
from leadwell.transfer.refusals import ImportStarted
from leadwell.transfer.restoring import restore
from leadwell.transfer.withdrawing import ORDER, in_use, put_away, touched

REVERTIBLE = ("DONE", "FAILED", "CANCELED", "REVERTING")
MADE = ("CREATED", "REPEATED", "PERSON")


@dataclass(slots=True)
class Taken:
    """What came of a sheet: records put away, fields set back, and what was left alone with the reason."""

    records: int = 0
    fields: int = 0
    left: list[tuple[str, UUID, str, str]] = field(default_factory=list[tuple[str, UUID, str, str]])


async def ask(tx: Tx, id: UUID) -> None:
    """Notes that an import is to be taken back and puts the work; asked twice it is done once. NotFound, ImportStarted."""
    state = await tx.value("SELECT i.state FROM imports i WHERE i.workspace_id = $1 AND i.id = $2 FOR NO KEY UPDATE", tx.workspace, id)
    if state is None:
        raise NotFound(noun="import")
    if state == "REVERTED":
        return
    if state not in REVERTIBLE:
        raise ImportStarted(state=state)
    sql = "UPDATE imports SET state = 'REVERTING', version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2 AND state <> 'REVERTING'"
    await tx.execute(sql, tx.workspace, id, await tx.now())
    await work.put(tx, work.NewJob("transfer", "transfer.revert", {"id": str(id)}, key=str(id), priority=work.BULK))


async def revert(db: Database, actor: Actor, id: UUID) -> Counter[str]:
    """Takes back every sheet. Twice, or by two at once, it comes to the same."""
    counts = Counter[str]()
    async for sheet in manifest.sheets(db, actor, id):
        taken = await db.run(actor, lambda tx, sheet=sheet: _sheet(tx, id, sheet))
        counts.update(records=taken.records, fields=taken.fields, left=len(taken.left))
    await db.run(actor, lambda tx: _finish(tx, id), replayable=True)
    return counts


async def _sheet(tx: Tx, id: UUID, sheet: Sheet) -> Taken:
    taken = Taken()
    with quiet_but(tx, frozenset()):
        state = await tx.value("SELECT i.state FROM imports i WHERE i.workspace_id = $1 AND i.id = $2 FOR NO KEY UPDATE", tx.workspace, id)
        if state != "REVERTING" or not await manifest.drop(tx, id, sheet):
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
