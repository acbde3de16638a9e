"""`python -m bench [NAME ...]`: runs the measurements, keeps their rows and prints them; always exits 0."""

import asyncio
import importlib
import sys
import traceback

from bench.rows import Row, keep, show

MEASUREMENTS = ("work", "importing", "dedupe", "enrichment", "scoring", "predict", "assignment", "segments", "nurture", "simulation", "delivery", "pressure",
                "outage", "optout", "capture", "guarding", "fairness", "writes", "reads", "main_job", "live", "start")


def main() -> None:
    rows: list[Row] = []
    for name in sys.argv[1:] or MEASUREMENTS:
        print(f"… {name}", file=sys.stderr, flush=True)
        try:
            rows += asyncio.run(importlib.import_module(f"bench.{name}").measure())
        except Exception:
            traceback.print_exc()
    keep(rows)
    print(show(rows))


main()
