"""`leadwell sandbox`: workspaces whose clock you move."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadwell.cli.options import DataDir, Json, Quiet

if TYPE_CHECKING:
    from leadwell.base.actor import Actor
    from leadwell.base.settings import Settings
    from leadwell.sandbox import Sandbox

app = typer.Typer(no_args_is_help=True, help="Make sandboxes, move their clocks, put them away.", rich_markup_mode=None)
Workspace = Annotated[str | None, typer.Option(help="Slug of the live workspace; not needed when there is one.")]
Name = Annotated[str, typer.Argument(help="Short name of the sandbox, as `leadwell sandbox list` shows it.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is called; one that is there already gets another key.")],
    at: Annotated[datetime | None, typer.Option(help="Where its clock stands at first; not given: now.", show_default=False)] = None,
    workspace: Workspace = None, data_dir: DataDir = None, json: Json = False,
) -> None:  # fmt: skip
    """Make a sandbox and a key to it, which is shown once.

    Example: leadwell sandbox create "Trial run" --at 2027-01-04T09:00:00
    """
    import asyncio

    from leadwell.cli.options import give, talk, with_database

    settings = with_database(data_dir)
    from leadwell import sandbox
    from leadwell.cli.workspace import opened

    async def act() -> "Sandbox":
        async with opened(settings, workspace) as (db, actor):
            return await sandbox.create(db, actor, name, _utc(at))

    made = asyncio.run(act())
    if json:
        give({"slug": made.slug, "name": made.name, "now": made.now.isoformat(), "key": made.key})
    else:
        talk(f"{made.slug} stands at {made.now:%Y-%m-%d %H:%M} UTC. Keep its key: it is not shown again.")
        typer.echo(made.key)


@app.command("list")
def list_all(workspace: Workspace = None, data_dir: DataDir = None, json: Json = False) -> None:
    """List the sandboxes with their clocks.

    Example: leadwell sandbox list --json
    """
    import asyncio

    from leadwell.cli.options import give, with_database

    settings = with_database(data_dir)
    from leadwell import sandbox
    from leadwell.cli.workspace import opened

    async def read() -> "list[Sandbox]":
        async with opened(settings, workspace) as (db, actor), db.read(actor) as tx:
            return await sandbox.all_of(tx)

    found = asyncio.run(read())
    if json:
        give({"sandboxes": [{"slug": one.slug, "name": one.name, "now": one.now.isoformat()} for one in found]})
        return
    for one in found:
        typer.echo(f"{one.slug:30} {one.now:%Y-%m-%d %H:%M} UTC  {one.name}")


@app.command()
def advance(
    slug: Name,
    to: Annotated[datetime, typer.Option(help="Where the clock is to go.")],
    data_dir: DataDir = None, json: Json = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Move a sandbox's clock; everything due on the way is done, here or by a worker that runs.

    Example: leadwell sandbox advance demo-trial-run --to 2027-01-11T09:00:00
    """
    import asyncio

    from leadwell.cli.options import give, talk, with_database

    settings = with_database(data_dir)
    row = asyncio.run(_advance(settings, slug, to))
    if json:
        told = {name: row[name] for name in ("state", "from_at", "reached_at", "stops", "happened", "timeline", "error")}
        give(told | {name: told[name].isoformat() for name in ("from_at", "reached_at")})
        return
    if not quiet:
        talk(f"{row['state']}: {row['from_at']:%Y-%m-%d %H:%M} to {row['reached_at']:%Y-%m-%d %H:%M} UTC, {row['stops']} stops.")
    for one in row["timeline"]:
        typer.echo(f"{one['at'][:16].replace('T', ' ')}  {one['kind']:24} {one['person'] or ''}")


@app.command()
def remove(slug: Name, workspace: Workspace = None, data_dir: DataDir = None) -> None:
    """Put a sandbox away: its keys end, its work rests.

    Example: leadwell sandbox remove demo-trial-run
    """
    import asyncio

    from leadwell.cli.options import talk, with_database

    settings = with_database(data_dir)
    from leadwell import sandbox
    from leadwell.cli.workspace import opened

    async def act() -> None:
        async with opened(settings, workspace) as (db, actor):
            await db.run(actor, lambda tx: sandbox.remove(tx, slug))

    asyncio.run(act())
    talk("Removed.")


def _utc(at: datetime | None) -> datetime | None:
    from datetime import UTC

    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


async def _advance(settings: "Settings", slug: str, to: datetime) -> Any:
    from leadwell import sandbox
    from leadwell.cli.workspace import find
    from leadwell.wiring import open_kit
    from workers.drain import Drain
    from workers.kinds import KINDS

    kit = await open_kit(settings, "leadwell-command")
    try:
        actor: Actor = await find(kit.db, slug)
        id = await kit.db.run(actor, lambda tx: sandbox.ask(tx, _utc(to) or to))
        drain = Drain(kit, KINDS)
        while True:
            await drain.one(actor.workspace, [("transfer", 0)])
            async with kit.db.read(actor) as tx:
                row = await tx.row("SELECT a.* FROM clock_advances a WHERE a.workspace_id = $1 AND a.id = $2", tx.workspace, id)
            if row is None or row["state"] != "RUNNING":
                return row
            await _pause()
    finally:
        await kit.close()


async def _pause() -> None:
    import asyncio

    await asyncio.sleep(0.1)
