"""Why a lead is there: what came in, word for word, between the steps of what was made of it."""

from typing import Any
from uuid import UUID

import asyncpg

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.base.why import Step
from leadwell.leads import explaining
from leadwell.transfer import staging


async def explain(tx: Tx, lead_id: UUID) -> list[Step]:
    """The steps of `leads.explaining`, each raw submission and each row of an import before what followed from it. NotFound."""
    steps = await explaining.explain(tx, lead_id)
    came = [await _came(tx, row) for row in await tx.fetch(load(__name__, "came_from"), tx.workspace, lead_id)]
    return sorted([*came, *steps], key=lambda step: (step.at is not None, step.at))


async def _came(tx: Tx, row: asyncpg.Record) -> Step:
    if row["import_id"] is None:
        return Step(row["at"], f"submission: What came in by {row['channel']}, as it was sent.", _said(row["payload"]["fields"]))
    kept = await staging.raw(tx, row["import_id"], row["row"])
    cells = dict(zip(row["options"].get("columns", ()), kept.cells, strict=False)) if kept else {}
    said = _said(cells) if kept else f"it is no longer kept; rows go {staging.KEPT.days} days after their import"
    return Step(row["at"], f"import: Row {row['row']} of {row['name']}, as it was read.", said)


def _said(fields: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in fields.items() if value not in (None, ""))
