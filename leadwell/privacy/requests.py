"""The rows of privacy requests: put down once, moved on by whoever does the work, and closed with a receipt."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.tx import Tx
from leadwell.privacy.scope import Scope

ROW = "SELECT q.* FROM privacy_requests q WHERE q.workspace_id = $1 AND q.id = $2 FOR NO KEY UPDATE"
PUT = (
    "INSERT INTO privacy_requests (workspace_id, id, kind, rule, person_id, people, before, people_count, actor, reason, sealed_key_id, sealed_ciphertext, "
    "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, cardinality($6::uuid[]), $8, $9, $10, $11, $12, $12)")
MOVE = (
    "UPDATE privacy_requests SET step = $3, counts = $4, version = version + 1, updated_at = $5 WHERE workspace_id = $1 AND id = $2 AND state = 'RUNNING'")
CLOSE = (
    "UPDATE privacy_requests SET state = $3, receipt = $4, error = $5, size = $6, kept = $7, finished_at = $8, counts = $9, sealed_key_id = NULL, "
    "sealed_ciphertext = NULL, version = version + 1, updated_at = $8 WHERE workspace_id = $1 AND id = $2 AND state = 'RUNNING' RETURNING version")


async def locked(tx: Tx, id: UUID) -> asyncpg.Record | None:
    """A request that is still to be done, locked; None when it is over."""
    row = await tx.row(ROW, tx.workspace, id)
    return row if row is not None and row["state"] == "RUNNING" else None


async def put(tx: Tx, kind: str, of: Scope, person: UUID | None, *, rule: str | None = None, before: datetime | None = None, reason: str | None = None) -> UUID:
    """A new request. What is looked for is sealed with it until it is done."""
    id, sealed = uuid7(), of.sealed() if of.words else (None, None)
    await tx.execute(
        PUT, tx.workspace, id, kind, rule, person, list(of.people), before, str(tx.actor), reason and reason[:500], sealed[0], sealed[1], await tx.now())
    told = {"what": kind, **({"rule": rule} if rule else {})}
    await events.note(tx, "privacyRequest.asked", "PrivacyRequest", id, person_id=person, version=1, data=told)
    return id


async def move(tx: Tx, row: Mapping[str, Any], step: int, table: str = "", rows: int = 0) -> None:
    """How far it has come, in the transaction of what was done."""
    counts = dict(row["counts"])
    if rows:
        counts[table] = counts.get(table, 0) + rows
    await tx.execute(MOVE, tx.workspace, row["id"], step, counts, await tx.now())


async def fail(tx: Tx, id: UUID, error: str) -> None:
    """It does not go on by itself any more; what it was to look for stays with it, so that somebody can let it."""
    now = await tx.now()
    failed = (
        "UPDATE privacy_requests SET state = 'FAILED', error = $3, version = version + 1, updated_at = $4 "
        "WHERE workspace_id = $1 AND id = $2 AND state = 'RUNNING' RETURNING version")
    if version := await tx.value(failed, tx.workspace, id, error[:1000], now):
        await events.note(tx, "privacyRequest.failed", "PrivacyRequest", id, version=version)


async def revive(tx: Tx, id: UUID) -> bool:
    """An erasure or access export that failed is under way again; False where it had not failed."""
    again = (
        "UPDATE privacy_requests SET state = 'RUNNING', error = NULL, version = version + 1, updated_at = $3 "
        "WHERE workspace_id = $1 AND id = $2 AND state = 'FAILED' RETURNING version")
    version = await tx.value(again, tx.workspace, id, await tx.now())
    if version:
        await events.note(tx, "privacyRequest.resumed", "PrivacyRequest", id, version=version)
    return bool(version)


async def close(tx: Tx, row: Mapping[str, Any], *, state: str = "DONE", error: str | None = None, size: int = 0, kept: Mapping[str, int] | None = None,
                receipt: str | None = None) -> str:  # fmt: skip
    """Ends it; returns the receipt: the hash over who asked for what, and what was done, which the event in the audit holds as well."""
    now = await tx.now()
    told = {"id": str(row["id"]), "kind": row["kind"], "rule": row["rule"], "people": [str(id) for id in row["people"]], "counts": dict(row["counts"]),
            "actor": row["actor"], "asked": row["created_at"].isoformat(), "done": now.isoformat()}  # fmt: skip
    receipt = receipt or hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
    await tx.value(CLOSE, tx.workspace, row["id"], state, receipt if state == "DONE" else None, error and error[:1000], size, dict(kept or {}), now,
        dict(row["counts"]))
    return receipt
