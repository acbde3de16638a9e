"""Files on their way in: their bytes are committed part by part as they come, so that a broken line goes on where it broke."""

import hashlib
import tempfile
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database, Tx
from leadwell.transfer.refusals import NoSuchUpload

PART = 1 << 20
MOST = 50 << 30
HEAD = 1 << 18


class WrongOffset(Refusal):
    """The upload has {size} bytes so far, not {offset}."""

    fix = "Send the rest from there."
    status = 409


class UploadTooLarge(Refusal):
    """An upload has at most {limit} bytes."""

    fix = "Split the file."
    status = 413


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is here, or on its way. `digest` is that of its parts so far, each hashed with the digest before it: looking at gigabytes once more
    when the last one is here would take longer than a request may."""

    id: UUID
    name: str
    size: int
    whole: bool
    digest: str | None


async def begin(tx: Tx, name: str, credential: str) -> UUID:
    id, now = uuid7(), await tx.now()
    sql = "INSERT INTO uploads (workspace_id, id, name, credential, created_at) VALUES ($1, $2, $3, $4, $5)"
    await tx.execute(sql, tx.workspace, id, Path(name).name[:200] or "file", credential, now)
    return id


async def find(tx: Tx, id: UUID, credential: str, *, lock: bool = False) -> Upload:
    """Of whoever sends it alone; NoSuchUpload for others."""
    sql = "SELECT u.id, u.name, u.size, u.whole, u.digest FROM uploads u WHERE u.workspace_id = $1 AND u.id = $2 AND u.credential = $3"
    row = await tx.row(sql + (" FOR NO KEY UPDATE" if lock else ""), tx.workspace, id, credential)
    if row is None:
        raise NoSuchUpload(field="upload")
    return Upload(**row)


async def receive(db: Database, actor: Actor, id: UUID, credential: str, offset: int, stream: AsyncIterator[bytes]) -> Upload:
    """Takes bytes from `offset` on and closes the upload at the end of the stream; WrongOffset, UploadTooLarge. What came before a
    broken stream is kept."""
    held = bytearray()
    async for chunk in stream:
        held += chunk
        while len(held) >= PART:
            part, held = bytes(held[:PART]), held[PART:]
            offset = await db.run(actor, lambda tx, part=part, offset=offset: _append(tx, id, credential, offset, part), replayable=False)
    if held:
        offset = await db.run(actor, lambda tx, offset=offset: _append(tx, id, credential, offset, bytes(held)))
    return await db.run(actor, lambda tx: _close(tx, id, credential, offset), replayable=True)


async def _append(tx: Tx, id: UUID, credential: str, offset: int, part: bytes) -> int:
    upload = await find(tx, id, credential, lock=True)
    if upload.size != offset or upload.whole:
        raise WrongOffset(field="offset", size=upload.size, offset=offset)
    if offset + len(part) > MOST:
        raise UploadTooLarge(field="file", limit=MOST)
    await add_part(tx, id, offset, part)
    digest = hashlib.sha256((upload.digest or "").encode() + part).hexdigest()
    await tx.execute("UPDATE uploads SET size = $3, digest = $4 WHERE workspace_id = $1 AND id = $2", tx.workspace, id, offset + len(part), digest)
    return offset + len(part)


async def _close(tx: Tx, id: UUID, credential: str, size: int) -> Upload:
    upload = await find(tx, id, credential, lock=True)
    if upload.size != size:
        raise WrongOffset(field="offset", size=upload.size, offset=size)
    await tx.execute("UPDATE uploads SET whole = true WHERE workspace_id = $1 AND id = $2", tx.workspace, id)
    return replace(upload, whole=True)


async def add_part(tx: Tx, holder: UUID, position: int, part: bytes) -> None:
    sql = "INSERT INTO transfer_parts (workspace_id, holder_id, position, bytes, created_at) VALUES ($1, $2, $3, $4, $5)"
    await tx.execute(sql, tx.workspace, holder, position, part, await tx.now())


async def parts(tx: Tx, holder: UUID, most: int | None = None) -> AsyncIterator[bytes]:
    """The bytes in order, one part in memory at a time."""
    position = -1
    while most is None or position < most:
        sql = "SELECT p.position, p.bytes FROM transfer_parts p WHERE p.workspace_id = $1 AND p.holder_id = $2 AND p.position > $3 ORDER BY p.position LIMIT 1"
        row = await tx.row(sql, tx.workspace, holder, position)
        if row is None:
            return
        position = row["position"]
        yield row["bytes"]


async def drop(tx: Tx, holder: UUID) -> None:
    """Its rows are kept, or nobody wants it: the bytes go."""
    await tx.execute("DELETE FROM transfer_parts WHERE workspace_id = $1 AND holder_id = $2", tx.workspace, holder)
    await tx.execute("DELETE FROM uploads WHERE workspace_id = $1 AND id = $2", tx.workspace, holder)


async def to_disk(db: Database, actor: Actor, upload: UUID, folder: str, name: str) -> Path:
    """The whole file in a folder."""
    path = Path(folder) / (Path(name).name or "file")
    async with db.read(actor) as tx:
        with path.open("wb") as file:
            async for part in parts(tx, upload):
                file.write(part)
    return path


async def head(tx: Tx, upload: UUID, name: str) -> Path:
    """The beginning of a file, unpacked, up to the end of a line; whoever asks removes it."""
    found = b""
    async for part in parts(tx, upload, 0):
        found = part
    if found.startswith(b"\x1f\x8b"):
        found = zlib.decompressobj(wbits=31).decompress(found, HEAD)
    if len(found) >= HEAD:
        found = found[: found.rfind(b"\n", 0, HEAD) + 1] or found[:HEAD]
    with tempfile.NamedTemporaryFile(prefix="leadwell-", suffix=f"-{Path(name).stem[:40]}", delete=False) as file:
        file.write(found)
    return Path(file.name)
