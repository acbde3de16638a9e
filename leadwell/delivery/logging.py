"""Sellers' own mail: a copy sent to the inbox's address (in BCC, or forwarded) is on the timeline of the people it went to or came from."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from leadwell import consent, timeline
from leadwell.base.tx import Tx
from leadwell.delivery.returned import Returned

_FROM = re.compile(r"^[>\s*]*(?:From|Von|De|Kimden)\s*:\**\s.{0,200}?([\w.+'-]{1,64}@[\w.-]{3,255})", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Logged:
    """Whom it was recorded for, or why it was not."""

    people: tuple[UUID, ...] = ()
    reason: str | None = None


async def log_copy(tx: Tx, copy: Returned) -> Logged:
    """Records it, once for each Message-ID. Only users may log; whoever else knows the address writes in vain."""
    user = await tx.value(
        "SELECT u.id FROM users u WHERE u.workspace_id = $1 AND lower(u.email) = $2 AND u.archived_at IS NULL", tx.workspace, (copy.sender or "").lower())
    if user is None:
        return Logged(reason="NOT_A_USER")
    to = await _people(tx, copy.recipients)
    forwarded = () if to else await _people(tx, _FROM.findall(copy.text)[:1])
    if not to and not forwarded:
        return Logged(reason="NOBODY_KNOWN")
    participants = [(person, "TO") for person in to] or [(person, "FROM") for person in forwarded]
    await timeline.record(tx, timeline.NewActivity(
        "EMAIL", participants=participants, subject=copy.subject or None, body=copy.text or None, direction="OUTBOUND" if to else "INBOUND", at=copy.at,
        source="mail", external_id=copy.external_id, user_id=user))
    return Logged(to or forwarded)


async def _people(tx: Tx, addresses: Iterable[str]) -> tuple[UUID, ...]:
    """Whom these addresses belong to; one that several people share names none of them."""
    rows = await tx.fetch(
        "SELECT (array_agg(DISTINCT e.person_id))[1] AS person_id FROM person_emails e WHERE e.workspace_id = $1 AND e.normalized = ANY($2::text[]) "
        "GROUP BY e.normalized HAVING count(DISTINCT e.person_id) = 1", tx.workspace, [consent.normalized(one) for one in addresses])
    return tuple(sorted({row["person_id"] for row in rows}))
