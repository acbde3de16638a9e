"""What forms on anybody's pages and partners' servers send: POST /f/{key}, and POST /capture with an API key."""

import ipaddress
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.errors import BadRequest, BodyTooLarge, UnsupportedMedia
from api.guard import refusal_response
from api.house import house
from api.http import form_page
from api.http.pages import page, text
from api.meter import TAKE
from leadwell import capture
from leadwell.access import Unauthenticated
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.refusals import Refusal
from leadwell.capture import Form, Outcome
from leadwell.catalog import CATALOG

FORM_BODY = 64 * 1024
MOST_PAIRS = 400
URLENCODED, JSON = "application/x-www-form-urlencoded", "application/json"


async def show_form(request: Request) -> Response:
    """The form as a page for people, or as JSON for whoever draws it. Parameters of the address that say how somebody came travel with it."""
    here = house(request)
    form = await capture.find_form(here.kit.db, request.path_params["key"])
    if "text/html" in request.headers.get("accept", ""):
        return form_page.drawn(form, request.query_params) if form.is_active else form_page.closed(form)
    return shared(form, request, JSONResponse(_described(form)))


async def preflight(request: Request) -> Response:
    """Answers a browser whether a page of that origin may send the form."""
    form = await capture.find_form(house(request).kit.db, request.path_params["key"])
    capture.check_origin(form, request.headers.get("origin"))
    allowed = {"access-control-allow-methods": "GET, POST", "access-control-allow-headers": "content-type, idempotency-key", "access-control-max-age": "600"}
    return shared(form, request, Response(status_code=204, headers=allowed))


async def send_form(request: Request) -> Response:
    """Takes a form as JSON or as browsers post it. Says per field what is wrong; what is taken is committed before it is answered."""
    form = await capture.find_form(house(request).kit.db, request.path_params["key"])
    as_page = _kind(request) == URLENCODED and "text/html" in request.headers.get("accept", "")
    sent: Mapping[str, Any] = {}
    try:
        if not form.is_active:
            raise capture.FormClosed()
        check_sender(form, request)
        sent = await _sent(request)
        key = request.headers.get("idempotency-key")
        submission = capture.posted(
            form, {**sent, **({capture.DEDUPE: key} if key else {})}, ip=ip_of(request), user_agent=request.headers.get("user-agent"),
            referrer=request.headers.get("referer"))  # fmt: skip
    except capture.FormRefused as refusal:
        return form_page.drawn(form, sent, refusal) if as_page else shared(form, request, await refusal_response(request, refusal))
    except Refusal as refusal:
        return _problem_page(refusal) if as_page else shared(form, request, await refusal_response(request, refusal))
    outcome = await capture.take_form(house(request).kit.db, Actor(form.workspace, "SYSTEM", request_id=request.state.request_id), form, submission, sent)
    return _taken(form, request, outcome, as_page)


def _taken(form: Form, request: Request, outcome: Outcome, as_page: bool) -> Response:
    """A parked one is thanked like any other, so that a program learns nothing from the answer."""
    waits = outcome.outcome == "UNCONFIRMED"
    if as_page and form.redirect_url and not waits:
        return RedirectResponse(form.redirect_url, 303)
    if as_page:
        return form_page.thanks(form, "asked" if waits else "thanks")
    said = form.voice.say("asked") if waits else form.thank_you or form.voice.say("thanks")
    answer = {
        "submissionId": _id("Submission", outcome.submission_id), "message": said, "redirectUrl": None if waits else form.redirect_url, "confirm": waits,
    }  # fmt: skip
    return shared(form, request, JSONResponse(answer))


def check_sender(form: Form, request: Request) -> None:
    """Our own page may always send; a page elsewhere only where the form lists it."""
    origin = request.headers.get("origin")
    if origin not in (str(request.base_url).rstrip("/"), house(request).kit.settings.public_url):
        capture.check_origin(form, origin)


