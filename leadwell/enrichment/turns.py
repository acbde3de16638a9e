"""Asking a provider outside: credits are reserved before, settled after, and its answer is kept for everybody who waits for it."""

import secrets as chance
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from leadwell import work
from leadwell.base import secrets
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.enrichment.asking import Answer, Mapped, Question
from leadwell.enrichment.fields import checked
from leadwell.enrichment.gate import Gate, Price, Verdict, admit, after

PURPOSE = "enrichment-secrets"
HOLD_S, FAILED_H, MANY = 120, 6, 50
Turn = Question | Answer | timedelta | None
PRICE = ("per_minute", "cost", "charges_misses", "monthly_budget")
GATE = ("tokens", "refilled_at", "month", "breaker", "failures", "until", "reason", "spent")


async def take_turn(tx: Tx, provider_id: UUID, key: str, lease: UUID) -> Turn:
    """The question to ask now, its credits held under the lease; how long to wait for a turn; an answer (SKIPPED) that needs no asking; or None
    when there is nothing to ask any more. Called again after a crash it takes over its own hold."""
    provider = await _provider(tx, provider_id)
    if provider is None or provider["kind"] == "PUSH" or await _answered(tx, provider_id, key):
        return None
    gate, price, now = await _gate(tx, provider)
    held: int = await tx.value(load(__name__, "held"), tx.workspace, provider_id, key)
    gate, verdict = admit(gate, price, held, now, (await tx.now()).date().replace(day=1))
    await _put_gate(tx, provider_id, gate)
    if not verdict.asked:
        return _refused(verdict, now)
    await tx.execute(load(__name__, "hold"), tx.workspace, provider_id, key, lease, price.cost, HOLD_S)
    return Question(provider["kind"], key, msgspec.convert(provider["mapping"], Mapped), _secrets(provider))


def _refused(verdict: Verdict, now: datetime) -> Answer | timedelta:
    if verdict.wait is not None:
        return max(verdict.wait, timedelta(seconds=0.2)) + timedelta(milliseconds=chance.randbelow(500))
    return Answer("SKIPPED", reason=verdict.skip, after_s=(verdict.until - now).total_seconds() if verdict.until else None)


async def failed(tx: Tx, provider_id: UUID, key: str, lease: UUID, answer: Answer) -> None:
    """A try that is made again: its credits are given back, and it counts against the provider once, however often this is called."""
    provider = await _provider(tx, provider_id)
    if provider and await _release(tx, provider_id, key, lease):
        gate, _, now = await _gate(tx, provider)
        await _put_gate(tx, provider_id, after(gate, answer, 0, now))


async def answered(tx: Tx, provider_id: UUID, key: str, lease: UUID | None, answer: Answer | None) -> None:
    """Settles the credits, keeps the answer and has everybody who waits for it looked at again."""
    provider = await _provider(tx, provider_id)
    if provider and answer:
        credits = 0
        if lease and answer.state != "SKIPPED":
            gate, price, now = await _gate(tx, provider)
            credits = price.of(answer)
            await _release(tx, provider_id, key, lease)
            await _put_gate(tx, provider_id, after(gate, answer, credits, now))
        await keep(tx, provider, key, answer, credits)
    await wake(tx, provider_id, key)


async def keep(tx: Tx, provider: Any, key: str, answer: Answer, credits: int = 0) -> str:
    """Writes an answer down, its values read; returns its state. Nothing usable among them is a MISS."""
    values = checked(answer.values) | ({"email.isValid": False} if answer.values.get("email.isValid") is False else {})
    state = "MISS" if answer.state == "FOUND" and not values else answer.state
    reason = answer.reason or ("Nothing in it could be used." if state != answer.state else None)
    now = await tx.now()
    expires = now + _lasts(provider, state, answer.after_s)
    await tx.execute(
        load(__name__, "keep_answer"), tx.workspace, uuid7(), provider["id"], key, state, values if state == "FOUND" else {},
        answer.found if state in ("FOUND", "MISS") else {}, reason and reason[:500], credits, now, expires)  # fmt: skip
    return state


