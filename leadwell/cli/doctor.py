"""`leadwell doctor`: is it up, is it safe, and if not, what to do."""

from typing import TYPE_CHECKING

import typer

from leadwell.cli.options import DataDir, Json

if TYPE_CHECKING:
    from leadwell.cli.check import Check

MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


def doctor(data_dir: DataDir = None, json: Json = False) -> None:
    """Check versions, secrets, disk, database, workers, queues, webhooks, audit, sign-in, Redis, mail, the API and traces.

    Ends with 0 when nothing failed, 3 when a server cannot be reached, 1 for any other failure.

    Example: leadwell doctor --json
    """
    import asyncio
    from contextlib import aclosing

    from leadwell.cli.checks import every
    from leadwell.cli.options import give, settings_for

    settings = settings_for(data_dir)

    async def examine() -> list["Check"]:
        found: list[Check] = []
        async with aclosing(every(settings)) as checks:  # a reader may have had enough
            async for check in checks:
                found.append(check)
                if not json:
                    show(check)
        return found

    found = asyncio.run(examine())
    failed = [check for check in found if check.status == "fail"]
    if json:
        give({"ok": not failed, "checks": [check.as_dict() for check in found]})
    raise typer.Exit(3 if any(check.unreachable for check in failed) else 1 if failed else 0)


def show(check: "Check") -> None:
    typer.echo(f"{MARKS[check.status]}  {check.name}: {check.message}")
    if check.fix:
        typer.echo(f"      fix: {check.fix}")
