"""Changes, puts away and brings back many contacts, and changes many people: each by the rules of one, a batch in a handful of statements."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell import custom, events, people, work
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Changes, Named, Revision, absent, differing, revise_many
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.contacts.editing import OWN_FIELDS, PERSON_FIELDS, REFERENCES, checked
from leadwell.contacts.people import NEWS

Row = Mapping[str, Any]
TYPES = {**dict.fromkeys(OWN_FIELDS, "text"), **dict.fromkeys(REFERENCES, "uuid"), "archived_at": "timestamptz"}
THEIRS = people.PLAIN & PERSON_FIELDS


@dataclass(slots=True)
class _Case:
    """A contact on its way through: what is to be written of it and of its person, and what has changed."""

    contact: Row
    own: dict[str, Any]
    theirs: dict[str, Any]
    edited: Changes = field(default_factory=dict[str, list[Any]])
    version: int = 0

    @property
    def changes(self) -> Changes:
        return differing(self.contact, self.own) | self.edited


async def hold(tx: Tx, contact_ids: Collection[UUID]) -> dict[UUID, Row]:
    """The contacts, locked behind their people in one order; what is unknown is left out."""
    return {row["id"]: dict(row) for row in await tx.fetch(load(__name__, "lock_many"), tx.workspace, sorted(set(contact_ids)))}


async def update_many(tx: Tx, wanted: Mapping[UUID, Row]) -> dict[UUID, Revision]:
    """As `update` does to one. A contact that is refused, or whose change something else follows from, is left out of the answer and left alone; what
    people and custom fields refuse is refused to all."""
    cases = await _plain(tx, wanted)
    theirs = {case.contact["person_id"]: case.theirs for case in cases if case.theirs}
    edited = await people.edit_many(tx, theirs) if theirs else {}
    given = {case.contact["id"]: wanted[case.contact["id"]]["custom"] for case in cases if wanted[case.contact["id"]].get("custom")}
    written = await custom.write_many(tx, "Contact", given) if given else {}
    for case in cases:
        case.edited = (edited.get(case.contact["person_id"], {}) if case.theirs else {}) | written.get(case.contact["id"], {})
    await _revise(tx, [case for case in cases if case.changes])
    return {case.contact["id"]: Revision(case.changes, case.version) for case in cases}


async def _plain(tx: Tx, wanted: Mapping[UUID, Row]) -> list[_Case]:
    """Those that can be written without looking further: known columns, and references that are there."""
    cases: list[_Case] = []
    for id, contact in (await hold(tx, wanted)).items():
        given = wanted[id]
        if given.keys() - OWN_FIELDS - THEIRS - {"custom"}:
            continue
        try:
            own = {name: checked(name, value) for name, value in given.items() if name in OWN_FIELDS}
        except Refusal:
            continue
        cases.append(_Case(contact, own, {name: value for name, value in given.items() if name in THEIRS}, version=contact["version"]))
    missing = await absent(tx, [one for case in cases for one in _named(case)])
    return [case for case in cases if not any((one.table, one.id) in missing for one in _named(case))]


def _named(case: _Case) -> list[Named]:
    return [Named(*REFERENCES[name], value, name) for name, value in case.own.items() if name in REFERENCES]


async def _revise(tx: Tx, cases: Collection[_Case]) -> None:
    versions = await revise_many(tx, "contacts", TYPES, {case.contact["id"]: case.own for case in cases})
    for case in cases:
        case.version = versions[case.contact["id"]]
    await _tell(tx, "contact.updated", cases)
    people_ids = [str(case.contact["person_id"]) for case in cases]
    await work.put(tx, *(work.NewJob("score", "score.person", {"person_id": id}, key=id) for id in people_ids))


async def _tell(tx: Tx, kind: str, cases: Collection[_Case]) -> None:
    await events.note_all(tx, [
        events.Event(kind, "Contact", case.contact["id"], case.contact["person_id"], case.version, {"changes": case.changes}) for case in cases])


async def archive_many(tx: Tx, contact_ids: Collection[UUID], *, away: bool) -> dict[UUID, Revision]:
    """As `archive` does to one, or (not `away`) `unarchive`; what is unknown is left out."""
    held, now = await hold(tx, contact_ids), await tx.now()
    moving = [_Case(row, {"archived_at": now if away else None}, {}) for row in held.values() if (row["archived_at"] is not None) != away]
    versions = await revise_many(tx, "contacts", TYPES, {case.contact["id"]: case.own for case in moving})
    for case in moving:
        case.version = versions[case.contact["id"]]
    await _tell(tx, "contact.archived" if away else "contact.unarchived", moving)
    still = {id: Revision({}, row["version"]) for id, row in held.items()}
    return still | {case.contact["id"]: Revision(case.changes, case.version) for case in moving}


async def update_people(tx: Tx, wanted: Mapping[UUID, Row]) -> dict[UUID, Revision]:
    """As `update_person` does to one; who has gone into somebody else, or of whom more than plain columns change, is left out."""
    plain = [id for id, given in wanted.items() if not given.keys() - people.PLAIN - {"custom"}]
    rows = {id: row for id, row in (await people.lock(tx, plain)).items() if row["id"] == id}
    edited = await people.edit_many(tx, {id: {name: value for name, value in wanted[id].items() if name != "custom"} for id in rows})
    given = {id: wanted[id]["custom"] for id in rows if wanted[id].get("custom")}
    own = {id: changes for id, changes in (await custom.write_many(tx, "Person", given) if given else {}).items() if changes}
    silent = await revise_many(tx, "people", {}, {id: {} for id in own if id not in edited})
    await events.note_all(tx, [events.Event("person.updated", "Person", id, id, version, {"changes": own[id]}) for id, version in silent.items()])
    done = {id: Revision(edited.get(id, {}) | own.get(id, {}), row["version"] + bool(id in edited or id in own)) for id, row in rows.items()}
    await work.put(tx, *(job for id, one in done.items() if one.changes for job in _jobs(str(id), NEWS & edited.get(id, {}).keys())))
    return done


def _jobs(id: str, news: Collection[str]) -> list[work.NewJob]:
    kinds = [("score", "score.person"), *([("enrich", "enrich.person")] if news else [])]
    return [work.NewJob(queue, kind, {"person_id": id}, key=id) for queue, kind in kinds]
