"""`leadwell import`: files of leads."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadwell.cli.options import DataDir, Json, Quiet

if TYPE_CHECKING:
    from leadwell.transfer.imports import ImportResult

app = typer.Typer(no_args_is_help=True, help="Import files.", rich_markup_mode=None)


@app.callback()
def group() -> None:
    """Keeps `leads` a word of its own while it is the only one."""


@app.command()
def leads(
    file: Annotated[Path, typer.Argument(help="A CSV file, plain or gzipped.")],
    map: Annotated[list[str], typer.Option(help="COLUMN=FIELD, such as 'E-mail=email'; may be repeated.")] = [],  # noqa: B006
    source: Annotated[str | None, typer.Option(help="Name of the source the leads came from.")] = None,
    errors: Annotated[Path | None, typer.Option(help="Where rows with faults are written (FILE.errors.csv).")] = None,
    workspace: Annotated[str | None, typer.Option(help="Slug of the workspace; not needed when there is one.")] = None,
    data_dir: DataDir = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Import leads; the same file again changes nothing.

    Columns with well-known names map themselves. Nothing is sent to anybody because of an import.

    Example: leadwell import leads expo.csv --map "Mail=email" --map "Firm=company"
    """
    import asyncio

    from leadwell.cli.options import with_database

    mapping = dict(_pair(entry) for entry in map)
    target = errors or file.with_name(f"{file.name}.errors.csv")
    settings = with_database(data_dir)
    from leadwell.cli.workspace import opened
    from leadwell.transfer.imports import import_file

    async def act() -> "ImportResult":
        async with opened(settings, workspace) as (db, actor):
            with Bar(quiet or json) as advance:
                return await import_file(db, actor, file, mapping, source=source, errors=target, progress=advance)

    _report(asyncio.run(act()), target, json)


def _report(result: "ImportResult", errors: Path, json: bool) -> None:
    from leadwell.cli.options import give, talk

    counts = {name: getattr(result, name) for name in ("rows", "created", "attached", "failed")}
    if json:
        give({**counts, "errors": str(errors) if result.failed else None})
        return
    talk("{rows} rows: {created} new leads, {attached} added to known ones, {failed} failed".format(**counts))
    if result.failed:
        talk(f"Rows with faults: {errors}")


def _pair(entry: str) -> tuple[str, str]:
    column, equals, field = entry.rpartition("=")
    if not equals or not column or not field:
        raise typer.BadParameter(f"{entry!r} is not COLUMN=FIELD", param_hint="--map")
    return column.strip(), field.strip()


class Bar:
    """A progress bar on a terminal, silence elsewhere. Called with rows done and rows in all, if known."""

    def __init__(self, silent: bool) -> None:
        import sys

        self._silent = silent or not sys.stderr.isatty()

    def __enter__(self) -> "Bar":
        if not self._silent:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("Importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=Console(stderr=True))
            self._task = self._bar.add_task("rows", total=None)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._silent:
            self._bar.stop()

    def __call__(self, done: int, total: int | None = None) -> None:
        if not self._silent:
            self._bar.update(self._task, completed=done, total=total)
