"""/docs: what every error means, from the refusals themselves."""

from functools import cache

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.errors import refusals, sentence
from api.http.pages import page, text


async def index(_: Request) -> Response:
    return RedirectResponse("/docs/reference/errors", 303)


async def errors(_: Request) -> Response:
    return page("Errors", _errors())


@cache
def _errors() -> str:
    rows = (
        f'<section id="{text(r.code.lower().replace("_", "-"))}"><h2>{text(r.code)}</h2><p>{text(sentence(r))}</p>'
        + (f"<p>What to do: {text(r.fix)}</p>" if r.fix else "")
        + f"<p>HTTP {r.status}{', worth trying again' if r.retryable else ''}</p></section>"
        for r in refusals("leadwell.", "api."))
    return "<h1>Errors</h1><p>Every refusal has a code for programs, a sentence for people and, where there is one, a way out.</p>" + "".join(rows)


routes: list[BaseRoute] = [Route("/docs", index, methods=["GET"]), Route("/docs/reference/errors", errors, methods=["GET"])]
