"""From numbered events to delivery rows: one per event and endpoint, its body frozen here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from leadwell import work
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.events import hushed
from leadwell.webhooks.endpoints import matches


def body(event: Any) -> str:
    """Standard Webhooks' envelope: type, timestamp, data. Ids are the API's opaque ones."""
    data = {
        "id": public_id(event["noun"], event["record_id"]), "noun": event["noun"], "version": event["version"],
        "personId": event["person_id"] and public_id("Person", event["person_id"]), "seq": event["seq"],
        **{k: v for k, v in event["data"].items() if k not in ("quiet", "loud")},
    }
    return orjson.dumps({"type": event["kind"], "timestamp": event["at"].isoformat(), "data": data}, default=str).decode()


def public_id(name: str, id: UUID) -> str:
    noun = CATALOG.get(name)
    return encode_id(noun.tag, id) if noun else str(id)


async def fan_out(tx: Tx, events: Sequence[Any]) -> int:
    """Plans the deliveries of a batch of events; quiet ones go nowhere. Returns how many were planned."""
    endpoints = await tx.fetch(
        "SELECT e.id, e.event_kinds FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.state = 'ENABLED' AND e.archived_at IS NULL", tx.workspace)
    wanted = [(endpoint["id"], event) for endpoint in endpoints for event in events
              if matches(endpoint["event_kinds"], event["kind"]) and not hushed(event["data"], "WEBHOOKS") and event["noun"] != "WebhookEndpoint"]
    if not wanted:
        return 0
    ids = [uuid7() for _ in wanted]
    await tx.execute(
        "INSERT INTO webhook_deliveries (workspace_id, id, endpoint_id, event_id, event_kind, body, created_at) "
        "SELECT $1, d.id, d.endpoint_id, d.event_id, d.event_kind, d.body, $7 FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[]) "
        "AS d (id, endpoint_id, event_id, event_kind, body)",
        tx.workspace, ids, [e for e, _ in wanted], [v["id"] for _, v in wanted], [v["kind"] for _, v in wanted], [body(v) for _, v in wanted], await tx.now())
    await work.put(tx, *(work.NewJob("hook", "hook.deliver", {"delivery_id": str(id)}, key=str(id), max_attempts=8) for id in ids))
    return len(ids)
