"""Records where the value of a field came from, for every verb that writes one."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from leadwell.base.fixed import fixed
from leadwell.base.sql import load
from leadwell.base.tx import Tx

Source = Literal["HUMAN", "FORM", "IMPORT", "PROVIDER", "SYSTEM"]


@fixed
class Origin:
    """One field of one record: `value` as JSON, `confidence` 0 to 1, `run_id` the enrichment run that filled it."""

    noun: str
    record_id: UUID
    field: str
    value: Any
    source: Source
    provider: str | None = None
    confidence: float = 1.0
    evidence: Mapping[str, Any] | None = None
    run_id: UUID | None = None


async def record(tx: Tx, noun: str, record_id: UUID, fields: Mapping[str, Any], source: Source) -> None:
    """All fields of one record, from one source."""
    await record_all(tx, [Origin(noun, record_id, field, value, source) for field, value in fields.items()])


async def record_all(tx: Tx, origins: Sequence[Origin], *, fresh: bool = False) -> None:
    """Any number of fields of any records in one statement; of two words about one field the last counts. `fresh`: of records made in this
    transaction, about which nothing can have been said."""
    if not origins:
        return
    latest = {(origin.record_id.int, origin.field): origin for origin in origins}
    rows = [_row(latest[place]) for place in sorted(latest)]
    said = load(__name__, "provenance")
    await tx.execute(said[: said.index("ON CONFLICT")] if fresh else said, tx.workspace, rows, await tx.now())


def _row(origin: Origin) -> dict[str, Any]:
    """What is not there is left out, because reading it costs as much as a value."""
    row = {
        "noun": origin.noun, "record_id": origin.record_id, "field": origin.field, "value": origin.value, "source": origin.source,
        "confidence": origin.confidence,
    }  # fmt: skip
    if origin.provider or origin.evidence or origin.run_id:
        row |= {"provider": origin.provider, "evidence": origin.evidence, "run_id": origin.run_id}
    return row
