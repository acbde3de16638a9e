"""`leadwell config`: every setting, its value and where that came from."""

from typing import Annotated, Any

import typer

from leadwell.cli.options import DataDir, Json


def config(
    data_dir: DataDir = None,
    explain: Annotated[str | None, typer.Option(metavar="NAME", help="Tell everything about one setting.")] = None,
    json: Json = False,
) -> None:
    """Show all settings with value (secrets masked), source and meaning.

    Example: leadwell config --explain LEADWELL_PORT
    """
    from leadwell.base.setting_table import TABLE
    from leadwell.cli.options import give, settings_for

    settings = settings_for(data_dir)
    rows = [
        {
            "name": row.variable,
            "value": settings.shown(row.field),
            "source": settings.sources[row.field],
            "default": row.default,
            "secret": row.secret,
            "meaning": row.meaning,
        }
        for row in TABLE.values()
        if explain is None or explain.upper() in (row.variable, row.field.upper())
    ]
    if explain is not None and not rows:
        _unknown(explain)
    if json:
        give(rows[0] if explain is not None else {"settings": rows})
    elif explain is not None:
        typer.echo("\n".join(f"{key:8} {value}" for key, value in rows[0].items()))
    else:
        _table(rows)


def _unknown(name: str) -> None:
    from leadwell.base.settings import UnknownSetting, nearest

    near = nearest(name)
    raise UnknownSetting(name=name, fix=f"Did you mean {near}?" if near else "`leadwell config` lists all settings.")


def _table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("name", "value", "source", "meaning"):
        table.add_column(title, overflow="fold", no_wrap=title == "name")
    for row in rows:
        table.add_row(row["name"], row["value"], row["source"], row["meaning"])
    Console(highlight=False, markup=False).print(table)
