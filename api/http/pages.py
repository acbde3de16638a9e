"""Our few HTML pages: no inline script or style, nothing from elsewhere, every value escaped."""

from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse

from leadwell.capture.words import Voice

STATIC = Path(__file__).parent.parent / "static"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


ENGLISH = Voice()


def page(title: str, body: str, *, script: str = "", style: str = "", status: int = 200, voice: Voice = ENGLISH) -> HTMLResponse:
    """`body` is HTML whose values the caller has escaped with `text`, in the language of the voice."""
    asked = f'<link rel="stylesheet" href="/static/{style}">' if style else ""
    asked += f'<script type="module" src="/static/{script}"></script>' if script else ""
    return HTMLResponse(
        f'<!doctype html><html lang="{text(voice.locale)}" dir="{voice.direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{text(title)} · Leadwell</title><link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
        f'<link rel="stylesheet" href="/static/pages.css">{asked}</head><body><main>{body}</main></body></html>',
        status, {"content-security-policy": CSP})


def said(voice: Voice, name: str, **values: object) -> str:
    """One of the words of a form as HTML; one that is not there in its language is marked as English."""
    told = text(voice.say(name, **values))
    return told if voice.knows(name) else f'<span lang="en" dir="ltr">{told}</span>'


def text(value: object) -> str:
    return escape(str(value))
