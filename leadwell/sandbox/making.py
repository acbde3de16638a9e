"""Makes a sandbox beside a workspace, lists the sandboxes there are, puts one away."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from leadwell import workspaces
from leadwell.access import keys, users
from leadwell.base.actor import Actor
from leadwell.base.identity import fold
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Database, Tx

MOST = 20


class BadSandboxName(Refusal):
    """A sandbox cannot be called "{name}"."""

    fix = "Give it a name with a letter or digit in it, which no other workspace has."


class SandboxWithin(Refusal):
    """A sandbox has no sandboxes of its own."""

    fix = "Make it with a key of the live workspace."
    status = 409


class TooManySandboxes(Refusal):
    """This workspace has {count} sandboxes, and {most} are the most."""

    fix = "Remove one that nobody needs any more."
    status = 409


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox as its maker sees it; `now` is its clock. `key` (`lw_test_…`) is shown once, to whoever made it."""

    id: UUID
    slug: str
    name: str
    now: datetime
    key: str | None = None


async def create(db: Database, actor: Actor, name: str, at: datetime | None = None) -> Sandbox:
    """The sandbox of that name beside the actor's workspace, made if it is not there, with a new key. Its clock stands at `at`, or else at now; that
    of a sandbox which is there stays. Whoever dies in between leaves what the next call completes. BadSandboxName, SandboxWithin,
    TooManySandboxes."""
    made = await db.run(actor, lambda tx: _row(tx, name, at), replayable=True)
    inside = Actor.system(made.id)
    await db.run(inside, workspaces.defaults, replayable=True)
    owner = await _login(db, actor)
    if owner is not None:
        await users.create_user(db, made.id, email=owner[0], name=owner[1])
    key = await keys.create_key(db, made.id, "Sandbox")
    return Sandbox(made.id, made.slug, made.name, made.now, key.text)


async def _row(tx: Tx, name: str, at: datetime | None) -> Sandbox:
    ending = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:40]
    here = await tx.row("SELECT w.slug, w.kind FROM lw_workspace($1) w", tx.workspace)
    assert here is not None, "a transaction is always in a workspace"
    slug, found = f"{here['slug']}-{ending}", await all_of(tx)
    if here["kind"] != "LIVE":
        raise SandboxWithin()
    if not ending:
        raise BadSandboxName(field="name", name=name[:80])
    if len(found) >= MOST and slug not in {one.slug for one in found}:
        raise TooManySandboxes(count=len(found), most=MOST)
    id = await tx.value("SELECT lw_create_sandbox($1, $2, $3, $4, $5)", tx.workspace, uuid7(), slug, name, at or await tx.now())
    if id is None:
        raise BadSandboxName(field="name", name=name[:80])
    return next(one for one in await all_of(tx) if one.id == id)


async def _login(db: Database, actor: Actor) -> tuple[str, str] | None:
    """Address and name of the user who asks: they sign in to the sandbox as they do here."""
    if actor.user is None:
        return None
    async with db.read(actor) as tx:
        row = await tx.row("SELECT u.email, u.name FROM users u WHERE u.workspace_id = $1 AND u.id = $2", tx.workspace, actor.user)
    return (row["email"], row["name"]) if row else None


async def all_of(tx: Tx) -> list[Sandbox]:
    """The sandboxes of the transaction's workspace, oldest first."""
    rows = await tx.fetch("SELECT s.id, s.slug, s.name, coalesce(s.clock_at, clock_timestamp()) AS now FROM lw_sandboxes($1) s", tx.workspace)
    return [Sandbox(row["id"], row["slug"], row["name"], row["now"]) for row in rows]


async def remove(tx: Tx, slug: str) -> UUID:
    """Puts a sandbox of this workspace away: its keys and sessions end, its work rests, its name is free again. NotFound."""
    found = next((one.id for one in await all_of(tx) if one.slug == slug), None)
    gone = found and await tx.value("SELECT lw_remove_sandbox($1, $2)", tx.workspace, found)
    if gone is None:
        raise NotFound(noun="sandbox", field="slug")
    return gone
