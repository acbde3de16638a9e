"""API keys: made with scopes and bounds, shown once, listed by prefix, rotated without a gap, revoked within seconds everywhere."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events
from leadwell.access.bounds import NO_BOUNDS, Bounds, check
from leadwell.access.names import nouns
from leadwell.access.refusals import BadBound, BadExpiry, BadScope, CredentialRejected, KeyRotating, ScopeExceedsYours
from leadwell.access.tokens import digest, new_key
from leadwell.access.viewer import Viewer
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, StaleVersion
from leadwell.base.tx import Database, Tx

SCOPE = re.compile(r"\*|(\*|[a-z][A-Za-z]*):(\*|[a-z][A-Za-z]*)")
OTHERS = frozenset({"*", "apiKeys", "imports", "submissions", "workspaces", "webhooks", "clock", "jobs", "audit"})
NARROWER = "Bind it as your own key is bound, or more narrowly, or let a user do this, or a key that is not bound."
OVERLAP_DAYS, MOST_OVERLAP_DAYS = 7, 90


@dataclass(frozen=True, slots=True)
class Secret:
    """One of a key's secrets, as far as a list may show it."""

    prefix: str
    created_at: datetime
    ends_at: datetime | None = None
    used_at: datetime | None = None
    used_from: str | None = None


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key as a list shows it: never its text. `secrets`: those that open it, newest first; its use is that of the one used last, ended ones too."""

    id: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: UUID | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    bounds: Bounds = NO_BOUNDS
    version: int = 1
    secrets: tuple[Secret, ...] = ()
    used_at: datetime | None = None
    used_from: str | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made or rotated; `text` is shown once and kept nowhere."""

    text: str
    record: KeyRecord


async def create(
    tx: Tx, name: str, scopes: Sequence[str], *, expires_at: datetime | None = None, giver: Viewer | None = None, bounds: Bounds = NO_BOUNDS
) -> NewKey:
    """Makes a key of this workspace, `lw_test_` in a sandbox. A giver can hand on only what they may do themselves, and a key nothing that lasts longer or
    is bound less narrowly than itself. BadScope, BadBound, BadExpiry."""
    await _checked(tx, scopes, bounds, expires_at, giver)
    id, by = uuid7(), giver.user if giver else None
    text, prefix = new_key(await _kind(tx))
    made = await tx.value(
        "SELECT lw_create_key($2, $1, $3, $4, $5, $6, $7, $8, $9)",
        tx.workspace, id, name, prefix, digest(text), list(scopes), bounds.kept(), by, expires_at)  # fmt: skip
    await events.note(tx, "apiKey.created", "ApiKey", id, data={"name": name, "prefix": prefix, "scopes": list(scopes), **_told(bounds)})
    return NewKey(text, KeyRecord(id, name, prefix, tuple(scopes), made, by, expires_at, bounds=bounds, secrets=(Secret(prefix, made),)))


async def listed(tx: Tx) -> list[KeyRecord]:
    """All keys of the workspace, newest first, revoked ones too."""
    return [_record(row) for row in await tx.fetch("SELECT * FROM lw_keys($1)", tx.workspace)]


async def find(tx: Tx, id: UUID) -> KeyRecord:
    """NotFound."""
    row = await tx.row("SELECT * FROM lw_keys($1, $2)", tx.workspace, id)
    if row is None:
        raise NotFound(noun="API key")
    return _record(row)


