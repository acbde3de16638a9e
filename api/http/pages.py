"""Our few HTML pages: no inline script or style, nothing from elsewhere, every value escaped."""

from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse

STATIC = Path(__file__).parent.parent / "static"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def page(title: str, body: str, *, script: str = "", style: str = "", status: int = 200) -> HTMLResponse:
    """`body` is HTML whose values the caller has escaped with `text`."""
    asked = f'<link rel="stylesheet" href="/static/{style}">' if style else ""
    asked += f'<script type="module" src="/static/{script}"></script>' if script else ""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{text(title)} · Leadwell</title><link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
        f'<link rel="stylesheet" href="/static/pages.css">{asked}</head><body><main>{body}</main></body></html>',
        status, {"content-security-policy": CSP})


def text(value: object) -> str:
    return escape(str(value))
