"""Endpoints: where to, of what, made with whose rights, signed with which secret."""

import base64
import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from leadwell import events
from leadwell.access.sees import Sees
from leadwell.base import secrets
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Revision, locked, revise
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, Everything, Noun, check
from leadwell.events.kinds import KINDS
from leadwell.webhooks.documents import Document, checked
from leadwell.webhooks.refusals import BadWebhookUrl, MixedEventKinds, NoEventKinds, UnknownEventKind, WebhookUrlOpen
from leadwell.webhooks.waking import wake

PURPOSE = "webhook-secret"
SAMPLE = "webhookEndpoint.triggered"   # an event that stands for one that did not happen
# What waits is made again with the rights of the new author; in attempts under way nothing changes.
FRESH = (
    "UPDATE webhook_deliveries SET body = NULL WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'PENDING' AND body IS NOT NULL"
    " AND made_for IS DISTINCT FROM $3")
OVERLAP = timedelta(hours=24)
MOST_KINDS = 200


def matches(kinds: Sequence[str], kind: str) -> bool:
    """"lead.converted" by name, by noun ("lead.*") or by "*"."""
    return "*" in kinds or kind in kinds or kind.split(".", 1)[0] + ".*" in kinds


def noun_of(kinds: Sequence[str]) -> Noun | None:
    """The noun that all of the kinds are of; None when there are several, or it is no noun of lists."""
    names = {kind.split(".", 1)[0] for kind in kinds}
    return CATALOG.singulars.get(names.pop()) if len(names) == 1 else None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A new endpoint; `secret` is shown this once."""

    id: UUID
    secret: str


async def create(
    tx: Tx, *, name: str, url: str, event_kinds: Sequence[str], filter: Mapping[str, Any] | None = None, document: Document | None = None,
    viewer: Sees | None = None, production: bool = False,
) -> Endpoint:
    """An endpoint that gets events from now on, as far as who makes it may see them; in production only over TLS. Without kinds those of the document's
    noun. BadWebhookUrl, WebhookUrlOpen, NoEventKinds, UnknownEventKind, MixedEventKinds, and what its author may not filter by or read."""
    kinds = list(event_kinds) or ([f"{CATALOG[document.reading.noun].singular}.*"] if document else [])
    _sound_url(url, production)
    await _sound(tx, kinds, filter, document, viewer)
    id, now, secret = uuid7(), await tx.now(), _secret()
    key_id, sealed = secrets.encrypt(PURPOSE, secret.encode())
    await tx.execute(
        "INSERT INTO webhook_endpoints (workspace_id, id, name, url, event_kinds, filter, document, reading, credential, secret_ciphertext, secret_key_id,"
        " created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
        tx.workspace, id, name, url, kinds, filter, document and document.text, document and document.reading.as_json(), tx.actor.credential, sealed, key_id,
        now)
    await events.note(tx, "webhookEndpoint.created", "WebhookEndpoint", id, version=1, data={"url": url, "event_kinds": kinds})
    return Endpoint(id, secret)


async def update(
    tx: Tx, id: UUID, changes: Mapping[str, Any], expected_version: int | None = None, *, viewer: Sees | None = None, production: bool = False,
) -> Revision:
    """Changes what is given of `name`, `url`, `event_kinds`, `filter`, `document` (a Document) and `is_paused`. What is sent is read with
    the rights of whoever said last where to, of what and how. A paused endpoint's events wait. StaleVersion, NotFound and what `create` refuses."""
    row = await locked(tx, "webhook endpoint", "webhook_endpoints", id, expected_version)
    values = {name: changes[name] for name in ("url", "filter") if name in changes}
    if "name" in changes:
        values["name"] = clean(changes["name"], limit=200) or row["name"]
    if "event_kinds" in changes:
        values["event_kinds"] = list(changes["event_kinds"])
    if "url" in changes:
        _sound_url(changes["url"], production)
    if {"url", "event_kinds", "filter", "document"} & changes.keys():   # whoever says where or what answers for it with their own rights
        document: Document | None = changes["document"] if "document" in changes else Document.of(row)
        after = {**row, **values}
        await _sound(tx, after["event_kinds"], after["filter"], document, viewer)
        values |= {"document": document and document.text, "reading": document and document.reading.as_json(), "credential": tx.actor.credential}
        await tx.execute(FRESH, tx.workspace, id, tx.actor.credential)
    if "is_paused" in changes and row["state"] != "DISABLED":
        values["state"] = "PAUSED" if changes["is_paused"] else "ENABLED"
    return await _revised(tx, row, values)


async def archive(tx: Tx, id: UUID, expected_version: int | None = None) -> Revision:
    """Puts an endpoint away: nothing more is sent to it, and what waits is not either."""
    row = await locked(tx, "webhook endpoint", "webhook_endpoints", id, expected_version)
    if row["archived_at"]:
        return Revision({}, row["version"])
    await tx.execute(
        "UPDATE webhook_deliveries SET state = 'FAILED', error = 'The endpoint was archived.' WHERE workspace_id = $1 AND endpoint_id = $2"
        " AND state = 'PENDING'", tx.workspace, id)
    return await _revised(tx, row, {"archived_at": await tx.now()})


