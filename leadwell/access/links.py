"""One-time links that sign somebody in."""

from uuid import UUID

from leadwell.access.refusals import RoleExceedsYours
from leadwell.access.tokens import LINK, digest, new_token
from leadwell.access.viewer import Viewer
from leadwell.base.actor import Actor
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database, Tx

MINUTES = 60


async def create_link(db: Database, workspace: UUID, user: UUID, minutes: int = MINUTES) -> str:
    """The token of a link for a user; the page is /auth/link/<token>."""
    return await db.run(Actor.system(workspace), lambda tx: create(tx, user, minutes))


async def create(tx: Tx, user: UUID, minutes: int = MINUTES, *, giver: Viewer | None = None) -> str:
    """A giver cannot sign in as somebody who may do more than they."""
    role = await tx.row(
        "SELECT r.code, r.grants FROM users u JOIN roles r ON r.workspace_id = $1 AND r.id = u.role_id WHERE u.workspace_id = $1 AND u.id = $2",
        tx.workspace, user)
    if giver and role and not giver.covers_role(role["grants"]):
        raise RoleExceedsYours(field="user_id", role=role["code"])
    token = new_token(LINK)
    if not await tx.value("SELECT lw_create_link($2, $1, $3, $4)", tx.workspace, digest(token), user, minutes * 60):
        raise NotFound(noun="user")
    return token
