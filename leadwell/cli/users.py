"""`leadwell users`: the people who work here, and the workspace they work in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from leadwell.cli.options import DataDir, Json

if TYPE_CHECKING:
    from leadwell.base.tx import Tx

app = typer.Typer(no_args_is_help=True, help="Add, invite, list and shut out people who work here, and set passwords.", rich_markup_mode=None)

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


@app.command()
def invite(
    email: Annotated[str, typer.Argument(help="Address the invitation goes to.")],
    name: Annotated[str | None, typer.Option(help="Name people see; missing: the address.")] = None,
    role: Annotated[str, typer.Option(help="Code of a role.")] = "SALES",
    team: Annotated[str | None, typer.Option(help="Name of a team.")] = None,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Mail somebody a link by which they become a user within 7 days. Said again, it is sent again.

    Example: leadwell users invite ben@example.com --name "Ben Okafor" --role MANAGER
    """
    import asyncio

    from leadwell.cli.options import give, talk, with_database

    settings = with_database(data_dir)
    from leadwell import accounts
    from leadwell.cli.workspace import opened

    async def verb(tx: Tx) -> UUID:
        team_id = await _named(tx, "team", "SELECT t.id FROM teams t WHERE t.workspace_id = $1 AND t.name = $2 AND t.archived_at IS NULL", team)
        return await accounts.invite(tx, accounts.Invitee(email, name or email, role.upper(), team_id), settings)

    async def act() -> UUID:
        async with opened(settings, workspace) as (db, actor):
            return await db.run(actor, verb)

    id = asyncio.run(act())
    if json:
        give({"id": id, "email": email, "role": role.upper()})
    else:
        talk("Invited: the mail leaves with the next worker.")


@app.command("list")
def list_all(workspace: Workspace = None, data_dir: DataDir = None, json: Json = False) -> None:
    """List users, and invitations that are open.

    Example: leadwell users list --json
    """
    import asyncio

    from leadwell.cli.options import give, with_database

    settings = with_database(data_dir)
    from leadwell.access import users
    from leadwell.cli.workspace import opened

    async def read() -> list[dict[str, Any]]:
        async with opened(settings, workspace) as (db, actor), db.read(actor) as tx:
            return await users.listed(tx)

    found = asyncio.run(read())
    if json:
        give({"users": found})
        return
    for one in found:
        team = f" ({one['team']})" if one["team"] else ""
        typer.echo(f"{one['email']:32} {one['role']:12} {one['state']:9} {one['name']}{team}")


@app.command()
def archive(email: Annotated[str, typer.Argument(help="Address they sign in with.")], workspace: Workspace = None, data_dir: DataDir = None) -> None:
    """Shut a user out: their sessions end, and nothing lets them in.

    Example: leadwell users archive ben@example.com
    """
    _stand(email, workspace, data_dir, out=True)


@app.command()
def unarchive(email: Annotated[str, typer.Argument(help="Address they sign in with.")], workspace: Workspace = None, data_dir: DataDir = None) -> None:
    """Let a user in again, with the role they had.

    Example: leadwell users unarchive ben@example.com
    """
    _stand(email, workspace, data_dir, out=False)


def _stand(email: str, workspace: str | None, data_dir: Path | None, *, out: bool) -> None:
    import asyncio

    from leadwell.cli.options import talk, with_database

    settings = with_database(data_dir)
    from leadwell.access import sessions, users
    from leadwell.cli.workspace import opened

    async def verb(tx: Tx) -> None:
        user = await _named(tx, "user", "SELECT u.id FROM users u WHERE u.workspace_id = $1 AND u.email = $2", sessions.normalized(email))
        assert user is not None
        await (users.archive if out else users.unarchive)(tx, user)

    async def act() -> None:
        async with opened(settings, workspace) as (db, actor):
            await db.run(actor, verb, replayable=True)

    asyncio.run(act())
    talk("Shut out." if out else "Let in again.")


async def _named(tx: Tx, noun: str, sql: str, name: str | None) -> UUID | None:
    """The id of what a name stands for; NotFound."""
    from leadwell.base.refusals import NotFound

    found: UUID | None = await tx.value(sql, tx.workspace, name) if name is not None else None
    if name is not None and found is None:
        raise NotFound(noun=f"{noun} {name[:100]}")
    return found
