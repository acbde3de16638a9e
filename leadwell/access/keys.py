"""API keys: made with scopes, shown once, listed by prefix, revoked within seconds everywhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from leadwell import events
from leadwell.access.names import nouns
from leadwell.access.refusals import BadScope, ScopeExceedsYours
from leadwell.access.tokens import digest, new_key
from leadwell.access.viewer import Viewer
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database, Tx

SCOPE = re.compile(r"\*|(\*|[a-z][A-Za-z]*):(\*|[a-z][A-Za-z]*)")
OTHERS = frozenset({"*", "apiKeys", "imports", "submissions", "workspaces", "webhooks", "clock", "jobs"})


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key as a list shows it: never its text."""

    id: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: UUID | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; `text` is shown once and kept nowhere."""

    text: str
    record: KeyRecord


async def create(tx: Tx, name: str, scopes: Sequence[str], *, expires_at: datetime | None = None, giver: Viewer | None = None) -> NewKey:
    """Makes a key of this workspace, `lw_test_` in a sandbox. A giver can hand on only what they may do themselves."""
    for scope in scopes:
        _check(scope, giver)
    kind = "test" if await tx.value("SELECT w.kind FROM lw_workspace($1) w", tx.workspace) == "SANDBOX" else "live"
    text, prefix = new_key(kind)
    id, by = uuid7(), giver.user if giver else None
    made = await tx.value("SELECT lw_create_key($2, $1, $3, $4, $5, $6, $7, $8)", tx.workspace, id, name, prefix, digest(text), list(scopes), by, expires_at)
    await events.note(tx, "apiKey.created", "ApiKey", id, data={"name": name, "prefix": prefix, "scopes": list(scopes)})
    return NewKey(text, KeyRecord(id, name, prefix, tuple(scopes), made, by, expires_at))


async def listed(tx: Tx) -> list[KeyRecord]:
    """All keys of the workspace, newest first, revoked ones too."""
    return [_record(row) for row in await tx.fetch("SELECT * FROM lw_keys($1)", tx.workspace)]


async def revoke(tx: Tx, id: UUID) -> UUID:
    """Ends a key; doing it twice is fine. Processes that saw it lately honor it for at most 5 more seconds."""
    if not await tx.value("SELECT lw_revoke_key($1, $2)", tx.workspace, id):
        raise NotFound(noun="API key")
    await events.note(tx, "apiKey.revoked", "ApiKey", id)
    return id


async def create_key(db: Database, workspace: UUID, name: str, scopes: Sequence[str] = ("*",), *, expires_at: datetime | None = None) -> NewKey:
    """The same from outside a transaction, as the system."""
    return await db.run(Actor.system(workspace), lambda tx: create(tx, name, scopes, expires_at=expires_at))


async def list_keys(db: Database, workspace: UUID) -> list[KeyRecord]:
    async with db.read(Actor.system(workspace)) as tx:
        return await listed(tx)


async def revoke_key(db: Database, workspace: UUID, id: UUID) -> UUID:
    return await db.run(Actor.system(workspace), lambda tx: revoke(tx, id))


def _check(scope: str, giver: Viewer | None) -> None:
    noun, _, verb = scope.partition(":")
    if not SCOPE.fullmatch(scope) or not (noun in OTHERS or noun in nouns()):
        raise BadScope(field="scopes", scope=scope)
    if giver and not giver.covers(noun, verb or "*"):
        raise ScopeExceedsYours(field="scopes", scope=scope)


def _record(row: asyncpg.Record) -> KeyRecord:
    return KeyRecord(
        row["id"], row["name"], row["prefix"], tuple(row["scopes"]), row["created_at"], row["created_by"],
        row["expires_at"], row["revoked_at"], row["used_at"],
    )
