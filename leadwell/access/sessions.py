"""Signing in and out: a random token outside, its hash inside; and where somebody is signed in."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from leadwell.access import noted, passwords
from leadwell.access.refusals import ChooseWorkspace, CredentialRejected, LinkSpent, TooManyAttempts, WrongPassword
from leadwell.access.tokens import SESSION, digest, new_token
from leadwell.access.viewer import Viewer
from leadwell.base.identity import Email, parse_email
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Forbidden, NotFound
from leadwell.base.tx import Database, Tx

LIFETIME_S, IDLE_S = 14 * 24 * 3600, 72 * 3600
FREE, FREE_PER_ADDRESS = 5, 50
Via = Literal["PASSWORD", "LINK", "MAIL", "OIDC"]   # MAIL: a link that was mailed to the address, which proves that it is theirs


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just opened; the token is known to its holder alone."""

    token: str
    workspace: UUID
    seconds: int = LIFETIME_S


@dataclass(frozen=True, slots=True)
class Client:
    """Who opens a session, and for how long: it ends `seconds` after it was opened, and `idle` seconds after it was last used."""

    address: str = ""
    user_agent: str = ""
    seconds: int = LIFETIME_S
    idle: int = IDLE_S


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session as its owner sees it: never its token."""

    id: UUID
    user_agent: str | None
    address: str | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool


async def sign_in(db: Database, email: str, password: str, *, workspace: str | None = None, client: Client | None = None, address: str = "") -> Opened:
    """A session for whoever knows the password. Attempts are counted by address of mail and of network before the password is looked at."""
    email, client = normalized(email), client or Client(address)
    keys = [(counted(email), FREE), (digest(f"ip:{client.address}"), FREE_PER_ADDRESS)]
    for key, free in keys:
        await attempt(db, key, free)
    found = await db.control("SELECT * FROM lw_login($1)", email)
    stored = found[0]["password_hash"] if found else None
    if not await passwords.matches(stored, password):
        raise WrongPassword(field="email")
    login: UUID = found[0]["id"]
    if stored and passwords.outdated(stored):
        await db.control("SELECT lw_rehash_password($1, $2, $3)", login, stored, await passwords.hashed(password))
    for (key, _), forget in zip(keys, (True, False), strict=True):
        await db.control("SELECT lw_sign_in_succeeded($1, $2)", key, forget)
    return await open_session(db, login, await _membership(db, login, workspace, found[0]["password_place"]), "PASSWORD", client)


async def note_failure(db: Database, email: str, client: Client) -> None:
    """Tells the audit that somebody was not let in, if the address is known. Call it once the refusal is sent: what it takes would tell that it is."""
    if found := await db.control("SELECT * FROM lw_login($1)", normalized(email)):
        await noted.sign_in_failed(db, found[0]["id"], shortened(client.address))


async def follow_link(db: Database, token: str, client: Client | None = None) -> Opened:
    """A session for whoever holds an unused link."""
    found = await db.control("SELECT * FROM lw_use_link($1)", digest(token))
    if not found:
        raise LinkSpent()
    return await open_session(db, found[0]["login_id"], found[0]["workspace_id"], "LINK", client or Client())


async def sign_out(db: Database, token: str) -> None:
    """Ends the session; doing it twice is fine."""
    await db.control("SELECT lw_close_session($1)", digest(token))


async def listed(tx: Tx, user: UUID, token: str | None) -> list[SessionRecord]:
    """Where a user is signed in to this workspace, last used first. `token` is the one that asks."""
    mine = digest(token) if token else b""
    return [
        SessionRecord(r["id"], r["user_agent"], r["address"], r["created_at"], r["seen_at"], r["expires_at"], r["token_hash"] == mine)
        for r in await tx.fetch("SELECT * FROM lw_user_sessions($1, $2)", tx.workspace, user)]


async def end(tx: Tx, viewer: Viewer, ids: Sequence[UUID] | None, token: str | None) -> int:
    """Ends sessions of the viewer's: those named, or (None) all but the one that asks. Returns how many. NotFound, and none is ended, when one is not theirs.
    Processes that saw one lately honor it for at most 5 more seconds."""
    if viewer.user is None or token is None:
        raise Forbidden(noun="users", verb="end sessions of")
    keep = digest(token) if ids is None else None
    ended = await tx.fetch("SELECT lw_end_sessions($1, $2, $3, $4)", tx.workspace, viewer.user, None if ids is None else list(ids), keep)
    if ids is not None and len(ended) != len(set(ids)):
        raise NotFound(field="ids", noun="session")
    return len(ended)


async def sweep(db: Database) -> int:
    """Removes ended sessions, old links and counters; returns how many rows."""
    return (await db.control("SELECT lw_sweep_access() AS n"))[0]["n"]


async def attempt(db: Database, key: bytes, free: int = FREE) -> None:
    """Counts an attempt before it is judged; TooManyAttempts while the key is locked."""
    until: datetime | None = (await db.control("SELECT lw_sign_in_attempt($1, $2) AS until", key, free))[0]["until"]
    if until:
        raise TooManyAttempts(field="email", seconds=max(1, round((until - datetime.now(UTC)).total_seconds())))


def counted(email: str) -> bytes:
    """The key under which attempts at an address are counted."""
    return digest(f"email:{email}")


async def _membership(db: Database, login: UUID, slug: str | None, only: UUID | None) -> UUID:
    """The workspace that a password opens; `only`: the one it was set in by an administrator's link, which does not show that the address is theirs."""
    places = [p for p in await db.control("SELECT * FROM lw_memberships($1)", login) if only in (None, p["workspace_id"])]
    chosen = [p for p in places if slug in (None, "", p["slug"], str(p["workspace_id"]))]
    if not chosen:
        raise WrongPassword(field="workspace" if slug else "email")
    if len(chosen) > 1:
        names = [p["slug"] for p in chosen]
        raise ChooseWorkspace(field="workspace", fix=f"Send its slug as workspace: {', '.join(names)}.", workspaces=names)
    return chosen[0]["workspace_id"]


async def open_session(db: Database, login: UUID, workspace: UUID, via: Via, client: Client) -> Opened:
    """A session for a login that has been proved. CredentialRejected when it is no active member there."""
    token = new_token(SESSION)
    made = await db.control(
        "SELECT lw_open_session($1, $2, $3, $4, $5, $6, $7, $8, $9) AS made", digest(token), uuid7(), login, workspace, via,
        client.user_agent[:300], shortened(client.address), client.seconds, client.idle)
    if not made or not made[0]["made"]:
        raise CredentialRejected()
    await noted.signed_in(db, workspace, login, via, shortened(client.address))
    return Opened(token, workspace, client.seconds)


def shortened(address: str) -> str | None:
    """The network an address is in: enough to know it again, too little to find somebody."""
    try:
        read = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    read = getattr(read, "ipv4_mapped", None) or read
    return str(ipaddress.ip_network(f"{read}/{24 if read.version == 4 else 48}", strict=False))


def normalized(email: str) -> str:
    """The address as logins are known by; what is no address is merely unknown."""
    read = parse_email(email)
    return read.normalized if isinstance(read, Email) else email.strip().lower()[:320]
