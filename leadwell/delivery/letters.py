"""A send with everything its mail is made of, and the mail made of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.base.workspace import WorkspaceSettings
from leadwell.delivery import dkim, tags, tracking
from leadwell.delivery.links import Unsubscribe, visitor_token
from leadwell.delivery.message import Envelope, message
from leadwell.delivery.plan import unseal
from leadwell.delivery.rendering import Mail
from leadwell.delivery.states import HOUSE
from leadwell.templates import Words, clean_html, facts, words

Letter = asyncpg.Record
_RE = re.compile(r"^\s*re:\s*", re.IGNORECASE)
PAGE = '<!doctype html><html{}><head><meta charset="utf-8"></head><body>{}</body></html>'


async def letters(tx: Tx, ids: Sequence[UUID]) -> list[Letter | None]:
    """The letters in the order of the ids; None for one that is not there."""
    found = {r["id"]: r for r in await tx.fetch(load(__name__, "letters"), tx.workspace, list(ids))}
    return [found.get(id) for id in ids]


def compose(letter: Mapping[str, Any], workspace: UUID, public_url: str, at: Any) -> Mail:
    """The mail of a letter, signed where its sender has a key; CannotRender says why it cannot be made."""
    url, said = unsubscribe_url(letter, workspace, public_url), own_words(letter)
    if letter["mail_class"] in HOUSE:
        final = said or Words("", "", "")
        url, mail = final.parts.get("unsubscribe_url"), Mail(final.subject, clean_html(final.html), final.text or "", b"")
    else:
        mail = _written(letter, said, workspace, public_url, url)
    if letter["answers"] and (letter["template_id"] is not None or not mail.subject):
        mail = replace(mail, subject=f"Re: {_RE.sub('', letter['answered_subject'] or mail.subject)}")
    envelope = _envelope(letter, workspace, at, url)
    content = message(envelope, mail.subject, mail.text, PAGE.format(_spoken(said), mail.html))
    if letter["dkim_ciphertext"]:
        content = dkim.sign(content, dkim.Signer(letter["dkim_domain"], letter["dkim_selector"], letter["dkim_key_id"], letter["dkim_ciphertext"]))
    return replace(mail, content=content)


def unsubscribe_url(letter: Mapping[str, Any], workspace: UUID, public_url: str) -> str | None:
    """None for what nobody can unsubscribe from: mail of the house."""
    if letter["mail_class"] in HOUSE or letter["topic_id"] is None:
        return None
    return f"{public_url}/u/{Unsubscribe(workspace, letter['address_hash'], letter['topic_id'], letter['id']).token()}"


def return_path(letter: Mapping[str, Any], workspace: UUID) -> str:
    """Where a bounce goes: tagged, where the sender has an address for bounces, so that it tells by itself whose it is."""
    bounces = letter["bounce_address"]
    return tags.tagged(bounces, tags.tag(workspace, letter["id"])) if bounces else letter["sender_address"]


def own_words(letter: Mapping[str, Any]) -> Words | None:
    """What a mail without template says; of the house it is final: nothing in it is filled in or tracked. Its `parts` may name "locale", "direction" and
    "unsubscribe_url"."""
    return unseal(letter["words_key_id"], letter["words_ciphertext"]) if letter["words_ciphertext"] else None


def _spoken(said: Words | None) -> str:
    parts: Mapping[str, Any] = said.parts if said else {}
    return f' lang="{escape(parts["locale"])}" dir="{escape(parts["direction"])}"' if "locale" in parts else ""


def _written(letter: Mapping[str, Any], own: Words | None, workspace: UUID, public_url: str, url: str | None) -> Mail:
    """A template or somebody's own words, filled in for the reader."""
    told = facts(letter)
    told["person"]["visitor"] = visitor_token(workspace, letter["person_id"])
    subject, html, text = words(own or Words(letter["subject"], letter["html"], letter["text"], letter["parts"] or {}), told | {"unsubscribe_url": url or ""})
    setting = WorkspaceSettings.of(letter["settings"])
    mark = partial(tracking.Mark, workspace, letter["id"])
    if not letter["untracked"] and letter["channel"] != "WEBHOOK":
        html = tracking.tracked(html, public_url, mark, clicks=setting.track_clicks, opens=setting.track_opens, spared=url or "")
    return Mail(subject, html, text, b"")


def _envelope(letter: Mapping[str, Any], workspace: UUID, at: Any, url: str | None) -> Envelope:
    tag = tags.tag(workspace, letter["id"])
    more = [(tags.HEADER, tag), *_for_provider(letter["provider"], tag)]
    if letter["mail_class"] in HOUSE:
        more.append(("Auto-Submitted", "auto-generated"))
    reply_to = tags.tagged(letter["reply_to"], tag) if letter["reply_to"] and letter["tags_replies"] else letter["reply_to"]
    return Envelope(
        letter["sender_name"], letter["sender_address"], letter["person_name"], letter["address"], letter["message_id"], at, reply_to,
        None if letter["topic_kind"] == "SERVICE" else url, letter["answers"], tuple(more))


def _for_provider(provider: str | None, tag: str) -> list[tuple[str, str]]:
    """What has a provider say the tag again in its events; some of them give a mail another Message-ID."""
    if provider == "POSTMARK":
        return [("X-PM-Metadata-leadwell", tag), ("X-PM-KeepID", "true")]
    if provider == "SENDGRID":
        return [("X-SMTPAPI", orjson.dumps({"unique_args": {"leadwell": tag}}).decode())]
    return [("X-Mailgun-Variables", orjson.dumps({"leadwell": tag}).decode())] if provider == "MAILGUN" else []
