"""The pages people open first, over HTTP: the product against an endpoint written by hand, the idiomatic way and PostGraphile, in turns.

Authentication and row security are on everywhere. Servers have one core, PostgreSQL and the client the other; before anything is timed all of them
must have given the same content. What has no rival is measured alone: deep pages, counts, search, documents never seen before, memory.
"""

import asyncio
import os
import re
import statistics
import sys
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import asyncpg
import orjson
import uvloop

from bench import documents as d
from bench.accounts import CORES, parent, resident_mb, seat
from bench.house import House
from bench.layers import LAYERS, layered
from bench.load import Bodies, Cell, Contest, LoadFailed, Target, ask, drive, medians, ratio
from bench.page import PAGE, write
from bench.rows import Row, keep
from bench.seed import Scale, asked, seeded
from bench.servers import WATCHER, missing, peer, postgraphile, product
from leadwell.access import keys

ORDINARY = {"x-leadwell-reads": "ordinary"}
BATCH, DEEPEST = 500, 500


@dataclass(frozen=True, slots=True)
class Stage:
    """What every measurement stands on."""

    scale: Scale
    known: d.Known
    postmaster: int
    targets: dict[str, Target]

    def row(self, name: str, value: float, unit: str, bar: float | None = None, *, better: str = "lower", words: str = "") -> Row:
        return Row(name, value, unit, bar, better, f"{words}{'; ' if words else ''}{self.scale.words}", self.scale.command)

    def contest(self, *entries: tuple[str, Bodies], rounds: int = 0) -> Contest:
        return Contest([(self.targets[name], bodies) for name, bodies in entries], self.postmaster, rounds or self.scale.rounds)

    def alone(self, name: str, bodies: Bodies, clients: int) -> Cell:
        return medians(self.contest((name, bodies)).run(clients)[name])

    def listed(self, document: str, share: float = 1) -> Bodies:
        count = max(64, int(self.scale.requests * share))
        return lambda turn: [d.body(document, v) for v in self.known.listed(turn, count)]

    def detailed(self, document: str) -> Bodies:
        return lambda turn: [d.body(document, v) for v in self.known.detailed(turn, self.scale.requests)]

    def translated(self, document: str, ask: Callable[[int, int], Sequence[d.Variables]]) -> Bodies:
        return lambda turn: [d.body(document, d.in_pg(self.known, v)) for v in ask(turn, self.scale.requests)]


async def measure() -> list[Row]:
    if not CORES:
        raise RuntimeError("what processes cost is read from /proc, which only Linux has")
    scale = asked()
    async with seeded(scale) as (h, took):
        key = (await keys.create_key(h.db, h.workspace, "bench", ["*:read"])).text
        owner = await asyncpg.connect(h.servers.owner_database_url)
        known, postmaster = await d.Known.of(h.workspace, owner), parent(await owner.fetchval("SELECT pg_backend_pid()"))
        await owner.close()
        seat(os.getpid(), 1 % len(CORES))
        seat(postmaster, 1 % len(CORES))
        try:
            with ExitStack() as life:
                rows = await asyncio.to_thread(_all, Stage(scale, known, postmaster, _targets(life, h, key)))
        finally:
            seat(os.getpid())
    if took is not None:
        rows.append(Row("reads.seed_s", took, "s", 30 if scale.name == "small" else 600, "lower", scale.words, scale.command))
    keep(rows)
    if scale.name == "full" or not PAGE.exists():
        write()
    return rows


def _targets(life: ExitStack, h: House, key: str) -> dict[str, Target]:
    known = {"authorization": f"Bearer {key}"}
    found: dict[str, Target] = {}

    def add(name: str, started: tuple[str, int], path: str = "", **more: str) -> None:
        found[name] = Target(name, started[0] + path, started[1], known | more)

    add("product", life.enter_context(product(h)))
    add("ordinary", life.enter_context(product(h, LEADWELL_ENVIRONMENT="development")), **ORDINARY)
    add("idiomatic", life.enter_context(peer(h, "idiomatic")), "/graphql")
    for layer in LAYERS:
        started = life.enter_context(peer(h, "handwritten", **layer.environment(h)))
        for door in ("pages", "detail", "same"):
            add(f"{layer.name} {door}", started, f"/{door}")
    if why := missing():
        print(f"  without PostGraphile: {why}", file=sys.stderr)
    else:
        add("postgraphile", life.enter_context(postgraphile(h, key)))
    return found


def _all(s: Stage) -> list[Row]:
    agree(s)
    if set(ways := answered(s.targets["ordinary"])) != {"executor"}:
        print(f"  without the ordinary executor: it did not answer all that it was asked to, but {ways}", file=sys.stderr)
        del s.targets["ordinary"]
    rows: list[Row] = []
    for part in (lists, details, layered, crowds, alone, sought, first_sight, memory):
        print(f"  … {part.__name__}", file=sys.stderr, flush=True)
        try:
            rows += part(s)
        except LoadFailed as why:
            print(f"  without {part.__name__}: {why}", file=sys.stderr)
    return rows


