"""`leadwell webhooks`: endpoints listed and sent to again, samples, and what happens printed on a developer's machine."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from leadwell.cli.options import DataDir, Json

app = typer.Typer(no_args_is_help=True, help="Listen to webhooks, try them out, list and replay them.", rich_markup_mode=None)

Workspace = Annotated[str | None, typer.Option(help="Slug of the workspace; not needed when there is one.")]


@app.command()
def listen(
    forward_to: Annotated[str | None, typer.Option(help="Post each event to this address, signed as a webhook.", show_default=False)] = None,
    kind: Annotated[list[str], typer.Option(help="lead.converted, lead.* or *; may be repeated. Not given: all, or those of the endpoint or document.",
                                            show_default=False)] = [],  # noqa: B006
    endpoint: Annotated[str | None, typer.Option(help="Id of an endpoint: print what passes its filter, as its document says.", show_default=False)] = None,
    document: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A file with a subscription: print the bodies that it would make.",
                                                  show_default=False)] = None,
    secret: Annotated[str | None, typer.Option(help="What to sign with; not given: a new one.", show_default=False)] = None,
    url: Annotated[str | None, typer.Option(help="The server; not given: that of this machine.", show_default=False)] = None,
    key: Annotated[str | None, typer.Option(envvar="LW_KEY", help="API key with webhookEndpoints:read; not given: a new one of this machine's database.",
                                            show_default=False)] = None,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many events.", show_default=False)] = None,
    workspace: Workspace = None, data_dir: DataDir = None, json: Json = False,
) -> None:  # fmt: skip
    """Print what webhooks would tell, as it happens, and hand it on to a server of yours.

    Example: leadwell webhooks listen --kind "lead.*" --forward-to http://localhost:3000/hook
    """
    from leadwell.cli.listening import Listener, new_secret, own_key
    from leadwell.cli.options import settings_for, talk

    server = url or settings_for(data_dir).public_url
    signing = secret or new_secret()
    talk(f"Listening to {server}. Verify signatures with {signing}")
    text = document.read_text() if document else None
    Listener(server, key or own_key(data_dir, workspace), kind, signing, forward_to, as_json=json, endpoint=endpoint, document=text).run(count)


@app.command()
def trigger(
    kind: Annotated[str, typer.Argument(help="Kind of the event, such as lead.converted.")],
    endpoint: Annotated[str | None, typer.Option(help="Only this endpoint; not given: all that want such events, and listeners.", show_default=False)] = None,
    workspace: Workspace = None, data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Send a sample of an event, marked as one.

    Example: leadwell webhooks trigger lead.converted
    """
    import asyncio

    from leadwell.cli.options import talk, with_database

    settings = with_database(data_dir)
    from leadwell import webhooks
    from leadwell.catalog import Everything
    from leadwell.cli.workspace import opened, record_id

    async def act() -> None:
        async with opened(settings, workspace) as (db, actor):
            to = record_id(endpoint) if endpoint else None
            await db.run(actor, lambda tx: webhooks.trigger(tx, kind, Everything(actor.workspace), to))

    asyncio.run(act())
    talk(f"A sample of {kind} is on its way.")


@app.command("list")
def list_all(workspace: Workspace = None, data_dir: DataDir = None, json: Json = False) -> None:
    """List endpoints, how they do, and how much waits for them.

    Example: leadwell webhooks list
    """
    import asyncio

    from leadwell.cli.options import give, with_database

    settings = with_database(data_dir)
    from leadwell import webhooks
    from leadwell.cli.workspace import opened

    async def read() -> list[webhooks.Listed]:
        async with opened(settings, workspace) as (db, actor), db.read(actor) as tx:
            return await webhooks.listed(tx)

    found = asyncio.run(read())
    if json:
        give({"endpoints": [one._asdict() for one in found]})
        return
    for one in found:
        waits = f"{one.waiting} waiting" if one.waiting else ""
        typer.echo("  ".join(part for part in (one.id, f"{one.state:8}", one.name, one.url, waits, one.reason or "") if part))


@app.command()
def replay(
    endpoint: Annotated[str, typer.Argument(help="Id of the endpoint.")],
    since: Annotated[datetime, typer.Option(help="Deliveries made since, in UTC.")],
    until: Annotated[datetime | None, typer.Option(help="And before.", show_default=False)] = None,
    state: Annotated[list[str], typer.Option(help="FAILED or DELIVERED; may be repeated.")] = ["FAILED"],  # noqa: B006
    workspace: Workspace = None, data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Send an endpoint's deliveries of a stretch of time again.

    Example: leadwell webhooks replay 0198f3a2-... --since 2026-11-21
    """
    import asyncio
    from datetime import UTC

    from leadwell.cli.options import talk, with_database

    settings = with_database(data_dir)
    from leadwell import webhooks
    from leadwell.catalog import Everything
    from leadwell.cli.workspace import opened, record_id

    made = {"gte": since.replace(tzinfo=UTC), **({"lt": until.replace(tzinfo=UTC)} if until else {})}

    async def act() -> int:
        async with opened(settings, workspace) as (db, actor):
            where = {"state": {"in": state}, "createdAt": made}
            return await db.run(actor, lambda tx: webhooks.replay_where(tx, record_id(endpoint), where, Everything(actor.workspace)))

    talk(f"{asyncio.run(act())} deliveries are sent again.")
