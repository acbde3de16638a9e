"""The records of people that steps act on: their open lead, their contact, and whose they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx


@dataclass(frozen=True, slots=True)
class Records:
    """What there is of a person."""

    lead_id: UUID | None = None
    contact_id: UUID | None = None
    owner_id: UUID | None = None


async def records_of(tx: Tx, people: Iterable[UUID]) -> dict[UUID, Records]:
    rows = await tx.fetch(load(__name__, "records"), tx.workspace, sorted(set(people)))
    return {row["person_id"]: Records(row["lead_id"], row["contact_id"], row["owner_id"]) for row in rows}
