"""`python -m bench.page`: the chart of the README and the page on what layers cost, from the numbers of the latest run."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from bench.layers import LAYERS, PRODUCT
from bench.rows import LATEST

DOCS = Path(__file__).parents[1] / "docs" / "reference"
CHART, PAGE = DOCS / "reads.svg", DOCS / "cost-of-layers.md"
Rows = Mapping[str, Mapping[str, Any]]
SERVERS = (  # label, row of CPU, row of rate
    ("written by hand", "reads.handwritten.cpu_ms", "reads.list.handwritten_rps"),
    ("Leadwell", "reads.list.cpu_ms", "reads.list.product_rps"),
    ("PostGraphile 5", "reads.postgraphile.cpu_ms", "reads.list.postgraphile_rps"),
    ("Leadwell, uncovered", "reads.fallback.cpu_ms", "reads.list.ordinary_rps"),
    ("Strawberry + Tortoise", "reads.idiomatic.cpu_ms", "reads.list.idiomatic_rps"),
)
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .head { font-weight: 600; } .dim { fill: #59636e; } .bar { fill: #818b98; } .ours { fill: #0969da; }
  @media (prefers-color-scheme: dark) { text { fill: #f0f6fc; } .dim { fill: #9198a1; } .bar { fill: #656c76; } .ours { fill: #4493f8; } }
"""
LEFT, WIDE, STEP, GAP = 160, 250, 24, 80


def write() -> None:
    rows: Rows = {row["name"]: row for row in json.loads(LATEST.read_text())}
    CHART.write_text(chart(rows))
    PAGE.write_text(page(rows))


def chart(rows: Rows) -> str:
    """Two panels of bars: what a list page costs the server, and how many a second it gives."""
    known = [server for server in SERVERS if all(name in rows for name in server[1:])]
    cpu, rate = [(label, rows[c]["value"]) for label, c, _ in known], [(label, rows[r]["value"]) for label, _, r in known]
    told = "; ".join(f"{label} {ms:.2f} ms and {rps:.0f} a second" for (label, ms), (_, rps) in zip(cpu, rate, strict=True))
    height, width = 80 + STEP * len(known), LEFT + 2 * WIDE + GAP + 60
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="t d">',
        '<title id="t">A list page of 50 leads: processor time of the server, and pages a second</title>',
        f'<desc id="d">{escape(told)}. {escape(str(rows[known[0][1]]["scale"]))}.</desc>', f"<style>{STYLE}</style>",
        *panel("server CPU a page, ms (less is better)", cpu, LEFT, labels=True), *panel("pages a second (more is better)", rate, LEFT + WIDE + GAP),
        f'<text class="dim" x="0" y="{height - 8}">{escape(str(rows[known[0][1]]["scale"]))}; row security on; one core</text>', "</svg>", "",
    ])  # fmt: skip


def panel(head: str, bars: Sequence[tuple[str, float]], x: int, *, labels: bool = False) -> list[str]:
    most = max(value for _, value in bars)
    found = [f'<text class="head" x="{x}" y="20">{head}</text>']
    for i, (label, value) in enumerate(bars):
        y = 36 + STEP * i
        found += [f'<text x="{x - 10}" y="{y + 13}" text-anchor="end">{escape(label)}</text>'] if labels else []
        long, kind = max(2.0, value / most * WIDE * 0.8), "ours" if label == "Leadwell" else "bar"
        found.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{long:.1f}" height="16" rx="2"/>')
        found.append(f'<text class="dim" x="{x + long + 6:.1f}" y="{y + 13}">{value:.2f}</text>' if value < 10 else
                     f'<text class="dim" x="{x + long + 6:.1f}" y="{y + 13}">{value:,.0f}</text>')  # fmt: skip
    return found


def page(rows: Rows) -> str:
    first = rows["layers.list.bare.cpu_ms"]
    return "\n".join([
        "# What each layer costs", "",
        f"Written by `python -m bench.page` from the run of `{first['command']}`: {first['scale']}. Milliseconds of processor time a request, of the",
        "server's process and of PostgreSQL's; servers have one core, PostgreSQL and the client the other; all take turns in every round.",
        "`LW_BENCH_DATA=DIR` keeps the filled database for the next run.", "",
        "## Layer by layer", "",
        "| layer | list: server | list: PostgreSQL | detail: server | detail: PostgreSQL |", "|---|---|---|---|---|",
        *(layer(rows, name, means) for name, means in [*((x.name, x.means) for x in LAYERS), PRODUCT]), "",
        "The list is 50 leads with 12 fields, owner, company and 3 activities each, about 43 kB; the detail a lead, its company and 20 activities.",
        f"The guard alone, on an answer without work: {rows['api.guard_overhead_ms']['value']:.3f} ms.", "",
        "## The list page by others", "", "![A list page by each server](reads.svg)", "",
        "| server | server CPU, ms | PostgreSQL CPU, ms | a second, 16 clients |", "|---|---|---|---|",
        *(f"| {label} | {rows[c]['value']:.2f} | {rows[r.replace('_rps', '_db_ms')]['value']:.2f} | {rows[r]['value']:,.0f} |"
          for label, c, r in SERVERS if c in rows and r in rows), "",
        "All gave the same content before anything was timed, under the same authentication, transaction and row-level security; PostGraphile gets the",
        "workspace through its `pgSettings` as `lw_app`. “Uncovered” is the same list through the ordinary executor, which answers what is not compiled.", "",
    ])  # fmt: skip


def layer(rows: Rows, name: str, means: str) -> str:
    cells = (rows[f"layers.{page}.{name}.{what}_ms"]["value"] for page in ("list", "detail") for what in ("cpu", "db"))
    return f"| {means} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |"


if __name__ == "__main__":
    write()
