"""What other systems send into a feed: verified on its raw bytes, kept raw, read by the feed's mapping, and taken once each."""

import hashlib
from collections.abc import Mapping
from typing import Any, cast

import orjson

from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database, Tx
from leadwell.capture import ads, attachments, mails, notices, pointers
from leadwell.capture.feeds import VENDORS, Feed
from leadwell.capture.fields import FIELDS
from leadwell.capture.intake import MOST, TooManySubmissions, submit
from leadwell.capture.own_values import PREFIX
from leadwell.capture.reading import text
from leadwell.capture.signatures import event_id, verify
from leadwell.capture.submissions import TOUCH, Defaults, Outcome, Submission
from leadwell.delivery import record_inbound
from leadwell.files import Store

RAW, FEED, NOTICE = "_sent", "_feed", "_notice"   # beside the fields: what was sent, which feed took it, and the vendor's id of what it announces
MAIL = ("message/rfc822", "text/plain", "application/octet-stream")


class UnreadableBody(Refusal):
    """What was sent cannot be read: {problem}."""

    fix = "Send JSON in UTF-8."
    status = 400


async def take(
    db: Database, actor: Actor, feed: Feed, headers: Mapping[str, str], raw: bytes, *, now: float, store: Store | None = None,
) -> list[Outcome]:
    """What became of everybody in what was sent. BadSignature, UnreadableBody, UnreadableMail, TooManySubmissions; then nothing is kept."""
    verify(feed, headers, raw, now)
    if feed.kind == "EMAIL":
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        mail = mails.read_raw(raw) if media in MAIL else mails.read_told(_object(_json(raw)))
        return [await take_mail(db, actor, feed, mail, hashlib.sha256(raw).hexdigest(), store)]
    given = submissions(feed, _json(raw), event_id(feed, headers, raw))
    outcomes = await submit(db, actor, given)
    if feed.token and any(NOTICE in one.fields for one in given):
        await db.run(actor, lambda tx: notices.plan(tx, [one.submission_id for one in outcomes if one.submission_id]), replayable=True)
    return outcomes


async def take_mail(db: Database, actor: Actor, feed: Feed, mail: mails.MailIn, digest: str, store: Store | None = None) -> Outcome:
    """An answer to one of our mails goes to its person's history; what a program wrote is parked; anything else is a submission, with what hangs on it
    where there is a file store."""
    once = mail.message_id or digest

    async def answered(tx: Tx) -> bool:
        sent = await record_inbound(tx, "REPLY", mail.references, external_id=once, subject=mail.subject, body=mail.text) if mail.references else None
        return sent is not None

    if not mail.automatic and mail.references and await db.run(actor, answered, replayable=True):
        return Outcome("ACTIVITY", reason="It answers a mail of ours.")
    fields = {"email": mail.sender, "name": mail.name or "", "need": mail.text, "createdAt": mail.at or ""}
    kept = {RAW: {"subject": mail.subject, "to": list(mail.recipients)}, FEED: str(feed.id)}
    submission = Submission(
        "EMAIL", {**{name: value for name, value in fields.items() if value}, **kept}, feed.intent,
        defaults=_defaults(feed, mail.subject or feed.name), dedupe_key=f"feed:{feed.id}:{hashlib.sha256(once.encode()).hexdigest()}",
        park=mail.automatic)  # fmt: skip
    (outcome,) = await submit(db, actor, [submission])
    if store and mail.attachments:
        await attachments.keep(db, actor, store, outcome, mail.attachments)
    return outcome


def submissions(feed: Feed, body: Any, event: str | None = None) -> list[Submission]:
    """Everybody in a body, by the feed's mapping. `event` names the delivery where a person in it has no id of their own. TooManySubmissions. Pure."""
    people = _of_vendor(feed, body) if feed.kind in VENDORS else _mapped(feed, body)
    if len(people) > MOST:
        raise TooManySubmissions(count=len(people), most=MOST)
    return [_submission(feed, one, f"{event}:{i}" if event else None) for i, one in enumerate(people)]


def _of_vendor(feed: Feed, body: Any) -> list[ads.Sent]:
    return ads.read(feed, body)


def _mapped(feed: Feed, body: Any) -> list[ads.Sent]:
    found = pointers.at(body, feed.items) if feed.items else body
    people = cast("list[Any]", found) if isinstance(found, list) else [found]
    return [_person(feed, one) for one in people]


def _person(feed: Feed, one: Any) -> ads.Sent:
    id = pointers.at(one, feed.external_id) if feed.external_id else None
    named = [(name, value) for name, places in feed.mapping.items() if (value := _first(one, places))]
    return ads.Sent(text(id)[:200] or None, [(name, value) for name, value in named if name in FIELDS or name.startswith(PREFIX)], None,
                    {name: value[:2000] for name, value in named if name in TOUCH}, raw=one)  # fmt: skip


def _first(body: Any, places: str | list[str]) -> str:
    return next((value for place in ([places] if isinstance(places, str) else places) if (value := text(pointers.at(body, place)).strip())), "")[:10_000]


def _submission(feed: Feed, sent: ads.Sent, event: str | None) -> Submission:
    """What was sent is kept beside what the mapping made of it, so that a better mapping can read it again."""
    fields = ads.fields_of(feed, sent.answers) if feed.kind in VENDORS else dict(sent.answers)
    once = f"{'notice:' if sent.notice else ''}{sent.id}" if sent.id else event
    if sent.at:
        fields.setdefault("createdAt", sent.at)
    kept = {RAW: sent.raw, FEED: str(feed.id)} | ({NOTICE: sent.fetch} if sent.fetch else {})
    return Submission(
        "WEBHOOK", {**fields, **kept}, feed.intent, {name: value for name, value in sent.touch.items() if value}, (), _defaults(feed, feed.name),
        dedupe_key=f"feed:{feed.id}:{hashlib.sha256(once.encode()).hexdigest()}" if once else None, park=sent.park)


def _defaults(feed: Feed, subject: str) -> Defaults:
    source = None if feed.source_id else feed.name
    return Defaults(source, feed.source_id, feed.campaign_id, feed.owner_id, None, feed.country, subject=subject[:300])


def _json(raw: bytes) -> Any:
    if b"\\u0000" in raw or b"\0" in raw:
        raise UnreadableBody(problem="it holds NUL characters")
    try:
        return orjson.loads(raw)
    except (orjson.JSONDecodeError, RecursionError):
        raise UnreadableBody(problem="it is no JSON in UTF-8, or nested too deeply") from None


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise UnreadableBody(problem="it is no JSON object")
    return cast("dict[str, Any]", body)
