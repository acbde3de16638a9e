"""Invitations: who may become a user by a link that was mailed to them. Nobody is told whether an address has a login elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import delivery, events
from leadwell.access import Viewer, users
from leadwell.access.tokens import INVITATION, digest, new_token
from leadwell.accounts import letters
from leadwell.accounts.refusals import AlreadyHere, InvitedJustNow, NoAddress, TooManyInvitations
from leadwell.base.identity import Email, clean, parse_email
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Named, require
from leadwell.base.settings import Settings
from leadwell.base.sql import load
from leadwell.base.tx import Tx

DAYS, LEAST_S, MOST, SHOWN = 7, 60, 500, 500
LONGEST_NAME = 100
HERE = "SELECT u.id, u.archived_at FROM users u WHERE u.workspace_id = $1 AND lower(u.email) = $2 ORDER BY u.archived_at NULLS FIRST LIMIT 1"
OPEN = "SELECT i.id, i.sent_at FROM invitations i WHERE i.workspace_id = $1 AND i.email = $2 AND i.accepted_at IS NULL AND i.revoked_at IS NULL"
SENT = (
    "UPDATE invitations SET token_hash = $3, sent_at = t, expires_at = t + make_interval(days => $4) FROM clock_timestamp() t "
    "WHERE workspace_id = $1 AND id = $2"
)


@dataclass(frozen=True, slots=True)
class Invitee:
    """Who is invited, as what, and into which team."""

    email: str
    name: str
    role: str
    team_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """An invitation as a list shows it: never its link."""

    id: UUID
    email: str
    name: str
    role: str
    team_id: UUID | None
    invited_by_id: UUID | None
    sent_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None
    user_id: UUID | None


async def invite(tx: Tx, invitee: Invitee, settings: Settings, *, giver: Viewer | None = None) -> UUID:
    """Writes to somebody that they may work here, within DAYS days; one invitation per address is open, and inviting again changes and sends it.
    NoAddress, RoleUnknown, RoleExceedsYours, NotFound (team), AlreadyHere, InvitedJustNow, TooManyInvitations."""
    read = parse_email(invitee.email)
    if not isinstance(read, Email):
        raise NoAddress(field="email", email=invitee.email[:100])
    role_id = await users.role_to_give(tx, invitee.role, giver)
    await require(tx, Named("team", "teams", invitee.team_id, "team_id"))
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('invitations' || $1::uuid::text, 0))", tx.workspace)
    await _absent(tx, read.normalized)
    name = clean(invitee.name)[:LONGEST_NAME] or read.normalized
    known: Any = await tx.row(OPEN, tx.workspace, read.normalized)
    id, by = known["id"] if known else uuid7(), giver.user if giver else None
    values = (tx.workspace, id, name, role_id, invitee.team_id, giver.credential if giver else None, by)
    if known:
        await tx.execute(
            "UPDATE invitations SET name = $3, role_id = $4, team_id = $5, credential = $6, invited_by_id = $7 WHERE workspace_id = $1 AND id = $2", *values)
    else:
        await _room(tx)
        await tx.execute(load(__name__, "invite"), *values, read.normalized)
    await _send(tx, id, settings, known)
    await events.note(tx, "invitation.sent", "Invitation", id, data={"role": invitee.role, "again": known is not None})
    return id


async def resend(tx: Tx, id: UUID, settings: Settings, *, giver: Viewer | None = None) -> UUID:
    """Sends another link for as long again; the one before lets nobody in any more. It hands on the rights of whoever sends it last.
    NotFound, RoleExceedsYours, AlreadyHere, InvitedJustNow."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('invitations' || $1::uuid::text, 0))", tx.workspace)
    row = await _found(tx, id)
    await users.role_to_give(tx, row["role"], giver)
    await _absent(tx, row["email"])
    if giver:
        await tx.execute("UPDATE invitations SET credential = $3, invited_by_id = $4 WHERE workspace_id = $1 AND id = $2",
                         tx.workspace, id, giver.credential, giver.user)
    await _send(tx, id, settings, row)
    await events.note(tx, "invitation.sent", "Invitation", id, data={"role": row["role"], "again": True})
    return id


async def revoke(tx: Tx, id: UUID) -> UUID:
    """Takes an invitation back; doing it twice is fine, and what was accepted stays. NotFound."""
    done = await tx.execute(
        "UPDATE invitations SET revoked_at = clock_timestamp() WHERE workspace_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL",
        tx.workspace, id)
    if done:
        await events.note(tx, "invitation.revoked", "Invitation", id)
    elif not await tx.value("SELECT 1 FROM invitations i WHERE i.workspace_id = $1 AND i.id = $2", tx.workspace, id):
        raise NotFound(field="id", noun="invitation")
    return id


async def listed(tx: Tx, ids: list[UUID] | None = None) -> list[InvitationRecord]:
    """The latest SHOWN invitations, newest first; or those named."""
    rows = await tx.fetch(load(__name__, "listed"), tx.workspace, ids, SHOWN)
    return [InvitationRecord(**dict(row)) for row in rows]


async def _found(tx: Tx, id: UUID) -> Mapping[str, Any]:
    row: Any = await tx.row(
        "SELECT i.id, i.email, i.sent_at, r.code AS role FROM invitations i JOIN roles r ON r.workspace_id = $1 AND r.id = i.role_id "
        "WHERE i.workspace_id = $1 AND i.id = $2 AND i.accepted_at IS NULL AND i.revoked_at IS NULL", tx.workspace, id)
    if row is None:
        raise NotFound(field="id", noun="open invitation")
    return row


async def _absent(tx: Tx, email: str) -> None:
    """AlreadyHere: who works here is no secret to whoever may invite."""
    row = await tx.row(HERE, tx.workspace, email)
    if row is not None:
        raise AlreadyHere(field="email", fix="Bring them back with unarchiveUser." if row["archived_at"] else "Change their role or team with updateUser.")


async def _room(tx: Tx) -> None:
    count = await tx.value(
        "SELECT count(*) FROM invitations i WHERE i.workspace_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > clock_timestamp()",
        tx.workspace)
    if count >= MOST:
        raise TooManyInvitations(count=count)


async def _send(tx: Tx, id: UUID, settings: Settings, before: Mapping[str, Any] | None) -> None:
    """A new link, and the mail with it; the database keeps the link's hash, and the mail's words sealed until it has left."""
    if before:
        waits = await tx.value("SELECT ceil(extract(epoch FROM $2 - (clock_timestamp() - make_interval(secs => $1))))::int", LEAST_S, before["sent_at"])
        if waits > 0:
            raise InvitedJustNow(field="email", seconds=waits)
    token = new_token(INVITATION)
    await tx.execute(SENT, tx.workspace, id, digest(token), DAYS)
    row = await tx.row(
        "SELECT i.email, i.name, i.expires_at, b.name AS inviter, w.name AS workspace FROM invitations i CROSS JOIN lw_workspace($1) w "
        "LEFT JOIN users b ON b.workspace_id = $1 AND b.id = i.invited_by_id WHERE i.workspace_id = $1 AND i.id = $2", tx.workspace, id)
    assert row is not None
    words = letters.invitation(
        name=row["name"], inviter=row["inviter"], workspace=row["workspace"], url=f"{settings.public_url}/welcome/{token}", until=row["expires_at"])
    await delivery.plan(tx, [delivery.NewSend(None, row["email"], row["email"], mail_class="SECURITY", words=words)], mail_from=settings.mail_from)
