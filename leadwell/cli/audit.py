"""`leadwell audit`: what happened and who did it, and whether anybody changed the record of it."""

from typing import Annotated, Any

import typer

from leadwell.cli.options import DataDir, Json

app = typer.Typer(no_args_is_help=True, help="Look things up in the audit log, and verify its chain.", rich_markup_mode=None)

Workspace = Annotated[str | None, typer.Option(help="Slug of the workspace; not needed when there is one.")]


@app.command()
def verify(
    anchor: Annotated[str | None, typer.Option(metavar="NUMBER:ROOT", help="A seal that an earlier run printed: it must stand in the chain.")] = None,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Check every event and seal. Exit code 1 and the first break, where the chain does not hold.

    Example: leadwell audit verify --workspace acme
    """
    import asyncio
    from dataclasses import asdict

    from leadwell.cli.options import give, with_database

    settings = with_database(data_dir)
    from leadwell import audit
    from leadwell.cli.workspace import opened

    async def act() -> audit.Verdict:
        async with opened(settings, workspace) as (db, actor):
            return await audit.verify(db, actor, anchor)

    found = asyncio.run(act())
    if json:
        give(asdict(found))
    else:
        typer.echo(f"{found.events} events under {found.seals} seals hold; {found.unsealed} are not sealed yet.")
        if found.last:
            typer.echo(f"The last seal: {found.last}")
        if found.broken:
            where = f"at event {found.broken.seq}" if found.broken.seq is not None else "at its end"
            typer.echo(f"BROKEN {where}{f', seal {found.broken.seal}' if found.broken.seal else ''}: {found.broken.why}.")
    if found.broken:
        raise typer.Exit(1)


@app.command("list")
def list_all(
    kind: Annotated[list[str], typer.Option(help="Kind of event, lead.junked or lead.*; may be repeated.")] = [],  # noqa: B006
    actor: Annotated[str | None, typer.Option(help="Who did it: USER:<id>, KEY:<id>, SYSTEM.")] = None,
    record: Annotated[str | None, typer.Option(help="Id of the record or person it is about.")] = None,
    most: Annotated[int, typer.Option(min=1, max=200, help="How many, newest first.")] = 50,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """List what happened, newest first.

    Example: leadwell audit list --kind 'apiKey.*' --json
    """
    import asyncio

    from leadwell.cli.options import give, with_database

    settings = with_database(data_dir)
    from leadwell import audit
    from leadwell.cli.workspace import opened, record_id

    async def read() -> list[dict[str, Any]]:
        about = record_id(record) if record else None
        async with opened(settings, workspace) as (db, who), db.read(who) as tx:
            found = await audit.page(tx, audit.Asked(actor=actor, record=about, kinds=kind, first=most))
        return [dict(event) for event in found.events]

    events = asyncio.run(read())
    if json:
        give({"events": events})
        return
    for event in events:
        typer.echo(f"{event['seq']:>9}  {event['at']:%Y-%m-%d %H:%M:%S}  {event['actor']:41}  {event['kind']:28} {event['noun']} {event['record_id']}")
