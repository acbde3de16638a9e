"""API and worker behind PgBouncer in transaction mode: every transaction may meet another server connection."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio

from leadwell.base.actor import Actor
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database, Tx
from tests.doors.serving import session_for
from tests.installation import Installation, ask, installed, until
from tests.processes import command, short_directory
from tests.sql_law import ON_PURPOSE

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
CREATE = "mutation ($email: String!, $firm: String!) { createLead(input: {name: \"Ada Lovelace\", email: $email, companyName: $firm}) { lead { id } } }"
FIRMS = ("acme", "bolt", "crane", "dune", "ember", "flint", "grove", "heath", "iris", "jade", "kelp", "loom")
CONVERT = "mutation ($id: ID!) { convertLead(input: {id: $id}) { lead { state } contact { name } userErrors { message } } }"
FOLLOW = "subscription { leadsChanged { kind lead { title } } }"
OURS = "plan_cache_mode,random_page_cost,enable_seqscan,jit,statement_timeout,idle_in_transaction_session_timeout,max_parallel_workers_per_gather"
SETTINGS = """
[databases]
leadwell = host={host} dbname=leadwell
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {users}
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
ignore_startup_parameters = {ours}
{user}
"""

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no pgbouncer is installed")


@contextmanager
def bouncing(place: Path, url: str) -> Iterator[str]:
    """PgBouncer in front of a database, with three server connections for everybody; gives its URL."""
    parts = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    users, settings = place / "users.txt", place / "pgbouncer.ini"
    users.write_text(f'"{parts.username}" "{parts.password}"\n')
    step_down = "user = nobody" if os.geteuid() == 0 else ""
    settings.write_text(SETTINGS.format(ours=OURS, host=parse_qs(parts.query)["host"][0], port=port, users=users, user=step_down))
    place.chmod(0o755)
    users.chmod(0o644)
    with (place / "pgbouncer.log").open("wb") as log, subprocess.Popen([str(PROGRAM), "-q", str(settings)], stdout=log, stderr=log) as child:
        try:
            yield f"postgresql://{parts.username}:{parts.password}@127.0.0.1:{port}/leadwell?sslmode=disable"
        finally:
            child.terminate()


@pytest_asyncio.fixture(scope="module")
async def house() -> AsyncIterator[Installation]:
    with short_directory() as home:
        async with installed(home) as made:
            yield made


@pytest_asyncio.fixture(scope="module")
async def bouncer(house: Installation) -> AsyncIterator[str]:
    place = house.home / "bouncer"
    place.mkdir()
    with bouncing(place, house.settings.database_url) as url:
        await until(lambda: _answers(url), tell=(place / "pgbouncer.log").read_text)
        yield url


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, statement_cache_size=0)
    except OSError:
        return False
    await connection.close()
    return True


async def test_a_lead_is_taken_scored_converted_and_told_about(house: Installation, bouncer: str) -> None:
    workspace = await house.workspace()
    _, key = await session_for(house.db, workspace)
    behind = {"DATABASE_URL": bouncer, "LEADWELL_PREPARED_STATEMENTS": "off"}
    async with house.api(**behind) as api, house.worker(**behind) as worker:
        await worker.says("worker ready")
        told = asyncio.create_task(_tells(api.url, key, "lead.converted"))
        found = await asyncio.gather(*(ask(api.url, key, CREATE, email=f"ada@{firm}.example", firm=firm) for firm in FIRMS))
        ids = [one["createLead"]["lead"]["id"] for one in found]
        await until(lambda: _scored(house, workspace, len(ids)), 20, worker.said)
        converted = await asyncio.gather(*(ask(api.url, key, CONVERT, id=id) for id in ids))
        assert [one["convertLead"] for one in converted] == [{"lead": {"state": "CONVERTED"}, "contact": {"name": "Ada Lovelace"}, "userErrors": []}] * 12
        await asyncio.wait_for(told, 20)
        assert "prepared statement" not in api.said() + worker.said()


async def _tells(url: str, key: str, kind: str) -> None:
    """Returns when a subscriber hears of a change of this kind."""
    headers = {"authorization": f"Bearer {key}", "accept": "text/event-stream"}
    async with httpx.AsyncClient(timeout=20) as client, client.stream("POST", f"{url}/graphql", json={"query": FOLLOW}, headers=headers) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: ") and json.loads(line.removeprefix("data: "))["data"]["leadsChanged"]["kind"] == kind:
                return
    raise AssertionError("the stream ended")


async def _scored(house: Installation, workspace: UUID, count: int) -> bool:
    return (await house.rows(workspace, "SELECT count(*) AS n FROM scores s WHERE s.workspace_id = $1"))[0]["n"] == count


async def test_workspaces_never_mix_on_shared_server_connections(house: Installation, bouncer: str) -> None:
    here = Database(await open_pool(bouncer, size=8, prepared=False))
    actors = [Actor.system(await house.workspace()) for _ in range(8)]

    async def seen(tx: Tx) -> list[UUID]:
        return [r["workspace_id"] for r in await tx.fetch(f"SELECT DISTINCT s.workspace_id FROM lead_statuses s {ON_PURPOSE}")]

    for _ in range(5):
        assert await asyncio.gather(*(here.run(actor, seen) for actor in actors)) == [[actor.workspace] for actor in actors]
    assert {r["at"] for r in await here.control("SELECT coalesce(current_setting('app.workspace', true), '') AS at FROM generate_series(1, 3)")} <= {"", None}
    await here.close()


async def test_doctor_looks_through_it(house: Installation, bouncer: str) -> None:
    for _ in range(3):
        done = await asyncio.create_subprocess_exec(
            *command("doctor"), env=house.variables(DATABASE_URL=bouncer), cwd=house.home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said, _ = await done.communicate()
        assert b"PostgreSQL" in said
        assert b"prepared statement" not in said
