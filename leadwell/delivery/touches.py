"""Opens and clicks of our mail: each is on the timeline with the program that made it, and proves that the mail had left."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadwell import consent, timeline
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.delivery import evidence
from leadwell.delivery.tracking import Mark

ONCE_S = 60   # the same link by the same program within a minute is one click


@dataclass(frozen=True, slots=True)
class Touch:
    """One open or click, as it came over the network. `machine`: it cannot have been a human, as with HEAD or a browser that only looks ahead."""

    mark: Mark
    agent: str | None
    machine: bool = False
    at: datetime | None = None


async def record_touch(tx: Tx, touch: Touch) -> bool:
    """Records it; False when there is nobody to record it for, or it was recorded a moment ago. Scoring judges who stood behind it."""
    mark, kind = touch.mark, "OPEN" if touch.mark.kind == "OPEN" else "CLICK"
    send = await tx.row("SELECT s.person_id, s.address_hash FROM sends s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, mark.send_id)
    if send is None or send["person_id"] is None:
        return False
    at = touch.at or await tx.now()
    agent = (touch.agent or "")[:500]
    program = hashlib.sha256(f"{agent}{touch.machine}".encode()).hexdigest()[:12]
    once = f"{kind.lower()}:{mark.send_id}:{mark.kind[0]}{mark.number}:{program}:{int(at.timestamp()) // ONCE_S}"
    if await tx.value("SELECT 1 FROM activity_keys k WHERE k.workspace_id = $1 AND k.source = 'leadwell' AND k.external_id = $2", tx.workspace, once):
        return False
    await tx.fetch("SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = $2 FOR NO KEY UPDATE", tx.workspace, send["person_id"])
    honey = mark.kind == "HONEY"
    await timeline.record(tx, timeline.NewActivity(
        kind, participants=[send["person_id"]], direction="INBOUND", source="leadwell", external_id=once, send_id=mark.send_id, at=at,
        reading="MACHINE" if touch.machine or honey else "HUMAN",
        data={"userAgent": agent, **({"url": mark.url} if mark.url else {}), **({"honey": True} if honey else {})}))
    await consent.arrived(tx, send["address_hash"])
    await evidence.prove(tx, mark.send_id, kind)
    return True


async def follow_touches(tx: Tx, recorded: Sequence[Any]) -> int:
    """Says on the sends when a human first opened or followed them, as opens and clicks are read now; returns how many sends were looked at."""
    ids = [e["record_id"] for e in recorded if e["kind"] == "activity.reread" or e["data"].get("kind") in ("OPEN", "CLICK")]
    return await tx.execute(load(__name__, "first_touches"), tx.workspace, ids, await tx.now()) if ids else 0


