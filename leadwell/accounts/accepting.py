"""What follows from the link of an invitation: whoever holds it has the mailbox it was sent to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events
from leadwell.access import oidc, passwords, sessions, users
from leadwell.access.refusals import WrongPassword
from leadwell.access.sessions import Client, Opened
from leadwell.access.standing import standing
from leadwell.access.tokens import INVITATION, digest
from leadwell.accounts.refusals import InvitationOver, KnownOtherwise
from leadwell.base.actor import Actor
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx


@dataclass(frozen=True, slots=True)
class Invited:
    """What the page of an invitation says. `has_login`: the address has a password of its own already, and that one counts."""

    workspace_id: UUID
    workspace: str
    email: str
    name: str
    role: str
    inviter: str | None
    expires_at: datetime
    has_login: bool


async def invited(db: Database, token: str) -> Invited:
    """What a link opens; looking changes nothing. InvitationOver."""
    workspace, id = await _opened(db, token)
    async with db.read(_person(workspace)) as tx:
        row = await _row(tx, id)
    return Invited(
        workspace, row["workspace"], row["email"], row["name"], row["role_name"], row["inviter"], row["expires_at"],
        bool(row["password_hash"] and row["verified"]))


async def accept(db: Database, token: str, password: str, client: Client) -> Opened:
    """Makes whoever holds the link a user. An address that has proved itself before keeps its password, and is asked for it; any other takes the password
    given, whatever it had. InvitationOver, PasswordTooWeak, WrongPassword, TooManyAttempts."""
    workspace, id = await _opened(db, token)
    async with db.read(_person(workspace)) as tx:
        row = await _row(tx, id)
    fresh: str | None = None
    if row["password_hash"] and row["verified"]:
        await sessions.attempt(db, sessions.counted(row["email"]))
        if not await passwords.matches(row["password_hash"], password):
            raise WrongPassword(field="password")
        await db.control("SELECT lw_sign_in_succeeded($1, true)", sessions.counted(row["email"]))
    else:
        fresh = await passwords.hashed(password)
    return await _taken(db, token, client, password_hash=fresh)


async def accept_by(db: Database, token: str, claims: oidc.Claims, client: Client) -> Opened:
    """The same by an identity provider: from now on, whom it knows so is that user. A password that was never proved is taken away.
    InvitationOver, KnownOtherwise."""
    return await _taken(db, token, client, claims=claims)


async def _taken(db: Database, token: str, client: Client, *, password_hash: str | None = None, claims: oidc.Claims | None = None) -> Opened:
    """Takes the invitation, makes the user and opens a session. Two at once: one of them is told that it is over."""
    workspace, id = await _opened(db, token)

    async def verb(tx: Tx) -> UUID:
        row = await _row(tx, id, token)
        user = await users.create(tx, email=row["email"], name=row["name"], role=row["role"])
        login = await tx.value("SELECT u.login_id FROM users u WHERE u.workspace_id = $1 AND u.id = $2", tx.workspace, user)
        await tx.execute("SELECT lw_prove_login($1, $2, $3)", tx.workspace, login, password_hash)
        if row["team_id"]:
            await tx.execute("UPDATE users SET team_id = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, user, row["team_id"])
        if claims and await oidc.link(tx, claims, user) != user:
            raise KnownOtherwise()
        await tx.execute(
            "UPDATE invitations SET accepted_at = clock_timestamp(), user_id = $3, token_hash = '' WHERE workspace_id = $1 AND id = $2", tx.workspace, id, user)
        await events.note(tx, "invitation.accepted", "Invitation", id, data={"user_id": user})
        return login

    login = await db.run(_person(workspace), verb)
    return await sessions.open_session(db, login, workspace, "OIDC" if claims else "MAIL", client)


async def _opened(db: Database, token: str) -> tuple[UUID, UUID]:
    """Workspace and id of the invitation that a link opens."""
    found = await db.control("SELECT * FROM lw_invitation($1)", digest(token)) if token.startswith(INVITATION) and len(token) < 100 else []
    if not found:
        raise InvitationOver()
    return found[0]["workspace_id"], found[0]["id"]


async def _row(tx: Tx, id: UUID, token: str | None = None) -> asyncpg.Record:
    """The invitation, locked where a token is to be used up. InvitationOver, too, when whoever sent it is gone or may no longer give that role."""
    if token is not None:
        lock = "SELECT i.token_hash FROM invitations i WHERE i.workspace_id = $1 AND i.id = $2 AND i.accepted_at IS NULL AND i.revoked_at IS NULL FOR UPDATE"
        if await tx.value(lock, tx.workspace, id) != digest(token):
            raise InvitationOver()
    row: Any = await tx.row(load(__name__, "invited"), tx.workspace, id)
    giver = await standing(tx, row["credential"]) if row["credential"] else None
    if row["role_archived"] or (row["credential"] and not (giver and giver.covers_role(row["grants"]))):
        raise InvitationOver()
    return row


def _person(workspace: UUID) -> Actor:
    return Actor(workspace, "PERSON")
