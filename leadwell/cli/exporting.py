"""`leadwell export`: records to a file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from leadwell.cli.options import DataDir, Json, Quiet


def export(
    noun: Annotated[str, typer.Argument(help="leads, contacts, companies, deals, activities, people, tasks or purchases.")],
    file: Annotated[Path, typer.Argument(help="Where to; .jsonl writes JSON lines, anything else CSV.")],
    where: Annotated[str | None, typer.Option(help="The filter of lists as JSON, such as '{\"state\": {\"eq\": \"OPEN\"}}'.")] = None,
    columns: Annotated[str | None, typer.Option(help="Fields, separated by commas; owner.name, custom.KEY and tags too. All when left out.")] = None,
    workspace: Annotated[str | None, typer.Option(help="Slug of the workspace; not needed when there is one.")] = None,
    data_dir: DataDir = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Export records; the file can be imported again.

    Cells that a spreadsheet would run begin with an apostrophe, which an import takes away again.

    Example: leadwell export leads open.csv --where '{"state": {"eq": "OPEN"}}'
    """
    import asyncio

    from leadwell.cli.options import give, settings_for, talk

    count = asyncio.run(_write(noun, file, where, columns, (settings_for(data_dir), workspace)))
    if json:
        give({"noun": noun, "file": str(file), "rows": count})
    elif not quiet:
        talk(f"{count} {noun} in {file}")


async def _write(noun: str, file: Path, where: str | None, columns: str | None, home: tuple[object, str | None]) -> int:
    """Into a file beside it first, so that a half-written one never looks like a whole one."""
    import orjson

    from leadwell.catalog import CATALOG, Everything
    from leadwell.cli.workspace import opened
    from leadwell.transfer import exports

    try:
        filter: Any = orjson.loads(where) if where else {}
    except orjson.JSONDecodeError:
        raise typer.BadParameter("the filter is not JSON", param_hint="--where") from None
    found = CATALOG.plurals.get(noun)
    names = tuple(name.strip() for name in columns.split(",")) if columns else ()
    asked = exports.NewExport(found.name if found else noun, filter, names, "JSONL" if file.suffix == ".jsonl" else "CSV")
    count, part = 0, file.with_name(f"{file.name}.part")
    async with opened(*home) as (db, actor):  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        viewer = Everything(actor.workspace)
        async with db.read(actor) as tx:
            plan = exports.plan(asked, viewer, await exports.customs_of(tx, asked.noun))
        with part.open("wb") as out:
            async for written, rows in exports.rows(db, actor, plan, viewer):
                out.write(written)
                count += rows
    part.replace(file)
    return count
