"""Carries a planned merge out: enrollments end, losers are put away, what points at them moves, the survivor takes its values."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leadwell import companies, dedupe, events, leads, nurture, people
from leadwell.base import faults
from leadwell.base.identity import Email, parse_email
from leadwell.base.ids import uuid7
from leadwell.base.rows import revise
from leadwell.base.sql import load
from leadwell.merging.engine import Fold, Manifest, carry_out
from leadwell.merging.fields import PROVENANCE
from leadwell.merging.plan import Facts, FoldPlan, Plan
from leadwell.merging.told import opaque

TABLES = {"Person": "people", "Lead": "leads", "Contact": "contacts", "Company": "companies"}
HOMELESS = "UPDATE companies SET archived_at = $3, version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2 AND archived_at IS NULL" \
    " AND NOT EXISTS (SELECT 1 FROM contact_companies l WHERE l.workspace_id = $1 AND l.company_id = $2)"  # fmt: skip


async def carry(manifest: Manifest, facts: Facts, decided: Plan) -> None:
    """Leads end before the people's rows move, because two open leads of one person are impossible; contacts after."""
    tx = manifest.tx
    for id, reason in sorted(decided.leaving.items()):
        if await nurture.leave(tx, [id], reason):
            await manifest.note("CHANGED", "enrollments", {"id": id}, {"state": "ACTIVE"}, {"state": "EXITED", "exit_reason": reason})
    by_noun = {noun: [one for one in decided.folds if one.fold.noun == noun] for noun in TABLES}
    for one in by_noun["Lead"]:
        await _end_leads(manifest, one.fold)
    for noun in ("Company", "Lead", "Contact", "Person"):
        for one in by_noun[noun]:
            await _fold(manifest, one)
            faults.point(f"merging.{noun.lower()}")
    if facts.noun == "Person":
        await _settle_person(manifest, facts, decided)


async def _fold(manifest: Manifest, one: FoldPlan) -> None:
    """One survivor: its losers are put away and redirected, everything of theirs follows, their values are taken over."""
    fold = one.fold
    if fold.noun != "Lead":
        await _put_away(manifest, fold)
    if fold.noun == "Company":
        await _adopt(manifest, fold)
    await carry_out(manifest, fold)
    await _redirect(manifest, fold)
    await take_over(manifest, one)
    if fold.noun in ("Person", "Company"):
        await dedupe.merged(
            manifest.tx, fold.survivor, fold.losers, fold.noun.upper(), merge_id=manifest.merge_id, automatic=manifest.automatic)
    noun = fold.noun.lower()
    person = {"Person": fold.survivor}.get(fold.noun)
    told = {"merge_id": str(manifest.merge_id), "into": opaque(fold.noun, fold.survivor)}
    await events.note_all(manifest.tx, [events.Event(f"{noun}.merged", fold.noun, id, person, data=told) for id in fold.losers])


async def _end_leads(manifest: Manifest, fold: Fold) -> None:
    """The losers end as MERGED: closed, in no rate, and sealed."""
    tx, now = manifest.tx, await manifest.tx.now()
    for id in fold.losers:
        row = await tx.row("SELECT l.* FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", tx.workspace, id)
        assert row is not None, "it was read in this transaction"
        status = await leads.default_status(tx, row["pipeline_id"], "MERGED")
        after = {"state": "MERGED", "status_id": status.id, "status_since": now, "closed_at": now, "merged_into": fold.survivor}
        await revise(tx, "lead", "leads", dict(row), after)
        await tx.execute(load("leadwell.leads.moving", "spans"), tx.workspace, id, uuid7(), status.id, now, str(tx.actor))
        await manifest.note("CHANGED", "leads", {"id": id}, {name: row[name] for name in after}, after)


async def _put_away(manifest: Manifest, fold: Fold) -> None:
    """A merged record is out of lists; a person also says into whom it went."""
    tx, now, table = manifest.tx, await manifest.tx.now(), TABLES[fold.noun]
    for id in fold.losers:
        row = await tx.row(f"SELECT x.* FROM {table} x WHERE x.workspace_id = $1 AND x.id = $2", tx.workspace, id)
        assert row is not None, "it was read in this transaction"
        after: dict[str, Any] = {"archived_at": row["archived_at"] or now} | ({"merged_into": fold.survivor} if fold.noun == "Person" else {})
        await revise(tx, fold.noun.lower(), table, dict(row), after)
        await manifest.note("CHANGED", table, {"id": id}, {name: row[name] for name in after}, after)


async def _redirect(manifest: Manifest, fold: Fold) -> None:
    now = await manifest.tx.now()
    for id in fold.losers:
        await manifest.tx.execute(
            "INSERT INTO redirects (workspace_id, noun, old_id, new_id, created_at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (workspace_id, noun, old_id) DO UPDATE SET new_id = EXCLUDED.new_id",
            manifest.tx.workspace, fold.noun, id, fold.survivor, now)
        await manifest.note("ADDED", "redirects", {"noun": fold.noun, "old_id": id}, None, None)


