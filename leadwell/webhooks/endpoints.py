"""Endpoints: where to, of what, signed with which secret."""

import base64
import difflib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from leadwell import events
from leadwell.base import secrets
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Tx
from leadwell.events.kinds import KINDS

PURPOSE = "webhook-secret"


def matches(kinds: Sequence[str], kind: str) -> bool:
    """"lead.converted" by name, by noun ("lead.*") or by "*"."""
    return "*" in kinds or kind in kinds or kind.split(".", 1)[0] + ".*" in kinds


class BadWebhookUrl(Refusal):
    """{url} is no URL that a webhook can be sent to."""

    fix = "Give an https:// URL without user name and fragment."


class WebhookUrlOpen(Refusal):
    """{url} would carry events in the open."""

    fix = "Give an https:// URL; http:// is for development."


class NoEventKinds(Refusal):
    """A webhook endpoint needs at least one kind of event."""

    fix = 'Name kinds such as "lead.converted", a noun\'s with "lead.*", or "*" for all.'


class UnknownEventKind(Refusal):
    """No event is of kind {kind}."""

    fix = "docs/reference/events.md lists all kinds."


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A new endpoint; `secret` is shown this once."""

    id: UUID
    secret: str


async def create(tx: Tx, *, name: str, url: str, event_kinds: Sequence[str], production: bool = False) -> Endpoint:
    """An endpoint that gets events from now on; in production only over TLS. BadWebhookUrl, WebhookUrlOpen, NoEventKinds, UnknownEventKind."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.fragment:
        raise BadWebhookUrl(field="url", url=url)
    if production and parts.scheme != "https":
        raise WebhookUrlOpen(field="url", url=url)
    if not event_kinds:
        raise NoEventKinds(field="eventKinds")
    if unknown := next((kind for kind in event_kinds if not any(matches([kind], known) for known in KINDS)), None):
        near = difflib.get_close_matches(unknown, KINDS, 1)
        raise UnknownEventKind(field="eventKinds", kind=unknown, fix=f"Did you mean {near[0]}?" if near else None)
    id, now, secret = uuid7(), await tx.now(), _secret()
    key_id, sealed = secrets.encrypt(PURPOSE, secret.encode())
    await tx.execute(
        "INSERT INTO webhook_endpoints (workspace_id, id, name, url, event_kinds, secret_ciphertext, secret_key_id, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        tx.workspace, id, name, url, list(event_kinds), sealed, key_id, now)
    await events.note(tx, "webhookEndpoint.created", "WebhookEndpoint", id, version=1, data={"url": url, "event_kinds": list(event_kinds)})
    return Endpoint(id, secret)


async def rotate_secret(tx: Tx, id: UUID) -> Endpoint:
    """A new secret from now on."""
    secret = _secret()
    key_id, sealed = secrets.encrypt(PURPOSE, secret.encode())
    await _update(tx, id, "secret_ciphertext = $4, secret_key_id = $5", sealed, key_id)
    return Endpoint(id, secret)


async def disable(tx: Tx, id: UUID, reason: str) -> bool:
    """One transition, so one notice however many deliveries fail at once; False when it was disabled already."""
    changed = await tx.execute(
        "UPDATE webhook_endpoints SET state = 'DISABLED', disabled_reason = $3, version = version + 1, updated_at = $4 "
        "WHERE workspace_id = $1 AND id = $2 AND state = 'ENABLED'",
        tx.workspace, id, reason, await tx.now())
    if changed:
        await events.note(tx, "webhookEndpoint.disabled", "WebhookEndpoint", id, data={"reason": reason})
    elif not await tx.value("SELECT 1 FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.id = $2", tx.workspace, id):
        raise NotFound(noun="webhook endpoint")
    return bool(changed)


async def enable(tx: Tx, id: UUID) -> None:
    await _update(tx, id, "state = 'ENABLED', disabled_reason = NULL, failing_since = NULL")


async def _update(tx: Tx, id: UUID, sets: str, *values: object) -> None:
    changed = await tx.execute(
        f"UPDATE webhook_endpoints SET {sets}, version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, id, await tx.now(), *values)
    if not changed:
        raise NotFound(noun="webhook endpoint")
    await events.note(tx, "webhookEndpoint.updated", "WebhookEndpoint", id)


def _secret() -> str:
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()
