"""The one shape of a measurement, and how rows are kept and shown."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

LATEST = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class Row:
    """`better` says in which direction `bar` is to be passed; bar None: reported only."""

    name: str
    value: float
    unit: str
    bar: float | None
    better: str
    scale: str
    command: str = "make bench"

    @property
    def holds(self) -> bool:
        return self.bar is None or (self.value <= self.bar if self.better == "lower" else self.value >= self.bar)


def keep(rows: Iterable[Row]) -> None:
    """Writes rows into latest.json over older rows of the same name."""
    LATEST.parent.mkdir(exist_ok=True)
    old = {r["name"]: r for r in json.loads(LATEST.read_text())} if LATEST.exists() else {}
    old |= {r.name: asdict(r) for r in rows}
    LATEST.write_text(json.dumps([old[name] for name in sorted(old)], indent=1) + "\n")


def show(rows: Iterable[Row]) -> str:
    lines = [f"{'name':34} {'value':>12} {'bar':>10}  unit"]
    for r in rows:
        bar = "" if r.bar is None else f"{'≤' if r.better == 'lower' else '≥'} {r.bar:g}"
        lines.append(f"{r.name:34} {r.value:12,.2f} {bar:>10}  {r.unit}{'' if r.holds else '   MISSED'}   ({r.scale})")
    return "\n".join(lines)
