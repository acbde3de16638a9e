"""Plans sends: the ledger row with its Message-ID, and the work that will deliver it, before any network is touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any
from uuid import UUID

import orjson

from leadwell import consent, work
from leadwell.base import secrets
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.templates import Words

ATTEMPTS = 60   # about two days of the job plane's backoff
WORDS = "mail-words"
Sealed = tuple[str | None, bytes | None]


@dataclass(frozen=True, slots=True)
class NewSend:
    """One mail to be. `address` is where it goes, `normalized` what its hash is made of; `sender_id` None takes the default sender. It is made of a
    template, or of `words` of its own, kept sealed until it was sent. `person_id` is None for what goes to a user or a stranger (TEST, DOUBLE_OPT_IN,
    SECURITY, DIGEST); `answers_id` is the send whose thread it goes on with; `id` is given where the caller has one;
    `window_id` are hours of its own, where those of its sequence or of the workspace are not meant."""

    person_id: UUID | None
    address: str
    normalized: str
    topic_id: UUID | None = None
    template_id: UUID | None = None
    mail_class: str = "SEQUENCE"
    enrollment_id: UUID | None = None
    step: str = ""
    visit: int = 1
    sender_id: UUID | None = None
    words: Words | None = None
    user_id: UUID | None = None
    answers_id: UUID | None = None
    id: UUID | None = None
    window_id: UUID | None = None


async def plan(tx: Tx, sends: Sequence[NewSend], *, mail_from: str) -> list[UUID]:
    """Returns the ids of the sends that are new; a visit of a step that has its send already plans no second one.
    `mail_from` is the sender where the workspace has named none."""
    new = await enter(tx, sends, mail_from=mail_from)
    await work.put(tx, *(work.NewJob("deliver", "deliver.send", {"send_id": str(id)}, key=str(id), max_attempts=ATTEMPTS) for id in new))
    return new


async def enter(tx: Tx, sends: Sequence[NewSend], *, mail_from: str) -> list[UUID]:
    """Puts sends into the ledger for a job of the caller's own, which delivers them; returns those that are new."""
    if not sends:
        return []
    hashes = [consent.hash_of_normalized(s.normalized) for s in sends]
    senders = await _senders(tx, mail_from)
    await consent.ensure(tx, hashes)
    house = (None, *parseaddr(mail_from))   # a link that lets somebody in goes by no server of a workspace's own: its administrators could read it
    chosen = (house if s.mail_class == "SECURITY" else senders.get(s.sender_id) or senders[None] for s in sends)
    rows = [_row(s, sender, hash) for s, sender, hash in zip(sends, chosen, hashes, strict=True)]
    planned = await tx.fetch(load(__name__, "plan"), tx.workspace, *map(list, zip(*rows, strict=True)), await tx.now())
    return [r["id"] for r in planned]


def _row(send: NewSend, sender: tuple[UUID | None, str, str], hash: bytes) -> tuple[Any, ...]:
    """The values of plan.sql, in its order."""
    id, (sender_id, name, address) = send.id or uuid7(), sender
    key_id, sealed = seal(send.words)
    return (
        id, send.person_id, send.enrollment_id, send.step, send.visit, send.mail_class, send.topic_id, send.template_id, address, name or None,
        send.normalized, hash, f"<{id.hex}@{address.rpartition('@')[2] or 'leadwell'}>", sender_id, send.user_id, send.answers_id, key_id, sealed,
        send.window_id)


def seal(words: Words | None) -> Sealed:
    """Words of a mail without template may hold a link that lets somebody in, so they are kept sealed."""
    if words is None:
        return None, None
    return secrets.encrypt(WORDS, orjson.dumps([words.subject, words.html, words.text, words.parts]))


def unseal(key_id: str, sealed: bytes) -> Words:
    return Words(*orjson.loads(secrets.decrypt(WORDS, key_id, sealed)))


async def _senders(tx: Tx, mail_from: str) -> dict[UUID | None, tuple[UUID | None, str, str]]:
    """Id, name and address of each sender; under None the default one, which may be the installation's and has no id."""
    rows = await tx.fetch("SELECT s.id, s.name, s.address, s.is_default FROM senders s WHERE s.workspace_id = $1 AND s.archived_at IS NULL", tx.workspace)
    senders: dict[UUID | None, tuple[UUID | None, str, str]] = {None: (None, *parseaddr(mail_from))}
    for row in rows:
        senders[row["id"]] = (row["id"], row["name"], row["address"])
        if row["is_default"]:
            senders[None] = senders[row["id"]]
    return senders


async def senders_of(tx: Tx, user_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The sender of each user who has one, for mail that is from whoever owns the record."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (s.owner_id) s.owner_id, s.id FROM senders s WHERE s.workspace_id = $1 AND s.owner_id = ANY($2::uuid[]) "
        "AND s.archived_at IS NULL ORDER BY s.owner_id, s.created_at, s.id", tx.workspace, list(user_ids))
    return {row["owner_id"]: row["id"] for row in rows}
