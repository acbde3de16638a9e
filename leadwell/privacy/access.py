"""Everything known about a person as a file for them: one JSON document and a CSV of each table, in a ZIP, written by a worker and linked to for a time."""

import csv
import hashlib
import io
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import IO, Any
from uuid import UUID

import orjson

from leadwell import events, people, work
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database, Tx
from leadwell.privacy import engine, requests
from leadwell.privacy.erasing import TOLD
from leadwell.privacy.keeps import KEPT
from leadwell.privacy.parts import PARTS
from leadwell.privacy.refusals import ExportNotReady
from leadwell.privacy.scope import Scope, scope
from leadwell.privacy.table import Kept, Part
from leadwell.transfer import exports, uploads

JOB, PURPOSE = "transfer.access", "access-export"
LINK = timedelta(minutes=15)
PIECE = 1 << 20
# Of no use to the person, or not theirs: keys of rows, hashes, what is sealed, what others are compared by.
LEFT_OUT = frozenset({"workspace_id", "address_hash", "salt", "digest", "data_hash", "redacted_by", "packed", "lease", "words_ciphertext", "words_key_id",
                      "sealed_ciphertext", "sealed_key_id", "match_key", "store_key", "search_open", "search_all", "credential"})  # fmt: skip
NOT_THEIRS = frozenset({
    "clock_advances", "imports", "import_errors", "import_mentions", "parked_mentions", "change_rows", "automation_runs", "privacy_requests",
    "mail_addresses", "opt_ins"})
HAPPENED = (
    "SELECT jsonb_build_object('at', w.at, 'kind', w.kind, 'noun', w.noun, 'record_id', w.record_id, 'data', w.data) AS row FROM events w "
    f"WHERE w.workspace_id = $1 AND w.id IN ({TOLD}) ORDER BY w.id")
READ_ME = """This is everything that {name} keeps about you, as of {at}.

data.json holds all of it: a list of rows for each table. The .csv files hold the same, a file a table.
Times are in UTC. Ids are those of the system; they mean nothing elsewhere.
"""


async def ask(tx: Tx, person_id: UUID, reason: str | None = None) -> UUID:
    """Has everything about a person written into a file. NotFound."""
    found = (await people.lock(tx, [person_id])).get(person_id)
    if found is None:
        raise NotFound(noun="person", field="id")
    id = await requests.put(tx, "ACCESS", Scope([found["id"]], []), found["id"], reason=reason)
    await work.put(tx, work.NewJob("transfer", JOB, {"id": str(id)}, key=str(id)))
    return id


async def perform(db: Database, workspace: UUID, id: UUID) -> None:
    """Writes the file, from the beginning where a killed worker left it. The rows are those of one moment."""
    actor = Actor.system(workspace)
    await db.run(actor, lambda tx: requests.revive(tx, id), replayable=True)
    with tempfile.TemporaryFile() as file:
        async with db.read(actor, snapshot=True) as tx:
            row = await tx.row("SELECT q.person_id, q.state FROM privacy_requests q WHERE q.workspace_id = $1 AND q.id = $2", tx.workspace, id)
            if row is None or row["state"] != "RUNNING":
                return
            counts = await write(tx, await scope(tx, [row["person_id"]]), file)
        await db.run(actor, lambda tx: _keep(tx, id, file, counts), replayable=True)


