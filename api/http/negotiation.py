"""Which media type a caller of /graphql gets."""

from functools import lru_cache

from leadwell.base.refusals import Refusal

JSON, RESPONSE, EVENTS = "application/json", "application/graphql-response+json", "text/event-stream"
PARTS = "multipart/mixed"


class NotAcceptable(Refusal):
    """None of the media types asked for can be given."""

    fix = "Accept application/graphql-response+json, application/json or text/event-stream."
    status = 406


@lru_cache(512)
def accepted(header: str | None, *, subscription: bool = False) -> str:
    """The best type for an Accept header. Events only for a subscription, or where nothing else is accepted: clients such as
    urql list text/event-stream with every request. Without a wish it is plain JSON."""
    wishes = _wishes(header or "*/*")
    plain = [kind for kind in wishes if kind != EVENTS]
    if EVENTS in wishes and (subscription or not plain):
        return EVENTS
    for kind in plain:
        if kind in (RESPONSE, JSON):
            return kind
        if kind in ("*/*", "application/*"):
            return JSON
    if EVENTS in wishes:
        return EVENTS
    if PARTS in wishes:
        return JSON
    raise NotAcceptable()


def in_parts(header: str | None) -> bool:
    """Whether a caller takes an answer in parts, which only a document with `@defer` has."""
    return PARTS in _wishes(header or "")


def _wishes(header: str) -> list[str]:
    """Types in order of their q, then of their place; q=0 is a refusal."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")):
        kind, *params = (p.strip().lower() for p in part.split(";"))
        q = next((p[2:] for p in params if p.startswith("q=")), "1")
        try:
            weight = float(q)
        except ValueError:
            weight = 0.0
        if kind and weight > 0:
            found.append((-weight, place, kind))
    return [kind for _, _, kind in sorted(found)]
