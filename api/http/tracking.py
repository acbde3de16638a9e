"""Links followed and mail opened: told, then led on. A link leads only where the mail said, because that is signed into it."""

import asyncio
import logging

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.house import house
from api.http.pages import page, text
from leadwell import delivery
from leadwell.base.actor import Actor
from leadwell.base.secrets import BadToken

log = logging.getLogger(__name__)
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
LOOKING_AHEAD = ("purpose", "sec-purpose", "x-purpose", "x-moz")
PATIENCE_S = 2.0
FRESH = {"cache-control": "no-store, private", "referrer-policy": "no-referrer", "x-robots-tag": "noindex"}


async def click(request: Request) -> Response:
    """Tells of the click and leads on, even while it cannot be told. Nobody but a program follows the link that nobody sees."""
    try:
        mark = delivery.read_mark(request.path_params["token"])
    except BadToken as bad:
        return page("Link damaged", f"<h1>{text(bad.message)}</h1><p>{text(bad.fix)}</p>", status=bad.status)
    await _tell(request, mark)
    return RedirectResponse(mark.url, 302, FRESH) if mark.url else Response(status_code=204, headers=FRESH)


async def opened(request: Request) -> Response:
    """The pixel, whoever asks for it."""
    try:
        await _tell(request, delivery.read_mark(request.path_params["token"]))
    except BadToken:
        log.info("a pixel was asked for that is not ours")
    return Response(PIXEL, media_type="image/gif", headers=FRESH)


async def _tell(request: Request, mark: delivery.Mark) -> None:
    """The reader does not wait for us for long, and never sees a fault of ours."""
    ahead = [request.headers.get(name, "").lower() for name in LOOKING_AHEAD]
    machine = request.method == "HEAD" or any("prefetch" in said or "preview" in said for said in ahead)
    touch = delivery.Touch(mark, request.headers.get("user-agent"), machine)
    try:
        async with asyncio.timeout(PATIENCE_S):
            actor = Actor(mark.workspace, "PERSON", request_id=request.state.request_id)
            await house(request).kit.db.run(actor, lambda tx: delivery.record_touch(tx, touch), replayable=True)
    except Exception:
        log.exception("a click or open of a mail could not be told")


routes: list[BaseRoute] = [Route("/c/{token}", click, methods=["GET", "HEAD"]), Route("/o/{token}", opened, methods=["GET", "HEAD"])]
