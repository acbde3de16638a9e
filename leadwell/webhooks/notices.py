"""Tells administrators, once, that an endpoint gets nothing any more."""

from collections.abc import Mapping
from html import escape
from typing import Any

from leadwell import consent, delivery, notifications
from leadwell.base.tx import Tx
from leadwell.templates import Words
from leadwell.webhooks.endpoints import disable

ADMINS = (
    "SELECT u.id, u.email FROM users u JOIN roles r ON r.workspace_id = $1 AND r.id = u.role_id "
    "WHERE u.workspace_id = $1 AND u.archived_at IS NULL AND r.code IN ('OWNER', 'ADMIN') ORDER BY u.id")


async def give_up(tx: Tx, endpoint: Mapping[str, Any], reason: str, mail_from: str) -> bool:
    """Disables an endpoint that cannot be served; whoever disables it first tells every administrator by notification and mail."""
    if not await disable(tx, endpoint["id"], reason):
        return False
    admins = await tx.fetch(ADMINS, tx.workspace)
    title = f"Webhooks to {endpoint['name']} are disabled: {reason}"[:300]
    told = [notifications.Telling(row["id"], "WEBHOOK_DISABLED", title, "WebhookEndpoint", endpoint["id"]) for row in admins]
    await notifications.tell(tx, told)
    words = _words(endpoint, reason)
    await delivery.plan(tx, [delivery.NewSend(
        None, row["email"], consent.normalized(row["email"]), mail_class="SECURITY", user_id=row["id"], words=words) for row in admins], mail_from=mail_from)
    return True


def _words(endpoint: Mapping[str, Any], reason: str) -> Words:
    lines = (
        f"Leadwell sends no more webhooks to {endpoint['name']} ({endpoint['url']}).", reason,
        "What was not delivered is kept. Put the endpoint right, enable it with enableWebhookEndpoint, and send again what was given up with "
        "replayWebhookDeliveries.")  # fmt: skip
    return Words(f"Webhooks to {endpoint['name']} are disabled", "".join(f"<p>{escape(line)}</p>" for line in lines), "\n\n".join(lines))
