"""Endpoints at a glance, for whoever looks after an installation."""

from typing import NamedTuple

from leadwell.base.tx import Tx

ENDPOINTS = """
SELECT e.id::text, e.name, e.url, e.state, e.disabled_reason AS reason, e.failures,
  (SELECT count(*)::int FROM webhook_deliveries d WHERE d.workspace_id = $1 AND d.endpoint_id = e.id AND d.state = 'PENDING') AS waiting
FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.archived_at IS NULL ORDER BY e.created_at, e.id
"""


class Listed(NamedTuple):
    """`waiting`: deliveries not over yet; `failures` in a row."""

    id: str
    name: str
    url: str
    state: str
    reason: str | None
    failures: int
    waiting: int


async def listed(tx: Tx) -> list[Listed]:
    return [Listed(**dict(row)) for row in await tx.fetch(ENDPOINTS, tx.workspace)]
