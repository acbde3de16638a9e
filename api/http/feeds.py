"""What other systems send in: POST /inbound/{key}, and the handshakes of those who ask first whether the door is ours."""

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from api.house import house
from leadwell import capture, happenings
from leadwell.access.refusals import Unauthenticated
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG


async def handshake(request: Request) -> Response:
    """Meta asks with a verify token, which is the feed's key; LinkedIn with a code to be signed."""
    feed = await capture.find_feed(house(request).kit.db, request.path_params["key"])
    answer = capture.challenge(feed, request.query_params)
    if answer is None:
        raise Unauthenticated(fix="A feed is sent to with POST; what a vendor asks first has to name the feed's key.")
    said, as_json = answer
    return JSONResponse({"challengeCode": request.query_params["challengeCode"], "challengeResponse": said}) if as_json else PlainTextResponse(said)


async def take(request: Request) -> Response:
    """What was sent is committed before it is answered; for each person in it the answer says what became of them."""
    kit = house(request).kit
    feed = await capture.find_feed(kit.db, request.path_params["key"])
    actor = Actor(feed.workspace, "SYSTEM", request_id=request.state.request_id)
    if feed.kind == "EVENTS":
        taken = await happenings.take(kit.db, actor, feed, dict(request.headers), await request.body(), now=time.time())
        return JSONResponse({"results": [_shown(one) for one in taken]})
    outcomes = await capture.take_inbound(kit.db, actor, feed, dict(request.headers), await request.body(), now=time.time(), store=kit.files)
    tag = CATALOG["Submission"].tag
    return JSONResponse({"results": [
        {"submissionId": one.submission_id and encode_id(tag, one.submission_id), "outcome": one.outcome, "reason": one.reason} for one in outcomes]})


def _shown(one: happenings.Taken) -> dict[str, Any]:
    return {
        "id": one.id, "state": one.state, "reason": one.reason, "personId": one.person and encode_id(CATALOG["Person"].tag, one.person),
        "recordId": one.record and encode_id(CATALOG[one.record[0]].tag, one.record[1])}  # fmt: skip


routes: list[BaseRoute] = [Route("/inbound/{key}", handshake, methods=["GET"]), Route("/inbound/{key}", take, methods=["POST"])]
