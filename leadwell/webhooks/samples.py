"""Samples: events that did not happen, told to endpoints as if they had, and marked as made up."""

from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.access.sees import Sees
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, Listing, pages
from leadwell.events.kinds import KINDS
from leadwell.webhooks.endpoints import SAMPLE
from leadwell.webhooks.refusals import EndpointDisabled, UnknownEventKind


async def trigger(tx: Tx, kind: str, viewer: Sees, endpoint: UUID | None = None) -> None:
    """Tells of an event of this kind, about the newest record of its noun that the viewer sees, to one endpoint or to all that want such events, and to whoever
    listens. UnknownEventKind, NotFound, EndpointDisabled."""
    if kind not in KINDS or kind == SAMPLE:
        raise UnknownEventKind(field="kind", kind=kind[:100])
    if endpoint:
        row = await tx.row(
            "SELECT e.state, e.disabled_reason FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.id = $2 AND e.archived_at IS NULL", tx.workspace,
            endpoint)
        if row is None:
            raise NotFound(field="id", noun="webhook endpoint")
        if row["state"] == "DISABLED":
            raise EndpointDisabled(field="id", reason=row["disabled_reason"])
    noun = CATALOG.singulars.get(kind.split(".", 1)[0])
    record: Any = None
    if noun is not None:
        page = (await pages(tx, viewer, Listing(noun, last=1), wanted=frozenset(("id",)), cursors=False))[None]
        record = str(page.rows[0]["id"]) if page.rows else None
    told = {"kind": kind, "noun": noun.name if noun else kind.split(".", 1)[0], "record_id": record, "to": str(endpoint) if endpoint else None}
    await events.note(tx, SAMPLE, "WebhookEndpoint", endpoint or tx.workspace, data=told)
