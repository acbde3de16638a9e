"""Whether a workspace that floods one process leaves the others alone: their p99 beside the flood against their p99 without it.

Rounds with and without the flood take turns, and each p99 is that of all rounds together: that of one round rests on four requests.

A real server on loopback. Eight clients of one workspace send as fast as they are answered, whatever they are told; one client of another asks its list.
Measured with the usual limits, where the flood soon has no points left, and without any, where it has only its turns at connections.
"""

import asyncio
import os
import statistics
import time
from contextlib import ExitStack, suppress
from dataclasses import replace

import uvloop

from bench import documents as d
from bench.accounts import CORES, parent, seat
from bench.house import House, house
from bench.load import Connection, Target, connect, percentile, well
from bench.rows import Row, keep
from bench.servers import product
from leadwell import workspaces
from leadwell.access import keys

FLOODERS, ROUNDS, SECONDS, PAUSE_S = 8, 12, 5.0, 0.015   # so that the quiet one stays within its own points
LIST = "query List($n: Int!) { leads(first: $n) { nodes { id title state createdAt owner { name } activities(first: 3) { nodes { kind at } } } } }"
FILL = "mutation Fill($input: CreateLeadsInput!) { createLeads(input: $input) { userErrors { message } } }"
USUAL = {
    "LEADWELL_COST_BUCKET": "50000", "LEADWELL_COST_RESTORE": "2500", "LEADWELL_WORKSPACE_COST_BUCKET": "200000",
    "LEADWELL_WORKSPACE_COST_RESTORE": "10000",
}  # fmt: skip
COMMAND = "python -m bench fairness"


async def measure() -> list[Row]:
    async with house() as h:
        other = await workspaces.create(h.db, "flood", "Flood", epoch="bench")
        ours, theirs = [(await keys.create_key(h.db, w, "bench", ["*"])).text for w in (h.workspace, other)]
        async with h.db.pool.acquire() as connection:
            postmaster = parent(await connection.fetchval("SELECT pg_backend_pid()"))
        seat(os.getpid(), 1 % len(CORES))
        seat(postmaster, 1 % len(CORES))
        try:
            rows = await asyncio.to_thread(_all, h, ours, theirs)
        finally:
            seat(os.getpid())
    keep(rows)
    return rows


def _all(h: House, ours: str, theirs: str) -> list[Row]:
    rows: list[Row] = []
    for name, limits in (("", USUAL), ("_without_limits", {})):
        with ExitStack() as life:
            url, pid = life.enter_context(product(h, **limits))
            quiet = Target("quiet", url, pid, {"authorization": f"Bearer {ours}"})
            loud = replace(quiet, name="loud", headers={"authorization": f"Bearer {theirs}"})
            alone, beside, answered = uvloop.run(_rounds(quiet, loud))
        before, after = (percentile(sorted(times), 0.99) for times in (alone, beside))
        words = (
            f"p99 of {len(beside):,} lists of 10 beside {FLOODERS} clients that flood with lists of 50, against as many without; alone {before:.1f} ms, "
            f"beside it {after:.1f} ms (medians {statistics.median(alone):.1f} and {statistics.median(beside):.1f}); "
            f"the flood was answered {answered:,.0f} times a second"
        )
        rows.append(Row(f"api.flood_p99{name}", after / before, "×", 1.5, "lower", words, COMMAND))
    return rows


async def _rounds(quiet: Target, loud: Target) -> tuple[list[float], list[float], float]:
    """The quiet one's times in ms alone and beside the flood, and how often the flood was answered a second."""
    leads = [{"email": f"lead{i}@example.com", "title": f"Lead {i}"} for i in range(100)]
    for target in (quiet, loud):
        await (await connect(target)).ask(target.request(d.body(FILL, {"input": {"leads": leads}})))
    request = quiet.request(d.body(LIST, {"n": 10}))
    connection = await connect(quiet)
    await _asked(connection, request, 1.0)
    alone: list[float] = []
    beside: list[float] = []
    count = [0]
    for _ in range(ROUNDS):
        alone += await _asked(connection, request, SECONDS)
        flood = [asyncio.ensure_future(_flood(loud, count)) for _ in range(FLOODERS)]
        await asyncio.sleep(1)
        beside += await _asked(connection, request, SECONDS)
        for task in flood:
            task.cancel()
        await asyncio.gather(*flood, return_exceptions=True)
    connection.transport.close()
    return alone, beside, count[0] / (ROUNDS * (SECONDS + 1))


async def _asked(connection: Connection, request: bytes, seconds: float) -> list[float]:
    """Times in ms of one request after the other, with a short pause between them."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while (start := time.perf_counter()) < end:
        answer = await connection.ask(request)
        times.append((time.perf_counter() - start) * 1000)
        assert well(answer), answer[:300]
        await asyncio.sleep(PAUSE_S)
    return times


async def _flood(target: Target, count: list[int]) -> None:
    connection = await connect(target)
    request = target.request(d.body(LIST, {"n": 50}))
    with suppress(asyncio.CancelledError):
        while True:
            await connection.ask(request)
            count[0] += 1
    connection.transport.close()
