"""Page views of visitors who agreed: GET /t.js for pages, POST /t for what it tells."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from api.errors import BadRequest, BodyTooLarge
from api.house import house
from api.http.capture import shared
from api.http.pages import STATIC
from leadwell import capture

BODY = 16 * 1024


async def snippet(_request: Request) -> Response:
    """The script; pages of any origin may load it."""
    kept = {"cache-control": "public, max-age=3600", "cross-origin-resource-policy": "cross-origin"}
    return FileResponse(STATIC / "t.js", media_type="text/javascript", headers=kept)


async def take(request: Request) -> Response:
    """{"form", "consent": true, "visitor", "page", "title", "referrer", "touch", "lw_m"} as text, so that browsers need not ask first."""
    body = await request.body()
    if len(body) > BODY:
        raise BodyTooLarge(limit=BODY)
    try:
        sent: Any = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError):
        raise BadRequest(problem="the body is no JSON in UTF-8") from None
    if not isinstance(sent, dict) or b"\\u0000" in body or b"\0" in body:
        raise BadRequest(problem="a page view is a JSON object without NUL characters")
    db = house(request).kit.db
    form = await capture.find_form(db, str(sent.get("form", "")))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    if not form.is_active:
        raise capture.FormClosed()
    capture.check_origin(form, request.headers.get("origin"))
    await capture.view(db, form, sent)  # pyright: ignore[reportUnknownArgumentType]
    return shared(form, request, Response(status_code=204))


routes: list[BaseRoute] = [Route("/t.js", snippet, methods=["GET"]), Route("/t", take, methods=["POST"])]
