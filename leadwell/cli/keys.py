"""`leadwell keys`: API keys of partners, and new entries for the key ring."""

from typing import Annotated

import typer

from leadwell.cli.options import DataDir, Json

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.", rich_markup_mode=None)

Workspace = Annotated[str | None, typer.Option(help="Slug of the workspace; not needed when there is one.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[list[str], typer.Option(help="NOUN:VERB, NOUN:* or *; may be repeated.")] = ["*"],  # noqa: B006
    days: Annotated[int | None, typer.Option(min=1, help="Days until it expires.")] = None,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Make a key; it is shown once.

    Example: leadwell keys create website --scope leads:create
    """
    import asyncio
    from datetime import UTC, datetime, timedelta

    from leadwell.cli.options import give, talk, with_database

    settings = with_database(data_dir)
    from leadwell.access.keys import NewKey, create_key
    from leadwell.cli.workspace import opened

    expires = None if days is None else datetime.now(UTC) + timedelta(days=days)

    async def act() -> NewKey:
        async with opened(settings, workspace) as (db, actor):
            return await create_key(db, actor.workspace, name, scope, expires_at=expires)

    made = asyncio.run(act())
    if json:
        give({"id": made.record.id, "name": name, "key": made.text, "scopes": scope, "expires_at": expires})
    else:
        talk("Keep it: it is not shown again.")
        typer.echo(made.text)


@app.command("list")
def list_all(workspace: Workspace = None, data_dir: DataDir = None, json: Json = False) -> None:
    """List keys by their public prefix.

    Example: leadwell keys list --json
    """
    import asyncio
    from dataclasses import asdict

    from leadwell.cli.options import give, with_database

    settings = with_database(data_dir)
    from leadwell.access.keys import KeyRecord, list_keys
    from leadwell.cli.workspace import opened

    async def read() -> list[KeyRecord]:
        async with opened(settings, workspace) as (db, actor):
            return await list_keys(db, actor.workspace)

    found = asyncio.run(read())
    if json:
        give({"keys": [asdict(key) for key in found]})
        return
    for key in found:
        state = "revoked" if key.revoked_at else "live"
        typer.echo(f"{key.id}  {key.prefix:20} {state:8} {key.name}  ({', '.join(key.scopes)})")


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Id of the key.")], workspace: Workspace = None, data_dir: DataDir = None
) -> None:
    """Stop a key from working.

    Example: leadwell keys revoke 0198f3a2-...
    """
    import asyncio

    from leadwell.cli.options import talk, with_database

    settings = with_database(data_dir)
    from leadwell.access.keys import revoke_key
    from leadwell.cli.workspace import opened, record_id

    async def act() -> None:
        async with opened(settings, workspace) as (db, actor):
            await revoke_key(db, actor.workspace, record_id(key))

    asyncio.run(act())
    talk("Revoked.")


@app.command()
def secret(id: Annotated[str, typer.Argument(help="Name of the entry, a-z and 0-9.")] = "k1") -> None:
    """Print a new entry for LEADWELL_SECRET_KEYS.

    Example: leadwell keys secret k2
    """
    from leadwell.base.setting_values import new_secret_key

    typer.echo(new_secret_key(id))