async def update(tx: Tx, id: UUID, changes: Mapping[str, Any], giver: Viewer | None = None, expected_version: int | None = None) -> int:
    """Changes `name`, `scopes`, `expires_at` or what bounds it, by the names of Bounds; returns the version. Processes that saw the key lately learn of it
    within 5 seconds. NotFound, StaleVersion, BadScope, BadBound, BadExpiry."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('api key' || $1::uuid::text || $2::uuid::text, 0))", tx.workspace, id)
    key = await find(tx, id)
    if expected_version not in (None, key.version):
        raise StaleVersion(noun="API key")
    values = {name: changes.get(name, getattr(key, name)) for name in ("name", "scopes", "expires_at")}
    whole: dict[str, Any] = {"user_id": None, "team_id": None} if changes.get("rows") == "all" else {}
    bounds = Bounds(**{name: {**whole, **changes}.get(name, getattr(key.bounds, name)) for name in Bounds.__slots__})
    if (*values.values(), bounds) == (key.name, key.scopes, key.expires_at, key.bounds):
        return key.version
    await _checked(tx, values["scopes"], bounds, values["expires_at"], giver, moved="expires_at" in changes)
    if giver:
        for scope in key.scopes:
            _within(scope, giver)
    version: int | None = await tx.value(
        "SELECT lw_update_key($1, $2, $3, $4, $5, $6, $7)",
        tx.workspace, id, key.version, values["name"], list(values["scopes"]), bounds.kept(), values["expires_at"])  # fmt: skip
    if version is None:
        raise NotFound(noun="API key")
    before, after = _said(key.name, key.scopes, key.expires_at, key.bounds), _said(values["name"], values["scopes"], values["expires_at"], bounds)
    told = {name: [before.get(name), after.get(name)] for name in {**before, **after} if before.get(name) != after.get(name)}
    await events.note(tx, "apiKey.updated", "ApiKey", id, version=version, data={"changes": events.told(told)})
    return version


def _said(name: str, scopes: Sequence[str], expires_at: datetime | None, bounds: Bounds) -> dict[str, Any]:
    """What the audit tells of a key."""
    return {"name": name, "scopes": list(scopes), "expires_at": expires_at and expires_at.isoformat(), **bounds.kept()}


async def rotate(tx: Tx, id: UUID, giver: Viewer | None = None, *, old_ends_at: datetime | None = None, now: bool = False) -> NewKey:
    """A second secret of the same key. The one before it lives until `old_ends_at`, in 7 days unless said, or ends `now`, with all others.
    NotFound, KeyRotating, BadExpiry; a giver can hand on only what they may do themselves, and a key none that lasts longer or is bound less."""
    today, key = datetime.now(UTC), await find(tx, id)
    if giver:
        for scope in key.scopes:
            _within(scope, giver)
        await _shorter(tx, giver, key.expires_at, key.bounds)
    ends = today - timedelta(days=1) if now else old_ends_at or today + timedelta(days=OVERLAP_DAYS)
    if not now and not today < ends <= today + timedelta(days=MOST_OVERLAP_DAYS, minutes=5):
        raise BadExpiry(field="oldEndsAt", what="The secret of before", why=f"in the past, or more than {MOST_OVERLAP_DAYS} days ahead", days=MOST_OVERLAP_DAYS)
    text, prefix = new_key(await _kind(tx))
    made: bool | None = await tx.value("SELECT lw_rotate_key($1, $2, $3, $4, $5)", tx.workspace, id, prefix, digest(text), ends)
    if made is None:
        raise NotFound(noun="API key")
    if not made:
        raise KeyRotating()
    await events.note(tx, "apiKey.rotated", "ApiKey", id, data={"prefix": prefix, "old_ends_at": (today if now else ends).isoformat()})
    return NewKey(text, await find(tx, id))


async def end_old(tx: Tx, id: UUID) -> None:
    """Ends every secret of a key but the newest, before its date; doing it twice is fine."""
    if await tx.value("SELECT lw_end_secrets($1, $2)", tx.workspace, id):
        await events.note(tx, "apiKey.rotated", "ApiKey", id, data={"old_ends_at": datetime.now(UTC).isoformat()})


async def revoke(tx: Tx, id: UUID) -> UUID:
    """Ends a key with all its secrets; doing it twice is fine. Processes that saw it lately honor it for at most 5 more seconds."""
    if not await tx.value("SELECT lw_revoke_key($1, $2)", tx.workspace, id):
        raise NotFound(noun="API key")
    await events.note(tx, "apiKey.revoked", "ApiKey", id)
    return id


async def create_key(
    db: Database, workspace: UUID, name: str, scopes: Sequence[str] = ("*",), *, expires_at: datetime | None = None, bounds: Bounds = NO_BOUNDS
) -> NewKey:
    """The same from outside a transaction, as the system."""
    return await db.run(Actor.system(workspace), lambda tx: create(tx, name, scopes, expires_at=expires_at, bounds=bounds))


async def list_keys(db: Database, workspace: UUID) -> list[KeyRecord]:
    async with db.read(Actor.system(workspace)) as tx:
        return await listed(tx)


async def revoke_key(db: Database, workspace: UUID, id: UUID) -> UUID:
    return await db.run(Actor.system(workspace), lambda tx: revoke(tx, id))


async def _checked(tx: Tx, scopes: Sequence[str], bounds: Bounds, expires_at: datetime | None, giver: Viewer | None, *, moved: bool = True) -> None:
    """What a key shall be; `moved`: its end is among what is given."""
    for scope in scopes:
        noun = scope.partition(":")[0]
        if not SCOPE.fullmatch(scope) or not (noun in OTHERS or noun in nouns()):
            raise BadScope(field="scopes", scope=scope)
        if giver:
            _within(scope, giver)
    if moved and expires_at is not None and expires_at <= datetime.now(UTC):
        raise BadExpiry(field="expiresAt", what="The key", why="in the past", days=MOST_OVERLAP_DAYS)
    await check(tx, bounds)
    if giver:
        await _shorter(tx, giver, expires_at, bounds)


async def _shorter(tx: Tx, giver: Viewer, expires_at: datetime | None, bounds: Bounds) -> None:
    """What a key makes, changes or opens anew ends no later than itself and is bound as narrowly: else who has it for a day has it for good.
    BadBound, BadExpiry; CredentialRejected where it has been revoked meanwhile."""
    if giver.kind != "KEY":
        return
    own = await find(tx, giver.id)
    if own.revoked_at:
        raise CredentialRejected()
    if wider := bounds.beyond(own.bounds):
        raise BadBound(field=wider, value=wider, why="your own key is bound more narrowly", fix=NARROWER)
    if own.expires_at and (expires_at is None or expires_at > own.expires_at):
        ends = f"{own.expires_at:%Y-%m-%dT%H:%M:%SZ}"
        when = f"{'later than' if expires_at else 'never, unlike'} the one you use, which ends {ends}"
        fix = f"Let it end by {ends}, or let a user do this, or a key that lasts."
        raise BadExpiry(field="expiresAt", what="The key", why=when, days=MOST_OVERLAP_DAYS, fix=fix)


def _within(scope: str, giver: Viewer) -> None:
    noun, _, verb = scope.partition(":")
    if not giver.covers(noun, verb or "*"):
        raise ScopeExceedsYours(field="scopes", scope=scope)


async def _kind(tx: Tx) -> str:
    return "test" if await tx.value("SELECT w.kind FROM lw_workspace($1) w", tx.workspace) == "SANDBOX" else "live"


def _told(bounds: Bounds) -> dict[str, Any]:
    kept = bounds.kept()
    return {"bounds": kept} if kept else {}


def _record(row: asyncpg.Record) -> KeyRecord:
    secrets = [_secret(one) for one in row["secrets"]]
    used = max((one for one in secrets if one.used_at), key=lambda one: one.used_at or one.created_at, default=None)
    today = datetime.now(UTC)
    live = () if row["revoked_at"] else tuple(one for one in secrets if one.ends_at is None or one.ends_at > today)
    return KeyRecord(
        row["id"], row["name"], secrets[0].prefix, tuple(row["scopes"]), row["created_at"], row["created_by"], row["expires_at"], row["revoked_at"],
        Bounds.of(row["bounds"]), row["version"], live, used and used.used_at, used and used.used_from,
    )


def _secret(one: Mapping[str, Any]) -> Secret:
    made, ends, used = (one[name] and datetime.fromisoformat(one[name]) for name in ("created_at", "ends_at", "used_at"))
    return Secret(one["prefix"], made, ends, used, one["used_from"])
