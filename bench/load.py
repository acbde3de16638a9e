"""A closed-loop load client: targets in turns, keep-alive, medians over rounds, with the processor time each request cost.

Targets take turns in every round, so that whatever else the machine does falls on all of them. A run is a fixed number of requests that all complete.
"""

import asyncio
import math
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from urllib.parse import urlsplit

import uvloop

from bench.accounts import children_time, family_time, spent

Bodies = Callable[[int], Sequence[bytes]]


class LoadFailed(Exception):
    """A request was not answered as it should be."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A server under load: where it answers, the head that each request carries, and the process whose time it costs."""

    name: str
    url: str
    pid: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def request(self, body: bytes) -> bytes:
        at = urlsplit(self.url)
        lines = [f"POST {at.path} HTTP/1.1", f"host: {at.netloc}", "content-type: application/json", "accept: application/json"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class Cell:
    """What one run of requests came to. Times in milliseconds; `server_ms` and `db_ms` are processor time a request."""

    rps: float
    p50: float
    p99: float
    server_ms: float
    db_ms: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Contest:
    """Several targets under the same load in turns. A target's `Bodies` makes its requests for a round: the same questions to all."""

    entries: Sequence[tuple[Target, Bodies]]
    postmaster: int
    rounds: int

    def run(self, clients: int) -> dict[str, list[Cell]]:
        """Cells by target, one a round; every other round goes backwards, and the first one only warms everything up."""
        found: dict[str, list[Cell]] = {target.name: [] for target, _ in self.entries}
        for turn in range(self.rounds + 1):
            for target, bodies in self.entries if turn % 2 else self.entries[::-1]:
                cell = measured(target, bodies(turn), clients, self.postmaster)
                if turn:
                    found[target.name].append(cell)
        return found


def measured(target: Target, bodies: Sequence[bytes], clients: int, postmaster: int) -> Cell:
    """One run, with the processor time that it cost."""
    server, database = family_time(target.pid), children_time(postmaster)
    times, took, size = uvloop.run(drive(target, bodies, clients))
    server_s, db_s, n = spent(server, family_time(target.pid)), spent(database, children_time(postmaster)), len(times)
    return Cell(n / took, percentile(times, 0.5), percentile(times, 0.99), 1000 * server_s / n, 1000 * db_s / n, size // n)


async def drive(target: Target, bodies: Iterable[bytes], clients: int) -> tuple[list[float], float, int]:
    """Sends every body once over `clients` connections; returns ordered times in ms, the seconds of the whole and bytes. LoadFailed if anything
    was not answered well."""
    waiting = iter([target.request(body) for body in bodies])
    connections = [await connect(target) for _ in range(clients)]
    times: list[float] = []
    failed: list[bytes] = []
    size = 0

    async def client(connection: "Connection") -> None:
        nonlocal size
        for request in waiting:
            start = time.perf_counter()
            answer = await connection.ask(request)
            times.append((time.perf_counter() - start) * 1000)
            size += len(answer)
            if not well(answer):
                failed.append(answer)

    start = time.perf_counter()
    await asyncio.gather(*map(client, connections))
    took = time.perf_counter() - start
    for connection in connections:
        connection.transport.close()
    if failed:
        raise LoadFailed(f"{target.name}: {len(failed)} of {len(times)} requests at {clients} clients, first {shown(failed[0])}")
    return sorted(times), took, size


def ask(target: Target, body: bytes) -> bytes:
    """One answer's body; LoadFailed with the beginning of what came instead."""

    async def once() -> bytes:
        connection = await connect(target)
        try:
            return await connection.ask(target.request(body))
        finally:
            connection.transport.close()

    answer = uvloop.run(once())
    if not well(answer):
        raise LoadFailed(f"{target.name}: {shown(answer)}")
    return body_of(answer)


async def connect(target: Target) -> "Connection":
    at = urlsplit(target.url)
    _, connection = await asyncio.get_running_loop().create_connection(Connection, str(at.hostname), at.port or 80)
    return connection


class Connection(asyncio.Protocol):
    """One keep-alive connection; an answer at a time."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.waiting: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # pyright: ignore[reportAttributeAccessIssue]

    def ask(self, request: bytes) -> "asyncio.Future[bytes]":
        self.buffer.clear()
        self.waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.waiting

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.waiting is not None and complete(self.buffer):
            waiting, self.waiting = self.waiting, None
            if not waiting.done():      # whoever asked may have left
                waiting.set_result(bytes(self.buffer))

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(b"")


def complete(answer: bytes | bytearray) -> bool:
    """Whether head and body are there, the body of an announced length or in chunks."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(answer[:end]).lower()
    at = head.find(b"content-length:")
    if at < 0:
        return answer.endswith(b"\r\n0\r\n\r\n")
    return len(answer) >= end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])


def body_of(answer: bytes) -> bytes:
    """The body alone, chunks joined."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    if b"content-length:" in head.lower():
        return rest
    joined = bytearray()
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        joined += rest[: int(size, 16)]
        rest = rest[int(size, 16) + 2 :]
    return bytes(joined)


def well(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/1.1 200") and b'"errors":[' not in answer


def shown(answer: bytes) -> str:
    """Status and the beginning of the body, for whoever must find out why."""
    status = answer.split(b"\r\n", 1)[0].decode(errors="replace") or "connection lost"
    return f"{status} {body_of(answer)[:400].decode(errors='replace')}"


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the ordered values that at least this share of them does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def medians(cells: Sequence[Cell]) -> Cell:
    """Field by field over the rounds."""
    return Cell(**{f.name: statistics.median(getattr(cell, f.name) for cell in cells) for f in fields(Cell)})


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios within each round."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
