"""Acts of consent and suppressions: appended, typed, and never cleared by an import, a merge or a form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events
from leadwell.base.identity import Email, parse_email
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.consent import addresses
from leadwell.consent.rules import Act, may_lift, verdict


class SuppressionNotYours(Refusal):
    """A suppression of kind {kind} cannot be lifted by {by}."""

    fix = "Only the person can undo an unsubscribe or a complaint; send them the link to their preferences."
    status = 403


@dataclass(frozen=True, slots=True)
class Grant:
    """A person agreed to mail about a topic at one address; `address` as written. `ip` and `evidence` prove it; `at` None: now."""

    person_id: UUID
    address: str
    topic_id: UUID
    source: str
    basis: str = "CONSENT"
    wording_version: str | None = None
    ip: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict[str, Any])
    at: datetime | None = None
    id: UUID = field(default_factory=uuid7, compare=False)


async def grant_many(tx: Tx, grants: Sequence[Grant]) -> int:
    """Appends the acts and returns how many. Suppressions stay in force: a form filled in again is no opt-in confirmed by the person."""
    if not grants:
        return 0
    hashes = [addresses.hash_of(g.address) for g in grants]
    await addresses.ensure_locked(tx, hashes)
    made = await append(tx, "GRANTED", list(zip(grants, hashes, strict=True)))
    if made != len(grants):
        raise NotFound(noun="topic", field="topicId")
    await events.note_all(tx, [_granting(g) for g in grants])
    return made


def _granting(grant: Grant) -> events.Event:
    data = {"topic_id": str(grant.topic_id), "basis": grant.basis, "source": grant.source}
    return events.Event("consent.granted", "Person", grant.person_id, grant.person_id, data=data)


async def append(tx: Tx, state: str, acts: Sequence[tuple[Grant, bytes]]) -> int:
    """Writes acts, GRANTED or WITHDRAWN, each at an address whose row is locked; returns how many. Those about a topic that is not there are left out."""
    return await tx.execute(
        load(__name__, "grant"), tx.workspace, [g.id for g, _ in acts], [g.person_id for g, _ in acts], [h for _, h in acts], [g.topic_id for g, _ in acts],
        [state] * len(acts), [g.basis for g, _ in acts], [g.wording_version for g, _ in acts], [g.source for g, _ in acts], [g.ip for g, _ in acts],
        [dict(g.evidence) for g, _ in acts], await tx.now(), [g.at for g, _ in acts])


@dataclass(frozen=True, slots=True)
class OptOut:
    """Who does not want what any more: `topic_id` None means everything but service mail."""

    address_hash: bytes
    topic_id: UUID | None = None
    person_id: UUID | None = None
    source: str = "LINK"
    send_id: UUID | None = None
    ip: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict[str, Any])


async def opt_out(tx: Tx, wish: OptOut) -> bool:
    """Suppresses the address and appends the withdrawal; False when it was opted out already. Once this commits no send to the address
    about the topic can start, because the gate waits for the same row."""
    made = await suppress(tx, wish.address_hash, "UNSUBSCRIBE", topic_id=wish.topic_id, source=wish.source, send_id=wish.send_id)
    if not made or wish.person_id is None:
        return made
    topics = [wish.topic_id] if wish.topic_id else await _granted(tx, wish.address_hash)
    await append(tx, "WITHDRAWN", [
        (Grant(wish.person_id, "", topic, wish.source, "CONSENT", None, wish.ip, wish.evidence), wish.address_hash) for topic in topics])
    data = {"topic_id": wish.topic_id and str(wish.topic_id), "source": wish.source, "send_id": wish.send_id and str(wish.send_id)}
    await events.note(tx, "consent.withdrawn", "Person", wish.person_id, person_id=wish.person_id, data=data)
    return True


async def _granted(tx: Tx, address_hash: bytes) -> list[UUID]:
    """Topics for which the latest act is a grant; service topics stay as they are."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (c.topic_id) c.topic_id, c.state FROM consents c JOIN topics t ON t.workspace_id = $1 AND t.id = c.topic_id "
        "WHERE c.workspace_id = $1 AND c.address_hash = $2 AND t.kind <> 'SERVICE' ORDER BY c.topic_id, c.at DESC, c.id DESC", tx.workspace, address_hash)
    return [r["topic_id"] for r in rows if r["state"] == "GRANTED"]


async def resubscribe(tx: Tx, wish: OptOut) -> bool:
    """The person, on their own page, takes back their opt-out; a hard bounce or a complaint stays what it is. Asking for one topic
    after leaving all of them opens that one alone."""
    await addresses.ensure_locked(tx, [wish.address_hash])
    lifted = await _lift(tx, wish.address_hash, "UNSUBSCRIBE", wish.topic_id, "PERSON")
    if wish.topic_id and await _lift(tx, wish.address_hash, "UNSUBSCRIBE", None, "PERSON"):
        lifted += await _narrow(tx, wish.address_hash, wish.topic_id)
    if wish.person_id and wish.topic_id:
        grant = Grant(wish.person_id, "", wish.topic_id, wish.source, "CONSENT", None, wish.ip, wish.evidence)
        await append(tx, "GRANTED", [(grant, wish.address_hash)])
        await events.note_all(tx, [_granting(grant)])
    return lifted > 0


async def _narrow(tx: Tx, address_hash: bytes, but: UUID) -> int:
    """An opt-out from everything becomes one from each topic but one."""
    topics = await tx.fetch("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.id <> $2 AND t.kind <> 'SERVICE'", tx.workspace, but)
    for topic in topics:
        await suppress(tx, address_hash, "UNSUBSCRIBE", topic_id=topic["id"], source="PREFERENCES")
    return 1 + len(topics)


