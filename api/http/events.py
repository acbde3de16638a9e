"""What webhooks would tell, for somebody who listens on their own machine: GET /webhooks/events waits for what comes next."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.house import house
from api.subscriptions.places import Place
from leadwell import webhooks
from leadwell.access import Unauthenticated

PATIENCE_S = 8.0


async def listen(request: Request) -> Response:
    """The events behind `after`, or those from now on, as an endpoint of the caller's would get them: {"events": [{"id", "kind", "body"}], "cursor"}.
    Waits up to 8 seconds for the first. `kind` may be repeated: lead.converted, lead.*, *."""
    here = house(request)
    viewer, _ = await here.caller(request)
    if viewer is None:
        raise Unauthenticated(fix="Send an API key: Authorization: Bearer lw_…")
    viewer.need("webhookEndpoints", "read")
    kinds = request.query_params.getlist("kind") or ["*"]
    async with here.tails.tail(viewer) as tail:
        place = await tail.begin(request.query_params.get("after"))
        if not await tail.moved(place.seq, PATIENCE_S):
            return JSONResponse({"events": [], "cursor": place.cursor(viewer.workspace)})
        batch = await tail.after(place.seq)
    async with here.kit.db.read(viewer.actor(request.state.request_id)) as tx:
        found = await webhooks.overheard(tx, batch, kinds, viewer)
    return JSONResponse({
        "events": [{"id": f"msg_{id.hex}", "kind": kind, "body": body} for id, kind, body in found],
        "cursor": Place(batch[-1]["seq"]).cursor(viewer.workspace)})


routes: list[BaseRoute] = [Route("/webhooks/events", listen, methods=["GET"])]
