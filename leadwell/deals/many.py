"""Changes, moves, puts away and brings back many deals: each by the rules of one, a batch in a handful of statements."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell import custom, events
from leadwell.base.ids import uuid7
from leadwell.base.rates import Amount, in_base_many
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Changes, Named, Revision, absent, differing, hold_many, revise_many
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.base.workspace import workspace_facts
from leadwell.deals.editing import FIELDS, REFERENCES, checked
from leadwell.deals.moving import kind_of
from leadwell.deals.stages import COLUMNS, Because, Stage, may_move, moved

Row = Mapping[str, Any]
TYPES = {
    **dict.fromkeys(REFERENCES, "uuid"), **dict.fromkeys(("name", "currency", "base_currency", "state", "close_reason"), "text"), "amount_minor": "bigint",
    "base_minor": "bigint", "probability": "int", "close_on": "date", "stage_id": "uuid", "close_reason_id": "uuid",
    **dict.fromkeys(("stage_since", "closed_at", "archived_at"), "timestamptz"),
}  # fmt: skip
PLAIN = FIELDS | {"stage_id", "custom"}


@dataclass(slots=True)
class _Case:
    """A deal on its way through: as it stands, what is to be written of it, and what has changed."""

    deal: dict[str, Any]
    values: dict[str, Any]
    given: Row
    stage: Stage | None = None
    move: dict[str, Any] = field(default_factory=dict[str, Any])
    changes: Changes = field(default_factory=dict[str, list[Any]])

    @property
    def id(self) -> UUID:
        return self.deal["id"]

    def wrote(self, changes: Changes, version: int) -> None:
        """What a second step changes again is told from where the first found it."""
        self.changes |= {name: [self.changes[name][0] if name in self.changes else pair[0], pair[1]] for name, pair in changes.items()}
        self.deal |= {name: pair[1] for name, pair in changes.items() if name in self.deal} | {"version": version}


async def update_many(tx: Tx, wanted: Mapping[UUID, Row]) -> dict[UUID, Revision]:
    """As `move_stage` and then `update` do to one: {deal: {column, "stage_id", "custom": value}}. A deal that is refused is left out of the answer and left
    alone; what custom fields refuse is refused to all."""
    cases = await _staged(tx, await _plain(tx, wanted))
    await _move(tx, [case for case in cases if case.move])
    await _edit(tx, [case for case in cases if case.given.keys() - {"stage_id"}])
    return {case.id: Revision(case.changes, case.deal["version"]) for case in cases}


async def _plain(tx: Tx, wanted: Mapping[UUID, Row]) -> list[_Case]:
    """Those whose columns may be written so, with references that are there."""
    cases: list[_Case] = []
    for id, deal in (await hold_many(tx, "deals", wanted)).items():
        try:
            values = checked({name: value for name, value in wanted[id].items() if name in FIELDS})
        except Refusal:
            continue
        if not wanted[id].keys() - PLAIN:
            cases.append(_Case(deal, values, wanted[id]))
    missing = await absent(tx, [one for case in cases for one in _named(case)])
    return [case for case in cases if not any((one.table, one.id) in missing for one in _named(case))]


def _named(case: _Case) -> list[Named]:
    return [Named(*REFERENCES[name], value, name) for name, value in case.values.items() if name in REFERENCES]


async def _staged(tx: Tx, cases: list[_Case]) -> list[_Case]:
    """With what a move writes, where one is asked for; without those that may not move so."""
    asked = [case for case in cases if case.given.get("stage_id")]
    if not asked:
        return cases
    now = await tx.now()
    targets = await _stages(tx, {case.given["stage_id"] for case in asked}, " AND s.archived_at IS NULL FOR SHARE")
    standing = await _stages(tx, {case.deal["stage_id"] for case in asked})
    free = [case for case in cases if not case.given.get("stage_id")]
    for case in asked:
        case.stage = targets.get(case.given["stage_id"])
        try:
            if case.stage is not None:
                may_move(standing[case.deal["stage_id"]], case.stage)
                case.move = moved(case.deal, case.stage, Because(), now)
                free.append(case)
        except Refusal:
            continue
    return free


async def _stages(tx: Tx, ids: Iterable[UUID], tail: str = "") -> dict[UUID, Stage]:
    rows = await tx.fetch(f"SELECT {COLUMNS} FROM deal_stages s WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[]){tail}", tx.workspace, sorted(ids))
    return {row["id"]: Stage(**row) for row in rows}


async def _move(tx: Tx, cases: Collection[_Case]) -> None:
    if not cases:
        return
    today = (await workspace_facts(tx)).today(await tx.now())
    closing = [case for case in cases if case.move.get("closed_at") != case.deal["closed_at"]]
    bases = await in_base_many(tx, {case.id: Amount(case.deal["amount_minor"], case.deal["currency"], today) for case in closing})
    before = {case.id: dict(case.deal) for case in cases}
    for case in cases:
        case.move |= bases.get(case.id, {})
    went = await _write(tx, {case.id: (case, differing(case.deal, case.move)) for case in cases})
    spans = [{"id": uuid7(), "deal_id": case.id, "stage_id": case.deal["stage_id"]} for case in went if before[case.id]["stage_id"] != case.deal["stage_id"]]
    await tx.execute(load(__name__, "spans_many"), tx.workspace, spans, await tx.now(), str(tx.actor))
    noted: list[events.Event] = []
    for case in went:
        assert case.stage is not None, "what moves goes somewhere"
        data = {"changes": dict(case.changes), "stage": case.stage.name, "reason": None, "reason_code": None}
        noted.append(events.Event(kind_of(before[case.id], case.stage), "Deal", case.id, None, case.deal["version"], data))
    await events.note_all(tx, noted)


async def _edit(tx: Tx, cases: Collection[_Case]) -> None:
    facts, now = await workspace_facts(tx), await tx.now()
    amounts: dict[UUID, Amount] = {}
    for case in cases:
        if case.values.keys() & {"amount_minor", "currency"}:
            after = {**case.deal, **case.values}
            amounts[case.id] = Amount(after["amount_minor"], after["currency"], facts.today(case.deal["closed_at"] or now))
    for id, base in (await in_base_many(tx, amounts)).items():
        next(case for case in cases if case.id == id).values |= base
    given = {case.id: case.given["custom"] for case in cases if case.given.get("custom")}
    own = await custom.write_many(tx, "Deal", given) if given else {}
    written = {case.id: (case, differing(case.deal, case.values) | own.get(case.id, {})) for case in cases}
    noted = [events.Event("deal.updated", "Deal", case.id, None, case.deal["version"], {"changes": written[case.id][1]}) for case in await _write(tx, written)]
    await events.note_all(tx, noted)


async def _write(tx: Tx, wanted: Mapping[UUID, tuple[_Case, Changes]]) -> list[_Case]:
    """The deals of which something changes, written and told of it."""
    changed = {id: one for id, one in wanted.items() if one[1]}
    columns = {id: {name: pair[1] for name, pair in changes.items() if not name.startswith("custom.")} for id, (_, changes) in changed.items()}
    versions = await revise_many(tx, "deals", TYPES, columns)
    for id, (case, changes) in changed.items():
        case.wrote(changes, versions[id])
    return [case for case, _ in changed.values()]


async def archive_many(tx: Tx, deal_ids: Collection[UUID], *, away: bool) -> dict[UUID, Revision]:
    """As `archive` does to one, or (not `away`) `unarchive`; what is unknown is left out."""
    held, now = await hold_many(tx, "deals", deal_ids), await tx.now()
    still = {id: Revision({}, row["version"]) for id, row in held.items() if (row["archived_at"] is not None) == away}
    values = {"archived_at": now if away else None}
    cases = await _write(tx, {id: (_Case(row, values, {}), differing(row, values)) for id, row in held.items() if id not in still})
    kind = "deal.archived" if away else "deal.unarchived"
    await events.note_all(tx, [events.Event(kind, "Deal", case.id, None, case.deal["version"], {"changes": case.changes}) for case in cases])
    return still | {case.id: Revision(case.changes, case.deal["version"]) for case in cases}
