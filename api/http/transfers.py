"""Files in and out: PUT /uploads takes one for an import, GET /exports/{token} gives a finished export to whoever has the link."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from api.errors import BadRequest
from api.house import house
from api.meter import LOOK, TAKE
from leadwell.access import Unauthenticated
from leadwell.base.ids import encode_id
from leadwell.transfer import exports, uploads
from leadwell.transfer.tokens import UPLOAD, upload_id

TYPES = {"CSV": "text/csv; charset=utf-8", "JSONL": "application/x-ndjson; charset=utf-8"}


async def upload(request: Request) -> Response:
    """Takes a file of any size as the body: ?name=leads.csv begins one, ?upload=TOKEN&offset=N goes on with one that broke off. Answers the
    token that `guessMapping` and `createImport` take, and how many bytes are here."""
    here = house(request)
    viewer, _ = await here.caller(request)
    if viewer is None:
        raise Unauthenticated()
    here.charge(request, viewer, TAKE)
    viewer.need("imports", "create")
    asked, db, actor = request.query_params, here.kit.db, viewer.actor(request.state.request_id)
    offset = asked.get("offset", "0")
    if not offset.isascii() or not offset.isdecimal() or len(offset) > 15:
        raise BadRequest(problem="offset is a number of bytes")
    if token := asked.get("upload"):
        id = upload_id(token)
    else:
        id = await db.run(actor, lambda tx: uploads.begin(tx, asked.get("name", "file.csv"), viewer.credential))
    found = await uploads.receive(db, actor, id, viewer.credential, int(offset), request.stream())
    return JSONResponse({"upload": encode_id(UPLOAD, found.id), "name": found.name, "size": found.size})


async def standing(request: Request) -> Response:
    """How many bytes of an upload are here, so that the rest can be sent."""
    here = house(request)
    viewer, _ = await here.caller(request)
    if viewer is None:
        raise Unauthenticated()
    here.charge(request, viewer, LOOK)
    viewer.need("imports", "create")
    id = upload_id(request.query_params.get("upload", ""))
    async with here.kit.db.read(viewer.actor(request.state.request_id)) as tx:
        found = await uploads.find(tx, id, viewer.credential)
    return JSONResponse({"upload": encode_id(UPLOAD, found.id), "name": found.name, "size": found.size, "whole": found.whole})


async def download(request: Request) -> Response:
    """The file of an export; the token in the path is the permission, and runs out."""
    here = house(request)
    here.charge(request, None, TAKE)
    row, stream = await exports.opened(here.kit.db, request.path_params["token"])
    name = f"attachment; filename=\"{quote(row['name'])}\""
    headers = {"content-disposition": name, "content-length": str(row["size"])}
    return StreamingResponse(stream, media_type=TYPES[row["format"]], headers=headers)


routes: list[BaseRoute] = [
    Route("/uploads", upload, methods=["PUT"]),
    Route("/uploads", standing, methods=["GET"]),
    Route("/exports/{token}", download, methods=["GET"]),
]
