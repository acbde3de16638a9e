"""createLead and convertLead as a client of the API sees them: the same writes as mutations over HTTP, through `leadwell api`, 16 clients."""

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
import orjson

from bench.accounts import children_time, family_time, parent, spent
from bench.documents import LEAD
from bench.house import House
from bench.load import Target, ask, drive, shown
from bench.rows import Row
from bench.servers import product
from leadwell.access import keys
from leadwell.base.ids import encode_id

CREATE = "mutation Create($input: CreateLeadInput!) { createLead(input: $input) { lead { id } userErrors { code message } } }"
CONVERT = "mutation Convert($input: ConvertLeadInput!) { convertLead(input: $input) { contact { id } deal { id } userErrors { code message } } }"
Work = Sequence[tuple[int, UUID | None]]


async def over_http(h: House, works: Mapping[str, Sequence[Work]], clients: int, command: str) -> list[Row]:
    """A row for each of `create` and `convert`, over as many rounds as there is work for; the first one only warms up."""
    key = (await keys.create_key(h.db, h.workspace, "bench", ["*:*"])).text
    owner = await asyncpg.connect(h.servers.owner_database_url)
    postmaster = parent(await owner.fetchval("SELECT pg_backend_pid()"))
    await owner.close()
    with product(h) as (url, pid):
        target = Target("product", url, pid, {"authorization": f"Bearer {key}"})
        return [await _row(target, postmaster, name, rounds, clients, command) for name, rounds in works.items()]


async def _row(target: Target, postmaster: int, name: str, rounds: Sequence[Work], clients: int, command: str) -> Row:
    rates: list[float] = []
    api: list[float] = []
    database: list[float] = []
    for round in rounds:
        bodies = [_create(number) if lead is None else _convert(lead) for number, lead in round]
        first = await asyncio.to_thread(ask, target, bodies[0])
        if b'"userErrors":[]' not in first:
            raise AssertionError(f"refused: {shown(first)}")
        before = family_time(target.pid), children_time(postmaster)
        _, took, _ = await drive(target, bodies[1:], clients)
        n = len(bodies) - 1
        rates.append(n / took)
        api.append(1000 * spent(before[0], family_time(target.pid)) / n)
        database.append(1000 * spent(before[1], children_time(postmaster)) / n)
    words = f"{clients} clients over HTTP, median of {len(rounds) - 1} rounds of {len(rounds[0])}; processor time a call:"
    words += f" API {statistics.median(api[1:]):.2f} ms, database {statistics.median(database[1:]):.2f} ms"
    return Row(f"writes.{name}_http_per_s", statistics.median(rates[1:]), "1/s", None, "higher", words, command)


def _create(number: int) -> bytes:
    given = {"firstName": "Ada", "lastName": f"Nr{number}", "email": f"p{number}@c{number}.example", "companyName": f"Company {number}", "title": "CTO"}
    return orjson.dumps({"query": CREATE, "variables": {"input": given}})


def _convert(lead: UUID) -> bytes:
    return orjson.dumps({"query": CONVERT, "variables": {"input": {"id": encode_id(LEAD, lead)}}})
