"""One batch of rows through the verb of capture, in one transaction with the import's own progress."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """How rows become submissions."""

    mapped: Mapped
    intent: Any
    defaults: Defaults
    campaign: str | None = None


@dataclass(slots=True)
class Done:
    """What a batch came to."""

    counts: Counter[str] = field(default_factory=Counter[str])
    hints: Counter[str] = field(default_factory=Counter[str])
    faults: list[Fault] = field(default_factory=list[Fault])


@dataclass(slots=True)
class Batch:
    """Rows on their way in, with what could be made of them without a database."""

    rows: list[Row]
    given: dict[int, Submission]
    reads: dict[int, Read] = field(default_factory=dict[int, Read])

    def halves(self) -> "tuple[Batch, Batch]":
        middle = len(self.rows) // 2
        return Batch(self.rows[:middle], self.given, self.reads), Batch(self.rows[middle:], self.given, self.reads)

    def read(self, known: set[str]) -> None:
        """Reads the values of rows that are not known; takes as long as the database takes for a batch, so it is done beside it."""
        self.reads = {number: read(one) for number, one in self.given.items() if one.once not in known}


def batch_of(plan: Plan, rows: list[Row]) -> Batch:
    return Batch(rows, {row.number: submission(plan, row) for row in rows if row.fault is None})


async def apply(tx: Tx, id: UUID | None, plan: Plan, batch: Batch) -> Done:
    """Captures the rows that are new, and moves the import on. Without `id` nothing is kept of the import itself."""
    done, rows = Done(), batch.rows
    if id and not await ledger.turn(tx, id, rows[0].number, rows[-1].number):
        return done
    given = {row.number: batch.given[row.number] for row in rows if row.fault is None}
    known = await timeline.recorded(tx, "import", [one.once for one in given.values() if one.once])
    first = {one.once: number for number, one in reversed(given.items())}
    fresh = {number: one for number, one in given.items() if one.once not in known and first[one.once] == number}
    with tx.quietly():
        outcomes = await capture(tx, list(fresh.values()), reads=[batch.reads.get(number) for number in fresh]) if fresh else []
    found = dict(zip(fresh, outcomes, strict=True))
    for row in rows:
        _count(done, plan, row, found.get(row.number))
    if id:
        await ledger.advance(tx, id, rows[-1].number, done.counts, done.faults)
    return done


def submission(plan: Plan, row: Row) -> Submission:
    """Of several columns for one field the first that is not blank counts."""
    fields: dict[str, str] = {}
    for i, name in plan.mapped.fields.items():
        if i < len(row.cells) and row.cells[i].strip() and name not in fields:
            fields[name] = row.cells[i]
    return Submission("IMPORT", fields, plan.intent, defaults=plan.defaults, quiet=True, once=_digest(plan, fields))


def _digest(plan: Plan, fields: Mapping[str, str]) -> str:
    """The same words under the same options are the same row, in whichever file they stand."""
    more = (plan.intent, plan.defaults.system, plan.defaults.source, plan.defaults.country, plan.campaign)
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
