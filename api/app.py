"""The whole HTTP surface on one screen: doors, guard, life of the process."""

import importlib
import importlib.util
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from api.guard import Guard
from api.house import House
from api.persisted import read_manifest
from api.tracing import Traced
from leadwell.base.settings import Settings
from leadwell.wiring import Kit, open_kit

DOORS = (
    "graphql",      # /graphql: POST, GET in development, server-sent events, WebSocket
    "auth",         # /auth/sign-in, /auth/link/{token}, /auth/sign-out, /sign-in
    "oidc",         # /auth/oidc/start, /auth/oidc/callback: identity providers
    "welcome",      # /welcome/{token}, /forgot, /reset/{token}: invitations and new passwords
    "capture",      # what forms and partners send
    "confirm",      # /confirm/{token}: whether it was they who filled in a form
    "digest",       # /digest/{token}: no more notifications by mail
    "files",        # /files/{token}: attached files, sent and fetched
    "unsubscribe",  # one click and preferences
    "tracking",     # /c/{token}, /o/{token}: links followed and mail opened
    "inbound",      # /inbound/mail/{token}: replies, bounces and complaints from mail systems
    "feeds",        # /inbound/{key}: people whom other systems send in, and what they tell happened
    "events",       # /webhooks/events: what webhooks would tell, for developers who listen
    "enrich",       # /enrich/{source}: facts that providers push
    "visits",       # /t.js, /t: page views of visitors who agreed
    "mailbox",      # mail of development, on a page
    "transfers",    # /uploads: files in; /exports/{token}: files out
    "privacy",      # /privacy/{token}: what is known about a person, for them
    "predictors",   # /predictors/{id}: how good a predictor is, for people
    "simulations",  # /simulations/{id}: what a rehearsal came to, for people
    "openapi",      # /openapi.json: these doors, for programs
    "health",       # /live, /ready, /metrics
    "graphiql",     # /: GraphiQL, from our own files
    "examples",     # /examples/spa: the example app, built
    "docs",         # /docs: what an error means
)


def create_app(settings: Settings, kit: Kit | None = None) -> Starlette:
    """The ASGI application. A kit given by the caller stays the caller's to close. UnusableManifest if the trusted documents cannot be read."""
    manifest = read_manifest(settings.documents)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncGenerator[None]:
        opened = kit or await open_kit(settings, "leadwell api")
        app.state.kit, app.state.settings = opened, settings
        app.state.house = house = House.open(opened, manifest)
        house.runner.meter.open()
        try:
            yield
        finally:
            await house.runner.meter.close()
            await house.tails.close()
            if kit is None:
                await opened.close()

    app = Starlette(routes=[route for door in DOORS for route in _routes(door)], lifespan=life)
    guard = Guard(app.router, settings)
    app.middleware_stack = Traced(guard) if settings.traced or (kit and kit.tracer) else guard     # it answers for what goes wrong: no layers beside it
    return app


def _routes(door: str) -> list[BaseRoute]:
    if importlib.util.find_spec(f"api.http.{door}") is None:
        return []
    return importlib.import_module(f"api.http.{door}").routes
