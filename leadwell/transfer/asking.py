"""Imports as asked for over the API: made from an upload, rehearsed, started, canceled; a worker does the work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from leadwell import events, work
from leadwell.access import Viewer
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Forbidden, NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.transfer import decoding, ledger, rights, staging, uploads
from leadwell.transfer.extras import NONE, TAGS, extras_of
from leadwell.transfer.imports import rows_of
from leadwell.transfer.mapping import Guess, guess, map_columns
from leadwell.transfer.nouns import fields_of
from leadwell.transfer.options import ImportOptions, check
from leadwell.transfer.refusals import ImportStarted

SAMPLES = 5
Move = Callable[[Tx, UUID], Awaitable[None]]
HALF = "SELECT i.reverted_by IS NOT NULL FROM imports i WHERE i.workspace_id = $1 AND i.id = $2"   # of one that FAILED
STARTS = ("READY", "FAILED", "CANCELED")


@dataclass(frozen=True, slots=True)
class Header:
    """What a file begins with, and what its columns could fill, each with its sentence."""

    columns: Sequence[str]
    samples: Sequence[Sequence[str]]
    guess: Guess
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NewImport:
    """`mapping` is column → field, "-" leaves one out; columns it does not name are guessed. `tags`: whether whoever asks may make tags."""

    upload: UUID
    options: ImportOptions
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    tags: bool = True


async def look(tx: Tx, upload: UUID, credential: str, noun: str | None = None, options: ImportOptions | None = None) -> Header:
    """Columns, a few rows, and what they seem to be; for a person to confirm. NoSuchUpload and whatever makes a file unreadable."""
    found = await uploads.find(tx, upload, credential)
    path = await uploads.head(tx, upload, found.name)
    try:
        columns, samples = await asyncio.to_thread(_read, path, options or ImportOptions())
    finally:
        path.unlink(missing_ok=True)
    extras = await extras_of(tx)
    guessed = guess(columns, noun, extras)
    own = {extra.name: extra.doc for extra in extras.get(guessed.noun, NONE).values()}
    return Header(columns, samples, guessed, {**fields_of(guessed.noun), **own})


def _read(path: Any, options: ImportOptions) -> tuple[list[str], list[list[str]]]:
    source = decoding.inspect(path, options.encoding)
    with decoding.lines(source) as lines:
        table = rows_of(source, lines, options.delimiter)
        return table.columns, [[cell or "" for cell in row.cells] for row in islice(table.rows, SAMPLES)]


async def create(tx: Tx, asked: NewImport, credential: str) -> UUID:
    """An import that is READY; with `dry_run` its rehearsal is put. The same file again is the same import. Whatever makes a file or a mapping unusable;
    Forbidden for a column of tags."""
    extras = (await extras_of(tx)).get(asked.options.noun, NONE)
    check(asked.options, extras)
    upload = await uploads.find(tx, asked.upload, credential)
    header = await look(tx, asked.upload, credential, asked.options.noun, asked.options)
    mapped = map_columns(header.columns, asked.mapping, asked.options.noun, extras)
    if TAGS in mapped.fields.values() and not asked.tags:
        raise Forbidden(verb="create", noun="tags", fix='Leave the column out with "-", or ask an administrator for the permission.')
    kept = {**asked.options.kept(), **{name: getattr(asked.options, name) for name in ("encoding", "delimiter") if getattr(asked.options, name)}}
    told = mapped.by_name | _left(mapped)
    row = await tx.row(
        load(__name__, "ask_import"), tx.workspace, uuid7(), asked.options.noun, upload.name, upload.digest or f"upload {upload.id}", told, kept, upload.id,
        str(tx.actor), await tx.now())  # fmt: skip
    if row is None:
        raise ImportStarted(state="under way")
    await staging.drop(tx, row["id"])
    await ledger.forget_faults(tx, row["id"])
    if asked.options.dry_run:
        await rehearse(tx, row["id"])
    return row["id"]


def _left(mapped: Any) -> dict[str, str]:
    return dict.fromkeys(mapped.ignored, "-")


async def rehearse(tx: Tx, id: UUID) -> None:
    """Puts a dry run, whose result stands in `preview`."""
    await _turn(tx, id, ("READY",), "REHEARSING")
    await work.put(tx, work.NewJob("transfer", "transfer.rehearse", {"id": str(id)}, key=str(id), priority=work.BULK))


async def start(tx: Tx, id: UUID, starter: Viewer | None = None) -> None:
    """Puts the work, which is done with the rights of whoever starts it; twice it is done once. Forbidden."""
    state = await _state(tx, id)
    if state in ("RUNNING", "DONE"):
        return
    if state == "FAILED" and await tx.value(HALF, tx.workspace, id):
        raise ImportStarted(state="taken back in part", fix="Revert it again, which takes back the rest; then import the file again.")
    if starter:
        taken = "UPDATE imports SET actor = $3 WHERE workspace_id = $1 AND id = $2 RETURNING noun, options ->> 'mode' AS mode"
        row = await tx.row(taken, tx.workspace, id, starter.credential)
        assert row is not None
        rights.may_make(starter, row["noun"], row["mode"] or "FILL_EMPTY")
    await _turn(tx, id, STARTS, "RUNNING")
    await work.put(tx, work.NewJob("transfer", "transfer.import", {"id": str(id), "begin": True}, key=str(id), priority=work.BULK))


async def cancel(tx: Tx, id: UUID) -> None:
    """Stops before the next batch; what is in stays in, and can be reverted or gone on with."""
    if await _state(tx, id) == "CANCELED":
        return
    await _turn(tx, id, ("READY", "REHEARSING", "RUNNING"), "CANCELED")


async def _state(tx: Tx, id: UUID) -> str:
    state = await tx.value("SELECT i.state FROM imports i WHERE i.workspace_id = $1 AND i.id = $2 FOR NO KEY UPDATE", tx.workspace, id)
    if state is None:
        raise NotFound(noun="import")
    return state


async def _turn(tx: Tx, id: UUID, allowed: Sequence[str], state: str) -> None:
    found = await _state(tx, id)
    if found not in allowed:
        raise ImportStarted(state=found)
    sql = "UPDATE imports SET state = $3, error = NULL, version = version + 1, updated_at = $4 WHERE workspace_id = $1 AND id = $2 RETURNING version"
    version = await tx.value(sql, tx.workspace, id, state, await tx.now())
    await events.note(tx, "import.moved", "Import", id, version=version, data={"state": state})
