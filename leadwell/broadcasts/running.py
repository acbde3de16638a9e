"""Runs broadcasts: the snapshot at their hour, then mail by mail into the ledger, then the winner, then the end. Killed anywhere, it goes on where it was."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import consent, delivery, events, work
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.broadcasts.editing import read_variants
from leadwell.broadcasts.people import ask
from leadwell.broadcasts.shape import MEASURES, Audience, best
from leadwell.templates import variant_of
from leadwell.templates.variants import chance

BATCH = 1_000
GLANCE = timedelta(minutes=1)    # how often somebody looks whether all mail has its outcome
RUNNING = ("TESTING", "SENDING")
Row = Any


async def put_run(tx: Tx, id: UUID, at: datetime | None = None) -> None:
    """Somebody goes on with it at `at` at the latest."""
    await work.put(tx, work.NewJob("nurture", "nurture.broadcast", {"id": str(id)}, key=str(id), run_at=at, max_attempts=1_000_000))


async def plan_due(tx: Tx) -> int:
    """Puts the work of broadcasts that wait for their hour or are under way, should it have been lost; returns how many."""
    rows = await tx.fetch(
        "SELECT b.id, b.send_at, b.state FROM broadcasts b WHERE b.workspace_id = $1 AND b.state IN ('SCHEDULED', 'TESTING', 'SENDING') AND NOT EXISTS ("
        "SELECT 1 FROM work w WHERE w.workspace_id = $1 AND w.kind = 'nurture.broadcast' AND w.key = b.id::text AND w.state IN ('READY', 'RUNNING')) "
        "ORDER BY b.id", tx.workspace)
    for row in rows:
        await put_run(tx, row["id"], row["send_at"] if row["state"] == "SCHEDULED" else None)
    return len(rows)


async def run(tx: Tx, id: UUID, *, mail_from: str) -> int:
    """One stretch of a broadcast; returns how many mails were planned. Two who do this at once take turns."""
    row = await tx.row("SELECT b.* FROM broadcasts b WHERE b.workspace_id = $1 AND b.id = $2 FOR NO KEY UPDATE", tx.workspace, id)
    if row is None:
        return 0
    now = await tx.now()
    if row["state"] == "SCHEDULED":
        if row["send_at"] > now:
            await put_run(tx, id, row["send_at"])
        else:
            await _start(tx, dict(row), now)
        return 0
    if row["state"] not in RUNNING:
        return 0
    if row["state"] == "TESTING" and row["decide_at"] <= now:
        await decide(tx, dict(row), None)
        return 0
    planned = await _plan(tx, dict(row), now, mail_from)
    await _again(tx, dict(row), now, full=planned >= BATCH)
    return planned


async def _start(tx: Tx, row: dict[str, Any], now: datetime) -> None:
    """Writes down whom it goes to: those and no others, whoever comes in later."""
    due = (now, "timestamptz") if row["local_time"] is None else (row["local_time"], "text")
    sql = load(__name__, "snapshot" if row["local_time"] is None else "snapshot_local")
    more = {"broadcast": (row["id"], "uuid"), "due": due, "now": (now, "timestamptz"), "sender": (row["sender_id"], "uuid")}
    (found,) = await ask(tx, Audience.read(row["audience"]), sql, **more)
    test = row["test"] if found["n"] else None     # nobody is there: nothing to try out, and it is over
    state = "TESTING" if test else "SENDING"
    decide_at = now + timedelta(hours=test["hours"]) if test else None
    await tx.execute(
        "UPDATE broadcasts SET state = $3, started_at = $4, decide_at = $5, recipient_count = $6, version = version + 1, updated_at = $4 "
        "WHERE workspace_id = $1 AND id = $2", tx.workspace, row["id"], state, now, decide_at, found["n"])
    await events.note(tx, "broadcast.started", "Broadcast", row["id"], version=row["version"] + 1, data={"count": found["n"]})
    await put_run(tx, row["id"])


async def _plan(tx: Tx, row: Row, now: datetime, mail_from: str) -> int:
    """The next recipients whose time has come: a row of the ledger each, or the reason why there is none."""
    people = await tx.fetch(load(__name__, "due"), tx.workspace, row["id"], now, BATCH)
    if not people:
        return 0
    variants, test = read_variants(row["variants"]), row["test"] if row["winner"] is None else None
    later = [p["person_id"] for p in people if test and chance(f"{row['id']}:test", p["person_id"]) * 100 >= test["percent"]]
    await tx.execute(
        "UPDATE broadcast_recipients SET due_at = NULL WHERE workspace_id = $1 AND broadcast_id = $2 AND person_id = ANY($3::uuid[])",
        tx.workspace, row["id"], later)
    going = [p for p in people if p["person_id"] not in set(later)]
    weights = [v.weight for v in variants]
    chosen = {p["person_id"]: variant_of(str(row["id"]), p["person_id"], weights) if row["winner"] is None else row["winner"] for p in going}
    told = await _settle(tx, row, going, chosen)
    await delivery.plan(tx, [
        delivery.NewSend(
            p["person_id"], p["address"], p["normalized"], row["topic_id"], variants[chosen[p["person_id"]]].template_id, mail_class="BROADCAST",
            step=variants[chosen[p["person_id"]]].name, sender_id=row["sender_id"], window_id=row["window_id"], id=told[p["person_id"]])
        for p in going if p["person_id"] in told], mail_from=mail_from)
    return len(people)


async def _settle(tx: Tx, row: Row, going: Sequence[Row], chosen: Mapping[UUID, int]) -> dict[UUID, UUID]:
    """Keeps who gets which send; an address that has one already gets no second."""
    hashes = {p["person_id"]: consent.hash_of_normalized(p["normalized"]) for p in going if p["normalized"] is not None}
    taken = {r["address_hash"] for r in await tx.fetch(
        "SELECT r.address_hash FROM broadcast_recipients r WHERE r.workspace_id = $1 AND r.broadcast_id = $2 AND r.address_hash = ANY($3::bytea[])",
        tx.workspace, row["id"], list(hashes.values()))}
    sends: dict[UUID, UUID] = {}
    reasons: list[str | None] = []
    for p in going:
        person, hash = p["person_id"], hashes.get(p["person_id"])
        reasons.append("NO_ADDRESS" if hash is None else "SAME_ADDRESS" if hash in taken else None)
        if hash is not None and hash not in taken:
            taken.add(hash)
            sends[person] = uuid7()
    await tx.execute(
        load(__name__, "settle"), tx.workspace, row["id"], [p["person_id"] for p in going], [chosen[p["person_id"]] for p in going],
        [hashes[p["person_id"]] if p["person_id"] in sends else None for p in going], [sends.get(p["person_id"]) for p in going], reasons)
    return sends


async def _again(tx: Tx, row: Row, now: datetime, *, full: bool) -> None:
    """When somebody has to go on with it; or it is over."""
    if full:
        await put_run(tx, row["id"])
        return
    next_due = await tx.value(
        "SELECT min(r.due_at) FROM broadcast_recipients r WHERE r.workspace_id = $1 AND r.broadcast_id = $2 AND r.state = 'WAITING'", tx.workspace, row["id"])
    ends = [at for at in (next_due, row["decide_at"] if row["state"] == "TESTING" else None) if at is not None]
    if not ends and not await tx.value(load(__name__, "open"), tx.workspace, row["id"]):
        await _finish(tx, row, now)
        return
    await put_run(tx, row["id"], max(min([*ends, now + GLANCE]) if ends else now + GLANCE, now))


async def _finish(tx: Tx, row: Row, now: datetime) -> None:
    await tx.execute(
        "UPDATE broadcasts SET state = 'DONE', ended_at = $3, version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, row["id"], now)
    await events.note(tx, "broadcast.finished", "Broadcast", row["id"], version=row["version"] + 1)


async def decide(tx: Tx, row: Row, winner: int | None) -> int:
    """The rest gets the variant that did best so far, or the one named. The caller has locked the row. Returns its index."""
    now, by = await tx.now(), "HAND"
    if winner is None:
        by, column = "RESULT", MEASURES[row["test"]["by"]]
        rows = await tx.fetch(load(__name__, "measured").replace("{column}", column), tx.workspace, row["id"])
        counts = {r["variant"]: (r["reached"], r["sent"]) for r in rows}
        winner = best([counts.get(i, (0, 0)) for i, _ in enumerate(row["variants"])])
    await tx.execute(
        "UPDATE broadcast_recipients SET due_at = $3 WHERE workspace_id = $1 AND broadcast_id = $2 AND state = 'WAITING' AND due_at IS NULL",
        tx.workspace, row["id"], now)
    await tx.execute(
        "UPDATE broadcasts SET state = 'SENDING', winner = $3, version = version + 1, updated_at = $4 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, row["id"], winner, now)
    data = {"winner": row["variants"][winner]["name"], "by": by}
    await events.note(tx, "broadcast.decided", "Broadcast", row["id"], version=row["version"] + 1, data=data)
    await put_run(tx, row["id"])
    return winner
