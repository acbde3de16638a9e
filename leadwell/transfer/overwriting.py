"""Leads that are known: found for an import that only creates, and changed in the listed fields by one that overwrites."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell import leads
from leadwell.base import provenance
from leadwell.base.refusals import Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.capture.fields import FIELDS
from leadwell.capture.reading import Read
from leadwell.leads.editing import OWN_FIELDS
from leadwell.people import Claims
from leadwell.transfer.manifest import Entry
from leadwell.transfer.nouns.looking import OWN, outside
from leadwell.transfer.nouns.words import NULL
from leadwell.transfer.options import Plan

Meant = Mapping[int, tuple[UUID | None, UUID | None]]
Flaw = tuple[int, tuple[str, str, str]]


async def about_known(tx: Tx, plan: Plan, reads: Mapping[int, Read]) -> set[int]:
    """Rows about somebody who is known by address or outside id; they change nothing."""
    named = [(one.email, ((plan.defaults.system, one.external_id),) if one.external_id else ()) for one in reads.values()]
    keys = {number: Claims.of([name]).keys for number, name in zip(reads, named, strict=True)}
    wanted = sorted({key for found in keys.values() for key in found})
    rows = await tx.fetch(load(__name__, "known_keys"), tx.workspace, [kind for kind, _ in wanted], [text for _, text in wanted]) if wanted else []
    known = {(row["kind"], row["key"]) for row in rows}
    return {number for number, found in keys.items() if known & found.keys()}


async def know_own(tx: Tx, ids: Sequence[str]) -> None:
    """The file was written by an export: its ids are our own leads', so their people are who is meant."""
    known = await outside(tx, "Lead", OWN, [id for id in ids if id])
    if known:
        texts = sorted(known)
        await tx.execute(load(__name__, "own_keys"), tx.workspace, [f"{OWN}\x1f{text}" for text in texts], [known[text] for text in texts], await tx.now())


async def of_digests(tx: Tx, digests: Mapping[int, str]) -> dict[int, tuple[UUID | None, UUID | None]]:
    """Whom and which lead rows were about that were imported before."""
    rows = await tx.fetch(load(__name__, "of_digests"), tx.workspace, sorted(set(digests.values()))) if digests else []
    known = {row["external_id"]: (row["person_id"], row["lead_id"]) for row in rows}
    return {number: known[digest] for number, digest in digests.items() if digest in known}


def told(read: Read, words: Mapping[str, str]) -> dict[str, Any]:
    """Columns of people and leads with what the row says, None where it clears."""
    values: dict[str, Any] = {**read.person, **read.lead}
    if read.email:
        values["email"] = read.email.display
    for name, text in words.items():
        if text == NULL:
            column = {"email": "email", "budget": "budget_minor"}.get(name) or FIELDS[name].column
            values |= {column: None} if column else {}
    return values


async def overwrite(tx: Tx, plan: Plan, meant: Meant, values: Mapping[int, Mapping[str, Any]]) -> tuple[list[Entry], list[Flaw]]:
    """Row after row by the verb of people at a screen; a closed lead stays as it is, and the row says so."""
    ids = sorted({lead for _, lead in meant.values() if lead})
    rows = {row["id"]: dict(row) for row in await tx.fetch(load(__name__, "standing"), tx.workspace, ids)} if ids else {}
    entries: list[Entry] = []
    flaws: list[Flaw] = []
    for number, (_, lead) in sorted(meant.items()):
        row = rows.get(lead) if lead else None
        if row is None:
            continue
        changes = {name: value for name, value in values[number].items() if name in plan.overwrite and row[name] != value}
        if changes.get("budget_minor") is not None and values[number].get("currency"):
            changes["currency"] = values[number]["currency"]
        if changes:
            flaw = await _change(tx, row, changes)
            flaws += [(number, flaw)] if flaw else []
            entries += [] if flaw else [Entry(number, "CHANGED", "Lead", row["id"], {name: [row[name], value] for name, value in changes.items()}, {})]
            row |= {} if flaw else changes
    return entries, flaws


async def _change(tx: Tx, row: Mapping[str, Any], changes: Mapping[str, Any]) -> tuple[str, str, str] | None:
    await tx.execute("SAVEPOINT row")
    try:
        await leads.update(tx, row["id"], changes)
        origins = [
            provenance.Origin(*(("Lead", row["id"]) if name in OWN_FIELDS else ("Person", row["person_id"])), name, value, "IMPORT")
            for name, value in changes.items()
        ]  # fmt: skip
        await provenance.record_all(tx, origins)
    except Refusal as refusal:
        await tx.execute("ROLLBACK TO SAVEPOINT row")
        return (refusal.field or "", str(refusal.code), refusal.message)
    await tx.execute("RELEASE SAVEPOINT row")
    return None
