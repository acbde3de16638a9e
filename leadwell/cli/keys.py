"""`leadwell keys`: API keys of partners, and new entries for the key ring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from leadwell.cli.options import DataDir, Json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from leadwell.access.keys import KeyRecord, NewKey
    from leadwell.base.tx import Tx

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="Make, change, rotate, list and revoke API keys.", rich_markup_mode=None)

Workspace = Annotated[str | None, typer.Option(help="Slug of the workspace; not needed when there is one.")]
Key = Annotated[str, typer.Argument(help="Id of the key.")]
Only = Annotated[list[str] | None, typer.Option(help="Of the nouns named, as in leads.name, no other fields; may be repeated.")]
Without = Annotated[list[str] | None, typer.Option(help="A field, as leads.budget, or permission, as contact_data, that is hidden; may be repeated.")]
Rows = Annotated[str | None, typer.Option(help="all, or team or own with --user or --team.")]
User = Annotated[str | None, typer.Option(help="Id of the user whose rows, or whose team's rows, the key reaches.")]
Team = Annotated[str | None, typer.Option(help="Id of the team whose rows the key reaches.")]
Addresses = Annotated[list[str] | None, typer.Option("--address", help="An address or network it is used from, such as 203.0.113.0/24; may be repeated.")]
Days = Annotated[int | None, typer.Option(min=1, help="Days until it expires.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[list[str], typer.Option(help="NOUN:VERB, NOUN:* or *; may be repeated.")] = ["*"],  # noqa: B006
    days: Days = None, only: Only = None, without: Without = None, rows: Rows = None, user: User = None, team: Team = None, address: Addresses = None,
    workspace: Workspace = None, data_dir: DataDir = None, json: Json = False,
) -> None:  # fmt: skip
    """Make a key; it is shown once.

    Example: leadwell keys create website --scope leads:create --address 203.0.113.0/24
    """

    async def verb(tx: Tx) -> NewKey:
        from leadwell.access import keys
        from leadwell.access.bounds import Bounds

        bounds = Bounds(**_bounds(only, without, rows, (user, team), address))
        return await keys.create(tx, name, scope, expires_at=_in_days(days), bounds=bounds)

    _shown(_run(verb, workspace, data_dir), json)


@app.command()
def update(
    key: Key, name: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="NOUN:VERB, NOUN:* or *; may be repeated. All of them.")] = None,
    days: Days = None, only: Only = None, without: Without = None, rows: Rows = None, user: User = None, team: Team = None, address: Addresses = None,
    clear: Annotated[list[str] | None, typer.Option(help="only, without, address or days: takes that bound away; may be repeated.")] = None,
    workspace: Workspace = None, data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Change a key; what is left out stays.

    Example: leadwell keys update 0198f3a2-... --address 203.0.113.7 --clear days
    """
    from leadwell.cli.options import talk
    from leadwell.cli.workspace import record_id

    cleared: dict[str, Any] = {"only": ("only", ()), "without": ("without", ()), "address": ("addresses", ()), "days": ("expires_at", None)}
    if unknown := set(clear or ()) - cleared.keys():
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: clear only, without, address or days", param_hint="--clear")
    changes = _bounds(only, without, rows, (user, team), address) | dict(cleared[one] for one in clear or ())
    told: dict[str, Any] = {"name": name, "scopes": tuple(scope) if scope else None, "expires_at": _in_days(days)}
    changes |= {field: value for field, value in told.items() if value is not None}

    async def verb(tx: Tx) -> int:
        from leadwell.access import keys

        return await keys.update(tx, record_id(key), changes)

    _run(verb, workspace, data_dir)
    talk("Changed.")


