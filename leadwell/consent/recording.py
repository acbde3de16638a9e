"""What people told somebody of ours about their consent, on the phone, on paper, in another system, and who writes it down."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.identity import Email, parse_email
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import Named, require
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.consent import addresses, verbs
from leadwell.consent.verbs import Grant


class BadConsent(Refusal):
    """The consent cannot be kept so: {why}."""

    fix = "Correct it and send it again; nothing was kept."


@dataclass(frozen=True, slots=True)
class Word:
    """What a person said. `topic_id` None: about everything, which one can only leave. `address` None: the primary one to agree, all of theirs to leave.
    `source` is where they said it, `proof` what shows it, `at` when they agreed (None: now)."""

    person_id: UUID
    topic_id: UUID | None
    source: str
    address: str | None = None
    basis: str = "CONSENT"
    wording_version: str | None = None
    proof: str | None = None
    ip: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """The acts that hold by it, and why mail about the topic does not leave to the address all the same (None: it may)."""

    acts: Sequence[UUID]
    held: str | None


async def record(tx: Tx, word: Word) -> Recorded:
    """The person agreed. It lifts no suppression: an opt-out is theirs alone to take back. NotFound, BadConsent."""
    assert word.topic_id is not None
    await require(tx, Named("topic", "topics", word.topic_id, "topic_id"))
    if word.at is not None and word.at > await tx.now():
        raise BadConsent(field="at", why="nobody has agreed at a time to come")
    (address,) = await _addresses(tx, word, primary=True)
    grant = _act(word, word.topic_id, address)
    await verbs.grant_many(tx, [grant])
    return Recorded([grant.id], await verbs.may_write(tx, addresses.hash_of_normalized(address), word.topic_id))


async def withdraw(tx: Tx, word: Word) -> Recorded:
    """The person does not want it any more: as if they had said so on their own page, and only they take it back. Said again it answers the same.
    NotFound, BadConsent."""
    if word.topic_id is not None and not await tx.value("SELECT 1 FROM topics t WHERE t.workspace_id = $1 AND t.id = $2", tx.workspace, word.topic_id):
        raise NotFound(noun="topic", field="topic_id")
    theirs = {addresses.hash_of_normalized(one): one for one in await _addresses(tx, word)}
    hashes = await addresses.ensure_locked(tx, theirs)
    made = [await verbs.suppress(tx, one, "UNSUBSCRIBE", topic_id=word.topic_id, source=word.source) for one in hashes]
    latest = {(row["address_hash"], row["topic_id"]): row for row in await tx.fetch(load(__name__, "latest"), tx.workspace, hashes, word.topic_id)}
    asked = [key for key, row in latest.items() if row["kind"] != "SERVICE"] if word.topic_id is None else [(one, word.topic_id) for one in hashes]
    known = [latest[key]["id"] for key in asked if key in latest and latest[key]["state"] == "WITHDRAWN"]
    acts = [(_act(word, topic, theirs[one]), one) for one, topic in asked if (one, topic) not in latest or latest[one, topic]["state"] == "GRANTED"]
    await verbs.append(tx, "WITHDRAWN", acts)
    if any(made) or acts:
        data = {"topic_id": word.topic_id and str(word.topic_id), "source": word.source, "send_id": None}
        await events.note(tx, "consent.withdrawn", "Person", word.person_id, person_id=word.person_id, data=data)
    held = "SUPPRESSED_UNSUBSCRIBE" if word.topic_id is None else (await verbs.standing(tx, hashes, word.topic_id))[hashes[0]]
    return Recorded([*known, *(act.id for act, _ in acts)], held)


async def _addresses(tx: Tx, word: Word, *, primary: bool = False) -> list[str]:
    """The addresses that it is about, normalized, behind the person's lock."""
    if not await tx.value(
            "SELECT 1 FROM people p WHERE p.workspace_id = $1 AND p.id = $2 AND p.merged_into IS NULL AND p.archived_at IS NULL FOR NO KEY UPDATE",
            tx.workspace, word.person_id):
        raise NotFound(noun="person", field="person_id")
    rows = await tx.fetch(
        "SELECT e.normalized, e.is_primary FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = $2 ORDER BY e.is_primary DESC, e.normalized",
        tx.workspace, word.person_id)
    if word.address is not None:
        read = parse_email(word.address)
        if not isinstance(read, Email) or read.normalized not in {row["normalized"] for row in rows}:
            raise BadConsent(field="address", why="it is no address of this person", fix="Name one of theirs, or leave it out.")
        return [read.normalized]
    if not rows:
        raise BadConsent(field="person_id", why="the person has no e-mail address", fix="Give them one first, or use suppressAddress.")
    return [row["normalized"] for row in rows][:1 if primary else None]


def _act(word: Word, topic: UUID, address: str) -> Grant:
    return Grant(
        word.person_id, address, topic, word.source, word.basis, word.wording_version, _ip(word.ip),
        {"proof": word.proof} if word.proof else dict[str, Any](), word.at)


def _ip(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        raise BadConsent(field="ip", why="the address it came from is none", fix="Write it like 192.0.2.1, or leave it out.") from None