async def suppress(
    tx: Tx, address_hash: bytes, kind: str, *, topic_id: UUID | None = None, source: str, reason: str | None = None, send_id: UUID | None = None
) -> bool:
    """Nothing is sent to the address any more; False when a suppression of that kind is in force already."""
    await addresses.ensure_locked(tx, [address_hash])
    made = await tx.execute(
        "INSERT INTO suppressions (workspace_id, id, address_hash, topic_id, kind, reason, source, send_id, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        tx.workspace, uuid7(), address_hash, topic_id, kind, reason, source, send_id, await tx.now())
    return made == 1


async def lift(tx: Tx, address_hash: bytes, kind: str, *, by: str, topic_id: UUID | None = None) -> bool:
    """Lifts a suppression; `by` is PERSON, ADMIN, VERIFICATION or BATCH."""
    if not may_lift(kind, by):
        raise SuppressionNotYours(kind=kind, by=by)
    await addresses.ensure_locked(tx, [address_hash])
    return await _lift(tx, address_hash, kind, topic_id, by) > 0


class NotAnAddress(Refusal):
    """“{address}” is no e-mail address."""

    fix = "Give one such as ana@example.com."


class ReasonNeeded(Refusal):
    """A suppression is lifted for a reason."""

    fix = "Say why: it is kept with the suppression."


async def suppress_by_hand(tx: Tx, address: str, topic_id: UUID | None, reason: str) -> UUID:
    """Somebody says that nothing is sent to the address any more; the suppression, also one that was in force already. NotAnAddress, NotFound."""
    if not isinstance(parse_email(address), Email):
        raise NotAnAddress(field="address", address=address[:60])
    if topic_id is not None and not await tx.value("SELECT 1 FROM topics t WHERE t.workspace_id = $1 AND t.id = $2", tx.workspace, topic_id):
        raise NotFound(noun="topic", field="topicId")
    hashed = addresses.hash_of(address)
    await suppress(tx, hashed, "MANUAL", topic_id=topic_id, source="HAND", reason=reason or None)
    found = await tx.value(
        "SELECT s.id FROM suppressions s WHERE s.workspace_id = $1 AND s.address_hash = $2 AND s.kind = 'MANUAL' AND s.lifted_at IS NULL "
        "AND s.topic_id IS NOT DISTINCT FROM $3", tx.workspace, hashed, topic_id)
    await events.note(tx, "suppression.made", "Suppression", found, data={"reason": reason})
    return found


async def lift_by_hand(tx: Tx, suppression_id: UUID, reason: str) -> bool:
    """An administrator lifts it, for a reason; what the person said is theirs alone to take back. False when it was lifted already.
    NotFound, ReasonNeeded, SuppressionNotYours."""
    row = await tx.row("SELECT s.kind, s.address_hash, s.lifted_at FROM suppressions s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, suppression_id)
    if row is None:
        raise NotFound(noun="suppression", field="id")
    if not may_lift(row["kind"], "ADMIN"):
        raise SuppressionNotYours(kind=row["kind"], by="ADMIN")
    if not reason.strip():
        raise ReasonNeeded(field="reason")
    await addresses.ensure_locked(tx, [row["address_hash"]])
    lifted = await tx.execute(
        "UPDATE suppressions SET lifted_at = $3, lifted_by = $4, lifted_reason = $5 WHERE workspace_id = $1 AND id = $2 AND lifted_at IS NULL",
        tx.workspace, suppression_id, await tx.now(), str(tx.actor), reason.strip())
    if lifted:
        if row["kind"] == "HARD_BOUNCE":
            await addresses.arrived(tx, row["address_hash"])
        await events.note(tx, "suppression.lifted", "Suppression", suppression_id, data={"reason": reason.strip()})
    return lifted == 1


async def _lift(tx: Tx, address_hash: bytes, kind: str, topic_id: UUID | None, by: str) -> int:
    return await tx.execute(
        "UPDATE suppressions SET lifted_at = $5, lifted_by = $6 "
        "WHERE workspace_id = $1 AND address_hash = $2 AND kind = $3 AND topic_id IS NOT DISTINCT FROM $4 AND lifted_at IS NULL",
        tx.workspace, address_hash, kind, topic_id, await tx.now(), by)


async def standing(tx: Tx, hashes: Sequence[bytes], topic_id: UUID) -> dict[bytes, str | None]:
    """For each address None when it may be written to about the topic, else why not. It decides nothing unless the addresses are locked."""
    topic = await tx.row("SELECT t.kind, t.basis FROM topics t WHERE t.workspace_id = $1 AND t.id = $2", tx.workspace, topic_id)
    if topic is None:
        raise NotFound(noun="topic", field="topicId")
    rows, now = await tx.fetch(load(__name__, "standing"), tx.workspace, list(set(hashes)), topic_id), await tx.now()
    return {r["hash"]: _verdict(topic, r, now) for r in rows}


def _verdict(topic: asyncpg.Record, row: asyncpg.Record, now: datetime) -> str | None:
    act = Act(row["state"], row["basis"], row["expires_at"]) if row["state"] else None
    return verdict(topic["kind"], topic["basis"], act, row["suppressions"], now)


async def may_write(tx: Tx, address_hash: bytes, topic_id: UUID) -> str | None:
    """The same for one address, locked until the transaction ends."""
    await addresses.ensure_locked(tx, [address_hash])
    return (await standing(tx, [address_hash], topic_id))[address_hash]
