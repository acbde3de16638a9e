"""Imports a file of leads: streamed, in batches, each committed with its place in the file, so that a killed import goes on where it was.

Batches go to PostgreSQL as one JSON parameter per table (jsonb_to_recordset): for 2,000 people that took 38 ms, arrays with unnest 35 ms,
COPY into a temporary table and INSERT from it 36 ms, and it is the only one of the three that doors with a single lead share."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from leadwell import timeline
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal, Unavailable
from leadwell.base.tx import Database, Tx
from leadwell.transfer import decoding, ledger
from leadwell.transfer.batches import Batch, Done, Plan, apply, batch_of, broken
from leadwell.transfer.decoding import Source
from leadwell.transfer.faults_file import write_faults
from leadwell.transfer.mapping import Mapped, map_columns
from leadwell.transfer.options import ImportOptions, prepare
from leadwell.transfer.rows import Row, Table, table

BATCH = 2_000
Progress = Callable[[int, int | None], None]
Apply = Callable[[Tx, UUID | None, Plan, Batch], Awaitable[Done]]


@dataclass(slots=True)
class ImportResult:
    """What an import came to. `rows` = created + attached + unchanged + failed; `flawed` values were left out of rows that were kept.
    `repeated`: this file was imported before, so nothing was done."""

    rows: int = 0
    created: int = 0
    attached: int = 0
    unchanged: int = 0
    failed: int = 0
    flawed: int = 0
    resumed_at: int = 0
    repeated: bool = False
    dry_run: bool = False
    encoding: str = ""
    doubt: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    ignored: tuple[str, ...] = ()
    hints: Mapping[str, int] = field(default_factory=dict[str, int])
    faults: Path | None = None


class _RolledBack(Exception):
    """Carries what a dry run would have done out of its transaction."""

    def __init__(self, done: Done) -> None:
        self.done = done


async def import_file(
    db: Database, actor: Actor, path: Path, mapping: Mapping[str, str] | None = None, *, options: ImportOptions | None = None,
    errors: Path | None = None, progress: Progress | None = None,
) -> ImportResult:  # fmt: skip
    """Imports the leads of a CSV file, plain or gzipped, quietly: nobody is notified, enrolled or written to. `mapping` is column → field
    and wins over what the columns' names say. The same file again changes nothing; a file whose import was killed goes on. Faults of rows
    are kept with the import and written to `errors`."""
    options = options or ImportOptions()
    source = await asyncio.to_thread(decoding.inspect, path, options.encoding)
    with decoding.lines(source) as lines:
        rows = table(lines, options.delimiter, path.name)
        mapped = map_columns(rows.columns, mapping or {})
        run = Run(db, actor, source, mapped, options, progress or (lambda done, total: None))
        result = await run.dry(rows) if options.dry_run else await run.real(rows)
    await _tell_faults(run, result, errors)
    return result


@dataclass(slots=True)
class Run:
    """One import on its way through a file."""

    db: Database
    actor: Actor
    source: Source
    mapped: Mapped
    options: ImportOptions
    progress: Progress
    apply: Apply = apply
    id: UUID | None = None
    hints: Counter[str] = field(default_factory=Counter[str])
    held: list[ledger.Fault] = field(default_factory=list[ledger.Fault])

    async def real(self, rows: Table) -> ImportResult:
        plan = await self.db.run(self.actor, lambda tx: prepare(tx, self.mapped, self.options), replayable=True)
        standing = await self.db.run(self.actor, self._begin, replayable=True)
        self.id = standing.id
        if standing.done:
            unchanged = standing.rows - standing.failed
            return self._result(rows=standing.rows, unchanged=unchanged, failed=standing.failed, repeated=True)
        last = standing.rows
        try:
            async with aclosing(self._ahead(plan, _batches(rows.rows, standing.rows))) as batches:
                async for batch in batches:
                    await self._all(plan, batch)
                    last = batch.rows[-1].number
                    self.progress(last, max(last, self.source.lines - 1))
        except Exception as fault:
            await self._stopped(last, fault)
            raise
        row = await self.db.run(self.actor, lambda tx: ledger.finish(tx, standing.id, "DONE", last), replayable=True)
        counts = {name: row[f"{name}_count"] for name in ledger.COUNTS}
        self.progress(last, last)
        return self._result(rows=last, resumed_at=standing.rows, **counts)

    async def dry(self, rows: Table) -> ImportResult:
        """Does everything and takes it back, batch by batch; twins in different batches count as new twice."""
        counts, last = Counter[str](), 0
        for batch in _batches(rows.rows, 0):
            try:
                await self.db.run(self.actor, lambda tx, batch=batch: self._rehearse(tx, batch))
            except _RolledBack as back:
                counts += back.done.counts
                self.hints += back.done.hints
                self.held += back.done.faults
            last = batch[-1].number
            self.progress(last, max(last, self.source.lines - 1))
        return self._result(rows=last, dry_run=True, **counts)

    async def _rehearse(self, tx: Tx, rows: list[Row]) -> None:
        plan = await prepare(tx, self.mapped, self.options)
        raise _RolledBack(await apply(tx, None, plan, batch_of(plan, rows)))

    async def _ahead(self, plan: Plan, rows: Iterator[list[Row]]) -> AsyncGenerator[Batch]:
        """Batches in order, the next one read while the database works on the one before."""
        coming = asyncio.create_task(self._next(plan, rows))
        try:
            while batch := await coming:
                coming = asyncio.create_task(self._next(plan, rows))
                yield batch
        finally:
            await asyncio.gather(coming, return_exceptions=True)

    async def _next(self, plan: Plan, rows: Iterator[list[Row]]) -> Batch | None:
        found = await asyncio.to_thread(next, rows, None)
        if found is None:
            return None
        batch = await asyncio.to_thread(batch_of, plan, found)
        async with self.db.read(self.actor) as tx:
            known = await timeline.recorded(tx, "import", [one.once for one in batch.given.values() if one.once])
        await asyncio.to_thread(batch.read, known)
        return batch

    async def _begin(self, tx: Tx) -> ledger.Standing:
        kept = {**self.options.kept(), "columns": list(self.mapped.columns)}
        return await ledger.begin(tx, self.source.path.name, self.source.digest, self.mapped.by_name, kept)

    async def _all(self, plan: Plan, batch: Batch) -> None:
        """A batch that fails is halved until the row at fault stands alone; it is kept as a fault, and the others go in."""
        try:
            done = await self.db.run(self.actor, lambda tx: self.apply(tx, self.id, plan, batch), replayable=True)
            self.hints += done.hints
        except (Unavailable, ledger.ImportElsewhere):
            raise
        except Exception as error:
            if len(batch.rows) == 1:
                fault = broken(batch.rows[0], plan, error)
                await self.db.run(self.actor, lambda tx: self._skip(tx, fault), replayable=True)
                return
            for half in batch.halves():
                await self._all(plan, half)

    async def _skip(self, tx: Tx, fault: ledger.Fault) -> None:
        assert self.id is not None
        if await ledger.turn(tx, self.id, fault.row, fault.row):
            await ledger.advance(tx, self.id, fault.row, {"failed": 1}, [fault])

    async def _stopped(self, last: int, fault: Exception) -> None:
        """Says in the import why it stopped; when the database is what failed, it stays RUNNING and is resumed as such."""
        if isinstance(fault, (Unavailable, ledger.ImportElsewhere)) or self.id is None:
            return
        id, reason = self.id, fault.message if isinstance(fault, Refusal) else f"{type(fault).__name__}: {fault}"
        await self.db.run(self.actor, lambda tx: ledger.finish(tx, id, "FAILED", last, reason[:1000]), replayable=True)

    def _result(self, **values: Any) -> ImportResult:
        told = {"encoding": self.source.encoding, "doubt": self.source.doubt, "mapping": self.mapped.by_name, "ignored": self.mapped.ignored}
        return ImportResult(**told, hints=dict(self.hints), **values)


def _batches(rows: Iterator[Row], done: int) -> Iterator[list[Row]]:
    for row in rows:
        if row.number > done:
            first = [row, *islice(rows, BATCH - 1)]
            yield first


async def _tell_faults(run: Run, result: ImportResult, errors: Path | None) -> None:
    """Writes the faults of the whole import, those of an interrupted run included; no file when there are none."""
    found: list[Mapping[str, Any]] = [
        {"row_number": f.row, "column_name": f.column, "code": f.code, "message": f.message, "is_kept": f.kept, "raw": f.raw} for f in run.held
    ]
    if run.id:
        async for page in ledger.faults_of(run.db, run.actor, run.id):
            found += map(dict, page)
    result.flawed = sum(bool(fault["is_kept"]) for fault in found)
    if found and errors:
        await asyncio.to_thread(write_faults, errors, run.mapped.columns, found)
        result.faults = errors
