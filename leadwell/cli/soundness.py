"""What `leadwell doctor` looks at behind the servers: queues, webhook endpoints, the audit, identity providers, traces; each with a fix."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable
from typing import Any

from leadwell.base.refusals import Refusal
from leadwell.base.settings import Settings
from leadwell.cli.check import Check

MOST = 500              # workspaces that are looked into
OVERDUE_S = 300.0
UNSEALED_S = 900.0
VERIFY_DAYS = 30
ISSUERS = 20
OF_A_WORKSPACE = """
SELECT (SELECT w.slug FROM lw_workspace($1) w) AS slug,
  (SELECT count(*) FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.state = 'DISABLED' AND e.archived_at IS NULL) AS disabled,
  (SELECT array_agg(DISTINCT p.issuer) FROM identity_providers p WHERE p.workspace_id = $1 AND p.archived_at IS NULL) AS issuers,
  (SELECT coalesce(h.verified_at, s.at) < clock_timestamp() - make_interval(days => $2) FROM audit_heads h
   JOIN audit_seals s ON s.workspace_id = $1 AND s.number = 1 WHERE h.workspace_id = $1) AS unverified,
  (SELECT extract(epoch FROM clock_timestamp() - min(e.at))::float8 FROM events e WHERE e.workspace_id = $1 AND e.seq > coalesce(
    (SELECT h.seq FROM audit_heads h WHERE h.workspace_id = $1), 0)) AS unsealed_s
"""


async def sound(connection: Any, settings: Settings) -> AsyncGenerator[Check]:
    """Of a database whose migrations are all applied."""
    yield queues(await connection.fetch(DEPTHS))
    found = await workspaces(connection)
    yield endpoints(found)
    yield audit(found)
    for check in await providers({settings.oidc_issuer} - {""} | {issuer for row in found for issuer in row["issuers"] or ()}, settings):
        yield check


async def workspaces(connection: Any) -> list[Any]:
    """One row for each of the first `MOST` workspaces."""
    found: list[Any] = []
    for row in await connection.fetch("SELECT id FROM lw_workspaces() AS id LIMIT $1", MOST):
        async with connection.transaction(readonly=True):
            await connection.execute("SELECT set_config('app.workspace', $1, true)", str(row["id"]))
            found.append(await connection.fetchrow(OF_A_WORKSPACE, row["id"], VERIFY_DAYS))
    return found


DEPTHS = "SELECT q.queue, q.state, q.n, extract(epoch FROM clock_timestamp() - q.oldest)::float8 AS age FROM lw_queue_depths() q"


def queues(rows: list[Any]) -> Check:
    """How many jobs wait, for how long, and how many gave up."""
    sizes, dead = defaultdict[str, int](int), defaultdict[str, int](int)
    for row in rows:
        (dead if row["state"] in ("DEAD", "QUARANTINED") else sizes)[row["queue"]] += row["n"] if row["state"] != "CANCELED" else 0
    late = {row["queue"]: row["age"] for row in rows if row["state"] == "READY" and row["age"] > OVERDUE_S}
    if late:
        told = ", ".join(f"{queue} for {age / 60:.0f} min" for queue, age in sorted(late.items()))
        return Check("queues", "warn", f"Work is overdue: {told}.", "Start `leadwell worker`, or more of them; see leadwell_work_oldest_seconds.")
    if any(dead.values()):
        told = ", ".join(f"{n} of {queue}" for queue, n in sorted(dead.items()) if n)
        return Check("queues", "warn", f"Jobs gave up: {told}.", "Look at deadJobs in GraphQL; replayJobs once the cause is mended, or cancelJobs.")
    return Check("queues", "ok", f"{sum(sizes.values())} job(s) wait or run, none has given up")


def endpoints(found: Iterable[Any]) -> Check:
    off = [f"{row['disabled']} of {row['slug']}" for row in found if row["disabled"]]
    if off:
        fix = "Mend the receiver; enableWebhookEndpoint sends what waited, `leadwell webhooks replay` what had failed. What happens meanwhile is not sent."
        return Check("webhooks", "warn", f"Endpoints are disabled: {_some(off)}.", fix)
    return Check("webhooks", "ok", "no endpoint is disabled")


def audit(found: list[Any]) -> Check:
    """Whether events are sealed, and whether anybody looks at the seals."""
    late = [row["slug"] for row in found if (row["unsealed_s"] or 0) > UNSEALED_S]
    if late:
        return Check("audit", "warn", f"Events are not sealed: {_some(late)}.", "Start `leadwell worker`: it seals every minute.")
    old = [row["slug"] for row in found if row["unverified"]]
    if old:
        fix = "Run `leadwell audit verify --workspace SLUG`, better as a job of every night that keeps the last seal elsewhere."
        return Check("audit", "warn", f"The chain was not verified for {VERIFY_DAYS} days: {_some(old)}.", fix)
    return Check("audit", "ok", "sealed, and verified lately")


async def providers(issuers: Iterable[str], settings: Settings) -> list[Check]:
    """Whether identity providers tell what they have to, and have keys. None where there are none."""
    wanted = sorted(issuers)[:ISSUERS]
    if not wanted:
        return []
    from leadwell.outside.oidc import HttpIssuers

    asked = HttpIssuers(allow_loopback=not settings.production)
    try:
        problems = [problem for problem in await asyncio.gather(*(_problem(asked, issuer) for issuer in wanted)) if problem]
    finally:
        await asked.close()
    fix = "Correct the issuer, or ask whoever runs it; until then its users sign in by a mailed link or password."
    return [Check("sign-in", "warn", problem, fix) for problem in problems] or [Check("sign-in", "ok", f"{len(wanted)} identity provider(s) answer")]


async def _problem(asked: Any, issuer: str) -> str | None:
    try:
        return None if await asked.keys(issuer, None) else f"{issuer} has no keys."
    except Refusal as refusal:
        return f"{issuer}: {refusal.message}"


async def traces(settings: Settings) -> AsyncGenerator[Check]:
    """Whether traces can be sent, where they are wanted."""
    if not settings.traced:
        return
    from leadwell.outside.telemetry import TelemetryMissing, collector, open_tracer

    try:
        open_tracer(settings, "doctor").close()
    except TelemetryMissing as missing:
        yield Check("traces", "fail", missing.message, missing.fix or "")
        return
    host, port = collector(settings)
    try:
        async with asyncio.timeout(5):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
    except (OSError, TimeoutError) as fault:
        yield Check("traces", "warn", f"The collector at {host}:{port} does not answer ({type(fault).__name__}).", "Start it, or correct LEADWELL_OTLP_URL.")
        return
    yield Check("traces", "ok", f"the collector at {host}:{port} answers")


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
