"""Roles a workspace words for itself, and which one a user has. Nobody hands on more than they may do."""

import re
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID
from zoneinfo import available_timezones

from leadwell import events
from leadwell.access.names import hidden, nouns, plural
from leadwell.access.refusals import BadGrant, LastOwner, RoleExceedsYours, RoleExists, RoleUnknown
from leadwell.access.viewer import ALL, GUARDED, Viewer
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.rows import Named, Revision, locked, require, revise
from leadwell.base.tx import Tx

OWNER = "OWNER"
VERBS = frozenset({
    ALL, "read", "create", "update", "delete", "convert", "junk", "reopen", "assign", "enroll", "invite", "revoke", "merge", "unmerge", "erase", "export",
    "import",
})  # fmt: skip
CODE = re.compile(r"[A-Z][A-Z0-9_]{0,59}")


PARTS = ("verbs", "rows", "hide", "readonly")
REACHES = ("all", "team", "own")


def checked(grants: Any) -> dict[str, Any]:
    """Grants as they are kept: {noun or "*": {"verbs": [...], "rows": reach or {verb or "*": reach}, "hide": [...], "readonly": [...]}}, where a reach is
    all, team or own. BadGrant."""
    if not isinstance(grants, Mapping) or not grants:
        raise BadGrant(field="grants", value=str(cast("object", grants))[:60], why="it is no object of nouns")
    return {str(noun): _grant(str(noun), grant) for noun, grant in cast("Mapping[Any, Any]", grants).items()}


def _grant(noun: str, grant: Any) -> dict[str, Any]:
    if noun != ALL and plural(noun) not in nouns() and plural(noun) not in GUARDED:
        raise BadGrant(field=f"grants.{noun}", value=noun[:60], why="there is no such noun")
    given = cast("dict[str, Any]", grant) if isinstance(grant, dict) else {}
    verbs = given.get("verbs")
    if not isinstance(verbs, list) or not set(map(str, cast("list[Any]", verbs))) <= VERBS or set(given) - set(PARTS):
        raise BadGrant(field=f"grants.{noun}", value=str(cast("object", grant))[:60], why="`verbs` is a list of " + ", ".join(sorted(VERBS)))
    kept: dict[str, Any] = {"verbs": verbs, "rows": _rows(noun, given.get("rows", "own"))}
    for part in ("hide", "readonly"):
        if names := _fields(noun, part, given.get(part, [])):
            kept[part] = names
    return kept


def _rows(noun: str, rows: Any) -> Any:
    """One reach for all verbs, or one for each; the rest is "*", and "own" unless said."""
    if rows in REACHES:
        return rows
    told = cast("dict[str, Any]", rows) if isinstance(rows, dict) else {"*": rows}
    for verb, far in told.items():
        if verb not in VERBS or far not in REACHES:
            raise BadGrant(field=f"grants.{noun}.rows", value=str(far if verb in VERBS else verb)[:60], why="rows are all, team, own, or one of these by verb")
    return told


def _fields(noun: str, part: str, given: Any) -> list[str]:
    names = [str(name) for name in cast("list[Any]", given)] if isinstance(given, list) else [str(given)]
    scope = [plural(noun)] if plural(noun) in nouns() else list(nouns())
    for name in names:
        if not any(hidden(one, name) for one in scope):
            raise BadGrant(field=f"grants.{noun}.{part}", value=name[:60], why="there is no such field")
    return names


async def create(tx: Tx, code: str, name: str, grants: Any, giver: Viewer) -> UUID:
    """A role. BadGrant, RoleExists, RoleExceedsYours."""
    written, kept = clean(name) or "", checked(grants)
    if not CODE.fullmatch(code) or not written:
        raise BadGrant(field="name" if not written else "code", value=code[:60], why="a role has a name, and a code of capital letters, digits and underscores")
    if not giver.covers_role(kept):
        raise RoleExceedsYours(field="grants", role=code)
    id = uuid7()
    made = await tx.value(
        "INSERT INTO roles (workspace_id, id, code, name, grants, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)"
        " ON CONFLICT (workspace_id, code) DO NOTHING RETURNING id", tx.workspace, id, code, written, kept, await tx.now(),
    )
    if made is None:
        raise RoleExists(field="code", role=code)
    await events.note(tx, "role.created", "Role", id, version=1, data={"code": code, "grants": kept})
    return id


async def update(tx: Tx, role_id: UUID, changes: Mapping[str, Any], giver: Viewer, expected_version: int | None = None) -> Revision:
    """Changes a role's `name` or `grants`; the owner's grants stay. NotFound, StaleVersion, BadGrant, RoleExceedsYours."""
    row = await locked(tx, "role", "roles", role_id, expected_version)
    values: dict[str, Any] = {}
    if "name" in changes:
        values["name"] = clean(changes["name"])
        if not values["name"]:
            raise BadGrant(field="name", value="", why="it is empty")
    if "grants" in changes:
        values["grants"] = checked(changes["grants"])
        if row["code"] == OWNER:
            raise BadGrant(field="grants", value=OWNER, why="owners may do everything")
        if not (giver.covers_role(values["grants"]) and giver.covers_role(row["grants"])):
            raise RoleExceedsYours(field="grants", role=row["code"])
    revision = await revise(tx, "role", "roles", row, values)
    await events.revised(tx, "role.updated", "Role", role_id, revision)
    return revision


async def update_user(tx: Tx, user_id: UUID, changes: Mapping[str, Any], giver: Viewer, expected_version: int | None = None) -> Revision:
    """Gives a user another `name`, `time_zone`, `role` (its code) or `team_id`. NotFound, StaleVersion, RoleUnknown, RoleExceedsYours, LastOwner."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('users' || $1::uuid::text, 0))", tx.workspace)
    row = await locked(tx, "user", "users", user_id, expected_version)
    values = {name: value for name, value in changes.items() if name != "role"}
    if "name" in values and not clean(values["name"]):
        raise BadGrant(field="name", value="", why="it is empty")
    if values.get("time_zone") and values["time_zone"] not in available_timezones():
        raise BadGrant(field="time_zone", value=str(values["time_zone"])[:60], why="it is no time zone", fix="Give an IANA name such as Europe/Berlin.")
    await require(tx, Named("team", "teams", values.get("team_id"), "team_id"))
    if "role" in changes:
        values["role_id"] = await _role(tx, row, changes["role"], giver)
    revision = await revise(tx, "user", "users", row, values)
    await events.revised(tx, "user.updated", "User", user_id, revision)
    return revision


async def _role(tx: Tx, user: Mapping[str, Any], code: str, giver: Viewer) -> UUID:
    rows = await tx.fetch("SELECT r.id, r.code, r.grants FROM roles r WHERE r.workspace_id = $1 AND r.archived_at IS NULL ORDER BY r.code", tx.workspace)
    known = {row["code"]: row for row in rows}
    if code not in known:
        raise RoleUnknown(field="role", role=code[:60], fix=f"Give the code of one: {', '.join(known)}.")
    before = next((row for row in rows if row["id"] == user["role_id"]), None)
    if not giver.covers_role(known[code]["grants"]) or (before and not giver.covers_role(before["grants"])):
        raise RoleExceedsYours(field="role", role=code)
    if before and before["code"] == OWNER != code:
        others = "SELECT 1 FROM users u WHERE u.workspace_id = $1 AND u.role_id = $2 AND u.id <> $3 AND u.archived_at IS NULL LIMIT 1"
        if not await tx.value(others, tx.workspace, before["id"], user["id"]):
            raise LastOwner(field="role")
    return known[code]["id"]
