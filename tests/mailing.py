"""What tests of mail need: a template, a live sequence, people in it, and a worker's drain over a real SMTP server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from leadwell import consent, delivery, nurture
from leadwell.base.actor import Actor
from leadwell.base.settings import load_settings
from leadwell.base.tx import Database, Tx
from leadwell.embedded.mail_server import MailServer
from leadwell.outside.smtp import SmtpMailer
from leadwell.wiring import Kit, Reach
from tests import builders as b
from workers import broadcasts as broadcasting
from workers import delivery as delivering
from workers import nurture as nurturing
from workers import segments as segmenting
from workers.drain import Drain

WORDS = delivery.Words("Hello {{ person.first_name }}", '<p>Dear {{ person.name }}</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>')
FROM = "Leadwell <mail@leadwell.localhost>"


async def topic(tx: Tx, code: str = "product") -> UUID:
    return await tx.value("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.code = $2", tx.workspace, code)


async def template(tx: Tx, name: str = "Welcome", words: delivery.Words = WORDS) -> UUID:
    known = await tx.value("SELECT t.id FROM templates t WHERE t.workspace_id = $1 AND t.name = $2", tx.workspace, name)
    return known or (await delivery.create_template(tx, name, words)).id


async def sequence(tx: Tx, *waits: str, name: str = "Nurture", topic_code: str = "product", **more: Any) -> UUID:
    """A live sequence of e-mails with these waits between them; "" is no wait."""
    mail = {"kind": "EMAIL", "template_id": str(await template(tx))}
    steps: list[dict[str, str]] = [mail]
    for wait in waits:
        steps += [{"kind": "WAIT", "duration": wait}, mail] if wait else [mail]
    id = await nurture.create_sequence(tx, nurture.NewSequence(name, await topic(tx, topic_code), steps, **more))
    await nurture.publish(tx, id)
    return id


async def leads(tx: Tx, count: int) -> list[UUID]:
    """People with an open lead each."""
    people = [await b.make_person(tx, name=f"Ada Lovelace {i}") for i in range(count)]
    for person in people:
        await b.make_lead(tx, person)
    return people


async def address_hash(tx: Tx, person: UUID) -> bytes:
    return consent.hash_of(await tx.value("SELECT p.email FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, person))


async def sends(tx: Tx, *columns: str) -> list[tuple[Any, ...]]:
    rows = await tx.fetch(f"SELECT {', '.join('s.' + c for c in columns)} FROM sends s WHERE s.workspace_id = $1 ORDER BY s.planned_at, s.id", tx.workspace)
    return [tuple(r) for r in rows]


async def enrollments(tx: Tx, *columns: str) -> list[tuple[Any, ...]]:
    rows = await tx.fetch(
        f"SELECT {', '.join('e.' + c for c in columns)} FROM enrollments e WHERE e.workspace_id = $1 ORDER BY e.created_at, e.id", tx.workspace
    )
    return [tuple(r) for r in rows]


class Silence:
    """A bell nobody hears: these tests drain by hand."""

    async def ring(self, queue: str) -> None: ...

    async def close(self) -> None: ...


class OneWorkspace(Database):
    """The same pool, as a worker sees it that serves one workspace: other tests' due work stays theirs."""

    def __init__(self, db: Database, workspace: UUID) -> None:
        super().__init__(db.pool, db.client, db.ring)
        self.workspace = workspace

    async def control(self, sql: str, *args: Any) -> list[Any]:
        if "lw_due" not in sql:
            return await super().control(sql, *args)
        return [r for r in await super().control(sql, args[0], 1_000_000) if r["workspace_id"] == self.workspace]


@dataclass(slots=True)
class Post:
    """A worker without its loop, and the mailbox its mail ends in."""

    kit: Kit
    server: MailServer
    drain: Drain

    async def run(self, *queues: str) -> None:
        """Drains until nothing is due, which includes what the draining made due."""
        wanted = queues or ("nurture", "deliver")
        for _ in range(50):
            for queue in wanted:
                await self.drain.queue(queue)
                await self.drain.idle()
            if not [row for queue in wanted for row in await self.kit.db.control("SELECT d.workspace_id FROM lw_due($1, $2) d", queue, 1)]:
                return
        raise AssertionError("work is due that nobody finishes")


@asynccontextmanager
async def post(db: Database, workspace: UUID, folder: Path, **settings: Any) -> AsyncIterator[Post]:
    async with MailServer(folder) as server:
        kit = open_post_kit(OneWorkspace(db, workspace), server.url, **settings)
        yield Post(kit, server, Drain(kit, [*nurturing.KINDS, *delivering.KINDS, *broadcasting.KINDS, *segmenting.KINDS]))
        await kit.mailer.close()


def open_post_kit(db: Database, smtp_url: str, **more: Any) -> Kit:
    base = load_settings({}, None, smtp_url=smtp_url, public_url="https://crm.example", mail_from=FROM)
    settings = replace(base, **{"outbound_epoch": "test", **more})
    mailer = SmtpMailer(settings)   # to the development mailbox, for a sandbox as well
    return Kit(settings, db, Silence(), Silence(), mailer, Silence(), sandbox=Reach(mailer=mailer))


async def forward(db: Database, workspace: UUID, by: timedelta) -> None:
    """Moves the business clock of a sandbox workspace."""
    await db.control("SELECT lw_set_clock($1, lw_clock($1) + $2)", workspace, by)


async def expire(db: Database, workspace: UUID) -> None:
    """What thirty seconds without a heartbeat do to every claimed job."""
    await db.run(
        Actor.system(workspace),
        lambda tx: tx.execute(
            "UPDATE work SET lease_until = clock_timestamp() - interval '1 second' WHERE workspace_id = $1 AND state = 'RUNNING'", tx.workspace
        ),
    )


def recipients(server: MailServer) -> list[str]:
    return sorted(r for mail in server.mailbox.list(limit=100_000) for r in mail.recipients)
