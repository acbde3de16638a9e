"""What each layer costs: the hand-written endpoint with nothing, then with one more of what the product has, then the product itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import documents as d
from bench.house import House
from bench.load import medians
from bench.rows import Row
from bench.servers import unsecured

if TYPE_CHECKING:
    from bench.reads import Stage


@dataclass(frozen=True, slots=True)
class Layer:
    """A mode of bench/peers/handwritten.py; `url` is the database as it sees it."""

    name: str
    means: str
    url: Callable[[House], str]

    def environment(self, h: House) -> dict[str, str]:
        return {"LAYERS": self.name, "DATABASE_URL": self.url(h)}


LAYERS = (
    Layer("bare", "hand-written route, superuser's pool", unsecured),
    Layer("known", "+ the key looked up (remembered for 5 s)", unsecured),
    Layer("secured", "+ a transaction under row security", lambda h: h.servers.database_url),
    Layer("guarded", "+ the guard: request id, limits, headers, metrics", lambda h: h.servers.database_url),
)
PRODUCT = "product", "the product: + GraphQL, permissions, any document"


def layered(s: "Stage") -> list[Row]:
    """All of them in turns, on the list, on the detail page, and on an answer without work, where the guard shows best."""
    rows: list[Row] = []
    for page, door, ours in (("list", "pages", s.listed), ("detail", "detail", s.detailed)):
        document = d.LIST if page == "list" else d.DETAIL
        entries = [(f"{layer.name} {door}", ours("")) for layer in LAYERS]
        for name, found in s.contest(*entries, ("product", ours(document))).run(16).items():
            cell, layer = medians(found), name.split()[0]
            rows.append(s.row(f"layers.{page}.{layer}.cpu_ms", cell.server_ms, "ms", words="16 clients"))
            rows.append(s.row(f"layers.{page}.{layer}.db_ms", cell.db_ms, "ms", words="16 clients"))
    return [*rows, guard(s)]


def guard(s: "Stage") -> Row:
    """On a body of a page's size that costs nothing to make."""
    same = [b"{}"] * (4 * s.scale.requests)
    cells = s.contest(("secured same", lambda _: same), ("guarded same", lambda _: same)).run(16)
    extra = [g.server_ms - p.server_ms for g, p in zip(cells["guarded same"], cells["secured same"], strict=True)]
    return s.row("api.guard_overhead_ms", sorted(extra)[len(extra) // 2], "ms", words="35 kB answer without work, 16 clients")
