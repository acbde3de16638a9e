"""/files/{token}: attached files, sent and fetched by whoever has the address. What is fetched is never run by a browser."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from api.errors import BadRequest, BodyTooLarge
from api.house import house
from api.meter import LOOK, TAKE
from leadwell import files
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.refusals import NotFound
from leadwell.catalog import CATALOG

# Shown under their own type; everything else is bytes. None of them can hold a script that a browser would run.
HARMLESS = frozenset(["application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "text/plain", "text/csv"])
PRIVATE = {"content-security-policy": "sandbox; default-src 'none'", "cross-origin-resource-policy": "same-site"}


class FileDiffers(BadRequest):
    """What was sent is not what was announced: {problem}."""

    fix = "Announce the file again, with its size and sha256, and send exactly that."


async def send(request: Request) -> Response:
    """PUT the bytes: piece by piece to the file store; what is not whole, or not what was announced, is removed again."""
    house(request).charge(request, None, TAKE)
    link = files.read_link("upload", request.path_params["token"], datetime.now(UTC))
    here, actor = house(request), Actor(link.workspace, "PERSON", request_id=request.state.request_id)
    upload = await here.kit.db.run(actor, lambda tx: files.begin(tx, link.file_id), replayable=True)
    arriving = _Arriving(request, upload)
    try:
        await here.kit.files.write(upload.key, arriving.chunks(), upload.size)
        sha256 = arriving.checked()
    except Exception:
        await here.kit.files.remove(upload.key)     # what is left when this fails too is swept with the file
        raise
    await here.kit.db.run(actor, lambda tx: files.finish(tx, upload, sha256), replayable=True)
    return JSONResponse({"fileId": encode_id(CATALOG["File"].tag, link.file_id), "size": upload.size, "sha256": sha256}, 201)


class _Arriving:
    """The body of a request, counted and hashed as it passes."""

    def __init__(self, request: Request, upload: files.Upload) -> None:
        self._request, self._upload, self._hash, self._size = request, upload, hashlib.sha256(), 0

    async def chunks(self) -> AsyncGenerator[bytes]:
        try:
            async for chunk in self._request.stream():
                self._size += len(chunk)
                if self._size > self._upload.size:
                    raise BodyTooLarge(limit=self._upload.size)
                self._hash.update(chunk)
                if chunk:
                    yield chunk
        except ClientDisconnect:
            raise FileDiffers(problem=f"it ended after {self._size} of {self._upload.size} bytes") from None
        if self._size != self._upload.size:
            raise FileDiffers(problem=f"{self._size} bytes instead of {self._upload.size}")

    def checked(self) -> str:
        found = self._hash.hexdigest()
        if self._upload.sha256 not in (None, found):
            raise FileDiffers(problem="its sha256 is another one")
        return found


async def fetch(request: Request) -> Response:
    """GET the bytes, as a download."""
    here = house(request)
    here.charge(request, None, LOOK)
    link = files.read_link("download", request.path_params["token"], datetime.now(UTC))
    async with here.kit.db.read(Actor(link.workspace, "PERSON")) as tx:
        sql = "SELECT f.name, f.media_type, f.size, f.store_key FROM files f WHERE f.workspace_id = $1 AND f.id = $2 AND f.state = 'STORED'"
        row = await tx.row(sql, tx.workspace, link.file_id)
    if row is None:
        raise NotFound(noun="file")
    media = row["media_type"] if row["media_type"] in HARMLESS else "application/octet-stream"
    headers = {**PRIVATE, "content-type": media, "content-length": str(row["size"]), "content-disposition": disposition(row["name"])}
    if request.method == "HEAD":
        return Response(headers=headers)
    pieces: AsyncIterator[bytes] = here.kit.files.read(row["store_key"])
    first = await anext(pieces, b"")     # a file the store has lost is refused before an answer begins
    return StreamingResponse(_all(first, pieces), headers=headers)


async def _all(first: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def disposition(name: str) -> str:
    """A download under that name: RFC 6266, with a plain name for old browsers."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%;' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def file_url(base: str, purpose: files.Purpose, workspace: UUID, file_id: UUID) -> tuple[str, datetime]:
    """An address for one purpose, and until when it holds."""
    link = files.Link.to(purpose, workspace, file_id, datetime.now(UTC))
    return f"{base.rstrip('/')}/files/{link.token()}", datetime.fromtimestamp(link.until, UTC)


routes: list[BaseRoute] = [Route("/files/{token}", send, methods=["PUT"]), Route("/files/{token}", fetch, methods=["GET", "HEAD"])]