def answered(target: Target) -> dict[str, int]:
    """How many queries a server of ours has answered, by the way it took."""
    request = urllib.request.Request(target.url.replace("/graphql", "/metrics"), headers={"authorization": f"Bearer {WATCHER}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        found = re.findall(r'^leadwell_reads_total\{way="(\w+)"\} ([\d.]+)', answer.read().decode(), re.MULTILINE)
    return {way: int(float(count)) for way, count in found if float(count)}


def agree(s: Stage) -> None:
    """The comparison is worth nothing unless all say the same, and nothing to a stranger."""
    for document, in_pg, hand, ask_for in ((d.LIST, d.PG_LIST, "pages", s.known.listed), (d.DETAIL, d.PG_DETAIL, "detail", s.known.detailed)):
        for v in ask_for(-1, 5):
            ours = d.common(ask(s.targets["product"], d.body(document, v)))
            others = [(name, d.body(document, v)) for name in ("ordinary", "idiomatic")]
            others += [(f"{layer.name} {hand}", d.body("", v)) for layer in LAYERS]
            others += [("postgraphile", d.body(in_pg, d.in_pg(s.known, v)))] if "postgraphile" in s.targets else []
            for name, body in others:
                if d.common(ask(s.targets[name], body)) != ours:
                    raise LoadFailed(f"{name} and the product differ on {v}")
    if "postgraphile" in s.targets:
        stranger = replace(s.targets["postgraphile"], headers={})
        if d.common(ask(stranger, d.body(d.PG_LIST, d.in_pg(s.known, s.known.listed(-1, 1)[0]))))["leads"]["edges"]:
            raise LoadFailed("PostGraphile shows rows to a stranger")


def fast(s: Stage) -> list[tuple[str, Bodies]]:
    """Those whom the list page is a race of. The quickest is asked for twice as many, so that each runs for seconds: a stall costs all the same."""
    found = [("product", s.listed(d.LIST, 2)), ("secured pages", s.listed(""))]
    return found + ([("postgraphile", s.translated(d.PG_LIST, s.known.listed))] if "postgraphile" in s.targets else [])


def lists(s: Stage) -> list[Row]:
    """Everybody at 16 clients."""
    slow = [(name, s.listed(d.LIST, 0.25)) for name in ("ordinary", "idiomatic") if name in s.targets]
    cells = s.contest(*fast(s), *slow, rounds=s.scale.races).run(16)
    ways = answered(s.targets["product"])
    of = {name: medians(found) for name, found in cells.items()}
    words = "16 clients"
    rows = [
        s.row("reads.list.cpu_ms", of["product"].server_ms, "ms", words=words),
        s.row("reads.handwritten.cpu_ms", of["secured pages"].server_ms, "ms", words=words),
        s.row("reads.idiomatic.cpu_ms", of["idiomatic"].server_ms, "ms", words=words),
        s.row("reads.list.compiled", ways.get("compiled", 0) / sum(ways.values()), "share", 1, better="higher", words="answered by one statement"),
        s.row("reads.list.cpu_vs_handwritten", _against(cells, "server_ms", "secured pages"), "×", 1.25, words=words),
        *(s.row(f"reads.list.{name}_rps", cell.rps, "1/s", better="higher", words=words) for name, cell in _named(of)),
        *(s.row(f"reads.list.{name}_db_ms", cell.db_ms, "ms", words=words) for name, cell in _named(of)),
    ]
    if "ordinary" in of:
        rows.append(s.row("reads.fallback.cpu_ms", of["ordinary"].server_ms, "ms", 12, words=f"{words}; the same list by the ordinary executor"))
    if "postgraphile" in of:
        rows.append(s.row("reads.postgraphile.cpu_ms", of["postgraphile"].server_ms, "ms", words=words))
        rows.append(s.row("reads.list.rps_vs_postgraphile", _against(cells, "rps", "postgraphile"), "×", 2.5, better="higher", words=words))
    return rows


def crowds(s: Stage) -> list[Row]:
    """The fast ones with one client, and with 64."""
    rows: list[Row] = []
    for clients in (1, 64):
        for name, cell in _named({name: medians(found) for name, found in s.contest(*fast(s)).run(clients).items()}):
            times = f"p50 {cell.p50:.1f} ms, p99 {cell.p99:.1f} ms"
            rows.append(s.row(f"reads.list.{name}_rps_at_{clients}", cell.rps, "1/s", better="higher", words=f"{clients} client{'s' * (clients > 1)}, {times}"))
    return rows


def details(s: Stage) -> list[Row]:
    entries = [("product", s.detailed(d.DETAIL)), ("secured detail", s.detailed(""))]
    if "postgraphile" in s.targets:
        entries.append(("postgraphile", s.translated(d.PG_DETAIL, s.known.detailed)))
    cells = s.contest(*entries).run(16)
    of = {name: medians(found) for name, found in cells.items()}
    against = _against(cells, "rps", "secured detail")
    return [
        s.row("reads.detail.rps_vs_handwritten", against, "×", 0.8, better="higher", words="16 clients"),
        *(s.row(f"reads.detail.{name}_cpu_ms", cell.server_ms, "ms", words="16 clients") for name, cell in _named(of)),
        *(s.row(f"reads.detail.{name}_rps", cell.rps, "1/s", better="higher", words="16 clients") for name, cell in _named(of)),
    ]


def _named(of: dict[str, Cell]) -> list[tuple[str, Cell]]:
    return [("handwritten" if name.startswith("secured") else name, cell) for name, cell in of.items()]


def _against(cells: dict[str, list[Cell]], what: str, other: str) -> float:
    return ratio([getattr(c, what) for c in cells["product"]], [getattr(c, what) for c in cells[other]])


def alone(s: Stage) -> list[Row]:
    """What PostgreSQL spends on a page at any depth, and on a count; and on the list by score, which another table holds."""
    cursors = walked(s)
    count = s.scale.requests

    def deep(turn: int) -> list[bytes]:
        return [d.body(d.DEEP, {"state": "OPEN", "n": d.ROWS, "after": c}) for c in s.known.dice("deep", turn).choices(cursors, k=count)]

    found = s.alone("product", deep, 16)
    counted = s.alone("product", lambda turn: [d.body(d.COUNT, v) for v in s.known.counted(turn, count)], 16)
    by_score = s.alone("product", lambda _: [d.body(d.BY_SCORE, {"state": "OPEN", "n": d.ROWS})] * (count // 4), 16)
    return [
        s.row("reads.deep_page.db_ms", found.db_ms, "ms", 0.3, words=f"{d.ROWS} rows, up to {len(cursors) * 200:,} rows deep; transaction included"),
        s.row("reads.capped_count.db_ms", counted.db_ms, "ms", 0.6, words="open leads of one owner, at most 1,000 counted"),
        s.row("reads.by_score.cpu_ms", by_score.server_ms, "ms", words="the same list, best score first, 16 clients"),
        s.row("reads.by_score.db_ms", by_score.db_ms, "ms", words="the same list, best score first, 16 clients"),
    ]


def walked(s: Stage) -> list[str]:
    """Cursors from top to bottom, 200 rows apart."""
    found: list[str] = []
    while len(found) < DEEPEST:
        variables = {"state": "OPEN", "after": found[-1] if found else None}
        cursor = orjson.loads(ask(s.targets["product"], d.body(d.WALK, variables)))["data"]["leads"]["pageInfo"]["endCursor"]
        if cursor is None:
            break
        found.append(cursor)
    return found


def sought(s: Stage) -> list[Row]:
    """A fragment of a name, over all leads of the large workspace."""
    found = s.alone("product", lambda turn: [d.body(d.SEARCH, v) for v in s.known.sought(turn, s.scale.requests // 2)], 1)
    words = f"six letters, 1 client, p99 {found.p99:.1f} ms, PostgreSQL {found.db_ms:.2f} ms"
    return [s.row("reads.search.p50_ms", found.p50, "ms", 10, words=words)]


def first_sight(s: Stage) -> list[Row]:
    """The list page under a new name each time, less the same under one name."""
    count = max(64, s.scale.requests // 4)
    known, new = (Target(name, s.targets["product"].url, s.targets["product"].pid, s.targets["product"].headers) for name in ("known", "new"))

    def renamed(turn: int) -> list[bytes]:
        return [d.body(d.LIST.replace("List", f"List{turn}x{i}"), v) for i, v in enumerate(s.known.listed(turn, count))]

    cells = Contest([(known, s.listed(d.LIST, count / s.scale.requests)), (new, renamed)], s.postmaster, s.scale.rounds).run(1)
    extra = statistics.median(a.server_ms - b.server_ms for a, b in zip(cells["new"], cells["known"], strict=True))
    return [s.row("reads.first_sight_ms", extra, "ms", 5, words="server CPU beyond that of the same document seen before")]


def memory(s: Stage) -> list[Row]:
    """Documents are remembered up to a limit: once that is reached, new ones must cost no more memory."""
    target = s.targets["product"]
    loaded, warm = resident_mb(target.pid), max(2_000, s.scale.documents // 5)
    full = loaded
    for start in range(0, s.scale.documents, BATCH):
        if start == warm:
            full = resident_mb(target.pid)
        uvloop.run(drive(target, map(d.distinct, range(start, start + BATCH)), 4))
    words = f"from the {warm:,}th to the {s.scale.documents:,}th distinct document"
    return [
        s.row("memory.api_mb", loaded, "MB", 150, words="one process after all of the load above"),
        s.row("memory.api_after_documents_mb", resident_mb(target.pid), "MB", words=f"after {s.scale.documents:,} distinct documents"),
        s.row("reads.documents_mb_growth", resident_mb(target.pid) - full, "MB", 10, words=words),
    ]
