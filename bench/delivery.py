"""Delivery over SMTP on loopback by one worker with the whole gate: mails a second without and with every limit and cap set, and how long one mail takes
from due to accepted."""

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
from leadwell.calendars import reading
from leadwell.outside.smtp import SmtpMailer
from leadwell.pressure import editing
from leadwell.pressure.lists import SEND_LIMIT, SEND_WINDOW
from leadwell.wiring import Kit
from workers import delivery as delivering
from workers.drain import Drain

COMPANIES = """
WITH l AS (SELECT x.id, (row_number() OVER (ORDER BY x.id) - 1) / 5 AS company FROM leads x WHERE x.workspace_id = $1),
c AS (SELECT d.company, gen_random_uuid() AS id FROM (SELECT DISTINCT company FROM l) d),
made AS (
  INSERT INTO companies (workspace_id, id, name, name_key, created_at, updated_at)
  SELECT $1, c.id, 'Company ' || c.company, 'company ' || c.company, now(), now() FROM c)
UPDATE leads t SET company_id = c.id FROM l JOIN c USING (company) WHERE t.workspace_id = $1 AND t.id = l.id"""
LONG_AGO = "UPDATE sends SET counted_at = counted_at - interval '9 days' WHERE workspace_id = $1"
MAILS = int(os.environ.get("LEADWELL_BENCH_MAILS", "2000"))
PARAGRAPHS = "<p>A paragraph of some length, as mail has them.</p>" * 20
HTML = f'<h1>News</h1><p>Dear {{{{ person.name }}}},</p>{PARAGRAPHS}<a href="{{{{ unsubscribe_url }}}}">Unsubscribe</a>'


async def measure() -> list[Row]:
    async with house() as h, mailbox() as smtp_url:
        drain = Drain(kit(h, smtp_url), delivering.KINDS)
        people, sequence = await seed(h)
        await enroll(h, sequence, people[:200])
        await drained(drain)
        took = await flow(h, drain, sequence, people[200:-100])
        single = [await one(h, drain, sequence, person) for person in people[-100:]]
        await h.db.run(Actor.system(h.workspace), lambda tx: tx.execute(LONG_AGO, tx.workspace))
        again = await h.db.run(Actor.system(h.workspace), capped)
        capped_took = await flow(h, drain, again, people[200:-100])
        await everybody(h, again, len(people) - 300)
        await drain.kit.mailer.close()
    caps = "fsync; limits of sender, domain and workspace by minute, hour and day, hours, caps of person and company and quiet, none of which holds a mail"
    return [
        Row("delivery.mails_per_s", (len(people) - 300) / took, "mails/s", 200, "higher", f"{len(people) - 300:,} mails, one worker, full gate, fsync"),
        Row("delivery.capped_mails_per_s", (len(people) - 300) / capped_took, "mails/s", 200, "higher", f"{len(people) - 300:,} mails, one worker, {caps}"),
        Row("delivery.due_to_data_p50_ms", median(single), "ms", None, "lower", "one mail at a time, from planned to settled, which is a little after DATA"),
    ]


async def flow(h: House, drain: Drain, sequence: UUID, people: list[UUID]) -> float:
    """How long it takes until mail to all of these has left."""
    await enroll(h, sequence, people)
    start = time.perf_counter()
    await drained(drain)
    return time.perf_counter() - start


async def capped(tx: Tx) -> UUID:
    """Everything that can hold a mail, too wide to hold these; people work five to a company."""
    for scope in ("SENDER", "DOMAIN", "WORKSPACE"):
        await editing.create(tx, SEND_LIMIT, {"scope": scope, "key": "*", "per_minute": 1_000_000, "per_hour": 2_000_000, "per_day": 5_000_000})
    window = await editing.create(tx, SEND_WINDOW, {"name": "Always", "hours": {day: ["00:00-24:00"] for day in reading.DAYS}})
    caps = {"person_most": 3, "person_days": 7, "company_most": 50, "company_days": 7, "quiet_hours": 24}
    await editing.update_rules(tx, {"window_id": window, **caps})
    await tx.execute(COMPANIES, tx.workspace)
    template = await tx.value("SELECT t.id FROM templates t WHERE t.workspace_id = $1 LIMIT 1", tx.workspace)
    topic = await tx.value("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.code = 'product'", tx.workspace)
    id = await nurture.create_sequence(tx, nurture.NewSequence("Capped", topic, [{"kind": "EMAIL", "template_id": str(template)}]))
    await nurture.publish(tx, id)
    return id


async def everybody(h: House, sequence: UUID, count: int) -> None:
    async with h.db.read(Actor.system(h.workspace)) as tx:
        sent = await tx.value(
            "SELECT count(*) FROM sends s JOIN enrollments e ON e.workspace_id = $1 AND e.id = s.enrollment_id "
            "WHERE s.workspace_id = $1 AND e.sequence_id = $2 AND s.state = 'SENT'", tx.workspace, sequence)
    assert sent == count, f"{sent} of {count} left"


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
