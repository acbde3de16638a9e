"""The page that ends the digests of a user: looking at it changes nothing, because scanners look too; the button does, and one click of a mail program."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.house import house
from api.http.pages import page, text
from leadwell import digests
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal


async def show(request: Request) -> Response:
    """Asks. Answers HEAD too."""
    token = request.path_params["token"]
    try:
        digests.read_digest(token)
    except Refusal as bad:
        return page("Link damaged", f"<h1>{text(bad.message)}</h1><p>{text(bad.fix or '')}</p>", status=bad.status)
    form = f'<form method="post" action="/digest/{text(token)}"><p><button>No more of it</button></p></form>'
    return page("Your digest", f"<h1>Your digest</h1><p>Once a day you get by mail what you have not seen.</p>{form}")


async def decide(request: Request) -> Response:
    """The user wants no more; said again it answers the same."""
    try:
        link = digests.read_digest(request.path_params["token"])
        await house(request).kit.db.run(Actor(link.workspace, "PERSON"), lambda tx: digests.stop(tx, link.user_id), replayable=True)
    except Refusal as bad:
        if bad.retryable:
            raise
        return page("Not possible", f"<h1>{text(bad.message)}</h1><p>{text(bad.fix or '')}</p>", status=bad.status)
    return page("Your digest", '<h1>Your digest</h1><p role="status">You get no more of it.</p>')


routes: list[BaseRoute] = [Route("/digest/{token}", show, methods=["GET", "HEAD"]), Route("/digest/{token}", decide, methods=["POST"])]