@app.command()
def rotate(
    key: Key, days: Annotated[int, typer.Option(min=1, max=90, help="Days for which the secret of before works, too.")] = 7,
    now: Annotated[bool, typer.Option("--now", help="The secrets of before end at once, as after a leak.")] = False,
    workspace: Workspace = None, data_dir: DataDir = None, json: Json = False,
) -> None:  # fmt: skip
    """Give a key a second secret; it is shown once.

    Example: leadwell keys rotate 0198f3a2-... --days 14
    """
    from leadwell.cli.workspace import record_id

    async def verb(tx: Tx) -> NewKey:
        from leadwell.access import keys

        return await keys.rotate(tx, record_id(key), old_ends_at=_in_days(days), now=now)

    _shown(_run(verb, workspace, data_dir), json)


@app.command("list")
def list_all(workspace: Workspace = None, data_dir: DataDir = None, json: Json = False) -> None:
    """List keys by their public prefix.

    Example: leadwell keys list --json
    """

    async def verb(tx: Tx) -> list[KeyRecord]:
        from leadwell.access import keys

        return await keys.listed(tx)

    found = _run(verb, workspace, data_dir)
    if json:
        from dataclasses import asdict

        from leadwell.cli.options import give

        give({"keys": [asdict(key) for key in found]})
        return
    for key in found:
        state = "revoked" if key.revoked_at else "rotating" if len(key.secrets) > 1 else "live"
        used = f"used {key.used_at:%Y-%m-%d %H:%M} from {key.used_from or 'an unknown address'}" if key.used_at else "never used"
        typer.echo(f"{key.id}  {key.prefix:20} {state:8} {key.name}  ({', '.join(key.scopes)}; {used})")


@app.command()
def revoke(key: Key, workspace: Workspace = None, data_dir: DataDir = None) -> None:
    """Stop a key from working, with all its secrets.

    Example: leadwell keys revoke 0198f3a2-...
    """
    from leadwell.cli.options import talk
    from leadwell.cli.workspace import record_id

    async def verb(tx: Tx) -> Any:
        from leadwell.access import keys

        return await keys.revoke(tx, record_id(key))

    _run(verb, workspace, data_dir)
    talk("Revoked.")


@app.command()
def secret(id: Annotated[str, typer.Argument(help="Name of the entry, a-z and 0-9.")] = "k1") -> None:
    """Print a new entry for LEADWELL_SECRET_KEYS.

    Example: leadwell keys secret k2
    """
    from leadwell.base.setting_values import new_secret_key

    typer.echo(new_secret_key(id))


def _run(verb: Callable[[Tx], Awaitable[T]], workspace: str | None, data_dir: Path | None) -> T:
    """One verb as the system, in the workspace named or the only one."""
    import asyncio

    from leadwell.cli.options import with_database

    settings = with_database(data_dir)
    from leadwell.cli.workspace import opened

    async def act() -> T:
        async with opened(settings, workspace) as (db, actor):
            return await db.run(actor, verb)

    return asyncio.run(act())


def _shown(made: NewKey, json: bool) -> None:
    from leadwell.cli.options import give, talk

    if json:
        key = made.record
        give({"id": key.id, "name": key.name, "key": made.text, "scopes": list(key.scopes), "expires_at": key.expires_at, **key.bounds.kept()})
    else:
        talk("Keep it: it is not shown again.")
        typer.echo(made.text)


def _in_days(days: int | None) -> Any:
    from datetime import UTC, datetime, timedelta

    return None if days is None else datetime.now(UTC) + timedelta(days=days)


def _bounds(
    only: list[str] | None, without: list[str] | None, rows: str | None, whose: tuple[str | None, str | None], addresses: list[str] | None
) -> dict[str, Any]:
    """What was given, by the names of Bounds; new rows say anew whose they are."""
    from leadwell.cli.workspace import record_id

    if rows not in (None, "all", "team", "own"):
        raise typer.BadParameter("all, team or own", param_hint="--rows")
    lists = {"only": only, "without": without, "addresses": addresses}
    user, team = (record_id(id) if id else None for id in whose)
    named = {"rows": rows, "user_id": user, "team_id": team} if rows else {}
    return {name: tuple(told) for name, told in lists.items() if told} | named
