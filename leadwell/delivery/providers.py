"""What mail providers tell as JSON, read into what came back. Shapes as their documentation gives them (October 2026). Pure."""

import email.message
import email.policy
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast

import orjson

from leadwell.base.refusals import Refusal
from leadwell.delivery.returned import STATUS, Kind, Returned, is_hard, read_message

Provider = Literal["LEADWELL", "SES", "POSTMARK", "MAILGUN", "SENDGRID"]
Body = Mapping[str, Any]
MOST = 1000
GONE = frozenset({"HardBounce", "BadEmailAddress"})
SENDGRID: Mapping[str, Kind] = {
    "bounce": "BOUNCE", "dropped": "OTHER", "deferred": "DELAY", "delivered": "DELIVERED", "open": "OPEN", "click": "CLICK", "spamreport": "COMPLAINT",
    "unsubscribe": "UNSUBSCRIBE", "group_unsubscribe": "UNSUBSCRIBE",
}  # fmt: skip
MAILGUN: Mapping[str, Kind] = {
    "complained": "COMPLAINT", "delivered": "DELIVERED", "opened": "OPEN", "clicked": "CLICK", "unsubscribed": "UNSUBSCRIBE",
}  # fmt: skip
POSTMARK: Mapping[str, Kind] = {"Bounce": "BOUNCE", "SpamComplaint": "COMPLAINT", "Open": "OPEN", "Click": "CLICK", "Delivery": "DELIVERED"}
SES: Mapping[str, Kind] = {
    "Bounce": "BOUNCE", "Complaint": "COMPLAINT", "Delivery": "DELIVERED", "Open": "OPEN", "Click": "CLICK", "DeliveryDelay": "DELAY",
}  # fmt: skip


class UnreadableEvents(Refusal):
    """What was sent cannot be read: {problem}."""

    fix = "Send what the provider of this inbox sends, as JSON in UTF-8."
    status = 400


def read_events(provider: Provider, body: Any, digest: str) -> list[Returned]:
    """Everything one delivery tells. UnreadableEvents. What is of no known shape is OTHER, so that a provider's news break nothing."""
    told = cast("list[Any]", body) if isinstance(body, list) else [body]
    if len(told) > MOST or not all(isinstance(one, dict) for one in told):
        raise UnreadableEvents(problem=f"it is no list of at most {MOST} objects")
    found = [event for i, one in enumerate(told) for event in READ[provider](cast("Body", one), f"{digest}:{i}")]
    return [event for event in found if event.external_id]


def _leadwell(body: Body, digest: str) -> list[Returned]:
    """Our own: {"events": [{"id", "kind", "references", "tag", "recipient", "status", "hard", "subject", "text", "until"}]}."""
    events = body.get("events")
    if not isinstance(events, list):
        raise UnreadableEvents(problem='there is no list "events"', fix='Send {"events": [{"id": …, "kind": "BOUNCE", "references": ["<message-id>"]}]}.')
    return [_ours(cast("Body", one)) for one in cast("list[Any]", events)[:MOST] if isinstance(one, dict)]


def _ours(one: Body) -> Returned:
    kind, references = _text(one, "kind").upper(), one.get("references")
    if kind not in KINDS or not isinstance(references, (list, type(None))) or not _text(one, "id"):
        raise UnreadableEvents(problem=f'an event has no "id", or its "kind" is not one of {", ".join(KINDS)}')
    status = _text(one, "status") or None
    return Returned(
        cast("Kind", kind), f"told:{_text(one, 'id')}"[:500], tuple(_bracketed(str(r)) for r in cast("list[Any]", references or [])[:50]), (_text(one, "tag"),),
        recipient=_text(one, "recipient") or None, subject=_text(one, "subject")[:300], text=_text(one, "text")[:10_000], status=status,
        hard=bool(one["hard"]) if "hard" in one else is_hard(status), until=_time(one.get("until")), url=_text(one, "url") or None,
        agent=_text(one, "userAgent") or None)


