"""`leadwell simulate`: a sequence rehearsed from the command line, with figures, charts and progress on a terminal."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadwell.cli.options import DataDir, Json, Quiet

if TYPE_CHECKING:
    from leadwell.base.settings import Settings
    from leadwell.simulation import Wish

Workspace = Annotated[str | None, typer.Option(help="Slug of the workspace; not needed when there is one.")]


def simulate(
    sequence: Annotated[str, typer.Argument(help="Name or id of the sequence.")],
    people: Annotated[int, typer.Option(help="How many people: made up, or at most so many of those who match --where.")] = 1000,
    until: Annotated[datetime | None, typer.Option(help="Where its time ends; not given: a year after it begins.", show_default=False)] = None,
    begin: Annotated[datetime | None, typer.Option("--from", help="Where its time begins; not given: now.", show_default=False)] = None,
    where: Annotated[str | None, typer.Option(help="A copy of the people who match this filter, as JSON.", show_default=False)] = None,
    version: Annotated[str, typer.Option(help="NEXT (the draft, or else what is live), DRAFT or LIVE.")] = "NEXT",
    zone: Annotated[list[str], typer.Option(help="Time zone of people who are made up; may be repeated.")] = [],  # noqa: B006
    per_day: Annotated[int | None, typer.Option(min=1, help="How many enter a day; not given: all at once.", show_default=False)] = None,
    rate: Annotated[list[str], typer.Option(help="reply=5 and the like: open, click, reply, bounce, unsubscribe of a hundred mails.")] = [],  # noqa: B006
    seed: Annotated[int, typer.Option(help="Another seed, other chances.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Write the charts to this SVG file.", show_default=False)] = None,
    workspace: Workspace = None, data_dir: DataDir = None, json: Json = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Rehearse a sequence: who gets what when, in seconds, without sending anything.

    Example: leadwell simulate Welcome --people 5000 --until 2027-06-30 --out welcome.svg
    """
    import asyncio

    from leadwell.cli.options import give, talk, with_database

    settings = with_database(data_dir)
    wish = _wish(begin, until, people, where, zone, per_day, rate, seed)
    name, found = asyncio.run(_play(settings, workspace, sequence, version, wish, shown=sys.stderr.isatty() and not quiet))
    if out is not None:
        from leadwell.simulation import picture

        out.write_text(picture(name, found, found["zone"]))
        if not quiet:
            talk(f"Charts in {out}.")
    if json:
        give({"sequence": name, **found})
    else:
        _print(name, found)


def _wish(*given: Any) -> Wish:
    """What the options say. BadSimulation."""
    import json
    from dataclasses import fields
    from datetime import UTC, timedelta

    from leadwell.simulation import BadSimulation, Rates, Wish, checked

    begin, until, people, where, zones, per_day, rates, seed = given
    start = (begin or datetime.now(UTC).replace(microsecond=0)).astimezone(UTC) if begin is None or begin.tzinfo else begin.replace(tzinfo=UTC)
    end = start + timedelta(days=365) if until is None else until if until.tzinfo else until.replace(tzinfo=UTC)
    chosen: dict[str, float] = {}
    for one in rates:
        name, _, value = one.partition("=")
        if name not in {field.name for field in fields(Rates)} or not value.replace(".", "", 1).isdigit():
            raise BadSimulation(field="rate", why=f'"{one[:40]}" is no rate such as reply=5')
        chosen[name] = float(value)
    try:
        filter = None if where is None else json.loads(where)
    except ValueError:
        raise BadSimulation(field="where", why="the filter is no JSON") from None
    return checked(Wish(start, end, people, where=filter, zones=tuple(zones), per_day=per_day, rates=Rates(**chosen), seed=seed))


async def _play(settings: Settings, workspace: str | None, sequence: str, version: str, wish: Wish, *, shown: bool) -> tuple[str, Any]:
    from leadwell import simulation
    from leadwell.access.sees import Everything
    from leadwell.base.refusals import NotFound
    from leadwell.cli.workspace import opened

    async with opened(settings, workspace) as (db, actor):
        async with db.read(actor) as tx:
            row = await tx.row(
                "SELECT s.id, s.name FROM sequences s WHERE s.workspace_id = $1 AND (s.name = $2 OR s.id::text = $3) ORDER BY s.name = $2 DESC LIMIT 1",
                tx.workspace, sequence, _plain(sequence))
            if row is None:
                raise NotFound(noun="sequence", field="sequence")
            part = await simulation.part(tx, row["id"], version.upper())
        with _told(wish.days, shown=shown) as told:
            return row["name"], await simulation.rehearsal(db, actor, part, wish, simulation.Watching(Everything(actor.workspace), told))


def _plain(text: str) -> str:
    from leadwell.base.ids import BadId
    from leadwell.cli.workspace import record_id

    try:
        return str(record_id(text))
    except BadId:
        return ""


class _told:
    """A bar on the terminal, or silence."""

    def __init__(self, days: int, *, shown: bool) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(console=Console(stderr=True), transient=True, disable=not shown)
        self._task = self._bar.add_task("Rehearsing", total=days)

    def __enter__(self) -> Any:
        self._bar.start()

        async def told(days: int) -> bool:
            self._bar.update(self._task, completed=days)
            return True

        return told

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _print(name: str, found: Any) -> None:
    from leadwell.simulation.charts import summary, words

    typer.echo(f"{name}: {summary(found)}")
    typer.echo("\nEnds")
    for one in found["exits"]:
        typer.echo(f"  {words(one['reason']):28} {one['people']:>9,}")
    typer.echo("\nSteps")
    for one in found["steps"]:
        typer.echo(f"  {str(one['name'] or one['step'])[:28]:28} {words(one['kind']):8} {one['people']:>9,} people {one.get('sends', 0):>9,} mails")
    if found["waits"]:
        typer.echo("\nHad to wait")
        for reason, count in found["waits"].items():
            typer.echo(f"  {words(reason):28} {count:>9,}")
    if found["collisions"]["people"]:
        typer.echo(f"\n{found['collisions']['people']:,} people get mail of two sequences within a day.")
