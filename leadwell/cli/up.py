"""`leadwell up`: everything on one machine with one command."""

from pathlib import Path
from typing import Annotated

import typer

from leadwell.cli.options import DataDir, Quiet


def up(
    data_dir: DataDir = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; others may reach it only in production.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (8000); 0 picks a free one.")] = None,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Fill a new workspace with leads to look at.")] = True,
    ready_file: Annotated[
        Path | None, typer.Option(help="Write addresses and keys here as JSON once everything answers.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Start PostgreSQL, Valkey, a mailbox, the API and a worker; Ctrl-C stops them all.

    DATABASE_URL, REDIS_URL and SMTP_URL each replace a part.

    Example: leadwell up --port 0 --data-dir ./data
    """
    import asyncio

    from leadwell.cli.options import settings_for
    from leadwell.cli.supervisor import Plan, Supervisor

    if ready_file is not None:
        if not ready_file.parent.is_dir():
            raise typer.BadParameter(f"there is no directory {ready_file.parent}", param_hint="--ready-file")
        ready_file.unlink(missing_ok=True)
    settings = settings_for(data_dir, host=host, port=None if port is None else str(port))
    code = asyncio.run(Supervisor(Plan(settings, demo=demo, ready_file=ready_file, quiet=quiet)).run())
    raise typer.Exit(code)
