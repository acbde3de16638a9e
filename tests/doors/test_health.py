"""What load balancers and Prometheus are told."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from api.app import create_app
from leadwell import work
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.cli import checks
from leadwell.cli.check import Check
from leadwell.embedded.servers import Servers
from leadwell.work import Dead, Job, Kind, NewJob, Retry
from tests.doors.serving import asking, key_for, on_a_port, running, settings_for
from workers import tally
from workers.drain import Drain

PAGE = Path(__file__).resolve().parents[2] / "docs/operate/metrics.md"


async def test_a_process_is_ready_without_redis_and_not_once_it_leaves(migrated: Servers) -> None:
    app = create_app(settings_for(migrated, REDIS_URL="redis://127.0.0.1:1"))
    async with running(app), asking(app) as client:
        assert (await client.get("/live")).json()["status"] == "live"
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
        app.state.house.leave()
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "problem": "this process is ending"})
        assert (await client.get("/live")).status_code == 200


async def test_a_process_whose_connections_are_all_in_use_is_ready_and_tells_its_figures(migrated: Servers, workspace: UUID) -> None:
    full, free, at_work = asyncio.Barrier(3), asyncio.Event(), Actor.system(workspace)
    app = create_app(settings_for(migrated, LEADWELL_POOL_SIZE="2"))

    async def long(db: Database) -> None:
        async with db.lend():
            await full.wait()
            await free.wait()

    async with running(app), asking(app) as client:
        db: Database = app.state.kit.db
        busy = [asyncio.create_task(long(db)) for _ in range(2)]
        await full.wait()
        waiting = asyncio.create_task(db.run(at_work, lambda tx: tx.value("SELECT 1")))
        answer, figures = await client.get("/ready"), await client.get("/metrics")
        still = waiting.done()
        free.set()
        assert await waiting == 1
        await asyncio.gather(*busy)
    assert (answer.status_code, answer.json(), still) == (200, {"status": "ready"}, False)
    assert ("leadwell_pool_connections 2" in figures.text, "leadwell_pool_idle 0" in figures.text) == (True, True)


async def test_figures_of_the_installation_are_for_whoever_runs_it(
    app: Starlette, strict_app: Starlette, migrated: Servers, db: Database, workspace: UUID) -> None:
    token, key = "0123456789abcdef01234567", await key_for(db, workspace)
    run = create_app(settings_for(migrated, LEADWELL_ENVIRONMENT="production", LEADWELL_PUBLIC_URL="https://leadwell.example", LEADWELL_METRICS_TOKEN=token))
    found = dict[str, tuple[int, str | None, bool]]()
    async with running(run):
        for name, served, sent in (
            ("closed", strict_app, None), ("closed to a key", strict_app, key), ("stranger", run, None), ("tenant", run, key),
            ("nearly", run, f"{token}8"), ("operator", run, token), ("development", app, None)):  # fmt: skip
            async with asking(served, sent) as client:
                answer = await client.get("/metrics")
            code = answer.json()["error"]["code"] if answer.is_error else None
            found[name] = answer.status_code, code, "leadwell_work_rows" in answer.text
    closed, wrong, told = (403, "METRICS_CLOSED", False), (401, "METRICS_TOKEN_WRONG", False), (200, None, True)
    assert found == {"closed": closed, "closed to a key": closed, "stranger": wrong, "tenant": wrong, "nearly": wrong, "operator": told, "development": told}


async def test_the_doctor_asks_an_api_whether_it_is_ready_and_one_that_retires_still_serves(app: Starlette) -> None:
    house = app.state.house
    async with on_a_port(app) as place:
        settings = replace(house.settings, public_url=f"http://{place}", port=1)
        assert await checks.api(settings) == Check("api", "ok", f"http://{place} is ready")
        house.retiring = True
        try:
            told = await checks.api(settings)
            async with asking(app) as client:
                assert (await client.post("/graphql", json={"query": "{ __typename }"})).json()["data"] == {"__typename": "Query"}
        finally:
            house.retiring = False
        assert (told.status, told.message) == ("fail", f"http://{place} is not ready: this process is ending.")
        other = await checks.api(replace(settings, public_url=f"http://{place}/docs"))
    assert (other.status, other.fix) == ("warn", "Start `leadwell api`, or correct LEADWELL_PUBLIC_URL.")


async def test_a_standby_is_neither_ready_nor_accepted_by_the_doctor(migrated: Servers) -> None:
    settings = settings_for(migrated, DATABASE_URL=f"{migrated.database_url}&default_transaction_read_only=on")
    app = create_app(settings)
    async with running(app), asking(app) as client:
        answer = await client.get("/ready")
    assert (answer.status_code, answer.json()["problem"]) == (503, "the database takes no writes")
    first = await anext(checks.database(settings, state=False))
    assert (first.status, first.fix) == ("fail", "Name the primary in DATABASE_URL.")


async def test_every_metric_is_on_its_page_and_of_what_workers_did(app: Starlette, db: Database, workspace: UUID) -> None:
    async def perform(kit: object, job: Job) -> None:
        raise {"score.dead": Dead("no"), "score.later": Retry("later")}[job.kind]

    async def record(tx: Tx, jobs: list[Job], results: list[object]) -> None:
        return None

    kinds = [Kind("score.dead", record=record, perform=perform), Kind("score.later", record=record, perform=perform), Kind("score.fine", record=record)]
    await db.run(Actor.system(workspace), lambda tx: work.put(tx, *(NewJob("score", kind.name) for kind in kinds)))
    await Drain(app.state.kit, kinds).one(workspace, [("score", work.PROMPT)])
    told = tally.told()
    assert {name: told["jobs"][name] for name in ("score.dead DEAD", "score.later RETRIED", "score.fine DONE")} == {
        "score.dead DEAD": 1, "score.later RETRIED": 1, "score.fine DONE": 1}
    said = {"jobs": {"score.fine DONE": 3, "score.later RETRIED": 1}, "mails": {"SENT": 2}, "webhooks": {"2xx": 5, "none": 1}}
    await db.control("SELECT lw_beat($1, $2, $3, $4, $5)", uuid7(), f"host-{workspace}", 7, "0.1.0", said)
    async with asking(app, await key_for(db, workspace)) as client:
        text = (await client.get("/metrics")).text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    mine = {(s.name, *(v for k, v in s.labels.items() if k != "worker")): s.value for f in families.values() for s in f.samples
            if s.labels.get("worker") == f"host-{workspace}:7"}
    assert mine == {
        ("leadwell_jobs_total", "score.fine", "DONE"): 3, ("leadwell_jobs_total", "score.later", "RETRIED"): 1, ("leadwell_mails_total", "SENT"): 2,
        ("leadwell_webhooks_total", "2xx"): 5, ("leadwell_webhooks_total", "none"): 1}
    assert families["leadwell_workers"].samples[0].value >= 1
    assert all(s.value >= 0 for s in families["leadwell_work_oldest_seconds"].samples)
    served = {s.name for f in families.values() for s in f.samples if s.name.startswith("leadwell_") and not s.name.endswith("_created")}
    served = {re.sub("_(bucket|sum|count)$", "", name) for name in served}
    assert served <= set(re.findall(r"`(leadwell_\w+)`", PAGE.read_text(encoding="utf-8")))
