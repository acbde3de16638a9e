"""What `leadwell up` tells when everything answers: addresses, keys and a first query, for people and for programs."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from leadwell.base.setting_values import masked_url
from leadwell.base.settings import Settings

QUERY = '{"query": "{ leads(first: 3) { nodes { id } } }"}'


@dataclass(frozen=True, slots=True)
class Ready:
    """The content of a ready file."""

    url: str
    sign_in: str
    graphql: str
    ws: str
    api_key: str
    workspace: str
    database_url: str
    redis_url: str
    smtp_url: str
    mailbox: str | None
    data_dir: str
    pid: int


def found(settings: Settings, *, workspace: str, api_key: str, sign_in_token: str, mailbox: bool) -> Ready:
    """What there is to tell about a demonstration workspace (leadwell.demo.DemoInfo) at these settings."""
    url = settings.public_url
    return Ready(
        url=url,
        sign_in=f"{url}/auth/link/{sign_in_token}",
        graphql=f"{url}/graphql",
        ws=f"{url.replace('http', 'ws', 1)}/graphql",
        api_key=api_key,
        workspace=workspace,
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        smtp_url=settings.smtp_url,
        mailbox=f"{url}/mailbox" if mailbox else None,
        data_dir=str(settings.data_dir),
        pid=os.getpid(),
    )


def write(path: Path, ready: Ready) -> None:
    """In one step, readable by its owner alone: whoever sees the file sees all of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(ready), file, indent=2)
    partial.rename(path)


def show(ready: Ready, *, seconds: float) -> None:
    """One line each and never folded, so that a link can be clicked and a path copied."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"\n[bold green]Leadwell is ready after {seconds:.1f} s[/]\n")
    for name, value in (
        ("Open", f"{ready.sign_in}  (signs you in once)"),
        ("GraphQL", ready.graphql),
        ("API key", ready.api_key),
        ("Example", f"{ready.url}/examples/spa/  (a small single-page app; sign in by the link above first)"),
        ("Mailbox", ready.mailbox or f"none: mail goes to {masked_url(ready.smtp_url)}"),
        ("Database", masked_url(ready.database_url)),
        ("Data", ready.data_dir),
    ):
        console.print(f"  [bold]{name:9}[/]{escape(value)}")
    console.print("\nA first query:\n")
    print(f"  curl -s {ready.graphql} -H 'Authorization: Bearer {ready.api_key}' \\")
    print(f"    -H 'Content-Type: application/json' -d '{QUERY}'")
    print("\nCtrl-C stops everything.", flush=True)
