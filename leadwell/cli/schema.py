"""`leadwell schema`: the GraphQL schema as text, and the reference pages that come from code."""

from pathlib import Path
from typing import Annotated

import typer


def schema(
    check: Annotated[bool, typer.Option("--check", help="Only tell whether schema.graphql here is current.")] = False,
    reference: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the reference pages there instead.", exists=True, file_okay=False)] = None,
) -> None:
    """Print the GraphQL schema (SDL).

    Example: leadwell schema > schema.graphql
    """
    from leadwell.cli.options import talk

    if reference is not None:
        from leadwell.cli.reference import write

        changed = write(reference)
        talk("\n".join(f"Wrote {path}" for path in changed) or "Everything was current.")
        return
    from api.schema import sdl

    if not check:
        typer.echo(sdl(), nl=False)
    elif not Path("schema.graphql").exists() or Path("schema.graphql").read_text(encoding="utf-8").strip() != sdl().strip():
        talk("schema.graphql is not what the code says. Run `make schema`.")
        raise typer.Exit(1)
