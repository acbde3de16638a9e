"""What follows from what came back: a reply is told, a dead address is shut, an absence is waited for, a complaint ends everything."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import consent, events, timeline
from leadwell.base.tx import Tx
from leadwell.base.workspace import workspace_facts
from leadwell.delivery import breaker, evidence
from leadwell.delivery.returned import Returned
from leadwell.delivery.touches import Touch, record_touch
from leadwell.delivery.tracking import Mark

LONGEST_AWAY = timedelta(days=180)
SILENT = timedelta(days=3)   # servers give up trying by then, and say so
Send = asyncpg.Record


async def follow(tx: Tx, returned: Returned, send: Send) -> None:
    """Does what it means for the person, the address and the send, under their locks: people before addresses."""
    if send["person_id"]:
        await tx.fetch("SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = $2 FOR NO KEY UPDATE", tx.workspace, send["person_id"])
    await consent.ensure_locked(tx, [send["address_hash"]])
    if what := FOLLOWS.get(returned.kind):
        await what(tx, returned, send)


async def _replied(tx: Tx, returned: Returned, send: Send) -> None:
    await _told(tx, "REPLY", returned, send, subject=returned.subject or None, body=returned.text or None)
    await tx.execute(
        "UPDATE sends SET replied_at = $3, version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2 AND replied_at IS NULL",
        tx.workspace, send["id"], await tx.now())
    await _there(tx, send, "REPLY")
    await events.note(tx, "mail.replied", "Send", send["id"], person_id=send["person_id"])


async def _away(tx: Tx, returned: Returned, send: Send) -> None:
    """Neither a bounce nor a reply: nothing is sent until they are back."""
    now = await tx.now()
    until = min(returned.until, now + LONGEST_AWAY) if returned.until and returned.until > now else None
    if until:
        await consent.pause(tx, send["address_hash"], until, "OUT_OF_OFFICE")
    await _told(tx, "EMAIL", returned, send, subject=returned.subject or None, body=returned.text or None)
    await _there(tx, send, "REPLY")
    await events.note(tx, "mail.auto_replied", "Send", send["id"], person_id=send["person_id"], data={"until": until and until.isoformat()})


async def _bounced(tx: Tx, returned: Returned, send: Send) -> None:
    """5.7 is about whoever sent, so it is the sender that rests; soft bounces are counted, and a long row of them ends mail to the address."""
    said = " ".join(filter(None, (returned.status, returned.reply))) or None
    in_row, dead = 0, returned.hard
    if returned.hard:
        await consent.suppress(tx, send["address_hash"], "HARD_BOUNCE", source="MAIL", reason=said, send_id=send["id"])
    else:
        in_row, dead = await _soft(tx, send, said)
        if (returned.status or "").startswith("5.7.") and send["sender_id"]:
            await breaker.failed(tx, send["sender_id"], said or "5.7")
    await _told(tx, "BOUNCE", returned, send, outcome=said)
    await _stamp(tx, send["id"], "bounced_at")
    await evidence.prove(tx, send["id"], "BOUNCE")
    data = {"hard": dead, "reply": said, **({} if returned.hard else {"in_row": in_row})}
    await events.note(tx, "mail.bounced", "Send", send["id"], person_id=send["person_id"], data=data)


async def _soft(tx: Tx, send: Send, said: str | None) -> tuple[int, bool]:
    """One more soft bounce; how many there are in a row, and whether they end mail to the address. A row has ended where a mail left since and nothing
    came back of it for days."""
    arrived = await tx.value(
        "SELECT EXISTS (SELECT 1 FROM sends s JOIN mail_addresses a ON a.workspace_id = $1 AND a.hash = s.address_hash WHERE s.workspace_id = $1 "
        "AND s.person_id = $2 AND s.address_hash = $3 AND s.state = 'SENT' AND s.bounced_at IS NULL AND s.sending_at > a.soft_bounced_at "
        "AND s.sending_at < $4::timestamptz - $5::interval)", tx.workspace, send["person_id"], send["address_hash"], await tx.now(), SILENT)
    if arrived:
        await consent.arrived(tx, send["address_hash"])
    in_row, since = await consent.bounced(tx, send["address_hash"])
    chosen = (await workspace_facts(tx)).settings
    if not 0 < chosen.soft_bounces <= in_row or since < timedelta(days=chosen.soft_bounce_days):
        return in_row, False
    reason = f"{in_row} soft bounces in a row over {since.days} days, the last: {said or 'without a reason'}"
    return in_row, await consent.suppress(tx, send["address_hash"], "HARD_BOUNCE", source="SOFT_BOUNCES", reason=reason[:500], send_id=send["id"])


async def _complained(tx: Tx, returned: Returned, send: Send) -> None:
    await consent.suppress(tx, send["address_hash"], "COMPLAINT", source="MAIL", send_id=send["id"])
    await _told(tx, "COMPLAINT", returned, send)
    await _stamp(tx, send["id"], "complained_at")
    await evidence.prove(tx, send["id"], "COMPLAINT")
    await events.note(tx, "mail.complained", "Send", send["id"], person_id=send["person_id"])


async def _delivered(tx: Tx, returned: Returned, send: Send) -> None:
    await _there(tx, send, "DELIVERED")


async def _opted_out(tx: Tx, returned: Returned, send: Send) -> None:
    """At the provider, or by a report that says so; sequences end by the event."""
    await consent.opt_out(tx, consent.OptOut(send["address_hash"], send["topic_id"], send["person_id"], "PROVIDER", send["id"]))


async def _touched(tx: Tx, returned: Returned, send: Send) -> None:
    mark = Mark(tx.workspace, send["id"], "OPEN" if returned.kind == "OPEN" else "LINK", url=returned.url or "")
    await record_touch(tx, Touch(mark, returned.agent, at=returned.at))


FOLLOWS: Mapping[str, Callable[[Tx, Returned, Send], Awaitable[None]]] = {
    "REPLY": _replied, "AUTO_REPLY": _away, "BOUNCE": _bounced, "COMPLAINT": _complained, "DELIVERED": _delivered, "UNSUBSCRIBE": _opted_out,
    "OPEN": _touched, "CLICK": _touched,
}


async def _there(tx: Tx, send: Send, what: evidence.Evidence) -> None:
    await consent.arrived(tx, send["address_hash"])
    await evidence.prove(tx, send["id"], what)


async def _stamp(tx: Tx, id: UUID, column: str) -> None:
    await tx.execute(
        f"UPDATE sends SET {column} = $3, version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2 AND {column} IS NULL",
        tx.workspace, id, await tx.now())


async def _told(tx: Tx, kind: Any, returned: Returned, send: Send, **said: Any) -> None:
    """On the timeline, where there is a person."""
    if send["person_id"] is None:
        return
    by_person = returned.kind == "REPLY"
    await timeline.record(tx, timeline.NewActivity(
        kind, participants=[(send["person_id"], "FROM")] if by_person or kind == "EMAIL" else [send["person_id"]], direction="INBOUND", automated=not by_person,
        source="mail", external_id=returned.external_id, send_id=send["id"], reading="MACHINE" if kind in ("BOUNCE", "EMAIL") else "HUMAN", **said))
