"""Options that mean the same in every verb, and the settings they lead to."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from leadwell.base.settings import Settings

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Where everything of this machine is kept.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but results and errors.")]


def settings_for(data_dir: Path | None = None, **overrides: Any) -> Settings:
    from leadwell.base.settings import load_settings

    return load_settings(data_dir=data_dir, **overrides)


def with_database(data_dir: Path | None) -> Settings:
    """Settings of a verb that cannot do without a database; asked before anything slow is imported."""
    settings = settings_for(data_dir)
    settings.need("database_url")
    return settings


def talk(text: str) -> None:
    """Talk goes to standard error, so that results can be piped."""
    print(text, file=sys.stderr, flush=True)


def give(data: Any) -> None:
    """A result as JSON on standard output."""
    print(json.dumps(data, indent=2, default=str), flush=True)
