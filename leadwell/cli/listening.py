"""Listens to a server's events over HTTP, prints them, and posts them on, signed as its webhooks are."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from leadwell.base.refusals import Refusal

if TYPE_CHECKING:
    import httpx

AGAIN_S, LONGEST_S = 1.0, 15.0


class CannotListen(Refusal):
    """{server} does not let us listen: {why}."""

    fix = "Check --url and --key; the key needs webhookEndpoints:read."


def new_secret() -> str:
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


def own_key(data_dir: Path | None, workspace: str | None) -> str:
    """A key that may read, for a day, of the database of this machine."""
    import asyncio

    from leadwell.cli.options import with_database

    settings = with_database(data_dir)
    from leadwell.access.keys import create_key
    from leadwell.cli.workspace import opened

    async def make() -> str:
        async with opened(settings, workspace) as (db, actor):
            until = datetime.now(UTC) + timedelta(days=1)
            return (await create_key(db, actor.workspace, "leadwell webhooks listen", ["*:read"], expires_at=until)).text

    return asyncio.run(make())


@dataclass(slots=True)
class Listener:
    """One who listens."""

    server: str
    key: str
    kinds: Sequence[str]
    secret: str
    forward_to: str | None
    as_json: bool = False
    cursor: str | None = None
    endpoint: str | None = None
    document: str | None = None

    def run(self, count: int | None = None) -> None:
        """Until `count` events came, or for ever; while the server is away it tries again."""
        import httpx

        left, pause = count, AGAIN_S
        with httpx.Client(timeout=30, trust_env=False) as client:
            while left is None or left > 0:
                try:
                    events = self.next(client)
                    pause = AGAIN_S
                except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
                    raise CannotListen(server=self.server, why=str(error)) from None
                except httpx.TransportError:
                    time.sleep(pause)
                    pause = min(LONGEST_S, pause * 2)
                    continue
                for event in events if left is None else events[:left]:
                    self.tell(client, event)
                left = None if left is None else left - len(events)

    def next(self, client: httpx.Client) -> list[dict[str, Any]]:
        """What came since the last time. CannotListen."""
        asked: dict[str, Any] = {"kind": list(self.kinds), **({"after": self.cursor} if self.cursor else {})}
        asked |= {name: value for name, value in (("endpoint", self.endpoint), ("document", self.document)) if value}
        answer = client.get(f"{self.server}/webhooks/events", params=asked, headers={"authorization": f"Bearer {self.key}"})
        if answer.status_code in (429, 502, 503, 504):
            time.sleep(AGAIN_S)
            return []
        if answer.status_code != 200:
            raise CannotListen(server=self.server, why=f"HTTP {answer.status_code} {answer.text[:200]}")
        told = answer.json()
        self.cursor = told["cursor"]
        return told["events"]

    def tell(self, client: httpx.Client, event: dict[str, Any]) -> None:
        """Prints an event, and what the server it was handed on to said."""
        said = self.forward(client, event) if self.forward_to else None
        body = json.loads(event["body"])
        if self.as_json:
            typer.echo(json.dumps({"id": event["id"], "event": body, "forwarded": said}))
            return
        mark = "  sample" if body.get("sample") else ""
        typer.echo(f"{body['timestamp'][11:19]}  {event['kind']}{mark}{f'  → {said}' if said else ''}\n  {json.dumps(body['data'])}")

    def forward(self, client: httpx.Client, event: dict[str, Any]) -> str:
        import httpx

        started = time.monotonic()
        try:
            answer = client.post(str(self.forward_to), content=event["body"].encode(), headers=self.signed(event))
        except httpx.HTTPError as error:
            return f"{type(error).__name__}: {error}"
        return f"{answer.status_code} in {round((time.monotonic() - started) * 1000)} ms"

    def signed(self, event: dict[str, Any]) -> dict[str, str]:
        """The headers of Standard Webhooks, as webhooks have them."""
        from standardwebhooks.webhooks import Webhook

        now = datetime.now(UTC)
        return {
            "content-type": "application/json", "webhook-id": event["id"], "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(event["id"], now, event["body"]),
        }
