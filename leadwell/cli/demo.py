"""`leadwell demo`: a workspace with leads to look at."""

import typer

from leadwell.cli.options import DataDir, Json


def demo(data_dir: DataDir = None, json: Json = False) -> None:
    """Make sure the demonstration workspace exists, and print its key and a one-time sign-in link.

    Example: leadwell demo --json
    """
    import asyncio
    from dataclasses import asdict

    from leadwell.cli import ready
    from leadwell.cli.options import give, with_database

    settings = with_database(data_dir)
    found = asyncio.run(ready.prepare(settings, sample=True, mailbox=False))
    if json:
        wanted = ("url", "sign_in", "graphql", "ws", "api_key", "workspace")
        give({key: value for key, value in asdict(found).items() if key in wanted})
    else:
        typer.echo(f"Open      {found.sign_in}\nAPI key   {found.api_key}\nWorkspace {found.workspace}")
