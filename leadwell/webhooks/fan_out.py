"""From numbered events to delivery rows: one per event and endpoint that wants its kind. What each says is made by the endpoint's own job (`bodies`)."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.events import hushed
from leadwell.webhooks.endpoints import SAMPLE, matches
from leadwell.webhooks.waking import wake

OPEN = (
    "SELECT e.id, e.event_kinds FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.state <> 'DISABLED' AND e.archived_at IS NULL ORDER BY e.id")
Wanted = tuple[UUID, UUID, str, bool]   # endpoint, event, kind as told, whether it is a sample


async def fan_out(tx: Tx, events: Sequence[Any]) -> int:
    """Plans the deliveries of a batch of events; quiet ones go nowhere. Returns how many were planned."""
    wanted = [one for endpoint in await tx.fetch(OPEN, tx.workspace) for one in _wanted(endpoint, events)]
    if not wanted:
        return 0
    ids = [uuid7() for _ in wanted]
    await tx.execute(load(__name__, "planned"), tx.workspace, ids, *map(list, zip(*wanted, strict=True)), await tx.now())
    await wake(tx, dict.fromkeys(endpoint for endpoint, *_ in wanted))
    return len(ids)


def _wanted(endpoint: Any, events: Sequence[Any]) -> Iterator[Wanted]:
    for event in events:
        if event["kind"] == SAMPLE:
            told: dict[str, Any] = event["data"]
            if told["to"] == str(endpoint["id"]) or (told["to"] is None and matches(endpoint["event_kinds"], told["kind"])):
                yield endpoint["id"], event["id"], told["kind"], True
        elif event["noun"] != "WebhookEndpoint" and matches(endpoint["event_kinds"], event["kind"]) and not hushed(event["data"], "WEBHOOKS"):
            yield endpoint["id"], event["id"], event["kind"], False
