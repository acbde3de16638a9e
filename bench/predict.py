"""What is learnt from real outcomes is tried on others: bank-full without `duration`, in the order of time and at random; skipped where the data is absent."""

import csv
import gzip
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.rows import Row
from leadwell.prediction.learning import train

SHARED = Path(os.environ.get("LW_SHARED", Path(__file__).resolve().parents[2] / "shared"))
FILE = SHARED / "data/bank-full.csv.gz"
NUMBERS = ("age", "balance", "day", "campaign", "pdays", "previous")
COMMAND = "python -m bench predict"


async def measure() -> list[Row]:
    if not FILE.exists():
        return []
    examples, won = read()
    random_order = list(range(len(won)))
    random.Random(1).shuffle(random_order)
    return [*rows("time", examples, won), *rows("random", [examples[i] for i in random_order], [won[i] for i in random_order])]


def read() -> tuple[list[dict[str, Any]], list[bool]]:
    """`duration` is known only after the call, so it is left out; "unknown" and pdays of -1 are what is not there."""
    with gzip.open(FILE, "rt") as file:
        listed = list(csv.DictReader(file))
    examples = [{
        name: None if value == "unknown" or (name, value) == ("pdays", "-1") or (name == "previous" and value == "0") else float(value)
        if name in NUMBERS else value for name, value in row.items() if name not in ("y", "duration")} for row in listed]
    return examples, [row["y"] in ("yes", "1") for row in listed]


def rows(split: str, examples: Sequence[dict[str, Any]], won: Sequence[bool]) -> list[Row]:
    """The last three in ten are held out."""
    card = train(examples, won).card
    scale, bars = f"{card['heldOut']:,} of {card['leads']:,} leads held out, {split} split", {"time": 0.73, "random": 0.77}
    return [
        Row(f"predict.bank_{split}_auc", card["auc"], "", bars[split], "higher", scale, COMMAND),
        Row(f"predict.bank_{split}_brier_vs_base", card["brier"] / card["brierOfBase"], "×", 1.0, "lower", f"{scale}; {card['brier']:.4f}", COMMAND),
        Row(f"predict.bank_{split}_ap", card["averagePrecision"], "", None, "higher", scale, COMMAND),
    ]