async def write(tx: Tx, of: Scope, file: IO[bytes]) -> dict[str, int]:
    """The ZIP of a scope, table by table; how many rows of each."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for one in (*PARTS, *(kept for kept in KEPT if kept.where)):
        if one.table not in NOT_THEIRS:
            rows = await _rows(tx, one, of)
            tables[one.table] = [*tables.get(one.table, ()), *(row for row in rows if row not in tables.get(one.table, ()))]
    tables["events"] = [row["row"] for row in await tx.fetch(HAPPENED, tx.workspace, *of.args())]
    tables = {table: rows for table, rows in tables.items() if rows}
    name = await tx.value("SELECT w.name FROM lw_workspace($1) w", tx.workspace)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("README.txt", READ_ME.format(name=name, at=f"{await tx.now():%Y-%m-%d %H:%M}"))
        packed.writestr("data.json", orjson.dumps(tables, option=orjson.OPT_INDENT_2))
        for table, rows in tables.items():
            packed.writestr(f"{table}.csv", as_csv(rows))
    return {table: len(rows) for table, rows in tables.items()}


async def _rows(tx: Tx, one: Part | Kept, of: Scope) -> list[dict[str, Any]]:
    return [{name: value for name, value in row["row"].items() if name not in LEFT_OUT and value is not None} for row in await engine.rows(tx, one, of)]


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Columns in order of their first appearance; cells that a spreadsheet would run begin with an apostrophe."""
    rows, columns = list(rows), dict[str, None]()
    for row in rows:
        columns.update(dict.fromkeys(row))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


async def _keep(tx: Tx, id: UUID, file: IO[bytes], counts: dict[str, int]) -> None:
    """The file's bytes and the end of the request, together."""
    row = await requests.locked(tx, id)
    if row is None:
        return
    await uploads.drop(tx, id)
    file.seek(0)
    size, digest = 0, hashlib.sha256()
    while piece := file.read(PIECE):
        await uploads.add_part(tx, id, size, piece)
        size += len(piece)
        digest.update(piece)
    receipt = await requests.close(tx, {**row, "counts": counts}, size=size, receipt=digest.hexdigest())
    await events.note(tx, "person.exported", "Person", row["person_id"], data={"size": size, "sha256": receipt, "request": str(id)})


async def link(tx: Tx, id: UUID) -> tuple[str, datetime]:
    """A token that opens the file without any other credential, and until when. NotFound, ExportNotReady."""
    row = await tx.row(
        "SELECT q.kind, q.state, q.person_id, EXISTS (SELECT 1 FROM transfer_parts p WHERE p.workspace_id = $1 AND p.holder_id = q.id) AS here "
        "FROM privacy_requests q WHERE q.workspace_id = $1 AND q.id = $2", tx.workspace, id)
    if row is None or row["kind"] != "ACCESS":
        raise NotFound(noun="access export", field="id")
    if row["state"] != "DONE" or not row["here"]:
        raise ExportNotReady(state="gone" if row["state"] == "DONE" else row["state"].lower())
    until = datetime.now(UTC) + LINK
    await events.note(tx, "privacyRequest.linked", "PrivacyRequest", id, person_id=row["person_id"])
    return secrets.sign(PURPOSE, orjson.dumps([str(tx.workspace), str(id), int(until.timestamp())])), until


async def opened(db: Database, token: str, address: str = "") -> tuple[int, AsyncIterator[bytes]]:
    """The size and bytes of the file behind a token; that it was opened stands in the audit. BadToken; NotFound when it ran out, or is gone."""
    workspace, id, until = orjson.loads(secrets.verify(PURPOSE, token))
    actor, request = Actor(UUID(workspace), "SYSTEM"), UUID(id)
    size = await db.run(actor, lambda tx: _opening(tx, request, until, address)) if datetime.now(UTC).timestamp() <= until else None
    if not size:
        raise NotFound(noun="access export")
    return size, exports.stream(db, actor, request)


async def _opening(tx: Tx, id: UUID, until: int, address: str) -> int | None:
    row = await tx.row(
        "SELECT q.size, q.person_id FROM privacy_requests q WHERE q.workspace_id = $1 AND q.id = $2 AND q.state = 'DONE' AND EXISTS ("
        "SELECT 1 FROM transfer_parts p WHERE p.workspace_id = $1 AND p.holder_id = q.id)", tx.workspace, id)
    if row is None:
        return None
    await events.note(tx, "privacyRequest.downloaded", "PrivacyRequest", id, person_id=row["person_id"], data={"link_until": until, "address": address})
    return row["size"]
