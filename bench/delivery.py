"""Delivery over SMTP on loopback by one worker with the whole gate: mails a second, and how long one mail takes from due to accepted."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg

from bench.house import House, house
from bench.rows import Row
from leadwell import delivery, nurture, work
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.settings import load_settings
from leadwell.base.tx import Tx
from leadwell.outside.smtp import SmtpMailer
from leadwell.wiring import Kit
from workers import delivery as delivering
from workers.drain import Drain

MAILS = int(os.environ.get("LEADWELL_BENCH_MAILS", "2000"))
PARAGRAPHS = "<p>A paragraph of some length, as mail has them.</p>" * 20
HTML = f'<h1>News</h1><p>Dear {{{{ person.name }}}},</p>{PARAGRAPHS}<a href="{{{{ unsubscribe_url }}}}">Unsubscribe</a>'


async def measure() -> list[Row]:
    async with house() as h, mailbox() as smtp_url:
        drain = Drain(kit(h, smtp_url), delivering.KINDS)
        people, sequence = await seed(h)
        await enroll(h, sequence, people[:200])
        await drained(drain)
        await enroll(h, sequence, people[200:-100])
        start = time.perf_counter()
        await drained(drain)
        took = time.perf_counter() - start
        single = [await one(h, drain, sequence, person) for person in people[-100:]]
        await drain.kit.mailer.close()
    return [
        Row("delivery.mails_per_s", (len(people) - 300) / took, "mails/s", 200, "higher", f"{len(people) - 300:,} mails, one worker, full gate, fsync"),
        Row("delivery.due_to_data_p50_ms", median(single), "ms", None, "lower", "one mail at a time, from planned to settled, which is a little after DATA"),
    ]


@asynccontextmanager
async def mailbox() -> AsyncGenerator[str]:
    with tempfile.TemporaryDirectory(prefix="lwmail") as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.mailbox", folder, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdin is not None
        yield (await process.stdout.readline()).decode().strip()
        process.stdin.close()
        await process.wait()


def kit(h: House, smtp_url: str) -> Kit:
    settings = replace(load_settings({}, None, smtp_url=smtp_url), outbound_epoch="bench")
    silence: Any = work.SilentBell()
    return Kit(settings, h.db, silence, silence, SmtpMailer(settings), silence)


async def seed(h: House) -> tuple[list[UUID], UUID]:
    async def rows(tx: Tx) -> tuple[list[UUID], UUID]:
        now, people = await tx.now(), [uuid7() for _ in range(MAILS + 300)]
        status = await tx.row("SELECT s.id, s.pipeline_id FROM lead_statuses s WHERE s.workspace_id = $1 AND s.type = 'NEW'", tx.workspace)
        assert status is not None
        await tx.many("INSERT INTO people (workspace_id, id, name, first_name, email, created_at, updated_at) VALUES ($1, $2, $3, 'Ada', $4, $5, $5)",
                      [(tx.workspace, p, f"Ada {p.hex}", f"{p.hex}@acme.example", now) for p in people])
        await tx.many("INSERT INTO person_emails (workspace_id, id, person_id, address, normalized, match_key, domain, is_primary, created_at) "
                      "VALUES ($1, $2, $3, $4, $4, $4, 'acme.example', true, $5)", [(tx.workspace, uuid7(), p, f"{p.hex}@acme.example", now) for p in people])
        await tx.many("INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, status_since, created_at, updated_at) "
                      "VALUES ($1, $2, $3, $4, $5, $6, $6, $6)",
                      [(tx.workspace, uuid7(), p, status["pipeline_id"], status["id"], now) for p in people])
        template = (await delivery.create_template(tx, "Bench", delivery.Words("Hello {{ person.first_name }}", HTML))).id
        topic = await tx.value("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.code = 'product'", tx.workspace)
        sequence = await nurture.create_sequence(tx, nurture.NewSequence("Bench", topic, [{"kind": "EMAIL", "template_id": str(template)}]))
        await nurture.publish(tx, sequence)
        return people, sequence

    seeded = await h.db.run(Actor.system(h.workspace), rows)
    owner = await asyncpg.connect(h.servers.owner_database_url)
    await owner.execute("VACUUM ANALYZE")
    await owner.close()
    return seeded


async def enroll(h: House, sequence: UUID, people: list[UUID]) -> None:
    async def verb(tx: Tx) -> None:
        await nurture.enroll_many(tx, sequence, people, "API")
        await nurture.step_due(tx, mail_from="Bench <bench@leadwell.localhost>")

    await h.db.run(Actor.system(h.workspace), verb)


async def drained(drain: Drain) -> None:
    while await drain.kit.db.control("SELECT d.workspace_id FROM lw_due($1, 1) d", "deliver"):
        await drain.queue("deliver", 600)
        await drain.idle()


async def one(h: House, drain: Drain, sequence: UUID, person: UUID) -> float:
    await enroll(h, sequence, [person])
    start = time.perf_counter()
    await drained(drain)
    return (time.perf_counter() - start) * 1000
