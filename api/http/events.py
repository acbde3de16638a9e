"""What webhooks would tell, for somebody who listens on their own machine: GET /webhooks/events waits for what comes next."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.act import id_of
from api.house import house
from api.subscriptions.places import Place
from api.webhooks.documents import document
from leadwell import webhooks
from leadwell.access import Unauthenticated, Viewer
from leadwell.base.actor import Actor
from leadwell.base.tx import Database

PATIENCE_S = 8.0


async def listen(request: Request) -> Response:
    """The events behind `after`, or those from now on, as an endpoint of the caller's would get them: {"events": [{"id", "kind", "body"}], "cursor"}.
    Waits up to 8 seconds for the first. `kind` may be repeated: lead.converted, lead.*, *. With `endpoint`, an id, or a `document` bodies and kinds are those
    of such an endpoint, with the caller's rights."""
    here = house(request)
    viewer, _ = await here.caller(request)
    if viewer is None:
        raise Unauthenticated(fix="Send an API key: Authorization: Bearer lw_…")
    viewer.need("webhookEndpoints", "read")
    asked = request.query_params
    async with here.tails.tail(viewer) as tail:
        place = await tail.begin(asked.get("after"))
        shape = await _shape(here.kit.db, asked, viewer)
        if not await tail.moved(place.seq, PATIENCE_S):
            return JSONResponse({"events": [], "cursor": place.cursor(viewer.workspace)})
        batch = await tail.after(place.seq)
    async with here.kit.db.read(viewer.actor(request.state.request_id)) as tx:
        try:
            found = await webhooks.overheard(tx, batch, asked.getlist("kind") or shape["event_kinds"], viewer, shape)
        except webhooks.Unfit as reason:
            raise webhooks.BadWebhookDocument(field="document", why=str(reason).rstrip(".")) from None
    return JSONResponse({
        "events": [{"id": f"msg_{id.hex}", "kind": kind, "body": body} for id, kind, body in found],
        "cursor": Place(batch[-1]["seq"]).cursor(viewer.workspace)})


async def _shape(db: Database, asked: QueryParams, viewer: Viewer) -> Mapping[str, Any]:
    """NotFound, BadId, and what createWebhookEndpoint refuses a document for."""
    endpoint, text = asked.get("endpoint"), asked.get("document")
    if not endpoint and not text:
        return webhooks.BARE
    async with db.read(Actor.system(viewer.workspace)) as tx:
        if endpoint:
            return await webhooks.shape(tx, _id(endpoint))
        return await webhooks.shaped(tx, document(text or ""), viewer)


def _id(text: str) -> UUID:
    """As the API shows it, or as `leadwell webhooks list` does. BadId."""
    try:
        return UUID(text)
    except ValueError:
        return id_of(text, "WebhookEndpoint", "endpoint")


routes: list[BaseRoute] = [Route("/webhooks/events", listen, methods=["GET"])]
