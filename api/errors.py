"""Errors as the outside sees them: expected refusals in full, everything else masked behind a request id."""

import importlib
import logging
import pkgutil
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import strawberry
from asyncpg.exceptions import QueryCanceledError
from graphql import GraphQLError
from strawberry.scalars import JSON

import leadwell
from leadwell.base.pool import LOST
from leadwell.base.refusals import Refusal, Unavailable

log = logging.getLogger(__name__)
UNREAD = "leadwell.templates.sandbox"   # which refuses nothing, and whose library takes 3 MB until a template is filled in
# These refuse an operator, or become words of a record.
ELSEWHERE = ("leadwell.cli", "leadwell.embedded", "leadwell.outside", "leadwell.base.setting", "leadwell.__main__")
SUGGESTION = re.compile(r" Did you mean .*\?$", re.DOTALL)


class BadRequest(Refusal):
    """The request cannot be read: {problem}."""

    status = 400


class BodyTooLarge(Refusal):
    """The request is larger than {limit} bytes."""

    fix = "Send less at once, or use an import for many records."
    status = 413


class UnsupportedMedia(Refusal):
    """This address takes {wanted}."""

    fix = "Set the header Content-Type accordingly."
    status = 415


class MethodNotAllowed(Refusal):
    """This address does not answer {method} requests."""

    status = 405


class ForeignOrigin(Refusal):
    """A page of {origin} may not act with this session."""

    fix = "List the origin in LEADWELL_ORIGINS, or send an API key instead of a cookie."
    status = 403


class MetricsClosed(Refusal):
    """Nobody may read the metrics of this installation yet: it has no token for them."""

    fix = "Whoever runs it sets LEADWELL_METRICS_TOKEN (`openssl rand -hex 32` makes one) and lets Prometheus send that as bearer token."
    status = 403


class MetricsTokenWrong(Refusal):
    """Metrics are for whoever runs this installation, not for keys or sessions of a workspace."""

    fix = "Send Authorization: Bearer with the value of LEADWELL_METRICS_TOKEN."
    status = 401


class QueryTooComplex(Refusal):
    """The query is too complex: {problem}."""

    fix = "Ask for less at once: fewer fields, smaller pages, or several requests."
    status = 400


class RateLimited(Refusal):
    """The request costs {cost} points, and {available} are left."""

    fix = "Wait as long as Retry-After says, or ask for less; extensions.cost tells what a request costs and what is left."
    retryable = True
    status = 429
    shown: Mapping[str, Any] | None = None  # extensions.cost


class IntrospectionOff(Refusal):
    """Introspection needs a signed-in user or an API key here."""

    fix = "Send a credential, or read schema.graphql."
    status = 400


class TimedOut(Refusal):
    """The request took longer than it may."""

    fix = "Ask for less at once."
    retryable = True
    status = 503


def _subclasses(of: type[Refusal]) -> Iterator[type[Refusal]]:
    for cls in of.__subclasses__():
        yield cls
        yield from _subclasses(cls)


def refusals(*packages: str) -> list[type[Refusal]]:
    """Every refusal of the named packages that a caller can meet, by code."""
    found = {c.code: c for c in _subclasses(Refusal) if c.__module__.startswith(packages) and not c.__module__.startswith(ELSEWHERE)}
    return [found[code] for code in sorted(found)]


def import_rooms(package: Any = leadwell) -> None:
    """Imports every room of rules, so that the list of codes does not depend on who imported what before."""
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if not module.name.startswith((*ELSEWHERE, UNREAD)):
            found = importlib.import_module(module.name)
            if module.ispkg:
                import_rooms(found)


def _codes() -> type[Enum]:
    import_rooms()
    members = {c.code: strawberry.enum_value(c.code, description=sentence(c)) for c in refusals("leadwell.")}
    return strawberry.enum(Enum("ErrorCode", members), description="Why a mutation was refused.")


def sentence(refusal: type[Refusal]) -> str:
    return " ".join((refusal.__doc__ or "").split("\n\n")[0].split())


ErrorCode: Any = _codes()


@strawberry.type(description="An expected refusal: what is wrong, where, and what to do.")
class UserError:
    code: Any = strawberry.field(graphql_type=ErrorCode, description="Closed list; programs decide by it.")
    message: str = strawberry.field(description="The sentence to show.")
    field: list[str] | None = strawberry.field(description="Path into the input, list positions included.")
    fix: str | None = strawberry.field(description="What to do about it.")
    retryable: bool = strawberry.field(description="Whether the same request may succeed later.")
    docs_url: str = strawberry.field(description="Where it is explained.")
    params: Any = strawberry.field(graphql_type=JSON, description="Values the message was made with.")


def user_error(refusal: Refusal) -> UserError:
    """A refusal inside a payload."""
    return UserError(
        code=ErrorCode(refusal.code), message=refusal.message, field=path(refusal.field), fix=refusal.fix,
        retryable=refusal.retryable, docs_url=refusal.docs_path, params=_plain(refusal.params))


def path(field: str | None) -> list[str] | None:
    """"inputs.3.first_name" as the caller wrote it: ["inputs", "3", "firstName"]."""
    return [re.sub(r"_(\w)", lambda m: m[1].upper(), part) for part in field.split(".")] if field else None


def refused(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """A refusal as a request error: the same words wherever it is met."""
    shown = refusal.as_dict() | {"requestId": request_id, "field": path(refusal.field), "params": _plain(refusal.params)}
    message = shown.pop("message")
    return {"message": message, "extensions": {name: value for name, value in shown.items() if value not in (None, {})}}


def formatted(error: GraphQLError, request_id: str, *, code: str = "BAD_USER_INPUT", suggest: bool = True) -> dict[str, Any]:
    """One entry of `errors`. What the caller did wrong is said; our own faults are logged and masked."""
    original = cause(error)
    if isinstance(original, Refusal):
        if isinstance(original.__cause__, LOST):
            log.warning("request %s was refused at %s: %r", request_id, error.path, original.__cause__)
        return {**error.formatted, **refused(original, request_id)}
    if original is not None:
        log.error("request %s failed at %s", request_id, error.path, exc_info=original)
        masked = {"code": "INTERNAL", "requestId": request_id, "retryable": False}
        return {**error.formatted, "message": "Something went wrong on our side.", "extensions": masked}
    message = error.message if suggest else SUGGESTION.sub("", error.message)
    return {**error.formatted, "message": message, "extensions": {"code": code, **(error.extensions or {}), "requestId": request_id}}


def cause(error: GraphQLError) -> BaseException | None:
    """What was raised beneath graphql-core's wrapping, a lost database as the refusal it is; None when the document or variables are at fault."""
    found: BaseException | None = error
    while isinstance(found, GraphQLError):
        found = found.original_error
    if isinstance(found, (*LOST, QueryCanceledError)):
        gone, found = found, TimedOut() if isinstance(found, QueryCanceledError) else Unavailable()
        found.__cause__ = gone
    return found


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters as JSON has them."""
    return {name: value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value) for name, value in params.items()}
