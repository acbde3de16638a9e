"""A file's way in: announced, then sent to the file store under a key of its own, then kept if it is what was announced."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from leadwell import events, work
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Tx
from leadwell.files.sweeping import removal

MEDIA = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")
HEX = re.compile(r"[0-9a-f]{64}")
PROGRAMS = frozenset([
    ".exe", ".com", ".bat", ".cmd", ".scr", ".pif", ".msi", ".msp", ".vbs", ".vbe", ".js", ".jse",
    ".wsf", ".wsh", ".ps1", ".hta", ".lnk", ".reg", ".jar", ".cpl", ".dll", ".sys", ".apk", ".app", ".dmg",
])  # fmt: skip


class BadFile(Refusal):
    """{name} cannot be "{value}": {why}."""

    fix = "Correct it and announce the file again."


class UploadOver(Refusal):
    """This file was sent already, or another upload of it has begun since."""

    fix = "Announce it again, and send it to the new address."
    status = 409


class FileNotStored(Refusal):
    """This file was announced, but it has not arrived."""

    fix = "Send it to its upload address first."
    status = 409


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to come: `size` in bytes; `sha256` if whoever sends it knows it."""

    name: str
    media_type: str
    size: int
    sha256: str | None = None
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload under way: what is to come, and under which key."""

    file_id: UUID
    key: str
    size: int
    sha256: str | None


async def announce(tx: Tx, file: NewFile, most: int) -> UUID:
    """Makes room for a file of at most `most` bytes. BadFile."""
    name, media, sha256 = _name(file.name), file.media_type.strip().lower().split(";")[0].strip(), file.sha256 and file.sha256.lower()
    if not MEDIA.fullmatch(media):
        raise BadFile(field="media_type", name="media_type", value=file.media_type[:60], why="it is no media type such as application/pdf")
    if not 0 < file.size <= most:
        raise BadFile(field="size", name="size", value=str(file.size), why=f"files have from 1 to {most} bytes")
    if sha256 and not HEX.fullmatch(sha256):
        raise BadFile(field="sha256", name="sha256", value=sha256[:70], why="it is not 64 hexadecimal digits")
    now = await tx.now()
    await tx.execute(
        "INSERT INTO files (workspace_id, id, name, media_type, size, sha256, store_key, purpose, state, user_id, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, '', 'ATTACHMENT', 'ANNOUNCED', $7, $8, $8)",
        tx.workspace, file.id, name, media, file.size, sha256, tx.actor.user, now,
    )
    return file.id


async def begin(tx: Tx, file_id: UUID) -> Upload:
    """An upload with a key of its own; one that began before and never ended is given up, and what it left is removed. UploadOver, NotFound."""
    row = await _row(tx, file_id)
    if row["state"] != "ANNOUNCED":
        raise UploadOver()
    if row["store_key"]:
        await work.put(tx, removal(row["store_key"], delay=timedelta(hours=1)))
    key = f"{tx.workspace}/{file_id}/{uuid7().hex}"
    await tx.execute("UPDATE files SET store_key = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, file_id, key)
    return Upload(file_id, key, row["size"], row["sha256"])


async def finish(tx: Tx, upload: Upload, sha256: str) -> None:
    """It arrived whole; said twice it is said once. UploadOver when another upload of it has begun since."""
    row = await _row(tx, upload.file_id)
    if row["store_key"] != upload.key:
        raise UploadOver()
    if row["state"] == "STORED":
        return
    await tx.execute(
        "UPDATE files SET state = 'STORED', sha256 = $3, version = version + 1, updated_at = $4 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, upload.file_id, sha256, await tx.now(),
    )
    await events.note(tx, "file.stored", "File", upload.file_id, version=row["version"] + 1, data={"name": row["name"], "size": row["size"]})


async def _row(tx: Tx, file_id: UUID) -> Any:
    row = await tx.row("SELECT f.* FROM files f WHERE f.workspace_id = $1 AND f.id = $2 FOR NO KEY UPDATE", tx.workspace, file_id)
    if row is None:
        raise NotFound(noun="file")
    return row


def _name(given: str) -> str:
    """The last part of a path, on one line. BadFile for none, and for programs."""
    name = clean(PurePosixPath(given.replace("\\", "/")).name).strip(". ")[:200]
    if not name:
        raise BadFile(field="name", name="name", value=given[:60], why="a file needs a name")
    if PurePosixPath(name.lower()).suffix in PROGRAMS:
        raise BadFile(field="name", name="name", value=name[:60], why="programs and scripts are not kept")
    return name
