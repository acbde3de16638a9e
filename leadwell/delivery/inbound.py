"""Takes what came back: kept once, matched by Message-ID or signed tag and by nothing weaker, and followed by what it means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import asyncpg

from leadwell import consent
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import Revision, locked
from leadwell.base.tx import Tx
from leadwell.delivery import tags
from leadwell.delivery.answering import follow
from leadwell.delivery.logging import log_copy
from leadwell.delivery.returned import Returned, read_message

MOST_KEPT = 200_000
FOUND = (
    "SELECT s.id, s.person_id, s.message_id, s.address_hash, s.topic_id, s.sender_id FROM sends s "
    "WHERE s.workspace_id = $1 AND (s.message_id = ANY($2::text[]) OR s.id = ANY($3::uuid[]))")
KEPT = """
INSERT INTO inbound_messages (workspace_id, id, inbox_id, external_id, kind, state, reason, matched_by, send_id, person_id, sender, recipient, subject, status,
  hard, letter, at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18)
ON CONFLICT (workspace_id, external_id) DO NOTHING RETURNING id
"""
MATTERS = frozenset({"BOUNCE", "COMPLAINT"})   # what shuts an address: a forged one would be an attack on it


class NotParked(Refusal):
    """This message is not parked: it is {state}."""

    fix = "Nothing: somebody has decided about it already."
    status = 409


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that came back, and where: `inbox_id` with its `key`, or neither for a caller with rights of their own. `trusted`: a provider or caller
    proved who they are; an open mailbox proves nothing."""

    returned: Returned
    inbox_id: UUID | None = None
    key: str | None = None
    trusted: bool = False
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it. IGNORED: it is about no mail or person of ours, and nothing of it is kept."""

    state: Literal["TAKEN", "PARKED", "IGNORED", "KNOWN"]
    send_id: UUID | None = None
    reason: str | None = None


async def take(tx: Tx, arrival: Arrival) -> Taken:
    """Takes one, once for each external id."""
    returned = arrival.returned
    known = await tx.row(
        "SELECT m.send_id, m.reason FROM inbound_messages m WHERE m.workspace_id = $1 AND m.external_id = $2", tx.workspace, returned.external_id)
    if known:
        return Taken("KNOWN", known["send_id"], known["reason"])
    copies = arrival.key is not None and any(f"+{arrival.key}@" in address.lower() for address in returned.recipients)
    if copies and returned.kind in ("REPLY", "OTHER"):
        return await _logged(tx, arrival)
    send, by = await _match(tx, returned)
    if send is None:
        return await _unmatched(tx, arrival)
    reason = _doubt(arrival, send, by)
    if not await _keep(tx, arrival, "PARKED" if reason else "TAKEN", reason=reason, send=send, by=by):
        return Taken("KNOWN", send["id"])
    if reason is None:
        await follow(tx, returned, send)
    return Taken("PARKED" if reason else "TAKEN", send["id"], reason)


async def record_inbound(
    tx: Tx, kind: Literal["REPLY", "BOUNCE", "COMPLAINT"], references: Sequence[str], *, external_id: str, subject: str | None = None, body: str | None = None,
    hard: bool = True
) -> UUID | None:
    """Records what answered one of our mails, told by somebody with rights of their own, once for each `external_id`; returns the send it answers.
    None when none of the `references` (In-Reply-To first) is ours. A hard bounce and a complaint suppress the address; a soft bounce is counted."""
    ids = tuple(f"<{one.strip().strip('<>')}>" for one in references)
    told = Returned(kind, external_id[:500], ids, subject=subject or "", text=body or "", hard=hard and kind == "BOUNCE")
    return (await take(tx, Arrival(told, trusted=True))).send_id


async def assign(tx: Tx, id: UUID, send_id: UUID, expected_version: int | None = None) -> None:
    """Somebody looked, and says which mail a parked message is about. NotParked, NotFound."""
    row = await locked(tx, "message", "inbound_messages", id, expected_version)
    if row["state"] != "PARKED":
        raise NotParked(state=row["state"])
    found = await tx.fetch(FOUND, tx.workspace, [], [send_id])
    if not found:
        raise NotFound(noun="send", field="sendId")
    send = found[0]
    returned = read_message(bytes(row["letter"]), row["external_id"]) if row["letter"] else _remembered(row)
    await _settled(tx, row, "TAKEN", send)
    await follow(tx, returned, send)


async def dismiss(tx: Tx, id: UUID, expected_version: int | None = None) -> Revision:
    """Somebody looked, and it counts for nothing. NotParked."""
    row = await locked(tx, "message", "inbound_messages", id, expected_version)
    if row["state"] != "PARKED":
        raise NotParked(state=row["state"])
    await _settled(tx, row, "DISMISSED", None)
    return Revision({"state": ["PARKED", "DISMISSED"]}, row["version"] + 1)


async def _settled(tx: Tx, row: dict[str, Any], state: str, send: asyncpg.Record | None) -> None:
    await tx.execute(
        "UPDATE inbound_messages SET state = $3, matched_by = CASE WHEN $3 = 'TAKEN' THEN 'HAND' ELSE matched_by END, send_id = coalesce($4, send_id), "
        "person_id = coalesce($5, person_id), letter = NULL, version = version + 1, updated_at = $6 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, row["id"], state, send and send["id"], send and send["person_id"], await tx.now())


def _remembered(row: dict[str, Any]) -> Returned:
    """A parked event whose message was not kept."""
    return Returned(row["kind"], row["external_id"], subject=row["subject"] or "", status=row["status"], hard=bool(row["hard"]), at=row["at"])


async def _match(tx: Tx, returned: Returned) -> tuple[asyncpg.Record | None, str | None]:
    """The send it is about: by the nearest Message-ID, else by a tag that we signed."""
    named = tags.sends_named(tx.workspace, returned.named)
    rows = await tx.fetch(FOUND, tx.workspace, list(returned.references), named) if named or returned.references else []
    by_id = [row for row in rows if row["message_id"] in returned.references]
    if by_id:
        send = min(by_id, key=lambda row: returned.references.index(row["message_id"]))
        return send, "TAG" if send["id"] in named else "MESSAGE_ID"
    return (rows[0], "TAG") if rows else (None, None)


def _doubt(arrival: Arrival, send: asyncpg.Record, by: str | None) -> str | None:
    """Why a bounce or complaint is not believed: it names another recipient, or none and carries no tag of ours. Whoever saw one mail of ours could
    have written it."""
    returned = arrival.returned
    if returned.kind not in MATTERS or (returned.kind == "BOUNCE" and not returned.hard) or by == "TAG":
        return None
    if returned.recipient is None:
        return None if arrival.trusted else "NO_RECIPIENT"
    return None if consent.hash_of(returned.recipient) == send["address_hash"] else "OTHER_RECIPIENT"


async def _unmatched(tx: Tx, arrival: Arrival) -> Taken:
    """A person's own words are parked where we know the person; a bounce or complaint that claims to be about our mail too. The rest is nobody's business."""
    returned = arrival.returned
    if arrival.inbox_id is None:
        return Taken("IGNORED")
    if returned.kind == "OTHER":
        if not (arrival.trusted and returned.text):
            return Taken("IGNORED")
        reason = "NOT_UNDERSTOOD"
    elif returned.kind in ("REPLY", "AUTO_REPLY"):
        person = await _known(tx, returned.sender)
        if person is None or returned.kind == "AUTO_REPLY":
            return Taken("IGNORED")
        await _keep(tx, arrival, "PARKED", reason="NO_MAIL_OF_OURS", person=person)
        return Taken("PARKED", reason="NO_MAIL_OF_OURS")
    elif returned.kind in MATTERS:
        reason = "NO_MAIL_OF_OURS"
    else:
        return Taken("IGNORED")
    await _keep(tx, arrival, "PARKED", reason=reason)
    return Taken("PARKED", reason=reason)


async def _known(tx: Tx, address: str | None) -> UUID | None:
    """The one person an address belongs to."""
    rows = await tx.fetch(
        "SELECT DISTINCT e.person_id FROM person_emails e WHERE e.workspace_id = $1 AND e.normalized = $2 LIMIT 2",
        tx.workspace, consent.normalized(address or ""))
    return rows[0]["person_id"] if len(rows) == 1 else None


async def _logged(tx: Tx, arrival: Arrival) -> Taken:
    """A seller's copy of their own mail, sent to the inbox's own address."""
    found = await log_copy(tx, arrival.returned)
    state, by = ("TAKEN", "ADDRESS") if found.people else ("PARKED", None)
    await _keep(tx, arrival, state, kind="LOGGED", reason=found.reason, by=by, person=next(iter(found.people), None))
    return Taken("TAKEN" if found.people else "PARKED", reason=found.reason)


async def _keep(
    tx: Tx, arrival: Arrival, state: str, *, kind: str | None = None, reason: str | None = None, send: asyncpg.Record | None = None, by: str | None = None,
    person: UUID | None = None,
) -> bool:
    """False when somebody else kept it in this very moment."""
    told, now = arrival.returned, await tx.now()
    letter = arrival.raw[:MOST_KEPT] if state == "PARKED" and arrival.raw else None
    return await tx.value(
        KEPT, tx.workspace, uuid7(), arrival.inbox_id, told.external_id, kind or told.kind, state, reason, by, send and send["id"],
        send["person_id"] if send else person, told.sender, told.recipient, told.subject or None, told.status,
        told.hard if told.kind == "BOUNCE" else None, letter, told.at or now, now) is not None