async def send_batch(request: Request) -> Response:
    """Takes up to 500 submissions of a partner; answers for each what became of it and which values could not be read."""
    here = house(request)
    viewer, _ = await here.caller(request) if "authorization" in request.headers else (None, None)
    if viewer is None:
        raise Unauthenticated(fix="Send an API key: Authorization: Bearer lw_…")
    viewer.need("leads", "create")
    if _kind(request) != JSON:
        raise UnsupportedMedia(wanted=JSON)
    body = _json(await request.body())
    many: Any = body.get("submissions") if isinstance(body, dict) and "submissions" in body else body  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    single = isinstance(many, dict)
    given = capture.api_submissions([many] if single else many, request.headers.get("idempotency-key"), viewer.credential)
    capture.check_writer(viewer, given, single=single)
    here.charge(request, viewer, TAKE + len(given))
    outcomes = await capture.submit(here.kit.db, viewer.actor(request.state.request_id), given)
    results = [_result(outcome) for outcome in outcomes]
    return JSONResponse(results[0] if single else {"results": results})


async def _sent(request: Request) -> Mapping[str, Any]:
    body = await request.body()
    if len(body) > FORM_BODY:
        raise BodyTooLarge(limit=FORM_BODY)
    kind = _kind(request)
    if kind == JSON:
        found = _json(body)
        if not isinstance(found, dict):
            raise BadRequest(problem="a form is sent as a JSON object of names and values")
        return found  # pyright: ignore[reportUnknownVariableType]
    if kind != URLENCODED:
        raise UnsupportedMedia(wanted=f"{JSON} or {URLENCODED}")
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PAIRS)
    except ValueError as error:
        raise BadRequest(problem=f"the body is not URL-encoded UTF-8 of at most {MOST_PAIRS} values") from error
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise BadRequest(problem="it holds NUL characters")
    return dict(pairs)


def _json(body: bytes) -> Any:
    try:
        found = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError):
        raise BadRequest(problem="the body is no JSON in UTF-8, or nested too deeply") from None
    if b"\\u0000" in body or b"\0" in body:
        raise BadRequest(problem="it holds NUL characters")
    return found


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def ip_of(request: Request) -> str | None:
    try:
        return str(ipaddress.ip_address(request.client.host)) if request.client else None
    except ValueError:
        return None


def shared(form: Form, request: Request, response: Response) -> Response:
    """Lets the page that asked read the answer; no cookie is ever involved."""
    origin = request.headers.get("origin")
    if origin and (not form.allowed_origins or origin.lower() in form.allowed_origins):
        response.headers["access-control-allow-origin"] = origin
    response.headers.add_vary_header("Origin")
    return response


def _problem_page(refusal: Refusal) -> Response:
    errors: Sequence[Mapping[str, Any]] = refusal.params.get("errors", ())
    told = "".join(f"<li>{text(error['field'] or '')}: {text(error['message'])}</li>" for error in errors)
    return page("Please look again", f"<h1>{text(refusal.message)}</h1><ul>{told}</ul>", status=refusal.status)


def _described(form: Form) -> Mapping[str, Any]:
    fields = [
        {"name": f.name, "label": f.label or f.name, "required": f.required, "type": f.kind, "options": list(f.options), "hint": f.hint}
        for f in form.fields if not f.hidden
    ]  # fmt: skip
    consents = [{"name": c.name, "text": c.text, "required": c.required, "version": c.version} for c in form.consents]
    described = {
        "name": form.name, "locale": form.voice.locale, "fields": fields, "consents": consents, "active": form.is_active, "intro": form.intro,
        "button": form.button or form.voice.say("send"),
    }  # fmt: skip
    guard = {"stamp": capture.stamp(form.id, time.time()), "minSeconds": form.min_seconds, "proofBits": form.proof_bits} if form.stamped else {}
    return {**described, **guard}


def _result(outcome: Outcome) -> Mapping[str, Any]:
    return {
        "submissionId": _id("Submission", outcome.submission_id), "outcome": outcome.outcome, "personId": _id("Person", outcome.person_id),
        "leadId": _id("Lead", outcome.lead_id), "reason": outcome.reason,
        "flaws": [{"field": f.field, "code": f.code, "message": f.message} for f in outcome.flaws],
    }  # fmt: skip


def _id(noun: str, id: Any) -> str | None:
    return encode_id(CATALOG[noun].tag, id) if id else None


routes: list[BaseRoute] = [
    Route("/f/{key}", show_form, methods=["GET"]),
    Route("/f/{key}", preflight, methods=["OPTIONS"]),
    Route("/f/{key}", send_form, methods=["POST"]),
    Route("/capture", send_batch, methods=["POST"]),
]
