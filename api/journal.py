"""The line that a request leaves in the log: who asked what, how it went and how long it took; never what was said."""

import logging
from typing import Any

from starlette.types import Scope

from leadwell.base.settings import Settings

log = logging.getLogger("leadwell.requests")
LEVELS = {"all": 0, "failed": 400, "none": 1_000}


def least(settings: Settings) -> int:
    """The lowest status that gets a line."""
    return LEVELS[settings.told_requests]


def tell(scope: Scope, door: str, status: int, seconds: float) -> None:
    """One line at INFO. `door` is the pattern of a route, because addresses carry tokens."""
    if log.isEnabledFor(logging.INFO):
        log.info("request", extra={"facts": facts(scope, door, status, seconds)})


def facts(scope: Scope, door: str, status: int, seconds: float) -> dict[str, Any]:
    """What is known of a request when it has ended. `credential` is an id, as in the audit."""
    state = scope.get("state", {})
    found: dict[str, Any] = {
        "requestId": state.get("request_id"), "door": door, "method": scope.get("method", "WEBSOCKET"), "status": status, "ms": round(seconds * 1000, 2)}
    if viewer := state.get("viewer"):
        found |= {"workspace": str(viewer.workspace), "credential": viewer.credential}
    return {**found, **operation(state)}


def operation(state: dict[str, Any]) -> dict[str, Any]:
    """Of GraphQL: the name that the document gives its operation, what it is, how it was read and what it may cost."""
    asked, context = state.get("asked"), state.get("context")
    if asked is None or context is None:
        return {}
    name, way = asked.found.document.operation(asked.request.operation).name, context.way
    return {
        **({"operation": name.value} if name else {}), "kind": asked.kind.value, "cost": asked.charge.figures.cost, **({"way": way} if way else {})}
