"""Decides suggestions: accepted ones are written as a person's word, dismissed ones do not come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell import companies, events, leads, people, work
from leadwell.base import provenance
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.enrichment.port import COMPANY, EMAIL, LEAD, PERSON, PHONE

MOST = 500
DETAILS = {EMAIL: ("person_emails", ("class", "is_valid")), PHONE: ("person_phones", ("e164", "region", "type", "is_valid"))}
TABLES = {PERSON: "people", LEAD: "leads", COMPANY: "companies", EMAIL: "person_emails", PHONE: "person_phones"}


class TooManySuggestions(Refusal):
    """{count} suggestions are too many at once; {most} are decided in one call."""

    fix = "Decide them in several calls."


@dataclass(frozen=True, slots=True)
class Decided:
    """`done`: decided, now or before; `left`: {id: (code, sentence)} of those that could not be."""

    done: tuple[UUID, ...]
    left: Mapping[UUID, tuple[str, str]]


class SuggestionDecided(Refusal):
    """This suggestion was {state} before."""

    fix = "Change the field by hand."
    status = 409


class SuggestionStale(Refusal):
    """The field has changed since this was suggested."""

    fix = "Have the record enriched again; what still differs is suggested anew."
    status = 409


async def accept_suggestions(tx: Tx, ids: Sequence[UUID]) -> Decided:
    """Writes each suggested value as a person's word. One that was dismissed, whose field has changed or whose record refuses it is left, with
    the reason; the others are written. TooManySuggestions."""
    return await _decide(tx, ids, "ACCEPTED")


async def dismiss_suggestions(tx: Tx, ids: Sequence[UUID]) -> Decided:
    """The values are not suggested again, nor filled. TooManySuggestions."""
    return await _decide(tx, ids, "DISMISSED")


async def _decide(tx: Tx, ids: Sequence[UUID], state: str) -> Decided:
    if len(ids) > MOST:
        raise TooManySuggestions(field="ids", count=len(ids), most=MOST)
    await tx.fetch(load(__name__, "lock_suggested"), tx.workspace, sorted(set(ids)))
    rows = {row["id"]: row for row in await tx.fetch(load(__name__, "suggestions"), tx.workspace, sorted(set(ids)))}
    done: list[UUID] = []
    left: dict[UUID, tuple[str, str]] = {}
    for id in dict.fromkeys(ids):
        try:
            await _one(tx, rows.get(id), state)
            done.append(id)
        except Refusal as refusal:
            left[id] = (refusal.code, refusal.message)
    kept = [id for id in done if rows[id]["state"] == "OPEN"]
    await tx.execute(
        "UPDATE field_suggestions s SET state = $3, decided_at = $4 WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[]) AND s.state = 'OPEN'",
        tx.workspace, kept, state, await tx.now())  # fmt: skip
    await events.note_all(tx, [_event(rows[id], state) for id in kept])
    return Decided(tuple(done), left)


async def _one(tx: Tx, row: Any, state: str) -> None:
    if row is None:
        raise NotFound(noun="suggestion")
    if row["state"] == state:
        return
    if row["state"] != "OPEN":
        raise SuggestionDecided(state=row["state"].lower())
    if state == "ACCEPTED":
        await _write(tx, row)


async def _write(tx: Tx, row: Any) -> None:
    """The value onto its record, by the verb that records of its noun have, if the field still holds what it held then."""
    noun, id, name, value = row["noun"], row["record_id"], row["field"], row["value"]
    if noun not in TABLES:
        raise NotFound(noun="record")
    now = await tx.row(f"SELECT to_jsonb(x) -> $3 AS value FROM {TABLES[noun]} x WHERE x.workspace_id = $1 AND x.id = $2", tx.workspace, id, name)
    if now is None:
        raise NotFound(noun="record")
    if now["value"] == value:
        return
    if now["value"] != row["current_value"]:
        raise SuggestionStale()
    if noun == PERSON:
        await people.edit(tx, id, {name: value})
        await work.put(tx, work.NewJob("score", "score.person", {"person_id": str(id)}, key=str(id)))
    elif noun == LEAD:
        await leads.update(tx, id, {name: UUID(value) if name == "company_id" else value})
    elif noun == COMPANY:
        await companies.update(tx, id, {name: value})
    else:
        await _detail(tx, noun, id, name, value)
    said = provenance.Origin(noun, id, name, value, "HUMAN", row["provider"], 1.0, {"accepted": str(row["id"])})
    await provenance.record_all(tx, [said])


async def _detail(tx: Tx, noun: str, id: UUID, name: str, value: Any) -> None:
    table, names = DETAILS[noun]
    if name not in names:
        raise NotFound(noun="field")
    await tx.execute(f"UPDATE {table} SET {name} = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, id, value)


def _event(row: Any, state: str) -> events.Event:
    kind = "suggestion.accepted" if state == "ACCEPTED" else "suggestion.dismissed"
    told = {"noun": row["noun"], "record_id": str(row["record_id"]), "field": row["field"], "value": row["value"]}
    return events.Event(kind, "FieldSuggestion", row["id"], row["person_id"], None, told)