KINDS = ("REPLY", "AUTO_REPLY", "BOUNCE", "DELAY", "COMPLAINT", "DELIVERED", "OPEN", "CLICK", "UNSUBSCRIBE")


def _postmark(body: Body, digest: str) -> list[Returned]:
    sort = _text(body, "RecordType")
    if not sort and ("From" in body or "RawEmail" in body):
        return [_letter(body, digest)]
    kind = POSTMARK.get(sort, "UNSUBSCRIBE" if sort == "SubscriptionChange" and body.get("SuppressSending") is True else "OTHER")
    said = f"{_text(body, 'Details')} {_text(body, 'Description')}"
    id = _text(body, "ID") or f"{_text(body, 'MessageID')}:{_text(body, 'ReceivedAt') or _text(body, 'DeliveredAt') or digest}"
    return [Returned(
        kind, f"postmark:{sort}:{id}"[:500], (), (_text(_inner(body, "Metadata"), "leadwell"),),
        recipient=_text(body, "Email") or _text(body, "Recipient") or None,
        subject=_text(body, "Subject")[:300], status=_status(said), reply=said.strip()[:500] or None, hard=kind == "BOUNCE" and _text(body, "Type") in GONE,
        at=_time(body.get("BouncedAt") or body.get("ReceivedAt") or body.get("DeliveredAt")), url=_text(body, "OriginalLink") or None,
        agent=_text(body, "UserAgent") or None)]


def _letter(body: Body, digest: str) -> Returned:
    """A message that came in at the provider: raw where it is told so, else its headers and text put together again."""
    if _text(body, "RawEmail"):
        return read_message(_text(body, "RawEmail").encode("utf-8", "surrogateescape"), digest)
    message = email.message.EmailMessage(policy=email.policy.default)
    pairs = [(_text(header, "Name"), _text(header, "Value")) for header in _all(body, "Headers")]
    for name, value in (("From", _text(body, "From")), ("To", _text(body, "To")), ("Subject", _text(body, "Subject")), *pairs):
        if name and name not in message and "content" not in name.lower() and name.isascii():
            message[name] = " ".join(value.split())
    message.set_content(_text(body, "TextBody") or _text(body, "StrippedTextReply"))
    return read_message(message.as_bytes(), digest)


def _mailgun(body: Body, digest: str) -> list[Returned]:
    data = _inner(body, "event-data")
    sort, answer = _text(data, "event"), _inner(data, "delivery-status")
    if sort == "failed":
        kind: Kind = "BOUNCE" if _text(data, "severity") == "permanent" else "DELAY"
    else:
        kind = MAILGUN.get(sort, "OTHER")
    said = f"{_text(answer, 'enhanced-code')} {_text(answer, 'message')} {_text(answer, 'description')}"
    status, id = _status(said), _text(_inner(_inner(data, "message"), "headers"), "message-id")
    return [Returned(
        kind, f"mailgun:{_text(data, 'id') or digest}"[:500], (_bracketed(id),) if id else (), (_text(_inner(data, "user-variables"), "leadwell"),),
        recipient=_text(data, "recipient") or None, status=status, reply=said.strip()[:500] or None,
        hard=kind == "BOUNCE" and (is_hard(status) or _text(answer, "code") == "605"), at=_time(data.get("timestamp")), url=_text(data, "url") or None,
        agent=_text(_inner(data, "client-info"), "user-agent") or None)]


