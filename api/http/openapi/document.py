"""The REST doors as OpenAPI 3.1, from one declaration each; pages for people and GraphQL are told elsewhere."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

import orjson

from api.http.openapi.capturing import CAPTURING
from api.http.openapi.coming_in import COMING_IN
from api.http.openapi.files import FILES
from api.http.openapi.operating import OPERATING
from api.http.openapi.operation import Operation
from api.http.openapi.shapes import SCHEMAS

OPERATIONS: Sequence[Operation] = (*CAPTURING, *COMING_IN, *FILES, *OPERATING)
TAGS = {
    "capture": "What forms, pages and partners send in.", "inbound": "What other systems send in, signed.", "files": "Files in and out, by links that run out.",
    "access": "Sessions.", "mail": "What readers of mail decide.", "webhooks": "What webhooks tell.", "operation": "For whoever runs it.",
    "graphql": "Everything else: the schema has the descriptions.",
}  # fmt: skip
# For people: what these show and take may change at any time.
PAGES = (
    "/", "/static", "/sign-in", "/auth/link/{token}", "/auth/oidc/start", "/auth/oidc/callback", "/welcome/{token}", "/forgot", "/reset/{token}",
    "/confirm/{token}", "/digest/{token}", "/c/{token}", "/o/{token}", "/predictors/{id}", "/simulations/{id}", "/simulations/{id}.svg", "/examples/spa",
    "/docs", "/docs/reference/errors", "/mailbox", "/mailbox/", "/mailbox.json", "/mailbox/{id}", "/mailbox/{id}.json", "/mailbox/{id}.eml",
    "/mailbox/{id}/html",
)  # fmt: skip
SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key (lw_live_…), or the token of a session."},
    "operator": {"type": "http", "scheme": "bearer", "description": "LEADWELL_METRICS_TOKEN, which whoever runs the installation knows."},
    "session": {"type": "apiKey", "in": "cookie", "name": "__Host-leadwell",
        "description": "The cookie of a session. POST wants a listed Origin, or X-Leadwell-Csrf: 1."},
}  # fmt: skip


def document() -> dict[str, Any]:
    """The description as JSON has it."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = operation.described()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Leadwell, REST doors", "version": version("leadwell"),
            "description": "What is not GraphQL. Errors are {\"error\": {code, message, fix, …}}; X-Request-Id names a request.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": about} for name, about in TAGS.items()],
        "paths": paths,
        "components": {"schemas": SCHEMAS, "securitySchemes": SECURITY, "responses": {"Refused": _refused()}},
    }  # fmt: skip


def _refused() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Refused"}
    return {"description": "Refused; nothing has changed. `code` is for programs.", "content": {"application/json": {"schema": schema}}}


@cache
def text() -> bytes:
    """The description as it is served and committed."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2) + b"\n"