async def take_over(manifest: Manifest, one: FoldPlan) -> None:
    """The survivor takes its values, with where they came from; each column is a step of the manifest, so that each can be taken back alone."""
    tx, fold, table = manifest.tx, one.fold, TABLES[one.fold.noun]
    row = await tx.row(f"SELECT x.* FROM {table} x WHERE x.workspace_id = $1 AND x.id = $2", tx.workspace, fold.survivor)
    assert row is not None, "it was read in this transaction"
    revision = await revise(tx, fold.noun.lower(), table, dict(row), one.values, touch=True)
    for column, (before, after) in revision.changes.items():
        await manifest.note("CHANGED", table, {"id": fold.survivor}, {column: before}, {column: after})
    donors = {column: donor for column, donor in one.donors.items() if column not in PROVENANCE}
    await _take_provenance(manifest, fold, donors)
    person = {"Person": fold.survivor, "Lead": row.get("person_id"), "Contact": row.get("person_id")}.get(fold.noun)
    told = {"changes": revision.changes, "merge_id": str(manifest.merge_id)}
    await events.note(tx, f"{fold.noun.lower()}.updated", fold.noun, fold.survivor, person_id=person, version=revision.version, data=told)


async def _take_provenance(manifest: Manifest, fold: Fold, donors: Mapping[str, UUID]) -> None:
    """The word about a value comes with it."""
    if not donors:
        return
    fields, from_ids = list(donors), list(donors.values())
    await manifest.wrote("field_provenance", load(__name__, "drop_words"), fold.survivor, fields, from_ids)
    await manifest.wrote("field_provenance", load(__name__, "take_words"), fold.survivor, fields, from_ids)


async def _adopt(manifest: Manifest, fold: Fold) -> None:
    """Subsidiaries of the losers become the survivor's; the survivor's own place is decided by the plan."""
    await manifest.wrote("companies", load(__name__, "adopt"), list(fold.losers), fold.survivor)
    await manifest.wrote("company_aliases", load(__name__, "alias"), list(fold.losers), fold.survivor)


async def _settle_person(manifest: Manifest, facts: Facts, decided: Plan) -> None:
    """What no single table says: the one contact and its primary company, the primary address and number, addresses no longer shared."""
    tx = manifest.tx
    person = facts.records[0].id
    if decided.contact:
        await _settle_contact(manifest, person, decided)
    row = await tx.row("SELECT p.email, p.phone FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, person)
    assert row is not None, "it was locked in this transaction"
    read = parse_email(row["email"])
    await manifest.wrote("person_emails", load(__name__, "unset_email"), person, read.normalized if isinstance(read, Email) else None)
    await manifest.wrote("person_emails", load(__name__, "set_email"), person, read.normalized if isinstance(read, Email) else None)
    await manifest.wrote("person_phones", load(__name__, "unset_phone"), person, row["phone"])
    await manifest.wrote("person_phones", load(__name__, "set_phone"), person, row["phone"])
    await manifest.wrote("person_emails", load(__name__, "unshare"), person, None)


async def _settle_contact(manifest: Manifest, person: UUID, decided: Plan) -> None:
    tx, contact = manifest.tx, decided.contact
    assert contact is not None, "asked for one"
    for company in decided.homeless:
        await manifest.wrote("contact_companies", load(__name__, "unlink"), contact, company)
        if await tx.execute(HOMELESS, tx.workspace, company, now := await tx.now()):
            await manifest.note("CHANGED", "companies", {"id": company}, {"archived_at": None}, {"archived_at": now})
    row = dict(await tx.row("SELECT c.* FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2", tx.workspace, contact) or {})
    moved = {"person_id": person} | ({"company_id": decided.primary} if decided.primary else {})
    revision = await revise(tx, "contact", "contacts", row, moved)
    for column, (before, after) in revision.changes.items():
        await manifest.note("CHANGED", "contacts", {"id": contact}, {column: before}, {column: after})
    await manifest.wrote("contact_companies", load(__name__, "unset_company"), contact, decided.primary)
    await manifest.wrote("contact_companies", load(__name__, "set_company"), contact, decided.primary)


async def give(manifest: Manifest, noun: str, id: UUID, values: Mapping[str, Any]) -> None:
    """Values named by the caller are an edit by hand of the survivor, checked like any other."""
    if not values:
        return
    tx = manifest.tx
    if noun == "Person":
        changes = await people.edit(tx, id, values)
    else:
        changes = (await companies.update(tx, id, values)).changes
    for column, (before, after) in changes.items():
        await manifest.note("CHANGED", TABLES[noun], {"id": id}, {column: before}, {column: after})
