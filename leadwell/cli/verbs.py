"""The command line: one file per verb, nothing heavy imported before a verb runs."""

import typer

from leadwell.cli import api as api_verb
from leadwell.cli import audit, exporting, importing, keys, outbound, sandbox, users, webhooks, why
from leadwell.cli import config as config_verb
from leadwell.cli import demo as demo_verb
from leadwell.cli import doctor as doctor_verb
from leadwell.cli import migrate as migrate_verb
from leadwell.cli import schema as schema_verb
from leadwell.cli import simulate as simulate_verb
from leadwell.cli import up as up_verb
from leadwell.cli import worker as worker_verb

app = typer.Typer(
    name="leadwell",
    help="The lead-to-customer backend: capture, enrich, score, nurture and convert leads.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up")(up_verb.up)
app.command("api")(api_verb.api)
app.command("worker")(worker_verb.worker)
app.command("migrate")(migrate_verb.migrate)
app.command("doctor")(doctor_verb.doctor)
app.command("config")(config_verb.config)
app.command("schema")(schema_verb.schema)
app.command("demo")(demo_verb.demo)
app.add_typer(users.app, name="users")
app.add_typer(keys.app, name="keys")
app.add_typer(importing.app, name="import")
app.command()(exporting.export)
app.command("simulate")(simulate_verb.simulate)
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(why.app, name="why")
app.add_typer(audit.app, name="audit")
app.add_typer(outbound.app, name="outbound")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version as installed

        typer.echo(installed("leadwell"))
        raise typer.Exit


@app.callback()
def options(version: bool = typer.Option(False, "--version", is_eager=True, callback=_version, help="Print the version and end.")) -> None:
    """What every verb understands."""
