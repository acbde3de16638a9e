"""`leadwell outbound`: whether mail and webhooks may leave this database."""

from typing import TYPE_CHECKING, Annotated

import typer

from leadwell.cli.options import DataDir, Json

if TYPE_CHECKING:
    from leadwell.restoring import Held

app = typer.Typer(no_args_is_help=True, help="Let a database send that was restored, copied or put back.", rich_markup_mode=None)


@app.callback()
def outbound() -> None:
    """Keeps `confirm` a word of its own."""


@app.command()
def confirm(
    resend: Annotated[bool, typer.Option("--resend", help="Nothing left since the backup was made: what was planned then leaves.")] = False,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Let this database send, after it was restored, copied or put back.

    Mail that was on its way when the backup was made may have left since: it is held as AMBIGUOUS, and sequences and broadcasts are paused, until you
    resolve and resume them. With --resend everything goes on at once.

    Example: leadwell outbound confirm
    """
    import asyncio

    from leadwell.cli.options import give, with_database

    settings = with_database(data_dir)
    from leadwell import restoring
    from leadwell.wiring import open_kit

    async def act() -> "Held | None":
        kit = await open_kit(settings, "leadwell-command")
        try:
            return await restoring.confirm(kit.db, holding=not resend)
        finally:
            await kit.close()

    held = asyncio.run(act())
    told = held or restoring.Held()
    if json:
        give({"confirmed": held is not None, "held": told.mails, "pausedSequences": told.sequences, "pausedBroadcasts": told.broadcasts})
        return
    typer.echo("Mail and webhooks may leave this database." if held else "This database is not in doubt: nothing was changed.")
    if held and not resend:
        typer.echo(f"Held: {told.mails} mails; paused: {told.sequences} sequences, {told.broadcasts} broadcasts.")
