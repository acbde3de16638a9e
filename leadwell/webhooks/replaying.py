"""Sends deliveries again: one, or all that match a filter, as new rows with the same bytes; the old ones keep their story."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell.access.sees import Sees
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.webhooks.refusals import DeliveryCountMoved, DeliveryUnmade, EndpointDisabled, ReplayTooLarge
from leadwell.webhooks.waking import wake

MOST = 10_000


async def replay(tx: Tx, id: UUID) -> UUID:
    """NotFound, DeliveryUnmade, EndpointDisabled."""
    row = await tx.row(
        "SELECT d.body, e.state, e.disabled_reason, e.archived_at FROM webhook_deliveries d JOIN webhook_endpoints e ON e.workspace_id = $1"
        " AND e.id = d.endpoint_id WHERE d.workspace_id = $1 AND d.id = $2", tx.workspace, id)
    if row is None or row["archived_at"]:
        raise NotFound(noun="webhook delivery")
    if row["body"] is None:
        raise DeliveryUnmade(field="id")
    if row["state"] == "DISABLED":
        raise EndpointDisabled(field="id", reason=row["disabled_reason"])
    return (await _again(tx, [id]))[0]


async def replay_where(tx: Tx, endpoint: UUID, where: Any, viewer: Sees, expected_count: int | None = None) -> int:
    """All deliveries of an endpoint that match a filter of deliveries, such as a state and a stretch of time, oldest first; returns how many. What has no body
    yet, or is still being tried, does not match. BadFilter, NotFound, EndpointDisabled, DeliveryCountMoved, ReplayTooLarge."""
    row = await tx.row(
        "SELECT e.state, e.disabled_reason FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.id = $2 AND e.archived_at IS NULL FOR KEY SHARE",
        tx.workspace, endpoint)
    if row is None:
        raise NotFound(field="id", noun="webhook endpoint")
    if row["state"] == "DISABLED":
        raise EndpointDisabled(field="id", reason=row["disabled_reason"])
    noun = CATALOG["WebhookDelivery"]
    its = {"endpoint": {"is": {"id": {"eq": encode_id(CATALOG["WebhookEndpoint"].tag, endpoint)}}}, "state": {"in": ["DELIVERED", "FAILED"]}}
    found = await matching_ids(tx, noun, {"AND": [its, *([where] if where else [])]}, viewer)
    if expected_count is not None and expected_count != len(found):
        raise DeliveryCountMoved(field="expectedCount", expected=expected_count, count=len(found))
    if len(found) > MOST:
        raise ReplayTooLarge(field="where", count=len(found), most=MOST)
    return len(await _again(tx, found))


async def _again(tx: Tx, ids: Sequence[UUID]) -> list[UUID]:
    new = [uuid7() for _ in ids]
    rows = await tx.fetch(load(__name__, "again"), tx.workspace, sorted(ids), new, await tx.now())
    await wake(tx, {row["endpoint_id"] for row in rows})
    return [row["id"] for row in rows]
