"""Plans sends: the ledger row with its Message-ID, and the work that will deliver it, before any network is touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from uuid import UUID

from leadwell import consent, work
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx

ATTEMPTS = 60   # about two days of the job plane's backoff


@dataclass(frozen=True, slots=True)
class NewSend:
    """One mail to be. `address` is where it goes, `normalized` what its hash is made of; `sender_id` None takes the default sender."""

    person_id: UUID
    address: str
    normalized: str
    topic_id: UUID
    template_id: UUID
    mail_class: str = "NURTURE"
    enrollment_id: UUID | None = None
    step: str = ""
    visit: int = 1
    sender_id: UUID | None = None


async def plan(tx: Tx, sends: Sequence[NewSend], *, mail_from: str) -> list[UUID]:
    """Returns the ids of the sends that are new; a visit of a step that has its send already plans no second one.
    `mail_from` is the sender where the workspace has named none."""
    if not sends:
        return []
    ids, hashes = [uuid7() for _ in sends], [consent.hash_of_normalized(s.normalized) for s in sends]
    senders = await _senders(tx, mail_from)
    from_ = [senders.get(s.sender_id) or senders[None] for s in sends]
    await consent.ensure(tx, hashes)
    planned = await tx.fetch(
        load(__name__, "plan"), tx.workspace, ids, [s.person_id for s in sends], [s.enrollment_id for s in sends], [s.step for s in sends],
        [s.visit for s in sends], [s.mail_class for s in sends], [s.topic_id for s in sends], [s.template_id for s in sends], [address for _, address in from_],
        [name or None for name, _ in from_], [s.normalized for s in sends], hashes,
        [f"<{id.hex}@{address.rpartition('@')[2]}>" for id, (_, address) in zip(ids, from_, strict=True)], await tx.now())
    new = [r["id"] for r in planned]
    await work.put(tx, *(work.NewJob("deliver", "deliver.send", {"send_id": str(id)}, key=str(id), max_attempts=ATTEMPTS) for id in new))
    return new


async def _senders(tx: Tx, mail_from: str) -> dict[UUID | None, tuple[str, str]]:
    """Name and address of each sender; under None the default one."""
    rows = await tx.fetch("SELECT s.id, s.name, s.address, s.is_default FROM senders s WHERE s.workspace_id = $1 AND s.archived_at IS NULL", tx.workspace)
    senders: dict[UUID | None, tuple[str, str]] = {None: parseaddr(mail_from)}
    for row in rows:
        senders[row["id"]] = (row["name"], row["address"])
        if row["is_default"]:
            senders[None] = senders[row["id"]]
    return senders
