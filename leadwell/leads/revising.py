"""Changes the fields of many leads, each by the rules of one, all in a handful of statements; what needs more than that is left to `update`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell import custom, events, people, work
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Changes, Revision, differing, revise_many
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.leads.batches import Lead, hold
from leadwell.leads.editing import MATTERS_TO_ENRICHMENT, OWN_FIELDS, REFERENCES, TEXTS, checked
from leadwell.leads.lifecycle import Status, may_move, milestones, moved
from leadwell.leads.locking import STATUS

TYPES = {
    **dict.fromkeys(TEXTS, "text"), **dict.fromkeys(REFERENCES, "uuid"), "employees": "int", "budget_minor": "bigint", "currency": "text", "intent": "text",
    "company_match": "jsonb",
}  # fmt: skip
THEIRS = people.PLAIN & {"department", "seniority", "language", "time_zone", "country", "region", "city", "postal_code", "street"}
PLAIN = OWN_FIELDS | THEIRS | {"status_id", "custom"}
Values = Mapping[str, Any]


@dataclass(slots=True)
class _Case:
    """A lead on its way through: what is to be written of it and of its person, and what has changed."""

    lead: Lead
    own: dict[str, Any]
    theirs: dict[str, Any]
    given: Values
    before: Status | None = None
    after: Status | None = None
    moved: Changes = field(default_factory=dict[str, list[Any]])
    edited: Changes = field(default_factory=dict[str, list[Any]])
    version: int = 0


async def update_many(tx: Tx, wanted: Mapping[UUID, Values]) -> dict[UUID, Revision]:
    """As `set_status` and then `update` do to one: {lead: {column of leads, plain column of people, "status_id", "custom": value}}. A lead that is refused,
    or whose change is not plain, is left out of the answer and left alone; what custom fields refuse is refused to all."""
    cases = await _plain(tx, wanted, await hold(tx, wanted))
    cases = await _stationed(tx, cases)
    await _move(tx, [case for case in cases if case.moved])
    await _edit(tx, cases)
    await _revise(tx, [case for case in cases if case.own or case.edited])
    return {case.lead["id"]: Revision(case.moved | _changes(case), case.version) for case in cases}


def _changes(case: _Case) -> Changes:
    return differing(case.lead, case.own) | case.edited


async def _plain(tx: Tx, wanted: Mapping[UUID, Values], leads: Mapping[UUID, Lead]) -> list[_Case]:
    """Those that can be written without looking further: known columns, references that are there, one lead for each person who is changed."""
    cases: list[_Case] = []
    edited = set[UUID]()
    for id, lead in leads.items():
        given = wanted[id]
        theirs = {name: value for name, value in given.items() if name in THEIRS}
        if given.keys() - PLAIN or (theirs and lead["person_id"] in edited):
            continue
        try:
            own = {name: checked(name, value) for name, value in given.items() if name in OWN_FIELDS}
        except Refusal:
            continue
        if "company_id" in own:
            own["company_match"] = own["company_id"] and {"state": "CONFIRMED", "by": str(tx.actor)}
        edited |= {lead["person_id"]} if theirs else set()
        cases.append(_Case(lead, own, theirs, given, version=lead["version"]))
    missing, nameless = await _missing(tx, cases), await _nameless(tx, [case for case in cases if _clears(case)])
    return [case for case in cases if case.lead["person_id"] not in nameless and not missing & _named(case.own)]


def _named(own: Values) -> set[tuple[str, UUID]]:
    return {(name, own[name]) for name in REFERENCES.keys() & own.keys() if own[name] is not None}


async def _missing(tx: Tx, cases: Sequence[_Case]) -> set[tuple[str, UUID]]:
    """What the changes name that is not there, or put away."""
    named = set[tuple[str, UUID]]().union(*(_named(case.own) for case in cases))
    there = set[tuple[str, UUID]]()
    for name in sorted({name for name, _ in named}):
        sql = f"SELECT x.id FROM {REFERENCES[name][1]} x WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[]) AND x.archived_at IS NULL"
        there |= {(name, row["id"]) for row in await tx.fetch(sql, tx.workspace, sorted({id for one, id in named if one == name}))}
    return named - there


def _clears(case: _Case) -> bool:
    """Whether something goes that a lead may need to be known by."""
    return None in case.theirs.values() or case.own.get("company_name", "") is None


async def _nameless(tx: Tx, cases: Sequence[_Case]) -> set[UUID]:
    """People without name, address and number, of whom `update` looks what is left."""
    if not cases:
        return set()
    rows = await tx.fetch(
        "SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[]) AND coalesce(p.name, p.email, p.phone) IS NULL",
        tx.workspace, sorted({case.lead["person_id"] for case in cases}),
    )
    return {row["id"] for row in rows}


async def _stationed(tx: Tx, cases: Sequence[_Case]) -> list[_Case]:
    """With the status each moves to, where one is given and the move is allowed."""
    moving = [case for case in cases if "status_id" in case.given]
    if not moving:
        return list(cases)
    now = await tx.now()
    targets = await _statuses(tx, {case.given["status_id"] for case in moving}, " AND s.archived_at IS NULL FOR SHARE")
    standing = await _statuses(tx, {case.lead["status_id"] for case in moving})
    stay: list[_Case] = []
    for case in cases:
        if "status_id" in case.given:
            before, after = standing[case.lead["status_id"]], targets.get(case.given["status_id"])
            if after is None or not _allowed(before, after) or (before.id == after.id and milestones(dict(case.lead), after, now)):
                continue
            case.before, case.after = before, after
            written = {**milestones(dict(case.lead), after, now), **moved(before, after, now)} if before.id != after.id else {}
            case.moved = differing(case.lead, written)
        stay.append(case)
    return stay


def _allowed(before: Status, after: Status) -> bool:
    try:
        may_move(before, after)
    except Refusal:
        return False
    return True


async def _statuses(tx: Tx, ids: Iterable[UUID], tail: str = "") -> dict[UUID, Status]:
    rows = await tx.fetch(f"SELECT {STATUS} FROM lead_statuses s WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[]){tail}", tx.workspace, sorted(ids))
    return {row["id"]: Status(**row) for row in rows}


async def _move(tx: Tx, cases: Sequence[_Case]) -> None:
    if not cases:
        return
    rows = [{"id": case.lead["id"], "span_id": uuid7(), **{name: pair[1] for name, pair in case.moved.items()}} for case in cases]
    await tx.execute(load(__name__, "station_many"), tx.workspace, rows, await tx.now(), str(tx.actor))
    noted: list[events.Event] = []
    for case in cases:
        case.version += 1
        assert case.before is not None, "what moves was somewhere"
        assert case.after is not None, "and goes somewhere"
        told = {"changes": case.moved, "before": case.before.name, "after": case.after.name}
        noted.append(events.Event("lead.moved", "Lead", case.lead["id"], case.lead["person_id"], case.version, told))
    await events.note_all(tx, noted)


async def _edit(tx: Tx, cases: Sequence[_Case]) -> None:
    """People, and values of the workspace's own fields."""
    theirs = {case.lead["person_id"]: case.theirs for case in cases if case.theirs}
    edited = await people.edit_many(tx, theirs) if theirs else {}
    given = {case.lead["id"]: case.given["custom"] for case in cases if case.given.get("custom")}
    written = await custom.write_many(tx, "Lead", given) if given else {}
    for case in cases:
        if case.theirs:
            case.edited |= edited.get(case.lead["person_id"], {})
        case.edited |= written.get(case.lead["id"], {})


async def _revise(tx: Tx, cases: Sequence[_Case]) -> None:
    cases = [case for case in cases if _changes(case)]
    versions = await revise_many(tx, "leads", TYPES, {case.lead["id"]: case.own for case in cases})
    noted: list[events.Event] = []
    jobs: list[work.NewJob] = []
    for case in cases:
        case.version, person = versions[case.lead["id"]], case.lead["person_id"]
        changes = _changes(case)
        noted.append(events.Event("lead.updated", "Lead", case.lead["id"], person, case.version, {"changes": changes}))
        kinds = [("score", "score.person"), *([("enrich", "enrich.person")] if MATTERS_TO_ENRICHMENT & changes.keys() else [])]
        jobs += [work.NewJob(queue, kind, {"person_id": str(person)}, key=str(person)) for queue, kind in kinds]
    await events.note_all(tx, noted)
    await work.put(tx, *jobs)
