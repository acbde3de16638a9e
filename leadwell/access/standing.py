"""Who stands behind a credential that was noted down, with the rights of today: for work that is done when nobody is signed in."""

from uuid import UUID

from leadwell.access.bounds import Bounds
from leadwell.access.viewer import Viewer
from leadwell.base.tx import Tx

USER = (
    "SELECT u.id, u.name, r.code, r.grants FROM users u JOIN roles r ON r.workspace_id = $1 AND r.id = u.role_id "
    "WHERE u.workspace_id = $1 AND u.id = $2 AND u.archived_at IS NULL"
)
KEY = "SELECT k.id, k.name, k.scopes, k.bounds FROM lw_keys($1, $2) k WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())"


async def standing(tx: Tx, credential: str) -> Viewer | None:
    """The viewer of "USER:<id>" or "KEY:<id>"; None when they are gone."""
    kind, _, id = credential.partition(":")
    if kind == "USER":
        row = await tx.row(USER, tx.workspace, UUID(id))
        return Viewer.of_user(tx.workspace, row["id"], row["name"], row["code"], row["grants"]) if row else None
    if kind == "KEY":
        row = await tx.row(KEY, tx.workspace, UUID(id))
        return Viewer.of_key(tx.workspace, row["id"], row["name"], row["scopes"], Bounds.of(row["bounds"])) if row else None
    return None
