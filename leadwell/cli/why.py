"""`leadwell why`: the chain of reasons behind a lead, a score, a delivery or an assignment."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from leadwell.cli.options import DataDir, Json

app = typer.Typer(no_args_is_help=True, help="Explain a lead, a score, a delivery or an assignment.", rich_markup_mode=None)

Id = Annotated[str, typer.Argument(help="Id as the API shows it.")]
Workspace = Annotated[str | None, typer.Option(help="Slug of the workspace; not needed when there is one.")]
Explain = Callable[[Any, UUID], Awaitable[Sequence[Any]]]


@app.command()
def lead(id: Id, workspace: Workspace = None, data_dir: DataDir = None, json: Json = False) -> None:
    """Tell where a lead came from, word for word, and what happened to it.

    Example: leadwell why lead AAEBmPOi...
    """
    _tell("leadwell.transfer.explaining", id, workspace, data_dir, json)


@app.command()
def score(id: Id, workspace: Workspace = None, data_dir: DataDir = None, json: Json = False) -> None:
    """Tell which rules gave a lead its score; the parts add up to it.

    Example: leadwell why score AAEBmPOi...
    """
    _tell("leadwell.scoring", id, workspace, data_dir, json)


@app.command()
def delivery(id: Id, workspace: Workspace = None, data_dir: DataDir = None, json: Json = False) -> None:
    """Tell why a mail was sent, held or refused.

    Example: leadwell why delivery AAIBmPOi...
    """
    _tell("leadwell.nurture.explaining", id, workspace, data_dir, json)


@app.command()
def assignment(id: Id, workspace: Workspace = None, data_dir: DataDir = None, json: Json = False) -> None:
    """Tell who was to get a lead, and why it went to them.

    Example: leadwell why assignment AAIBmPOi...
    """
    _tell("leadwell.assignment", id, workspace, data_dir, json)


def _tell(room: str, id: str, workspace: str | None, data_dir: Path | None, json: bool) -> None:
    """Each step that `explain` of the room gives has `at` (or nothing), `what` and `because`."""
    import asyncio
    from importlib import import_module

    from leadwell.cli.options import give, with_database

    settings = with_database(data_dir)
    from leadwell.cli.workspace import opened, record_id

    explain: Explain = import_module(room).explain

    async def read() -> Sequence[Any]:
        async with opened(settings, workspace) as (db, actor), db.read(actor) as tx:
            return await explain(tx, record_id(id))

    steps = asyncio.run(read())
    if json:
        give({"id": id, "steps": [{"at": step.at, "what": step.what, "because": step.because} for step in steps]})
        return
    if not steps:
        typer.echo("Nothing has happened yet.")
    for step in steps:
        when = f"{step.at:%Y-%m-%d %H:%M}  " if step.at else ""
        typer.echo(f"{when}{step.what}" + (f"  because {step.because}" if step.because else ""))
