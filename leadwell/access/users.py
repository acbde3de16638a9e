"""Users: a membership of a workspace, with the login behind it."""

from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events
from leadwell.access import passwords
from leadwell.access.refusals import AddressUnproved, LastOwner, RoleExceedsYours, RoleUnknown, WrongPassword
from leadwell.access.sessions import attempt, counted, normalized
from leadwell.access.tokens import digest
from leadwell.access.viewer import Viewer
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Forbidden
from leadwell.base.rows import Revision, locked, revise
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx

OWNER = "OWNER"


async def create_user(db: Database, workspace: UUID, *, email: str, name: str, role: str = "OWNER", password: str | None = None) -> UUID:
    """The user of that address in the workspace, made if there is none; returns its id. Without a password only a link signs in."""
    password_hash = await passwords.hashed(password) if password is not None else None
    return await db.run(Actor.system(workspace), lambda tx: create(tx, email=email, name=name, role=role, password_hash=password_hash), replayable=True)


async def create(tx: Tx, *, email: str, name: str, role: str, password_hash: str | None = None, giver: Viewer | None = None) -> UUID:
    """A login that exists already keeps its password: whoever adds a colleague elsewhere cannot take the account over.
    A giver can hand on only what they may do themselves."""
    role_id, address = await role_to_give(tx, role, giver), normalized(email)
    login: UUID = await tx.value("SELECT lw_create_login($1, $2, $3, $4)", uuid7(), address, name, password_hash)
    made = await tx.value(
        "INSERT INTO users (workspace_id, id, login_id, name, email, role_id, version, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7) ON CONFLICT (workspace_id, login_id) DO NOTHING RETURNING id",
        tx.workspace, uuid7(), login, name, address, role_id, await tx.now())
    if made is None:
        return await tx.value("SELECT u.id FROM users u WHERE u.workspace_id = $1 AND u.login_id = $2", tx.workspace, login)
    await events.note(tx, "user.created", "User", made, version=1, data={"role": role})
    return made


async def listed(tx: Tx) -> list[dict[str, Any]]:
    """Who works here, was shut out, or is invited, by name: email, name, role, team and state (ACTIVE, ARCHIVED, INVITED)."""
    return [dict(row) for row in await tx.fetch(load(__name__, "listed_users"), tx.workspace)]


async def role_to_give(tx: Tx, code: str, giver: Viewer | None) -> UUID:
    """The role of that code, if the giver may hand it on. RoleUnknown, RoleExceedsYours."""
    found = await tx.row("SELECT r.id, r.grants FROM roles r WHERE r.workspace_id = $1 AND r.code = $2 AND r.archived_at IS NULL", tx.workspace, code)
    if found is None:
        codes = await tx.fetch("SELECT r.code FROM roles r WHERE r.workspace_id = $1 AND r.archived_at IS NULL ORDER BY r.code", tx.workspace)
        raise RoleUnknown(field="role", role=code[:60], fix=f"Give the code of one: {', '.join(row['code'] for row in codes)}.")
    if giver and not giver.covers_role(found["grants"]):
        raise RoleExceedsYours(field="role", role=code)
    return found["id"]


async def archive(tx: Tx, user_id: UUID, giver: Viewer | None = None, expected_version: int | None = None) -> Revision:
    """Shuts a user out: sessions, links and identities let nobody in as them any more. What is theirs stays theirs until it is handed over.
    NotFound, StaleVersion, RoleExceedsYours, LastOwner."""
    row, role = await _held(tx, user_id, giver, expected_version)
    if role["code"] == OWNER and row["archived_at"] is None:
        others = "SELECT 1 FROM users u WHERE u.workspace_id = $1 AND u.role_id = $2 AND u.id <> $3 AND u.archived_at IS NULL LIMIT 1"
        if not await tx.value(others, tx.workspace, row["role_id"], user_id):
            raise LastOwner(field="id")
    revision = await revise(tx, "user", "users", row, {"archived_at": row["archived_at"] or await tx.now()})
    if revision.changes:
        await tx.execute("SELECT lw_shut_out($1, $2)", tx.workspace, user_id)
        await events.note(tx, "user.archived", "User", user_id, version=revision.version)
    return revision


async def unarchive(tx: Tx, user_id: UUID, giver: Viewer | None = None, expected_version: int | None = None) -> Revision:
    """Lets a user in again, with the role they had. NotFound, StaleVersion, RoleExceedsYours."""
    row, _ = await _held(tx, user_id, giver, expected_version)
    revision = await revise(tx, "user", "users", row, {"archived_at": None})
    if revision.changes:
        await events.note(tx, "user.unarchived", "User", user_id, version=revision.version)
    return revision


async def _held(tx: Tx, user_id: UUID, giver: Viewer | None, expected_version: int | None) -> tuple[dict[str, Any], asyncpg.Record]:
    """The user and their role, while nobody else changes who works here."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('users' || $1::uuid::text, 0))", tx.workspace)
    row = await locked(tx, "user", "users", user_id, expected_version)
    role = await tx.row("SELECT r.code, r.grants FROM roles r WHERE r.workspace_id = $1 AND r.id = $2", tx.workspace, row["role_id"])
    assert role is not None
    if giver and not giver.covers_role(role["grants"]):
        raise RoleExceedsYours(field="id", role=role["code"])
    return row, role


async def set_password(db: Database, email: str, password: str) -> bool:
    """Sets the password of a login and ends its sessions; False when there is no such login. For operators, not for a door."""
    found = await db.control("SELECT id FROM lw_login($1)", normalized(email))
    if found:
        await db.control("SELECT lw_set_password($1, $2)", found[0]["id"], await passwords.hashed(password))
    return bool(found)


async def change_password(db: Database, viewer: Viewer, current: str | None, new: str, token: str | None = None) -> UUID:
    """The viewer's own password; every session of theirs ends, this one too. Who has none yet needs no current one, if the session of `token` shows that
    the login is theirs; where only an administrator's link does, it opens that workspace alone. WrongPassword, AddressUnproved, PasswordTooWeak,
    TooManyAttempts."""
    if viewer.user is None:
        raise Forbidden(noun="users", verb="change the password of")
    async with db.read(Actor.system(viewer.workspace)) as tx:
        found = await tx.row("SELECT * FROM lw_login_of($1, $2)", tx.workspace, viewer.user)
    if found is None:
        raise Forbidden(noun="users", verb="change the password of")
    if found["password_hash"] is not None:
        await attempt(db, counted(found["email"]))
        if not await passwords.matches(found["password_hash"], current or ""):
            raise WrongPassword(field="current")
        await db.control("SELECT lw_sign_in_succeeded($1, true)", counted(found["email"]))
        place: UUID | None = found["password_place"]
    else:
        place = None if await _proved(db, token) else viewer.workspace
    await db.control("SELECT lw_set_password($1, $2, $3)", found["id"], await passwords.hashed(new), place)
    return viewer.user


async def _proved(db: Database, token: str | None) -> bool:
    """Whether the mailbox was: whoever holds it may set a first password. So may, for the one workspace, whoever has a link from its administrator while
    the login works nowhere else: else that administrator could get into another workspace. AddressUnproved."""
    found = await db.control("SELECT * FROM lw_session_proof($1)", digest(token)) if token else []
    if not found or not (found[0]["via"] == "MAIL" or (found[0]["via"] == "LINK" and found[0]["places"] == 1)):
        raise AddressUnproved(field="current")
    return found[0]["via"] == "MAIL"
