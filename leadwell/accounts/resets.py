"""A new password by mail, for whoever has the mailbox. Asking says nothing of whether an address is known."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import delivery
from leadwell.access import passwords, sessions
from leadwell.access.sessions import Client, Opened, attempt, normalized, open_session
from leadwell.access.tokens import RESET, digest, new_token
from leadwell.accounts import letters
from leadwell.accounts.refusals import ResetOver
from leadwell.base.actor import Actor
from leadwell.base.settings import Settings
from leadwell.base.tx import Database, Tx

MINUTES = 60
FREE, FREE_PER_ADDRESS = 3, 20
WHO = "SELECT u.name, l.email FROM users u JOIN lw_login_of($1, $2) l ON l.id = u.login_id WHERE u.workspace_id = $1 AND u.id = $2"


async def ask_reset(db: Database, email: str, settings: Settings, *, address: str = "") -> None:
    """Mails a link to an address that has a login; to another one nothing. Each further time for one address waits longer. TooManyAttempts."""
    email = normalized(email)
    for key, free in ((f"reset:{email}", FREE), (f"reset-ip:{address}", FREE_PER_ADDRESS)):
        await attempt(db, digest(key), free)
    login = await db.control("SELECT id FROM lw_login($1)", email)
    places = await db.control("SELECT * FROM lw_memberships($1)", login[0]["id"]) if login else []
    if (place := await _place(db, places)) is not None:
        await db.run(Actor(place["workspace_id"], "PERSON"), lambda tx: _send(tx, place["user_id"], settings))


async def _place(db: Database, places: Sequence[Any]) -> Any:
    """The first workspace of a login that is no sandbox: what a sandbox sends reaches nobody."""
    for place in places:
        if await db.control("SELECT 1 FROM lw_workspace($1) w WHERE w.kind <> 'SANDBOX'", place["workspace_id"]):
            return place
    return None


async def _send(tx: Tx, user: UUID, settings: Settings) -> None:
    """In the ledger of a workspace the login works in, by the installation's own server; the words are kept sealed until the mail has left."""
    row = await tx.row(WHO, tx.workspace, user)
    token = new_token(RESET)
    if row is None or not await tx.value("SELECT lw_create_reset($2, $1, $3, $4)", tx.workspace, digest(token), user, MINUTES * 60):
        return
    words = letters.new_password(name=row["name"], url=f"{settings.public_url}/reset/{token}", minutes=MINUTES)
    mail = delivery.NewSend(None, row["email"], row["email"], mail_class="SECURITY", words=words)
    await delivery.plan(tx, [mail], mail_from=settings.mail_from)


async def reset_is_open(db: Database, token: str) -> bool:
    """Whether a link still works; looking changes nothing."""
    return (await db.control("SELECT lw_reset_is_open($1) AS open", digest(token)))[0]["open"]


async def reset(db: Database, token: str, password: str, client: Client) -> Opened:
    """Sets the password, ends every session of the login and opens one. ResetOver, PasswordTooWeak."""
    if not await reset_is_open(db, token):
        raise ResetOver()
    found = await db.control("SELECT * FROM lw_reset_password($1, $2)", digest(token), await passwords.hashed(password))
    if not found:
        raise ResetOver()
    await db.control("SELECT lw_sign_in_succeeded($1, true)", sessions.counted(found[0]["email"]))
    return await open_session(db, found[0]["login_id"], found[0]["workspace_id"], "MAIL", client)
