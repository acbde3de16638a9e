"""`leadwell users`: the people who work here, and the workspace they work in."""

from typing import Annotated
from uuid import UUID

import typer

from leadwell.cli.options import DataDir, Json

app = typer.Typer(no_args_is_help=True, help="Add people who work here, and set passwords.", rich_markup_mode=None)

Workspace = Annotated[str | None, typer.Option(help="Slug of the workspace; not needed when there is one.")]
Ask = Annotated[bool, typer.Option("--password", help="Ask for a password; without it only links sign in.")]


@app.command()
def create(
    email: Annotated[str, typer.Argument(help="Address to sign in with.")],
    name: Annotated[str | None, typer.Option(help="Name people see; missing: the address.")] = None,
    role: Annotated[str, typer.Option(help="Code of a role.")] = "OWNER",
    password: Ask = False,
    make_workspace: Annotated[
        str | None, typer.Option(metavar="NAME", help="Make the workspace of --workspace SLUG with this name, if it is not there.")] = None,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Add a user and print a link that signs them in once. A user who is there already is kept; --password gives them a new one.

    Example: leadwell users create ana@example.com --workspace acme --make-workspace "Acme Ltd" --password
    """
    import asyncio

    from leadwell.cli.options import give, with_database

    settings = with_database(data_dir)
    words = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if password else None
    from leadwell.access import links, users
    from leadwell.cli.workspace import installed, opened

    async def act() -> tuple[UUID, str]:
        if workspace and make_workspace:
            await installed(settings, workspace, make_workspace)
        async with opened(settings, workspace) as (db, actor):
            user = await users.create_user(db, actor.workspace, email=email, name=name or email, role=role.upper(), password=words)
            if words:
                await users.set_password(db, email, words)
            return user, await links.create_link(db, actor.workspace, user)

    user, token = asyncio.run(act())
    link = f"{settings.public_url}/auth/link/{token}"
    if json:
        give({"id": user, "email": email, "role": role.upper(), "link": link})
    else:
        typer.echo(link)