async def rotate_secret(tx: Tx, id: UUID, keep: timedelta = OVERLAP) -> Endpoint:
    """A new secret from now on; the one before signs beside it for as long as `keep`, so that receivers change over without a gap."""
    row = await locked(tx, "webhook endpoint", "webhook_endpoints", id)
    secret = _secret()
    key_id, sealed = secrets.encrypt(PURPOSE, secret.encode())
    old = (row["secret_ciphertext"], row["secret_key_id"], await tx.now() + keep) if keep else (None, None, None)
    await _revised(tx, row, {
        "secret_ciphertext": sealed, "secret_key_id": key_id, "old_secret_ciphertext": old[0], "old_secret_key_id": old[1], "old_secret_until": old[2]})
    return Endpoint(id, secret)


async def shape(tx: Tx, id: UUID) -> Any:
    """What an endpoint is told: `event_kinds`, `filter`, `document` and its `reading`. NotFound."""
    sql = "SELECT e.event_kinds, e.filter, e.document, e.reading FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.id = $2"
    row = await tx.row(sql, tx.workspace, id)
    if row is None:
        raise NotFound(noun="webhook endpoint", field="endpoint")
    return row


async def shaped(tx: Tx, document: Document, viewer: Sees) -> Mapping[str, Any]:
    """The same of an endpoint that the viewer could make with a document. What `create` refuses a document for."""
    await checked(tx, document.reading, viewer)
    kinds = [f"{CATALOG[document.reading.noun].singular}.*"]
    return {"event_kinds": kinds, "filter": None, "document": document.text, "reading": document.reading.as_json()}


async def disable(tx: Tx, id: UUID, reason: str) -> bool:
    """One transition, so one notice however many deliveries fail at once; False when it was disabled already. What waits goes on waiting."""
    changed = await tx.execute(
        "UPDATE webhook_endpoints SET state = 'DISABLED', disabled_reason = $3, version = version + 1, updated_at = $4 "
        "WHERE workspace_id = $1 AND id = $2 AND state <> 'DISABLED'",
        tx.workspace, id, reason[:1000], await tx.now())
    if changed:
        await events.note(tx, "webhookEndpoint.disabled", "WebhookEndpoint", id, data={"reason": reason[:1000]})
    elif not await tx.value("SELECT 1 FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.id = $2", tx.workspace, id):
        raise NotFound(noun="webhook endpoint")
    return bool(changed)


async def enable(tx: Tx, id: UUID) -> None:
    """Sends again from now on, and what waited: by when it was disabled, deliveries had not been given up."""
    row = await locked(tx, "webhook endpoint", "webhook_endpoints", id)
    healthy = {"state": "ENABLED", "disabled_reason": None, "failing_since": None, "failures": 0, "resting_until": None}
    await _revised(tx, row, healthy)


async def _revised(tx: Tx, row: Mapping[str, Any], values: Mapping[str, Any]) -> Revision:
    revision = await revise(tx, "webhook endpoint", "webhook_endpoints", row, values)
    await events.revised(tx, "webhookEndpoint.updated", "WebhookEndpoint", row["id"], revision, {"reading"})
    if revision.changes:
        await wake(tx, [row["id"]])
    return revision


def _sound_url(url: str, production: bool) -> None:
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("https", "http") and parts.hostname and not parts.username and not parts.fragment and (parts.port is None or parts.port > 0)
    except ValueError:
        raise BadWebhookUrl(field="url", url=url[:200]) from None
    if not fine:
        raise BadWebhookUrl(field="url", url=url[:200])
    if production and parts.scheme != "https":
        raise WebhookUrlOpen(field="url", url=url[:200])


async def _sound(tx: Tx, kinds: Sequence[str], filter: Any, document: Document | None, viewer: Sees | None) -> None:
    if not kinds:
        raise NoEventKinds(field="eventKinds")
    bad = next((kind for i, kind in enumerate(kinds) if i >= MOST_KINDS or not any(matches([kind], known) for known in KINDS)), None)
    if bad is not None:
        near = difflib.get_close_matches(bad, KINDS, 1)
        raise UnknownEventKind(field="eventKinds", kind=bad[:100], fix=f"Did you mean {near[0]}?" if near else None)
    if filter is None and document is None:
        return
    noun = noun_of(kinds)
    if noun is None or (document and document.reading.noun != noun.name):
        raise MixedEventKinds(field="eventKinds", kinds=", ".join(kinds[:10]))
    who = viewer or Everything(tx.workspace)
    if filter is not None:
        await check(tx, noun, filter, who)
    if document:
        await checked(tx, document.reading, who)


def _secret() -> str:
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()
