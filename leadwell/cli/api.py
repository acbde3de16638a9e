"""`leadwell api`: one process that answers HTTP."""

from typing import Annotated

import typer

from leadwell.cli.child import instead
from leadwell.cli.options import DataDir


def api(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 picks a free one.")] = None,
    data_dir: DataDir = None,
    socket_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Serve GraphQL and the other HTTP doors.

    Example: leadwell api --port 8000
    """
    instead("api", host=host, port=port, data_dir=data_dir and data_dir.absolute(), socket_fd=socket_fd)
