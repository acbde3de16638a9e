"""`leadwell migrate`: brings the database to this release."""

from typing import Annotated

import typer

from leadwell.cli.options import DataDir, Json


def migrate(
    plan: Annotated[bool, typer.Option("--plan", help="Only tell what would be applied.")] = False,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Apply missing migrations as LEADWELL_OWNER_DATABASE_URL; safe to run at any time, from several machines.

    With LEADWELL_ADMIN_DATABASE_URL it makes the roles and the database first.

    Example: leadwell migrate --plan
    """
    import asyncio

    from leadwell.cli import databases
    from leadwell.cli.options import give, settings_for, talk

    settings = settings_for(data_dir)
    settings.need("owner_database_url")
    if plan:
        names = asyncio.run(_pending(settings.owner_database_url))
        if json:
            give({"pending": names})
        else:
            typer.echo("\n".join(names) if names else "Nothing to apply.")
        return
    applied = asyncio.run(databases.prepare(settings, talk))
    if json:
        give({"applied": applied})


async def _pending(url: str) -> list[str]:
    import asyncpg

    from leadwell.migrations import pending

    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await pending(connection)
    finally:
        await connection.close()
