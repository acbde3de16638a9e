"""`leadwell schema`: the GraphQL schema as text."""

import typer


def schema() -> None:
    """Print the GraphQL schema (SDL).

    Example: leadwell schema > schema.graphql
    """
    from api.schema import sdl

    typer.echo(sdl())
