"""Exports: asked for by somebody, written by a worker with that person's rights of the moment, downloaded by a signed link."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from leadwell import events, work
from leadwell.access import Viewer
from leadwell.access.standing import standing
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Forbidden, NotFound, Refusal
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG, Listing, Sees, check, totals
from leadwell.catalog.statement import Statement
from leadwell.transfer import uploads
from leadwell.transfer.columns import cells, customs_of
from leadwell.transfer.refusals import BadFormat, ExportUnfinished, UnknownNoun
from leadwell.transfer.writing import Export

FORMATS = ("CSV", "JSONL")
NOUNS = ("Lead", "Contact", "Company", "Deal", "Activity", "Person", "Task", "Purchase")
LINK = timedelta(minutes=15)
KEPT = timedelta(days=7)
PURPOSE = "export"
ROW = (
    "SELECT x.noun, x.name, x.format, x.columns, x.filter, x.credential, x.state, x.done_rows, x.size, x.last_id, x.total_rows FROM exports x "
    "WHERE x.workspace_id = $1 AND x.id = $2"
)
MOVE = (
    "UPDATE exports SET done_rows = done_rows + $3, size = $4, last_id = coalesce($5, last_id), total_rows = coalesce(total_rows, $6), state = $7, "
    "version = version + 1, updated_at = $8 WHERE workspace_id = $1 AND id = $2 RETURNING version, done_rows"
)


@dataclass(frozen=True, slots=True)
class NewExport:
    """`columns` empty: all that can be seen. `filter` is the grammar of lists."""

    noun: str
    filter: Mapping[str, Any] = field(default_factory=dict[str, Any])
    columns: Sequence[str] = ()
    format: str = "CSV"


def plan(asked: NewExport, viewer: Sees, customs: Sequence[str] | None = ()) -> Export:
    """Refuses what whoever asks may not read, filter by or see. `customs` are the noun's custom fields (`customs_of`), None where the columns have been looked
    at before. UnknownNoun, BadFormat, BadColumn, BadFilter, Forbidden, FieldForbidden."""
    noun = CATALOG.get(asked.noun) if asked.noun in NOUNS else None
    if noun is None:
        raise UnknownNoun(field="noun", noun=asked.noun[:40])
    if asked.format not in FORMATS:
        raise BadFormat(field="format", format=asked.format[:40])
    if not viewer.may(noun.name, "read"):
        raise Forbidden(verb="read", noun=noun.plural)
    return Export(noun, cells(noun, asked.columns, viewer, customs), asked.filter, asked.format)


async def ask(tx: Tx, asked: NewExport, viewer: Viewer) -> UUID:
    """Puts the work of an export; returns its id."""
    export, id, now = plan(asked, viewer, await customs_of(tx, asked.noun)), uuid7(), await tx.now()
    await check(tx, export.noun, export.filter, viewer)
    name = f"{export.noun.plural}-{now:%Y-%m-%d}.{asked.format.lower()}"
    sql = (
        "INSERT INTO exports (workspace_id, id, noun, name, format, columns, filter, credential, user_id, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)"
    )
    names = [cell.name for cell in export.cells]
    await tx.execute(sql, tx.workspace, id, asked.noun, name, asked.format, names, dict(asked.filter), viewer.credential, viewer.user, now)
    await work.put(tx, work.NewJob("transfer", "transfer.export", {"id": str(id)}, key=str(id), priority=work.BULK))
    await events.note(tx, "export.asked", "Export", id, version=1, data={"noun": asked.noun, "format": asked.format, "columns": names})
    return id


async def cancel(tx: Tx, id: UUID) -> None:
    """Ends an export; what was written goes."""
    state = await tx.value("SELECT x.state FROM exports x WHERE x.workspace_id = $1 AND x.id = $2 FOR NO KEY UPDATE", tx.workspace, id)
    if state is None:
        raise NotFound(noun="export")
    if state == "DONE":
        raise ExportUnfinished(state="DONE")
    sql = "UPDATE exports SET state = 'CANCELED', version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2"
    await tx.execute(sql, tx.workspace, id, await tx.now())
    await uploads.drop(tx, id)


async def write(db: Database, workspace: UUID, id: UUID) -> None:
    """Page after page, each committed with its bytes; goes on behind the last one. Two workers at it take turns on its row."""
    actor = Actor.system(workspace)
    try:
        while await db.run(actor, lambda tx: _page(tx, id), replayable=True):
            pass
    except Refusal as refusal:
        if refusal.retryable:
            raise
        await db.run(actor, lambda tx, why=refusal.message: _stopped(tx, id, why), replayable=True)


async def _page(tx: Tx, id: UUID) -> bool:
    row = await tx.row(ROW + " FOR NO KEY UPDATE", tx.workspace, id)
    if row is None or row["state"] != "RUNNING":
        return False
    viewer = await standing(tx, row["credential"])
    if viewer is None:
        raise Forbidden(verb="read", noun=row["noun"])
    export = plan(NewExport(row["noun"], row["filter"], row["columns"], row["format"]), viewer, None)
    total = None if row["total_rows"] is not None else (await totals(tx, viewer, Listing(export.noun, export.filter)))[None]["n"]
    page = await export.page(tx, viewer, row["last_id"])
    written = (export.head() if row["size"] == 0 else b"") + page.bytes
    if written:
        await uploads.add_part(tx, id, row["size"], written)
    state = "RUNNING" if page.count else "DONE"
    moved = await tx.row(MOVE, tx.workspace, id, page.count, row["size"] + len(written), page.last, total, state, await tx.now())
    if state == "DONE" and moved:
        await events.note(tx, "export.finished", "Export", id, version=moved["version"], data={"rows": moved["done_rows"]})
    return bool(page.count)


async def _stopped(tx: Tx, id: UUID, why: str) -> None:
    sql = "UPDATE exports SET state = 'FAILED', error = $3, version = version + 1, updated_at = $4 WHERE workspace_id = $1 AND id = $2 AND state = 'RUNNING'"
    await tx.execute(sql, tx.workspace, id, why[:1000], await tx.now())


async def link(tx: Tx, id: UUID, viewer: Viewer) -> tuple[str, datetime]:
    """A token that opens the file without any other credential, and until when. For whoever may read today what is in it; of who sees some rows only, for the
    one who asked. NotFound, ExportUnfinished, Forbidden, FieldForbidden."""
    row = await tx.row(ROW, tx.workspace, id)
    if row is None or (row["credential"] != viewer.credential and Statement(viewer).scoped(CATALOG[row["noun"]])):
        raise NotFound(noun="export")
    plan(NewExport(row["noun"], row["filter"], row["columns"], row["format"]), viewer, None)
    if row["state"] != "DONE":
        raise ExportUnfinished(state=row["state"])
    until = datetime.now(UTC) + LINK
    await events.note(tx, "export.linked", "Export", id, data={"until": until.isoformat()})
    return secrets.sign(PURPOSE, orjson.dumps([str(tx.workspace), str(id), int(until.timestamp())])), until


async def opened(db: Database, token: str) -> tuple[asyncpg.Record, AsyncIterator[bytes]]:
    """The export behind a token, and its bytes. BadToken; NotFound when it has run out, or is not there (any more)."""
    workspace, id, until = orjson.loads(secrets.verify(PURPOSE, token))
    actor, export = Actor.system(UUID(workspace)), UUID(id)
    async with db.read(actor) as tx:
        row = await tx.row(ROW, tx.workspace, export)
    if row is None or row["state"] != "DONE" or datetime.now(UTC).timestamp() > until:
        raise NotFound(noun="export")
    await db.run(actor, lambda tx: events.note(tx, "export.downloaded", "Export", export))
    return row, stream(db, actor, export)


async def stream(db: Database, actor: Actor, id: UUID) -> AsyncIterator[bytes]:
    """Part by part, each read in a transaction of its own: a slow reader holds none."""
    position = -1
    sql = "SELECT p.position, p.bytes FROM transfer_parts p WHERE p.workspace_id = $1 AND p.holder_id = $2 AND p.position > $3 ORDER BY p.position LIMIT 1"
    while True:
        async with db.read(actor) as tx:
            row = await tx.row(sql, tx.workspace, id, position)
        if row is None:
            return
        position = row["position"]
        yield row["bytes"]


async def rows(db: Database, actor: Actor, export: Export, viewer: Sees) -> AsyncIterator[tuple[bytes, int]]:
    """An export straight to the caller, as one moment saw it: bytes, and how many records they are."""
    yield export.head(), 0
    last: UUID | None = None
    async with db.read(actor, snapshot=True) as tx:
        while (page := await export.page(tx, viewer, last)).count:
            last = page.last
            yield page.bytes, page.count


async def forget(tx: Tx) -> int:
    """Files whose time has run out: exports KEPT ago, and uploads that nobody used."""
    old = await tx.now() - KEPT
    sql = (
        "DELETE FROM transfer_parts p WHERE p.workspace_id = $1 AND p.created_at < $2 AND NOT EXISTS (SELECT FROM imports i WHERE i.workspace_id = $1 "
        "AND i.upload_id = p.holder_id AND i.state IN ('RUNNING', 'REHEARSING', 'READY'))"
    )
    gone = await tx.execute(sql, tx.workspace, old)
    await tx.execute("DELETE FROM uploads u WHERE u.workspace_id = $1 AND u.created_at < $2 AND NOT EXISTS "
                     "(SELECT FROM transfer_parts p WHERE p.workspace_id = $1 AND p.holder_id = u.id)", tx.workspace, old)  # fmt: skip
    return gone
