"""Takes rows of any noun but leads into a workspace, set-based: read, meet, decide, make, change. Leads go through capture (`batches`)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell.base.identity import BLANK, Email, Flaw, clean, key
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx
from leadwell.transfer.extras import is_extra
from leadwell.transfer.manifest import Entry
from leadwell.transfer.nouns import companies
from leadwell.transfer.nouns.looking import name_outside
from leadwell.transfer.nouns.shape import Case, Field, Importable, Way
from leadwell.transfer.nouns.words import NULL

MONEY = {"amount_minor": "currency", "revenue_minor": "currency"}


def case_of(noun: Importable, way: Way, number: int, words: Mapping[str, str]) -> Case:
    """Every value read; NULL clears. Pure."""
    case = Case(number, {})
    for name, text in words.items():
        if is_extra(name):
            continue
        field = noun.fields[name]
        if "\0" in text:
            case.flaw(name, "NUL_CHARACTER", "The value held NUL characters, which were left out.")
            text = text.replace("\0", "")
        if field.read is None:
            case.links |= {name: clean(text, limit=300)} if clean(text) and text != NULL else {}
        elif text == NULL:
            case.values[field.column] = None
        else:
            _place(case, field, field.read(text, way.hints))
    return case


def _place(case: Case, field: Field, value: Any) -> None:
    if isinstance(value, Flaw):
        if value is not BLANK:
            case.flaw(field.name, value.code, value.reason)
    elif field.column in MONEY:
        case.values[field.column], case.values[MONEY[field.column]] = value
    elif isinstance(value, Email):
        case.values[field.column], case.more[field.column] = value.display, value
    else:
        case.values[field.column] = value


async def take_in(tx: Tx, noun: Importable, way: Way, cases: Sequence[Case]) -> None:
    """Every case gets its record and what became of it; nothing that people wrote is lost: it is overwritten only where the field is listed."""
    await noun.meet(tx, way, cases)
    live = [case for case in cases if case.live]
    fresh = [case for case in live if case.record_id is None]
    if fresh:
        first = _first(fresh)
        await noun.make(tx, way, list(first.values()))
        for case in fresh:
            if case.record_id is None and case.live:
                case.record_id = first[_twin(case)].record_id
    await _change(tx, noun, way, [case for case in live if case.live and case.action == "UNCHANGED" and case.record_id])
    await name_outside(tx, way, noun.name, [case for case in live if case.live])
    if noun.name == "Company":
        await companies.parents(tx, way, live)
    for case in live:
        if case.more.get("filled") and case.action == "UNCHANGED":
            case.action = "CHANGED"


def _twin(case: Case) -> Any:
    """Rows of one batch that another system calls the same are one record."""
    return case.links.get("externalId") or case.number


def _first(cases: Sequence[Case]) -> dict[Any, Case]:
    found: dict[Any, Case] = {}
    for case in cases:
        found.setdefault(_twin(case), case)
    return found


async def _change(tx: Tx, noun: Importable, way: Way, cases: Sequence[Case]) -> None:
    """Row after row, because two rows of a batch may mean one record."""
    if way.mode == "CREATE" or not cases:
        return
    rows = {id: dict(row) for id, row in (await noun.current(tx, sorted({case.record_id for case in cases if case.record_id}))).items()}
    for case in cases:
        row = rows.get(case.record_id) if case.record_id else None
        if row is None:
            continue
        changes = decide(row, case, way)
        if changes and await _write(tx, noun, case, row["id"], changes):
            case.action, case.changes = "CHANGED", {name: [row.get(name), value] for name, value in changes.items()}
            if "company_id" in changes and "company_links" in row:
                case.changes["company_link"] = [None, case.changes.pop("company_id")[1]]
                row["company_links"] = [*row["company_links"], changes.pop("company_id")]
            row |= changes


def decide(row: Mapping[str, Any], case: Case, way: Way) -> dict[str, Any]:
    """What is empty is filled; what is there is overwritten only where listed, else it is a conflict. A clear counts only where listed. Pure."""
    changes: dict[str, Any] = {}
    for name, value in case.values.items():
        if name in MONEY.values() or name not in row or row[name] == value:
            continue
        if name == "company_id" and "company_links" in row:
            changes |= {} if value in row["company_links"] else {name: value}
            continue
        if value is None or (row[name] is not None and not _same(row[name], value)):
            if name in way.overwrite and way.mode == "OVERWRITE":
                changes[name] = value
            elif value is not None:
                case.conflicts[name] = value
        elif row[name] is None or (name in way.overwrite and way.mode == "OVERWRITE"):
            changes[name] = value
    for amount, currency in MONEY.items():
        if changes.get(amount) is not None and case.values.get(currency):
            changes[currency] = case.values[currency]
    return changes


def _same(before: Any, after: Any) -> bool:
    return isinstance(before, str) and isinstance(after, str) and key(before) == key(after)


async def _write(tx: Tx, noun: Importable, case: Case, id: UUID, changes: Mapping[str, Any]) -> bool:
    """The verb of people at a screen, so that every rule holds; what it refuses is told and leaves the record as it was."""
    await tx.execute("SAVEPOINT row")
    try:
        await noun.change(tx, id, changes)
    except Refusal as refusal:
        await tx.execute("ROLLBACK TO SAVEPOINT row")
        case.flaw(refusal.field or "", str(refusal.code), refusal.message)
        return False
    await tx.execute("RELEASE SAVEPOINT row")
    return True


def entries_of(case: Case, noun: str) -> list[Entry]:
    """What a revert would have to take back: the record itself, and what was made or filled beside it."""
    made = [Entry(case.number, "CREATED", what, id, {}, {}) for what, id in case.more.get("made", ())]
    if case.more.get("filled"):
        made.append(Entry(case.number, "CHANGED", "Person", case.more["person"], case.more["filled"], {}))
    if case.action == "CREATED" and case.record_id:
        made.append(Entry(case.number, "CREATED", noun, case.record_id, {}, {}))
    elif case.changes and case.record_id:
        made.append(Entry(case.number, "CHANGED", noun, case.record_id, case.changes, {}))
    return made
