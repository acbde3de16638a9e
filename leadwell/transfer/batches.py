"""One batch of rows through the verb of capture, in one transaction with the import's own progress."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson

from leadwell import timeline
from leadwell.base.tx import Tx
from leadwell.capture import Defaults, Outcome, Submission, capture
from leadwell.capture.reading import Read, read
from leadwell.transfer import ledger
from leadwell.transfer.ledger import Fault
from leadwell.transfer.mapping import Mapped
from leadwell.transfer.rows import Row

# Said once for the whole file: a list of thousands of local numbers is no list of thousands of mistakes.
HINTED = {"PHONE_NEEDS_COUNTRY"}
MOST_HELD = 1_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows become submissions; `id` is the import that keeps them."""

    mapped: Mapped
    intent: Any
    defaults: Defaults
    campaign: str | None = None
    id: UUID | None = None


@dataclass(slots=True)
class Done:
    """What a batch came to."""

    counts: Counter[str] = field(default_factory=Counter[str])
    hints: Counter[str] = field(default_factory=Counter[str])
    faults: list[Fault] = field(default_factory=list[Fault])


@dataclass(slots=True)
class Batch:
    """Rows on their way in, with what could be made of them without a database. `words` are the fields of a row and their digest."""

    plan: Plan
    rows: list[Row]
    words: dict[int, tuple[Mapping[str, str], str]]
    given: dict[int, Submission] = field(default_factory=dict[int, Submission])
    reads: dict[int, Read] = field(default_factory=dict[int, Read])

    def halves(self) -> "tuple[Batch, Batch]":
        middle = len(self.rows) // 2
        return replace(self, rows=self.rows[:middle]), replace(self, rows=self.rows[middle:])

    def digests(self) -> dict[int, str]:
        return {row.number: self.words[row.number][1] for row in self.rows if row.fault is None}

    def read(self, known: set[str]) -> None:
        """Reads the values of rows that are not known; takes as long as the database takes for a batch, so it is done beside it."""
        for number, digest in self.digests().items():
            if digest not in known:
                self.reads[number] = read(self.submission(number))

    def submission(self, number: int) -> Submission:
        if number not in self.given:
            fields, digest = self.words[number]
            place = (self.plan.id, number) if self.plan.id else None
            self.given[number] = Submission("IMPORT", fields, self.plan.intent, defaults=self.plan.defaults, quiet=True, once=digest, place=place)
        return self.given[number]


def batch_of(plan: Plan, rows: list[Row]) -> Batch:
    more = (plan.intent, plan.defaults.system, plan.defaults.source, plan.defaults.country, plan.campaign)
    fields = ((row.number, _fields(plan, row)) for row in rows if row.fault is None)
    return Batch(plan, rows, {number: (found, _digest(found, more)) for number, found in fields})


async def apply(tx: Tx, id: UUID | None, plan: Plan, batch: Batch) -> Done:
    """Captures the rows that are new, and moves the import on. Without `id` nothing is kept of the import itself."""
    done, rows = Done(), batch.rows
    if id and not await ledger.turn(tx, id, rows[0].number, rows[-1].number):
        return done
    digests = batch.digests()
    known = await timeline.recorded(tx, "import", list(digests.values()))
    first = {digest: number for number, digest in reversed(digests.items())}
    fresh = {number: batch.submission(number) for number, digest in digests.items() if digest not in known and first[digest] == number}
    with tx.quietly():
        outcomes = await capture(tx, list(fresh.values()), reads=[batch.reads.get(number) for number in fresh]) if fresh else []
    found = dict(zip(fresh, outcomes, strict=True))
    for row in rows:
        _count(done, plan, row, found.get(row.number))
    if id:
        await ledger.advance(tx, id, rows[-1].number, done.counts, done.faults)
    return done


def _fields(plan: Plan, row: Row) -> dict[str, str]:
    """Of several columns for one field the first that is not blank counts."""
    fields: dict[str, str] = {}
    for i, name in plan.mapped.fields.items():
        if i < len(row.cells) and row.cells[i].strip() and name not in fields:
            fields[name] = row.cells[i]
    return fields


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
    columns = {field: column for column, field in reversed(plan.mapped.by_name.items())}
    for flaw in outcome.flaws:
        if flaw.code in HINTED:
            done.hints[flaw.code] += 1
        else:
            column = columns.get(flaw.field, flaw.field)
            done.faults.append(Fault(row.number, column, flaw.code, flaw.message, not outcome.parked, _raw(plan, row)))


def _raw(plan: Plan, row: Row) -> dict[str, str]:
    """The row as it came, cut where a cell is huge; PostgreSQL keeps no NUL."""
    return {column: cell[:MOST_HELD].replace("\0", "\ufffd") for column, cell in zip(plan.mapped.columns, row.cells, strict=False) if column}
