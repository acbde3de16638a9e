"""`leadwell demo`: a workspace with leads to look at."""

from typing import TYPE_CHECKING

import typer

from leadwell.cli.options import DataDir, Json

if TYPE_CHECKING:
    from leadwell.base.settings import Settings
    from leadwell.demo import DemoInfo


def demo(data_dir: DataDir = None, json: Json = False) -> None:
    """Make sure the demonstration workspace exists, and print its key and a one-time sign-in link.

    Example: leadwell demo --json
    """
    import asyncio
    from dataclasses import asdict

    from leadwell.cli import ready
    from leadwell.cli.options import give, with_database

    settings = with_database(data_dir)
    made = asyncio.run(_ensure(settings))
    found = ready.found(settings, workspace=str(made.workspace), api_key=made.api_key, sign_in_token=made.sign_in_token, mailbox=False)
    if json:
        wanted = ("url", "sign_in", "graphql", "ws", "api_key", "workspace")
        give({key: value for key, value in asdict(found).items() if key in wanted})
    else:
        typer.echo(f"Open      {found.sign_in}\nAPI key   {found.api_key}\nWorkspace {found.workspace}")


async def _ensure(settings: "Settings") -> "DemoInfo":
    from leadwell.demo import ensure
    from leadwell.wiring import open_kit

    kit = await open_kit(settings, "leadwell-demo")
    try:
        return await ensure(kit.db, settings)
    finally:
        await kit.close()
