"""What the audit says of doors: who came in, how and from which network, and who tried."""

from uuid import UUID

from leadwell import events
from leadwell.base.actor import Actor
from leadwell.base.tx import Database


async def signed_in(db: Database, workspace: UUID, login: UUID, via: str, network: str | None) -> None:
    """A session was opened for the login's user there."""
    await _note(db, workspace, login, "user.signed_in", {"via": via, "network": network})


async def sign_in_failed(db: Database, login: UUID, network: str | None) -> None:
    """A wrong password for a known address, in every workspace that it could have let in to. Attempts are limited before they come here."""
    for place in await db.control("SELECT m.workspace_id FROM lw_memberships($1) m", login):
        await _note(db, place["workspace_id"], login, "user.sign_in_failed", {"network": network})


async def _note(db: Database, workspace: UUID, login: UUID, kind: str, data: dict[str, str | None]) -> None:
    async with db.read(Actor.system(workspace)) as tx:
        user: UUID | None = await tx.value("SELECT u.id FROM users u WHERE u.workspace_id = $1 AND u.login_id = $2", tx.workspace, login)
    if user is not None:
        who = Actor(workspace, "USER", user) if kind == "user.signed_in" else Actor.system(workspace)
        await db.run(who, lambda tx: events.note(tx, kind, "User", user, data=data))
