"""Users: a membership of a workspace, with the login behind it."""

from uuid import UUID

from leadwell import events
from leadwell.access import passwords
from leadwell.access.refusals import RoleExceedsYours, RoleUnknown, WrongPassword
from leadwell.access.sessions import attempt, counted, normalized
from leadwell.access.viewer import Viewer
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Forbidden
from leadwell.base.tx import Database, Tx


async def create_user(db: Database, workspace: UUID, *, email: str, name: str, role: str = "OWNER", password: str | None = None) -> UUID:
    """The user of that address in the workspace, made if there is none; returns its id. Without a password only a link signs in."""
    password_hash = await passwords.hashed(password) if password is not None else None
    return await db.run(Actor.system(workspace), lambda tx: create(tx, email=email, name=name, role=role, password_hash=password_hash), replayable=True)


async def create(tx: Tx, *, email: str, name: str, role: str, password_hash: str | None = None, giver: Viewer | None = None) -> UUID:
    """A login that exists already keeps its password: whoever adds a colleague elsewhere cannot take the account over.
    A giver can hand on only what they may do themselves."""
    found = await tx.row("SELECT r.id, r.grants FROM roles r WHERE r.workspace_id = $1 AND r.code = $2 AND r.archived_at IS NULL", tx.workspace, role)
    if found is None:
        codes = await tx.fetch("SELECT r.code FROM roles r WHERE r.workspace_id = $1 AND r.archived_at IS NULL ORDER BY r.code", tx.workspace)
        raise RoleUnknown(field="role", role=role, fix=f"Give the code of one: {', '.join(row['code'] for row in codes)}.")
    if giver and not giver.covers_role(found["grants"]):
        raise RoleExceedsYours(field="role", role=role)
    address = normalized(email)
    login: UUID = await tx.value("SELECT lw_create_login($1, $2, $3, $4)", uuid7(), address, name, password_hash)
    made = await tx.value(
        "INSERT INTO users (workspace_id, id, login_id, name, email, role_id, version, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7) ON CONFLICT (workspace_id, login_id) DO NOTHING RETURNING id",
        tx.workspace, uuid7(), login, name, address, found["id"], await tx.now())
    if made is None:
        return await tx.value("SELECT u.id FROM users u WHERE u.workspace_id = $1 AND u.login_id = $2", tx.workspace, login)
    await events.note(tx, "user.created", "User", made, version=1, data={"role": role})
    return made


async def set_password(db: Database, email: str, password: str) -> bool:
    """Sets the password of a login and ends its sessions; False when there is no such login. For operators, not for a door."""
    found = await db.control("SELECT id FROM lw_login($1)", normalized(email))
    if found:
        await db.control("SELECT lw_set_password($1, $2)", found[0]["id"], await passwords.hashed(password))
    return bool(found)


async def change_password(db: Database, viewer: Viewer, current: str | None, new: str) -> UUID:
    """The viewer's own password; every session of theirs ends, this one too. Who has none yet, came by a link and needs no current one."""
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
    await db.control("SELECT lw_set_password($1, $2)", found["id"], await passwords.hashed(new))
    return viewer.user
