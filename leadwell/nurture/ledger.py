"""Why a person got a mail or did not, and what they and their answers do to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from leadwell import consent, delivery, timeline
from leadwell.access import Viewer
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.nurture.consequences import sentence
from leadwell.nurture.exits import exit_person
from leadwell.nurture.outcomes import advance


@dataclass(frozen=True, slots=True)
class Line:
    """One mail of the ledger; `explanation` is a sentence, `due_at` before when it is not tried,
    `waiting_for` the last error of a mail that is still to go."""

    send_id: UUID
    mail_class: str
    state: str
    reason: str | None
    explanation: str
    subject: str | None
    address: str
    sequence: str | None
    broadcast: str | None
    template: str | None
    variant: str | None
    step: str
    step_name: str | None
    visit: int
    planned_at: datetime
    due_at: datetime | None
    sending_at: datetime | None
    ended_at: datetime | None
    replied_at: datetime | None
    reply: str | None
    waiting_for: str | None


async def send_ledger(tx: Tx, person_id: UUID, limit: int = 200) -> list[Line]:
    """Every mail planned for the person, newest first."""
    rows = await tx.fetch(
        "SELECT s.id FROM sends s WHERE s.workspace_id = $1 AND s.person_id = $2 ORDER BY s.planned_at DESC, s.id DESC LIMIT $3",
        tx.workspace, person_id, limit)
    return await _lines(tx, [r["id"] for r in rows])


async def _lines(tx: Tx, sends: Sequence[UUID]) -> list[Line]:
    """In this order."""
    return [_line(r) for r in await tx.fetch(load(__name__, "ledger"), tx.workspace, list(sends))]


def _line(row: Any) -> Line:
    fields = [f for f in Line.__slots__ if f not in ("send_id", "explanation")]
    return Line(send_id=row["id"], explanation=sentence(row["state"], row["reason"]), **{f: row[f] for f in fields})


async def ambiguous_sends(tx: Tx, viewer: Viewer, limit: int = 200) -> list[Line]:
    """Mail that was handed over without an answer and that the viewer may see, oldest first."""
    rows = await tx.fetch(
        "SELECT s.id FROM sends s WHERE s.workspace_id = $1 AND s.state = 'AMBIGUOUS' ORDER BY s.planned_at, s.id LIMIT 1000", tx.workspace)
    seen = set(await matching_ids(tx, CATALOG["Send"], {}, viewer, ids=[r["id"] for r in rows])) if rows else set[UUID]()
    return await _lines(tx, [r["id"] for r in rows if r["id"] in seen][:limit])


async def unsubscribe(
    tx: Tx, link: delivery.Unsubscribe, *, everything: bool = False, ip: str | None = None, evidence: Mapping[str, Any] | None = None
) -> bool:
    """The reader of a mail opts out of its topic, or of everything; they leave the sequences about it in the same transaction.
    False when they had done so before."""
    person = await _reader(tx, link)
    topic = None if everything else link.topic_id
    done = await consent.opt_out(tx, consent.OptOut(link.address_hash, topic, person, "LINK", link.send_id, ip, evidence or {}))
    if done and person:
        await timeline.record(tx, timeline.NewActivity(
            "UNSUBSCRIBE", participants=[person], direction="INBOUND", source="leadwell", send_id=link.send_id, data={"everything": everything},
            external_id=f"unsubscribe:{link.send_id}:{topic}:{(await tx.now()).isoformat()}"))
        await exit_person(tx, person, "UNSUBSCRIBE", topic_id=topic)
    return done


async def resubscribe(tx: Tx, link: delivery.Unsubscribe, *, ip: str | None = None, evidence: Mapping[str, Any] | None = None) -> bool:
    """The reader, on their own page, wants mail about the topic again."""
    person = await _reader(tx, link)
    return await consent.resubscribe(tx, consent.OptOut(link.address_hash, link.topic_id, person, "PREFERENCES", link.send_id, ip, evidence or {}))


async def subscription(tx: Tx, link: delivery.Unsubscribe) -> tuple[str, bool] | None:
    """The topic's name and whether the reader gets mail about it; None when the topic is gone."""
    name = await tx.value("SELECT t.name FROM topics t WHERE t.workspace_id = $1 AND t.id = $2", tx.workspace, link.topic_id)
    if name is None:
        return None
    return name, (await consent.standing(tx, [link.address_hash], link.topic_id))[link.address_hash] is None


async def _reader(tx: Tx, link: delivery.Unsubscribe) -> UUID | None:
    """Who got the mail, or whom they were merged into; locked before their address, as everybody does."""
    return await tx.value(
        "SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = (SELECT coalesce(r.new_id, s.person_id) FROM sends s LEFT JOIN redirects r "
        "ON r.workspace_id = $1 AND r.noun = 'Person' AND r.old_id = s.person_id WHERE s.workspace_id = $1 AND s.id = $2) FOR NO KEY UPDATE",
        tx.workspace, link.send_id)


async def resolve_send(tx: Tx, send_id: UUID, fate: Literal["SENT", "NOT_SENT"]) -> None:
    """A person says what became of a held mail; the sequence goes on from there."""
    await delivery.resolve(tx, send_id, fate)
    await advance(tx, [send_id])


async def advance_resolved(tx: Tx, resolved: Sequence[Any]) -> int:
    """What came back settled mail that was held: the sequences go on from there."""
    return await advance(tx, [event["record_id"] for event in resolved if event["data"].get("evidence")])
