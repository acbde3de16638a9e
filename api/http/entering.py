"""What every door shares by which somebody comes in: who asks, forms, the cookie, and pages that say why not."""

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.errors import BadRequest, ForeignOrigin
from api.house import cookie_name, house
from api.http.pages import page, text
from leadwell.access import oidc
from leadwell.access.sessions import Client, Opened
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.refusals import Refusal

IDENTITY_PROVIDER = 205  # the type part of their ids; they are no noun of the catalog
HERE = "here"            # what addresses call the installation's own provider
LONGEST = 1024


def client_of(request: Request) -> Client:
    """Who opens a session, and for how long it lasts here."""
    settings = house(request).settings
    return Client(
        request.client.host if request.client else "", request.headers.get("user-agent", ""),
        settings.session_days * 86_400, settings.session_idle_hours * 3_600)


def with_cookie(request: Request, response: Response, opened: Opened) -> Response:
    response.set_cookie(
        cookie_name(house(request).settings), opened.token, max_age=opened.seconds, path="/", secure=True, httponly=True, samesite="lax")
    return response


def own_page(request: Request) -> None:
    """A foreign page must not sign its visitor in as somebody else."""
    origin = request.headers.get("origin")
    if origin is not None and not house(request).listed(origin, request.headers.get("host", "")):
        raise ForeignOrigin(origin=origin[:200])


async def form_of(request: Request, name: str) -> str:
    """A field of a page's form."""
    own_page(request)
    given = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20).get(name, [""])[0]
    return checked(given, name)


def checked(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value or "\0" in value or len(value) > LONGEST:
        raise BadRequest(field=name, problem=f"{name} is missing, or no text of at most 1,024 characters")
    return value


def told(refusal: Refusal, title: str = "Not possible") -> Response:
    """Why not, and the way back."""
    back = '<p><a href="/sign-in">To the page where you sign in</a></p>'
    return page(title, f'<h1>{text(refusal.message)}</h1><p>{text(refusal.fix or "")}</p>{back}', status=refusal.status)


def after(request: Request, wanted: str | None) -> str:
    """Where to go once inside: a page of ours, or of a listed origin; else the start."""
    parts = urlsplit(wanted or "")
    if wanted and wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable() and len(wanted) <= LONGEST:
        return wanted
    listed = wanted and f"{parts.scheme}://{parts.netloc.lower()}" in house(request).settings.origins and wanted.isprintable() and len(wanted) <= LONGEST
    return wanted if listed and wanted else "/"


async def ways_in(request: Request, slug: str | None) -> list[oidc.Provider]:
    """The identity providers that a page can offer: the installation's, and those of a workspace that was named. An unknown one has none."""
    here = house(request)
    found = [provider] if (provider := oidc.installed(here.settings)) else []
    known = (await here.kit.db.control("SELECT lw_workspace_by_slug($1) AS id", slug))[0]["id"] if slug else None
    if known is None:
        return found
    async with here.kit.db.read(Actor.system(known)) as tx:
        return merged(found, await oidc.of_workspace(tx, here.settings))


def merged(installed: list[oidc.Provider], own: list[oidc.Provider]) -> list[oidc.Provider]:
    """A workspace's word about the installation's provider stands in its place."""
    said = {(one.issuer, one.client_id) for one in own}
    return [*(one for one in installed if (one.issuer, one.client_id) not in said), *own]


def name_of(provider: UUID | None) -> str:
    """What addresses call a provider; None is the installation's own."""
    return HERE if provider is None else encode_id(IDENTITY_PROVIDER, provider)
