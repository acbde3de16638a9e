"""`leadwell import`: files of leads, contacts, companies, deals and activities."""

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadwell.cli.options import DataDir, Json, Quiet

if TYPE_CHECKING:
    from leadwell.transfer import ImportOptions, ImportResult

app = typer.Typer(no_args_is_help=True, help="Import files.", rich_markup_mode=None)

HINTS = {
    "PHONE_NEEDS_COUNTRY": "{count} phone numbers name no country and are kept as written; --country US (or another) reads them.",
    "UNKNOWN_OWNER": "{count} records name an owner who is no user here; they came in without one.",
}


@app.callback()
def group() -> None:
    """A word for each noun."""


@app.command()
def leads(
    file: Annotated[Path, typer.Argument(help="A CSV or JSONL file, plain or gzipped.")],
    map: Annotated[list[str], typer.Option(help="COLUMN=FIELD, such as 'E-mail=email'; COLUMN=- leaves it out.")] = [],  # noqa: B006
    source: Annotated[str | None, typer.Option(help="Name of the source the leads came from.")] = None,
    campaign: Annotated[str | None, typer.Option(help="Name of the campaign they belong to.")] = None,
    country: Annotated[str | None, typer.Option(help="Country whose local phone numbers these are.")] = None,
    intent: Annotated[str, typer.Option(help="HAND_RAISE, CONTENT, EVENT or SUBSCRIBE.")] = "CONTENT",
    system: Annotated[str | None, typer.Option(help="Whose ids the file holds, such as zoho.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Detected when left out.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="A character, or tab. Detected when left out.")] = None,
    errors: Annotated[Path | None, typer.Option(help="Where rows with faults are written (FILE.errors.csv).")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
    mode: Annotated[str, typer.Option(help="CREATE, FILL_EMPTY or OVERWRITE.")] = "FILL_EMPTY",
    overwrite: Annotated[list[str], typer.Option(help="A field that OVERWRITE may replace.")] = [],  # noqa: B006
    effect: Annotated[list[str], typer.Option(help="What else may follow: WEBHOOKS, SEQUENCES, HAND_RAISES, NOTIFICATIONS, ASSIGNMENT, RESPONSE.")] = [],  # noqa: B006
    workspace: Annotated[str | None, typer.Option(help="Slug of the workspace; not needed when there is one.")] = None,
    data_dir: DataDir = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Import leads; the same file again changes nothing, and one that was interrupted goes on.

    Columns with well-known names map themselves. Nothing is sent to anybody because of an import.

    Example: leadwell import leads expo.csv --map "Mail=email" --map "Firm=company" --source "Expo 2026"
    """
    _bring("Lead", locals())


def _bring(noun: str, given: dict[str, Any]) -> None:
    """What every noun's command does, from its options."""
    from leadwell.transfer import ImportOptions

    names = ("source", "campaign", "country", "intent", "system", "encoding", "delimiter", "dry_run", "mode")
    options = ImportOptions(noun=noun, overwrite=tuple(given["overwrite"]), effects=tuple(given["effect"]), **{name: given[name] for name in names})
    file, map, errors, workspace, data_dir, quiet, json = (given[name] for name in ("file", "map", "errors", "workspace", "data_dir", "quiet", "json"))
    result = _run(file, dict(_pair(entry) for entry in map), options, errors, workspace, data_dir, quiet or json)
    if json:
        from leadwell.cli.options import give

        give(_facts(result))
    elif not quiet or result.failed:
        _say(result)
    if result.rows and result.failed == result.rows:
        raise typer.Exit(1)


def _command(noun: str, word: str) -> Callable[..., None]:
    """The same options for another noun."""

    @wraps(leads)
    def bring(**given: Any) -> None:
        _bring(noun, given)

    bring.__doc__ = (
        f"Import {word}; the same file again changes nothing, and one that was interrupted goes on.\n\n"
        f"Columns with well-known names map themselves. Nothing is sent to anybody because of an import.\n\nExample: leadwell import {word} {word}.csv"
    )
    return bring


for _noun, _word in (("Contact", "contacts"), ("Company", "companies"), ("Deal", "deals"), ("Activity", "activities")):
    app.command(_word)(_command(_noun, _word))


@app.command()
def revert(
    id: Annotated[str, typer.Argument(help="The id of the import, as the API shows it.")],
    workspace: Annotated[str | None, typer.Option(help="Slug of the workspace; not needed when there is one.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Take back what an import did; what people have changed since is left alone.

    Example: leadwell import revert SU1QT1JUAZ...
    """
    import asyncio

    from leadwell.base.ids import decode_id
    from leadwell.catalog import CATALOG
    from leadwell.cli.options import settings_for, talk
    from leadwell.cli.workspace import opened
    from leadwell.transfer import ask_revert
    from leadwell.transfer import revert as take_back

    async def act() -> Mapping[str, int]:
        async with opened(settings_for(data_dir), workspace) as (db, actor):
            found = decode_id(id, CATALOG["Import"].tag)[1]
            await db.run(actor, lambda tx: ask_revert(tx, found))
            return await take_back(db, actor, found)

    counts = asyncio.run(act())
    talk(f"{counts.get('records', 0)} records put away, {counts.get('fields', 0)} fields set back, {counts.get('left', 0)} left alone.")


def _run(
    file: Path, mapping: dict[str, str], options: "ImportOptions", errors: Path | None, workspace: str | None, data_dir: Path | None, silent: bool
) -> "ImportResult":
    import asyncio

    from leadwell.cli.options import settings_for
    from leadwell.cli.workspace import opened
    from leadwell.transfer import import_file
    from leadwell.transfer.refusals import FileUnreadable

    if file.is_dir():
        raise FileUnreadable(name=str(file), reason="it is a directory")
    target = errors or file.with_name(f"{file.name}.errors.csv")

    async def act() -> "ImportResult":
        async with opened(settings_for(data_dir), workspace) as (db, actor):
            with Bar(silent) as bar:
                return await import_file(db, actor, file, mapping, options=options, errors=target, progress=bar)

    return asyncio.run(act())


def _facts(result: "ImportResult") -> dict[str, object]:
    from dataclasses import asdict

    facts = asdict(result)
    facts["errors"] = facts.pop("faults")
    return facts


def _say(result: "ImportResult") -> None:
    """The counts, then whatever the person should know."""
    from leadwell.cli.options import talk

    would = "would be " if result.dry_run else ""
    talk(
        f"{result.rows} {'row' if result.rows == 1 else 'rows'}: {result.created} {would}new, {result.attached} {would}added to known people,"
        f" {result.unchanged} unchanged, {result.failed} failed"
    )
    if result.repeated:
        talk("This file was imported before, with the same mapping.")
    if result.resumed_at:
        talk(f"Went on after row {result.resumed_at}, where the import before had stopped.")
    if result.doubt:
        talk(f"Read as {result.encoding}, because {result.doubt}; say otherwise with --encoding.")
    if result.dry_run:
        would_follow = ", ".join(f"{count} {name.lower().replace('_', ' ')}" for name, count in result.effects.items() if count)
        talk(f"Nothing was changed. What would follow if it were asked for: {would_follow or 'nothing'}; imports are quiet.")
        if result.conflict:
            talk(f"{result.conflict} values would be kept against the file's.")
    if result.ignored:
        talk(f"Columns left out: {', '.join(result.ignored)}")
    for code, count in result.hints.items():
        talk(HINTS.get(code, code).format(count=count))
    if result.faults:
        left = "1 value" if result.flawed == 1 else f"{result.flawed} values"
        talk(f"{left} left out of rows that were kept, {result.failed} not imported: {result.faults}")


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
