"""What may follow from an import where it is asked for, one by one, and how much that would be."""

from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from leadwell.base.tx import Tx
from leadwell.nurture.entry import captured
from leadwell.webhooks.endpoints import matches

EFFECTS: Mapping[str, str] = {
    "WEBHOOKS": "Webhook endpoints are told of every record.",
    "SEQUENCES": "People enter the sequences whose doors are open to such leads, and get their mails.",
    "HAND_RAISES": "Whoever is known already counts as having asked again: a task or a new lead for the owner.",
    "NOTIFICATIONS": "Owners are told of hands raised.",
    "ASSIGNMENT": "Leads without an owner come into queues and to whose turn it is; nobody is told of each.",
    "RESPONSE": "Response clocks of those who ask to be spoken to (intent HAND_RAISE, or HAND_RAISES) start, as if they had asked now.",
}
ENTERED = ("lead.created", "lead.attached", "lead.repeated", "submission.processed")
RAISED = ("lead.raised_hand", "contact.raised_hand")
NOTED = "SELECT e.kind, e.noun, e.record_id, e.data, e.person_id FROM events e WHERE e.workspace_id = $1 AND e.seq IS NULL AND e.request_id = $2"
DOORS = (
    "SELECT s.entry, (SELECT count(*) FROM jsonb_array_elements(v.steps) AS x (step) WHERE x.step->>'kind' = 'EMAIL') AS mails "
    "FROM sequences s LEFT JOIN sequence_versions v ON v.workspace_id = $1 AND v.sequence_id = s.id AND v.state = 'LIVE' "
    "WHERE s.workspace_id = $1 AND s.state = 'LIVE' AND s.entry <> '{}'::jsonb"
)
ENDPOINTS = "SELECT e.event_kinds FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.state = 'ENABLED' AND e.archived_at IS NULL"
SHARED = (
    "SELECT count(*) FROM leads l WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[]) AND l.owner_id IS NULL AND l.state = 'OPEN' "
    "AND EXISTS (SELECT 1 FROM lead_queues q WHERE q.workspace_id = $1 AND q.archived_at IS NULL)"
)
CLOCKED = "SELECT EXISTS (SELECT 1 FROM response_policies r WHERE r.workspace_id = $1 AND r.is_default AND r.archived_at IS NULL)"


@contextmanager
def quiet_but(tx: Tx, effects: frozenset[str]) -> Generator[None]:
    """What is noted and put inside wakes nobody but what was asked for."""
    before = tx.actor
    tx.actor = replace(before, quiet=True, loud=effects)
    try:
        yield
    finally:
        tx.actor = before


async def follow(tx: Tx) -> Counter[str]:
    """What would follow from what this transaction noted, effect by effect, ticked or not: WEBHOOKS (calls), SEQUENCES (people who enter),
    MAILS (those their sequences would send), HAND_RAISES, NOTIFICATIONS, ASSIGNMENT (leads that would be shared out), RESPONSE (clocks that would
    start). For dry runs: the actor's request is theirs alone."""
    noted = await tx.fetch(NOTED, tx.workspace, tx.actor.request_id)
    found = Counter(dict.fromkeys((*EFFECTS, "MAILS"), 0))
    kinds = Counter(row["kind"] for row in noted)
    for endpoint in await tx.fetch(ENDPOINTS, tx.workspace):
        found["WEBHOOKS"] += sum(count for kind, count in kinds.items() if matches(endpoint["event_kinds"], kind))
    for door in await tx.fetch(DOORS, tx.workspace):
        plain = ({**row["data"], "quiet": False} for row in noted if row["kind"] in ENTERED and row["person_id"])
        entering = sum(captured(door["entry"].get("capture"), data) for data in plain)
        found["SEQUENCES"] += entering
        found["MAILS"] += entering * (door["mails"] or 0)
    found["HAND_RAISES"] = sum(kinds[kind] for kind in RAISED)
    found["NOTIFICATIONS"] = found["HAND_RAISES"]
    leads = {row["record_id"] for row in noted if row["noun"] == "Lead"}
    found["ASSIGNMENT"] = await tx.value(SHARED, tx.workspace, sorted(leads)) if leads else 0
    if await tx.value(CLOCKED, tx.workspace):
        found["RESPONSE"] = found["HAND_RAISES"] + sum(
            row["kind"] in ("lead.created", "lead.repeated") and row["data"].get("intent") == "HAND_RAISE" for row in noted)
    return found
