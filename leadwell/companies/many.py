"""Changes, puts away and brings back many companies: each by the rules of one, a batch in a handful of statements."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell import custom, events, work
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Changes, Named, Revision, absent, differing, hold_many, revise_many
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.companies.domains import release
from leadwell.companies.editing import COUNTS, REFERENCES, SCORED, TEXTS, checked
from leadwell.companies.hierarchy import placeable, take_turns
from leadwell.companies.identity import name_key

Row = Mapping[str, Any]
TYPES = {
    **dict.fromkeys((*TEXTS, "country", "currency"), "text"), "employees": "int", "revenue_minor": "bigint", "parent_id": "uuid", "owner_id": "uuid",
    "archived_at": "timestamptz",
}  # fmt: skip
PLAIN = TEXTS | COUNTS | {"country", "currency", "parent_id", "owner_id", "custom"}
OPEN_DEALS = (
    "SELECT DISTINCT d.company_id FROM deals d "
    "WHERE d.workspace_id = $1 AND d.company_id = ANY($2::uuid[]) AND d.state = 'OPEN' AND d.archived_at IS NULL"
)


@dataclass(slots=True)
class _Case:
    """A company on its way through: what is to be written of it, and what has changed."""

    company: Row
    values: dict[str, Any]
    custom: Changes = field(default_factory=dict[str, list[Any]])
    version: int = 0

    @property
    def id(self) -> UUID:
        return self.company["id"]

    @property
    def changes(self) -> Changes:
        return differing(self.company, self.values) | self.custom

    @property
    def keys(self) -> tuple[str, str] | None:
        """The name key it had and the one it gets, where a changed country makes it another."""
        if self.company["kind"] == "INDIVIDUAL" or "country" not in self.values:
            return None
        old, new = (name_key(self.company["name"], row["country"]) for row in (self.company, self.values))
        return (old[1], new[1]) if old and new and old != new else None


async def update_many(tx: Tx, wanted: Mapping[UUID, Row]) -> dict[UUID, Revision]:
    """As `update` does to one. A company that is refused, or of which more than plain columns, country and parent change, is left out of the answer and
    left alone; what custom fields refuse is refused to all."""
    if any(given.get("parent_id") for given in wanted.values()):
        await take_turns(tx)
    cases = await _placed(tx, await _plain(tx, wanted))
    await _rekey(tx, cases)
    given = {case.id: wanted[case.id]["custom"] for case in cases if wanted[case.id].get("custom")}
    for id, changes in (await custom.write_many(tx, "Company", given) if given else {}).items():
        next(case for case in cases if case.id == id).custom = changes
    await _revise(tx, "company.updated", [case for case in cases if case.changes])
    await _score(tx, [case.id for case in cases if SCORED & case.changes.keys()])
    return {case.id: Revision(case.changes, case.version) for case in cases}


async def _plain(tx: Tx, wanted: Mapping[UUID, Row]) -> list[_Case]:
    """Those that can be written without looking further: known columns, and references that are there."""
    cases: list[_Case] = []
    for id, company in (await hold_many(tx, "companies", wanted)).items():
        if wanted[id].keys() - PLAIN:
            continue
        try:
            values = {name: checked(name, value) for name, value in wanted[id].items() if name != "custom"}
        except Refusal:
            continue
        cases.append(_Case(company, values, version=company["version"]))
    missing = await absent(tx, [one for case in cases for one in _named(case)])
    return [case for case in cases if not any((one.table, one.id) in missing for one in _named(case))]


def _named(case: _Case) -> list[Named]:
    return [Named(*REFERENCES[name], case.values[name], name) for name in REFERENCES if case.values.get(name)]


async def _placed(tx: Tx, cases: list[_Case]) -> list[_Case]:
    """Where all that get a parent get the same one, those that may; with several parents one move could stand in another's way."""
    moving = {case.id for case in cases if case.values.get("parent_id")}
    parents = {case.values["parent_id"] for case in cases if case.id in moving}
    free = await placeable(tx, moving, *parents) if len(parents) == 1 else set[UUID]()
    return [case for case in cases if case.id not in moving or case.id in free]


async def _rekey(tx: Tx, cases: Collection[_Case]) -> None:
    """A country is part of the key of a name."""
    named = {case.id: keys for case in cases if (keys := case.keys)}
    if named:
        old, new = ([keys[i] for keys in named.values()] for i in (0, 1))
        await tx.execute(load(__name__, "pass_names"), tx.workspace, list(named), old, new, await tx.now())


async def _revise(tx: Tx, kind: str, cases: Collection[_Case]) -> None:
    versions = await revise_many(tx, "companies", TYPES, {case.id: case.values for case in cases})
    for case in cases:
        case.version = versions[case.id]
    await events.note_all(tx, [events.Event(kind, "Company", case.id, None, case.version, {"changes": case.changes}) for case in cases])


async def _score(tx: Tx, company_ids: Collection[UUID]) -> None:
    if company_ids:
        people = [str(row["person_id"]) for row in await tx.fetch(load(__name__, "people"), tx.workspace, list(company_ids))]
        await work.put(tx, *(work.NewJob("score", "score.person", {"person_id": id}, key=id, priority=work.BULK) for id in people))


async def archive_many(tx: Tx, company_ids: Collection[UUID], *, away: bool) -> dict[UUID, Revision]:
    """As `archive` does to one, or (not `away`) `unarchive`; what is unknown, or has open deals, is left out."""
    held, now = await hold_many(tx, "companies", company_ids), await tx.now()
    still = {id: Revision({}, row["version"]) for id, row in held.items() if (row["archived_at"] is not None) == away}
    busy = {row["company_id"] for row in await tx.fetch(OPEN_DEALS, tx.workspace, list(held))} if away else set[UUID]()
    moving = [_Case(row, {"archived_at": now if away else None}) for id, row in held.items() if id not in still and id not in busy]
    if away:
        await release(tx, [case.id for case in moving])
    else:
        real = [case for case in moving if case.company["kind"] == "COMPANY"]
        names = [name_key(case.company["name"], case.company["country"]) for case in real]
        await tx.execute(load(__name__, "reclaim"), tx.workspace, [case.id for case in real], [name and name[1] for name in names], now)
    await _revise(tx, "company.archived" if away else "company.unarchived", moving)
    return still | {case.id: Revision(case.changes, case.version) for case in moving}
