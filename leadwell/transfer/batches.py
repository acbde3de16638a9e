"""One batch of rows taken in, in one transaction with the import's own progress and with what its revert will need."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import orjson

from leadwell import timeline
from leadwell.base.tx import Tx
from leadwell.capture import Outcome, Submission, capture
from leadwell.capture.reading import Read, read
from leadwell.transfer import brought, ledger, manifest, opting_out, overwriting, records
from leadwell.transfer.effects import quiet_but
from leadwell.transfer.extras import is_extra
from leadwell.transfer.faults_file import unsafe
from leadwell.transfer.gate import Gate, NotOurs
from leadwell.transfer.ledger import Fault
from leadwell.transfer.manifest import Entry
from leadwell.transfer.nouns import RECORDS, Case
from leadwell.transfer.nouns.looking import OWN
from leadwell.transfer.nouns.words import NULL
from leadwell.transfer.options import Plan
from leadwell.transfer.rows import Row

__all__ = ["Batch", "Done", "Plan", "apply", "batch_of", "broken"]
# Said once for the whole file: a list of thousands of local numbers is no list of thousands of mistakes.
HINTED = {"PHONE_NEEDS_COUNTRY"}
HINTED_OF_RECORDS = HINTED | {"UNKNOWN_OWNER"}
MOST_HELD = 1_000


@dataclass(slots=True)
class Done:
    """What a batch came to."""

    counts: Counter[str] = field(default_factory=Counter[str])
    hints: Counter[str] = field(default_factory=Counter[str])
    faults: list[Fault] = field(default_factory=list[Fault])
    effects: Counter[str] = field(default_factory=Counter[str])


@dataclass(slots=True)
class Batch:
    """Rows on their way in, with what could be made of them without a database. `words` are the fields of a row and their digest, `known` the digests that were
    recorded when it was read."""

    plan: Plan
    rows: list[Row]
    words: dict[int, tuple[Mapping[str, str], str]]
    given: dict[int, Submission] = field(default_factory=dict[int, Submission])
    reads: dict[int, Read] = field(default_factory=dict[int, Read])
    known: frozenset[str] = frozenset()
    gate: Gate | None = None

    def halves(self) -> "tuple[Batch, Batch]":
        middle = len(self.rows) // 2
        return replace(self, rows=self.rows[:middle]), replace(self, rows=self.rows[middle:])

    def digests(self) -> dict[int, str]:
        return {row.number: self.words[row.number][1] for row in self.rows if row.fault is None}

    def read(self, known: set[str]) -> None:
        """Reads the values of rows that are not known; takes as long as the database takes for a batch, so it is done beside it."""
        self.known = frozenset(known)
        if self.plan.noun != "Lead":
            return
        for number, digest in self.digests().items():
            if digest not in known or self.plan.mode == "OVERWRITE":
                self.reads[number] = read(self.submission(number))

    def submission(self, number: int) -> Submission:
        if number not in self.given:
            plan, (fields, digest) = self.plan, self.words[number]
            place = (plan.id, number) if plan.id else None
            told = {name: text for name, text in fields.items() if text != NULL and not is_extra(name)}
            quiet = "HAND_RAISES" not in plan.effects
            self.given[number] = Submission("IMPORT", told, plan.intent, defaults=plan.defaults, quiet=quiet, once=digest, place=place)
        return self.given[number]

    def cases(self) -> list[Case]:
        """Rows of any other noun, taken apart anew for each try."""
        noun, way = RECORDS[self.plan.noun], self.plan.way
        assert way is not None
        found: list[Case] = []
        for number, digest in self.digests().items():
            case = records.case_of(noun, way, number, self.words[number][0])
            case.more |= {"digest": digest, "import": self.plan.id and str(self.plan.id)}
            found.append(case)
        return found


def batch_of(plan: Plan, rows: list[Row]) -> Batch:
    more = (plan.intent, plan.defaults.system, plan.defaults.source, plan.defaults.country, plan.campaign)
    fields = ((row.number, _fields(plan, row)) for row in rows if row.fault is None)
    return Batch(plan, rows, {number: (found, _digest(found, more)) for number, found in fields})


async def apply(tx: Tx, id: UUID | None, plan: Plan, batch: Batch) -> Done:
    """Takes in the rows that are new or say something new, and moves the import on. Without `id` nothing is kept of the import itself."""
    done, rows = Done(), batch.rows
    if id and not batch.gate and not await ledger.turn(tx, id, rows[0].number, rows[-1].number):
        return done
    with quiet_but(tx, plan.effects):
        entries = await (_leads(tx, id, batch, done) if plan.noun == "Lead" else _records(tx, batch, done))
    if id:
        await manifest.keep(tx, id, plan.run, rows[0].number, entries)
        await ledger.advance(tx, id, rows[-1].number, done.counts, done.faults)
    return done


async def _leads(tx: Tx, id: UUID | None, batch: Batch, done: Done) -> list[Entry]:
    plan, digests = batch.plan, batch.digests()
    if plan.defaults.system == OWN:
        await overwriting.know_own(tx, [words.get("externalId", "") for words, _ in batch.words.values()])
    open_ = [digest for digest in digests.values() if digest not in batch.known]
    known = batch.known | await timeline.recorded(tx, "import", open_)
    first = {digest: number for number, digest in reversed(digests.items())}
    fresh = {number: batch.submission(number) for number, digest in digests.items() if digest not in known and first[digest] == number}
    if plan.mode == "CREATE":
        for number in await overwriting.about_known(tx, plan, {number: batch.reads.get(number) or read(one) for number, one in fresh.items()}):
            del fresh[number]
    async def begun(_: Tx, outcomes: Sequence[Outcome]) -> None:
        if batch.gate:
            batch.gate.writing.set()

    outcomes = await capture(tx, list(fresh.values()), reads=[batch.reads.get(number) for number in fresh], keep=begun) if fresh else []
    await _through(tx, id, batch)
    found = dict(zip(fresh, outcomes, strict=True))
    for row in batch.rows:
        _count(done, plan, row, found.get(row.number))
    entries = [
        Entry(number, one.outcome, "Lead" if one.lead_id else "Person", one.lead_id or one.person_id, {}, {"person": one.person_id,
              "activity": one.activity_id})
        for number, one in found.items() if one.person_id
    ]  # fmt: skip
    return entries + await _beside(tx, batch, done, found)


async def _through(tx: Tx, id: UUID | None, batch: Batch) -> None:
    """Waits until the batch before is committed; NotOurs when these rows are in as well."""
    gate = batch.gate
    if id and gate:
        gate.writing.set()
        await gate.turn.wait()
        if not await ledger.turn(tx, id, batch.rows[0].number, batch.rows[-1].number):
            raise NotOurs()


async def _beside(tx: Tx, batch: Batch, done: Done, found: Mapping[int, Outcome]) -> list[Entry]:
    """Listed fields that are overwritten, custom values and tags; a row that did nothing else counts as attached then."""
    plan = batch.plan
    if plan.mode != "OVERWRITE" and not plan.extras:
        return []
    meant = {number: (one.person_id, one.lead_id) for number, one in found.items() if one.person_id and one.outcome not in ("CREATED", "PARKED")}
    written: list[Entry] = []
    flaws: list[overwriting.Flaw] = []
    if plan.mode == "OVERWRITE":
        meant |= await overwriting.of_digests(tx, {number: digest for number, digest in batch.digests().items() if number not in found})
        values = {number: overwriting.told(batch.reads.get(number) or read(batch.submission(number)), batch.words[number][0]) for number in meant}
        written, flaws = await overwriting.overwrite(tx, plan, meant, values)
    made = {one.lead_id for one in found.values() if one.outcome in ("CREATED", "REPEATED")}
    leads = {number: lead for number, (_, lead) in meant.items()} | {number: one.lead_id for number, one in found.items() if one.person_id}
    more, unfit, kept = await brought.to_leads(tx, plan, {number: (lead, lead in made) for number, lead in leads.items()}, batch.words)
    for _ in {entry.row for entry in (*written, *more)} - found.keys():
        done.counts["unchanged"] -= 1
        done.counts["attached"] += 1
    done.counts["conflict"] += kept
    left = {number: one.email.normalized for number, one in batch.reads.items() if number not in found and one.email} if plan.mode == "CREATE" else {}
    people = {number: one.person_id for number, one in found.items() if one.person_id} | await opting_out.of_addresses(tx, left)
    gone = await opting_out.shut(tx, people, batch.words)
    rows, columns = {row.number: row for row in batch.rows}, _columns(plan)
    done.faults += [Fault(number, columns.get(flaw[0], flaw[0]), flaw[1], flaw[2], True, _raw(plan, rows[number])) for number, flaw in flaws + unfit]
    return written + more + gone


def _columns(plan: Plan) -> dict[str, str]:
    """The column that fills a field."""
    return {field: column for column, field in reversed(plan.mapped.by_name.items())}


async def _records(tx: Tx, batch: Batch, done: Done) -> list[Entry]:
    plan, cases = batch.plan, batch.cases()
    assert plan.way is not None
    await records.take_in(tx, RECORDS[plan.noun], plan.way, cases)
    await brought.to_records(tx, plan, cases, batch.words)
    gone = await opting_out.shut(tx, {case.number: case.more["person"] for case in cases if case.live and "person" in case.more}, batch.words)
    told, columns = {case.number: case for case in cases}, _columns(plan)
    entries: list[Entry] = [*gone]
    for row in batch.rows:
        case = told.get(row.number)
        if case is None or case.fatal:
            code = row.fault or (case.fatal if case else None) or ("FAULT", "The row could not be imported.")
            done.counts["failed"] += 1
            done.faults.append(Fault(row.number, "", *code, False, _raw(plan, row)))
            continue
        done.counts[{"CREATED": "created", "CHANGED": "attached"}.get(case.action, "unchanged")] += 1
        done.counts["conflict"] += len(case.conflicts)
        entries += records.entries_of(case, plan.noun)
        _flaws(done, plan, row, case, columns)
    return entries


def _flaws(done: Done, plan: Plan, row: Row, case: Case, columns: Mapping[str, str]) -> None:
    for name, code, message in dict.fromkeys(case.flaws):
        if code in HINTED_OF_RECORDS:
            done.hints[code] += 1
        else:
            done.faults.append(Fault(row.number, columns.get(name, name), code, message, True, _raw(plan, row)))


def _fields(plan: Plan, row: Row) -> dict[str, str]:
    """Of several columns for one field the first that is not blank counts."""
    fields: dict[str, str] = {}
    for i, name in plan.mapped.fields.items():
        if i < len(row.cells) and (cell := row.cells[i]) and name not in fields and cell.strip():
            fields[name] = unsafe(cell) if plan.mapped.system == OWN else cell
    return {**plan.mapped.says, **fields} if plan.mapped.says and fields else fields


def _digest(fields: Mapping[str, str], more: Sequence[str | None]) -> str:
    """The same words under the same options are the same row, in whichever file they stand."""
    return hashlib.sha256(orjson.dumps([fields, more], option=orjson.OPT_SORT_KEYS)).hexdigest()[:40]


def broken(row: Row, plan: Plan, fault: Exception) -> Fault:
    """A row that could not be imported at all."""
    code, message = getattr(fault, "code", "FAULT"), getattr(fault, "message", f"The row could not be imported ({type(fault).__name__}).")
    return Fault(row.number, "", str(code), str(message), False, _raw(plan, row))


def _count(done: Done, plan: Plan, row: Row, outcome: Outcome | None) -> None:
    if row.fault:
        done.counts["failed"] += 1
        done.faults.append(Fault(row.number, "", *row.fault, False, _raw(plan, row)))
        return
    if outcome is None:
        done.counts["unchanged"] += 1
        return
    name = {"CREATED": "created", "REPEATED": "created", "PERSON": "created", "PARKED": "failed"}.get(outcome.outcome, "attached")
    done.counts[name] += 1
    columns = _columns(plan) if outcome.flaws else {}
    for flaw in outcome.flaws:
        if flaw.code in HINTED:
            done.hints[flaw.code] += 1
        else:
            column = columns.get(flaw.field, flaw.field)
            done.faults.append(Fault(row.number, column, flaw.code, flaw.message, not outcome.parked, _raw(plan, row)))


def _raw(plan: Plan, row: Row) -> dict[str, str]:
    """The row as it came, cut where a cell is huge; PostgreSQL keeps no NUL."""
    return {column: (cell or "")[:MOST_HELD].replace("\0", "\ufffd") for column, cell in zip(plan.mapped.columns, row.cells, strict=False) if column}
