"""Opens the database for one verb, in the workspace that was named or the only one there is."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id
from leadwell.base.refusals import Refusal
from leadwell.base.settings import Settings
from leadwell.base.tx import Database


class WorkspaceUnknown(Refusal):
    """There is no workspace {slug}."""

    fix = "Give the slug of one that exists with --workspace, or make one with `leadwell users create`."


class WorkspaceNeeded(Refusal):
    """This database has {count} workspaces."""

    fix = "Say which with --workspace SLUG."


@asynccontextmanager
async def opened(settings: Settings, slug: str | None) -> AsyncGenerator[tuple[Database, Actor]]:
    from leadwell.wiring import open_kit

    kit = await open_kit(settings, "leadwell-command")
    try:
        yield kit.db, Actor.system(await _find(kit.db, slug))
    finally:
        await kit.close()


async def installed(settings: Settings, slug: str, name: str) -> UUID:
    """The workspace with that slug, made with its defaults if it is not there."""
    from leadwell import workspaces
    from leadwell.wiring import open_kit

    kit = await open_kit(settings, "leadwell-command")
    try:
        return await workspaces.create(kit.db, slug, name, epoch=settings.outbound_epoch)
    finally:
        await kit.close()


async def find(db: Database, slug: str) -> Actor:
    """The system in the workspace of that slug. WorkspaceUnknown."""
    return Actor.system(await _find(db, slug))


async def _find(db: Database, slug: str | None) -> UUID:
    if slug is not None:
        found = (await db.control("SELECT lw_workspace_by_slug($1) AS id", slug))[0]["id"]
        if found is None:
            raise WorkspaceUnknown(slug=slug)
        return found
    all = await db.control("SELECT id FROM lw_workspaces() AS id WHERE (lw_workspace(id)).kind = 'LIVE'")
    if len(all) != 1:
        raise WorkspaceNeeded(count=len(all) or "no")
    return all[0]["id"]


def record_id(text: str) -> UUID:
    """An id as the API shows it, or a plain uuid as logs show it."""
    try:
        return UUID(text)
    except ValueError:
        return decode_id(text)[1]