def _sendgrid(body: Body, digest: str) -> list[Returned]:
    sort = _text(body, "event")
    kind, said = SENDGRID.get(sort, "OTHER"), _text(body, "reason") or _text(body, "response")
    status, id = _text(body, "status") or _status(said), _text(body, "smtp-id")
    blocked = _text(body, "type") == "blocked"
    agent = "bot" if body.get("sg_machine_open") is True else _text(body, "useragent") or None
    return [Returned(
        kind, f"sendgrid:{_text(body, 'sg_event_id') or digest}"[:500], (_bracketed(id),) if id else (), (_text(body, "leadwell"),),
        recipient=_text(body, "email") or None, status=status or None, reply=said[:500] or None, hard=kind == "BOUNCE" and not blocked and is_hard(status),
        at=_time(body.get("timestamp")), url=_text(body, "url") or None, agent=agent)]


def _ses(body: Body, digest: str) -> list[Returned]:
    if _text(body, "Type") == "SubscriptionConfirmation":
        return [Returned("OTHER", f"sns:{_text(body, 'MessageId')}"[:500], subject="SNS asks to confirm the subscription",
                         text=f"Open this address to confirm it: {_text(body, 'SubscribeURL')}"[:2000])]  # fmt: skip
    if _text(body, "Type") == "UnsubscribeConfirmation":
        return [Returned("OTHER", f"sns:{_text(body, 'MessageId')}"[:500], subject="SNS ended the subscription", text=_text(body, "Message")[:2000])]
    told = _loaded(_text(body, "Message")) if "Message" in body else body
    sort = _text(told, "notificationType") or _text(told, "eventType")
    kind, mail, about = SES.get(sort, "OTHER"), _inner(told, "mail"), _inner(told, f"{sort[:1].lower()}{sort[1:]}")
    headers = {_text(header, "name").lower(): _text(header, "value") for header in _all(mail, "headers")}
    ids = [one for one in (headers.get("message-id"), _text(_inner(mail, "commonHeaders"), "messageId")) if one]
    one = _first(about, "bouncedRecipients", "complainedRecipients", "delayedRecipients")
    said = _text(one, "diagnosticCode")
    status = _status(f"{_text(one, 'status')} {said}")
    hard = kind == "BOUNCE" and _text(about, "bounceType") == "Permanent" and (is_hard(status) or _text(about, "bounceSubType") == "NoEmail")
    return [Returned(
        kind, f"ses:{sort}:{_text(about, 'feedbackId') or _text(body, 'MessageId') or digest}"[:500], tuple(map(_bracketed, ids)),
        (headers.get("x-leadwell-send", ""),), recipient=_text(one, "emailAddress") or None, status=status, reply=said[:500] or None, hard=hard,
        at=_time(about.get("timestamp") or mail.get("timestamp")), url=_text(about, "link") or None, agent=_text(about, "userAgent") or None)]


READ: Mapping[str, Callable[[Body, str], list[Returned]]] = {
    "LEADWELL": _leadwell, "POSTMARK": _postmark, "MAILGUN": _mailgun, "SENDGRID": _sendgrid, "SES": _ses,
}


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    return str(value).replace("\0", "") if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _inner(body: Body, name: str) -> Body:
    value = body.get(name)
    return cast("Body", value) if isinstance(value, dict) else {}


def _all(body: Body, name: str) -> list[Body]:
    value = body.get(name)
    return [cast("Body", one) for one in cast("list[Any]", value) if isinstance(one, dict)] if isinstance(value, list) else []


def _first(body: Body, *names: str) -> Body:
    nothing: Body = {}
    return next((one for name in names for one in _all(body, name)), nothing)


def _loaded(text: str) -> Body:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise UnreadableEvents(problem="the message inside is no JSON") from None
    return cast("Body", found) if isinstance(found, dict) else {}


def _bracketed(id: str) -> str:
    return f"<{id.strip().strip('<>')}>"[:1000]


def _status(text: str) -> str | None:
    found = STATUS.search(text)
    return found[0] if found else None


def _time(value: Any) -> datetime | None:
    try:
        if isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, UTC)
        told = datetime.fromisoformat(str(value)) if value else None
    except (ValueError, OverflowError, OSError):
        return None
    return told.replace(tzinfo=UTC) if told and told.tzinfo is None else told
