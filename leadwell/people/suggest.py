"""Puts values that contradict what is known up for decision, instead of overwriting or losing them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell.base.fixed import fixed
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx


@fixed
class Suggestion:
    """`value` was given by `source` for a field that keeps `current`."""

    noun: str
    record_id: UUID
    field: str
    value: Any
    current: Any
    source: str


async def suggest_all(tx: Tx, suggestions: Sequence[Suggestion]) -> None:
    """All in one statement; a newer one for the same field replaces the open one, and what was dismissed does not come back."""
    if not suggestions:
        return
    latest = {(s.record_id, s.field): s for s in suggestions}
    rows = [
        {
            "id": uuid7(),
            "noun": s.noun,
            "record_id": s.record_id,
            "field": s.field,
            "value": s.value,
            "current_value": s.current,
            "source": s.source,
        }
        for s in (latest[place] for place in sorted(latest))
    ]
    await tx.execute(load(__name__, "suggest"), tx.workspace, rows, await tx.now())
