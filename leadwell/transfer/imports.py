"""Imports a file of leads: its rows are kept first, then taken in by batches, each committed with its place, so that a killed import goes on.

Batches go to PostgreSQL as one JSON parameter per table (jsonb_to_recordset): for 2,000 people that took 38 ms, arrays with unnest 35 ms,
COPY into a temporary table and INSERT from it 36 ms, and it is the only one of the three that doors with a single lead share."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.transfer import decoding, jsonl, ledger, staging
from leadwell.transfer.batches import Done, apply, batch_of
from leadwell.transfer.decoding import Source
from leadwell.transfer.effects import follow
from leadwell.transfer.extras import NONE, extras_of
from leadwell.transfer.faults_file import FaultsFile
from leadwell.transfer.mapping import Mapped, map_columns
from leadwell.transfer.options import ImportOptions, prepare
from leadwell.transfer.passage import Apply, Passage, Progress
from leadwell.transfer.rows import Row, Table, table
from leadwell.transfer.staging import BATCH, Pack, packs

AT_ONCE = 5


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
    conflict: int = 0
    resumed_at: int = 0
    repeated: bool = False
    dry_run: bool = False
    encoding: str = ""
    doubt: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    ignored: tuple[str, ...] = ()
    hints: Mapping[str, int] = field(default_factory=dict[str, int])
    effects: Mapping[str, int] = field(default_factory=dict[str, int])
    faults: Path | None = None


class _RolledBack(Exception):
    """Carries what a dry run would have done out of its transaction."""

    def __init__(self, done: Done) -> None:
        self.done = done


async def import_file(
    db: Database, actor: Actor, path: Path, mapping: Mapping[str, str] | None = None, *, options: ImportOptions | None = None,
    errors: Path | None = None, progress: Progress | None = None,
) -> ImportResult:  # fmt: skip
    """Imports the records of a CSV or JSONL file, plain or gzipped, quietly: nobody is notified, enrolled or written to, but for the effects
    that the options name. `mapping` is column → field
    and wins over what the columns' names say. The same file again changes nothing; a file whose import was killed goes on. Faults of rows
    are kept with the import and written to `errors`."""
    options = options or ImportOptions()
    source = await asyncio.to_thread(decoding.inspect, path, options.encoding)
    with decoding.lines(source) as lines:
        rows = await asyncio.to_thread(rows_of, source, lines, options.delimiter)
        async with db.read(actor) as tx:
            extras = (await extras_of(tx)).get(options.noun, NONE)
        mapped = map_columns(rows.columns, mapping or {}, options.noun, extras)
        with FaultsFile(errors, mapped.columns) as faults:
            run = Run(db, actor, source, mapped, options, progress or (lambda done, total: None), faults=faults)
            result = await run.dry(rows) if options.dry_run else await run.real(rows)
            if run.id:
                async for page in ledger.faults_of(db, actor, run.id):
                    await asyncio.to_thread(faults.add, [dict(fault) for fault in page])
    result.flawed, result.faults = faults.flawed, errors if faults.written else None
    return result


def rows_of(source: Source, lines: Iterator[str], delimiter: str | None = None) -> Table:
    """The rows of a file of either sort; of JSON lines the columns are all the keys there are, for which the file is read once more."""
    if not source.jsonl:
        return table(lines, delimiter, source.path.name)
    with decoding.lines(source) as every:
        return jsonl.table(lines, jsonl.columns_of(every, source.path.name))


@dataclass(slots=True)
class Run:
    """One import on its way through a file; `asked` is its id where it was asked for beforehand."""

    db: Database
    actor: Actor
    source: Source
    mapped: Mapped
    options: ImportOptions
    progress: Progress
    apply: Apply = apply
    id: UUID | None = None
    asked: UUID | None = None
    hints: Counter[str] = field(default_factory=Counter[str])
    effects: Counter[str] = field(default_factory=Counter[str])
    faults: FaultsFile = field(default_factory=FaultsFile)

    async def real(self, rows: Table) -> ImportResult:
        """Every row is kept as it came before the first is looked at; rows before a place that cannot be read go in all the same."""
        plan = await self.db.run(self.actor, lambda tx: prepare(tx, self.mapped, self.options), replayable=True)
        standing = await self.db.run(self.actor, lambda tx: self._begin(tx, rows.delimiter), replayable=True)
        self.id = standing.id
        if standing.done:
            unchanged = standing.rows - standing.failed
            return self._result(rows=standing.rows, unchanged=unchanged, failed=standing.failed, repeated=True)
        way = Passage(self.db, self.actor, standing.id, replace(plan, id=standing.id, run=standing.run), standing.rows, self.apply)
        try:
            total, fault = await self._keep(rows, standing)
            await way.go(total, self.progress)
            if fault:
                raise fault
        except Exception as stopped:
            await way.stopped(stopped)
            raise
        self.hints = way.hints
        row = await way.finish()
        self.progress(way.done, way.done)
        return self._result(rows=way.done, resumed_at=standing.rows, **{name: row[f"{name}_count"] for name in ledger.COUNTS})

    async def _keep(self, rows: Table, standing: ledger.Standing) -> tuple[int, Exception | None]:
        """Commits the rows that are not kept yet; the last one, and what kept the file from being read to its end."""
        last, whole = standing.kept, standing.whole
        found = packs(rows.rows, last)
        while not whole:
            some, fault = await asyncio.to_thread(_some, found)
            if fault:
                await self.db.run(self.actor, lambda tx, some=some: staging.keep(tx, standing.id, some), replayable=True)
                return some[-1].last if some else last, fault
            last, whole = some[-1].last if some else last, len(some) < AT_ONCE
            await self.db.run(self.actor, lambda tx, some=some, last=last, whole=whole: _keep(tx, standing.id, some, last, whole), replayable=True)
        return last, None

    async def dry(self, rows: Table) -> ImportResult:
        """Does everything and takes it back, batch by batch; twins in different batches count as new twice."""
        counts, last = Counter[str](), 0
        for row in rows.rows:
            batch = [row, *islice(rows.rows, BATCH - 1)]
            try:
                await self.db.run(replace(self.actor, request_id=uuid7().hex), lambda tx, batch=batch: self._rehearse(tx, batch))
            except _RolledBack as back:
                counts += back.done.counts
                self.effects.update(back.done.effects)
                self.hints += back.done.hints
                self.faults.add(map(ledger.row_of, back.done.faults))
            last = batch[-1].number
            if self.asked:
                await self.db.run(self.actor, lambda tx, id=self.asked, last=last: ledger.rehearsed(tx, id, last), replayable=True, durable=False)
            self.progress(last, max(last, self.source.lines - 1))
        return self._result(rows=last, dry_run=True, **counts)

    async def _rehearse(self, tx: Tx, rows: list[Row]) -> None:
        if self.asked:
            await ledger.ours(tx, self.asked)
        plan = await prepare(tx, self.mapped, self.options)
        done = await apply(tx, None, plan, batch_of(plan, rows))
        done.effects = await follow(tx)
        raise _RolledBack(done)

    async def _begin(self, tx: Tx, delimiter: str) -> ledger.Standing:
        """How the file was read belongs to the import as well: other cells are another import."""
        kept = {**self.options.kept(), "columns": list(self.mapped.columns), "encoding": self.source.encoding, "delimiter": delimiter}
        if self.asked:
            return await ledger.take_up(tx, self.asked, self.mapped.by_name, kept)
        return await ledger.begin(tx, (self.mapped.noun, self.source.path.name, self.source.digest), self.mapped.by_name, kept)

    def _result(self, **values: Any) -> ImportResult:
        told = {"encoding": self.source.encoding, "doubt": self.source.doubt, "mapping": self.mapped.by_name, "ignored": self.mapped.ignored}
        return ImportResult(**told, hints=dict(self.hints), effects=dict(self.effects), **values)


async def _keep(tx: Tx, id: UUID, some: list[Pack], last: int, whole: bool) -> None:
    await staging.keep(tx, id, some)
    if whole:
        await ledger.whole(tx, id, last)


def _some(found: Iterator[Pack]) -> tuple[list[Pack], Exception | None]:
    """The next few packs, and the fault that ended them: a generator that raised gives nothing any more."""
    some: list[Pack] = []
    try:
        for one in islice(found, AT_ONCE):
            some.append(one)
    except Exception as fault:
        return some, fault
    return some, None