def _lasts(provider: Any, state: str, after_s: float | None) -> timedelta:
    """How long an answer counts: one that was not asked for, until asking may be possible again, from 5 minutes to a day."""
    if state == "SKIPPED":
        return timedelta(seconds=min(max(after_s or 0, 300), 86_400))
    return timedelta(hours={"FOUND": provider["ttl_hours"], "FAILED": FAILED_H}.get(state, provider["miss_ttl_hours"]))


async def wake(tx: Tx, provider_id: UUID, key: str) -> int:
    """Everybody who waits for an answer is looked at again; returns how many."""
    rows = await tx.fetch(
        "DELETE FROM enrichment_waits w WHERE w.workspace_id = $1 AND w.provider_id = $2 AND w.key = $3 RETURNING w.person_id, w.cause_id",
        tx.workspace, provider_id, key)  # fmt: skip
    for cause in {row["cause_id"] for row in rows}:
        await look_again(tx, [row["person_id"] for row in rows if row["cause_id"] == cause], cause=cause)
    return len(rows)


async def look_again(tx: Tx, person_ids: list[UUID], *, anyway: bool = False, cause: UUID | None = None) -> None:
    """Puts people in line to be looked at; `anyway`: even when nothing about them has changed; `cause`: the change of many the look belongs to."""
    priority = work.BULK if len(person_ids) > MANY else work.PROMPT
    more = ({"again": True} if anyway else {}) | ({"cause_id": str(cause)} if cause else {})
    tail = (":again" if anyway else "") + (f":{cause}" if cause else "")
    await work.put(tx, *(
        work.NewJob("enrich", "enrich.person", {"person_id": str(id), **more}, key=f"{id}{tail}", priority=priority) for id in person_ids))  # fmt: skip


async def _provider(tx: Tx, provider_id: UUID) -> Any:
    return await tx.row(
        "SELECT e.* FROM enrichment_providers e WHERE e.workspace_id = $1 AND e.id = $2 AND e.is_active AND e.archived_at IS NULL", tx.workspace, provider_id)


async def _answered(tx: Tx, provider_id: UUID, key: str) -> bool:
    return bool(await tx.value(
        "SELECT 1 FROM enrichment_answers a WHERE a.workspace_id = $1 AND a.provider_id = $2 AND a.key = $3 AND a.expires_at > $4",
        tx.workspace, provider_id, key, await tx.now()))  # fmt: skip


async def _gate(tx: Tx, provider: Any) -> tuple[Gate, Price, datetime]:
    """The gate, locked until the transaction ends, and the database's time."""
    price = Price(**{name: provider[name] for name in PRICE})
    await tx.execute(load(__name__, "open_gate"), tx.workspace, provider["id"], price.per_minute, (await tx.now()).date().replace(day=1))
    row = await tx.row(
        f"SELECT {', '.join(f'g.{name}' for name in GATE)}, clock_timestamp() AS now FROM enrichment_gates g "
        "WHERE g.workspace_id = $1 AND g.provider_id = $2 FOR UPDATE", tx.workspace, provider["id"])  # fmt: skip
    assert row is not None, "the statement before made it"
    return Gate(**{name: row[name] for name in GATE}), price, row["now"]


async def _put_gate(tx: Tx, provider_id: UUID, gate: Gate) -> None:
    sets = ", ".join(f"{name} = ${i}" for i, name in enumerate(GATE, 3))
    await tx.execute(
        f"UPDATE enrichment_gates SET {sets} WHERE workspace_id = $1 AND provider_id = $2", tx.workspace, provider_id, *(getattr(gate, n) for n in GATE))


async def _release(tx: Tx, provider_id: UUID, key: str, lease: UUID) -> bool:
    return bool(await tx.execute(
        "DELETE FROM enrichment_holds h WHERE h.workspace_id = $1 AND h.provider_id = $2 AND h.key = $3 AND h.lease = $4",
        tx.workspace, provider_id, key, lease))  # fmt: skip


def _secrets(provider: Any) -> dict[str, str]:
    sealed = provider["secret_ciphertext"]
    return msgspec.json.decode(secrets.decrypt(PURPOSE, provider["secret_key_id"], sealed), type=dict[str, str]) if sealed else {}
