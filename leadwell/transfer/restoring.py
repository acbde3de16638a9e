"""Sets fields back to what they were before an import, by the verbs of people at a screen, unless they have another value by now."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from leadwell import custom, people
from leadwell.base.refusals import Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.transfer.extras import CUSTOM, OPT_OUT, TAGS
from leadwell.transfer.giving import change, less, retag, tags_of_workspace
from leadwell.transfer.manifest import Entry
from leadwell.transfer.nouns import RECORDS
from leadwell.transfer.opting_out import reopen

SINCE = "It has another value by now."
PERSON = (
    "SELECT p.id, p.name, p.prefix, p.first_name, p.middle_name, p.last_name, p.suffix, p.title, p.email, p.phone, p.language, p.time_zone, p.country, "
    "p.region, p.city, p.postal_code, p.street FROM people p WHERE p.workspace_id = $1 AND p.id = $2 AND p.archived_at IS NULL FOR NO KEY UPDATE"
)


async def restore(tx: Tx, entry: Entry) -> tuple[int, dict[str, str]]:
    """How many fields were set back, and which were not, with the reason."""
    if "company_link" in entry.changes:
        return await _unlink(tx, entry)
    if OPT_OUT in entry.changes:
        return await reopen(tx, entry.more["hashes"]), {}
    if TAGS in entry.changes:
        return await _retag(tx, entry)
    row = await _row(tx, entry)
    if row is None:
        return 0, {"": "It is no longer there, or closed."}
    back: dict[str, Any] = {}
    kept: dict[str, str] = {}
    for name, (before, after) in entry.changes.items():
        if name not in row or _plain(row[name]) != _plain(after):
            kept[name] = SINCE
        else:
            back[name] = _typed(name, before)
    if back and (reason := await _write(tx, entry, back)):
        return 0, kept | dict.fromkeys(back, reason)
    return len(back), kept


async def _row(tx: Tx, entry: Entry) -> Mapping[str, Any] | None:
    if entry.noun == "Person":
        person = await tx.row(PERSON, tx.workspace, entry.id)
        return dict(person) if person else None
    if entry.noun == "Lead":
        row = await tx.row(load(__name__, "lead_now"), tx.workspace, entry.id)
        found = dict(row) if row and row["state"] == "OPEN" else None
    else:
        found = (await RECORDS[entry.noun].current(tx, [entry.id])).get(entry.id)
    if found and any(name.startswith(CUSTOM) for name in entry.changes):
        return {**found, **{CUSTOM + key: value for key, value in (await custom.standing(tx, entry.noun, entry.id)).items()}}
    return found


async def _write(tx: Tx, entry: Entry, back: Mapping[str, Any]) -> str | None:
    """Why it could not be, where it could not."""
    own = {name: value for name, value in back.items() if not name.startswith(CUSTOM)}
    values = {name.removeprefix(CUSTOM): value for name, value in back.items() if name.startswith(CUSTOM)}
    await tx.execute("SAVEPOINT back")
    try:
        if entry.noun == "Person":
            await people.edit(tx, entry.id, own, source="IMPORT")
        else:
            await change(tx, entry.noun, entry.id, own | ({"custom": values} if values else {}))
    except Refusal as refusal:
        await tx.execute("ROLLBACK TO SAVEPOINT back")
        return refusal.message
    await tx.execute("RELEASE SAVEPOINT back")
    return None


async def _unlink(tx: Tx, entry: Entry) -> tuple[int, dict[str, str]]:
    """A second company of a contact, unless it has become the first one."""
    sql = "DELETE FROM contact_companies WHERE workspace_id = $1 AND contact_id = $2 AND company_id = $3 AND NOT is_primary"
    gone = await tx.execute(sql, tx.workspace, entry.id, UUID(entry.changes["company_link"][1]))
    rest = {name: pair for name, pair in entry.changes.items() if name != "company_link"}
    back, kept = await restore(tx, Entry(entry.row, entry.action, entry.noun, entry.id, rest, {})) if rest else (0, dict[str, str]())
    return back + gone, kept | ({} if gone else {"company_link": SINCE})


async def _retag(tx: Tx, entry: Entry) -> tuple[int, dict[str, str]]:
    """Takes off what was put on and is still there, and the other way round; nothing else about tags is touched."""
    before, after = entry.changes[TAGS]
    put, gone = [(entry.id, word) for word in less(before, after)], [(entry.id, word) for word in less(after, before)]
    await retag(tx, entry.noun, put, gone, await tags_of_workspace(tx))
    rest = {name: pair for name, pair in entry.changes.items() if name != TAGS}
    back, kept = await restore(tx, replace(entry, changes=rest)) if rest else (0, dict[str, str]())
    return back + 1, kept


def _plain(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value, default=str))


def _typed(name: str, value: Any) -> Any:
    """What JSON made text of; custom values are kept as JSON."""
    if name.startswith(CUSTOM):
        return value
    if isinstance(value, str) and name.endswith("_id"):
        return UUID(value)
    return date.fromisoformat(value) if isinstance(value, str) and name.endswith("_on") else value
