"""Signing in and out: a random token outside, its hash inside."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from leadwell.access import passwords
from leadwell.access.refusals import ChooseWorkspace, CredentialRejected, LinkSpent, TooManyAttempts, WrongPassword
from leadwell.access.tokens import SESSION, digest, new_token
from leadwell.base.identity import Email, parse_email
from leadwell.base.tx import Database

LIFETIME_S = 14 * 24 * 3600
FREE, FREE_PER_ADDRESS = 5, 50


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just opened; the token is known to its holder alone."""

    token: str
    workspace: UUID
    seconds: int = LIFETIME_S


async def sign_in(db: Database, email: str, password: str, *, workspace: str | None = None, address: str = "", user_agent: str = "") -> Opened:
    """A session for whoever knows the password. Attempts are counted by address of mail and of network before the password is looked at."""
    email = normalized(email)
    keys = [(counted(email), FREE), (digest(f"ip:{address}"), FREE_PER_ADDRESS)]
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
    return await _open(db, login, await _membership(db, login, workspace), user_agent)


async def follow_link(db: Database, token: str, *, user_agent: str = "") -> Opened:
    """A session for whoever holds an unused link."""
    found = await db.control("SELECT * FROM lw_use_link($1)", digest(token))
    if not found:
        raise LinkSpent()
    return await _open(db, found[0]["login_id"], found[0]["workspace_id"], user_agent)


async def sign_out(db: Database, token: str) -> None:
    """Ends the session; doing it twice is fine."""
    await db.control("SELECT lw_close_session($1)", digest(token))


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


async def _membership(db: Database, login: UUID, slug: str | None) -> UUID:
    places = await db.control("SELECT * FROM lw_memberships($1)", login)
    chosen = [p for p in places if slug in (None, "", p["slug"], str(p["workspace_id"]))]
    if not chosen:
        raise WrongPassword(field="workspace" if slug else "email")
    if len(chosen) > 1:
        names = [p["slug"] for p in chosen]
        raise ChooseWorkspace(field="workspace", fix=f"Send its slug as workspace: {', '.join(names)}.", workspaces=names)
    return chosen[0]["workspace_id"]


async def _open(db: Database, login: UUID, workspace: UUID, user_agent: str) -> Opened:
    token = new_token(SESSION)
    made = await db.control("SELECT lw_open_session($1, $2, $3, $4, $5) AS made", digest(token), login, workspace, user_agent[:300], LIFETIME_S)
    if not made or not made[0]["made"]:
        raise CredentialRejected()
    return Opened(token, workspace)


def normalized(email: str) -> str:
    """The address as logins are known by; what is no address is merely unknown."""
    read = parse_email(email)
    return read.normalized if isinstance(read, Email) else email.strip().lower()[:320]
