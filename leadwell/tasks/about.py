"""What a task or an activity is about: records that exist, and the people behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx


@dataclass(frozen=True, slots=True)
class About:
    """Records and people. A lead or contact brings its person along."""

    lead_id: UUID | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None
    deal_id: UUID | None = None
    person_ids: Sequence[UUID] = ()

    @property
    def links(self) -> list[tuple[str, UUID]]:
        """As links of an activity."""
        named = (("Lead", self.lead_id), ("Contact", self.contact_id), ("Company", self.company_id), ("Deal", self.deal_id))
        return [(noun, id) for noun, id in named if id]


async def people_of(tx: Tx, about: About) -> list[UUID]:
    """The people concerned, each once; NotFound with the field for what does not exist."""
    return people_in(about, await seen(tx, about))


async def seen(tx: Tx, about: About) -> Mapping[str, Any]:
    """What there is of it, read with the business clock."""
    row = await tx.row(
        load(__name__, "about"), tx.workspace, about.lead_id, about.contact_id, about.company_id, about.deal_id, list(about.person_ids)
    )
    assert row is not None, "an aggregate-free select of sub-selects has one row"
    tx.clocked(row["now"])
    return dict(row)


def people_in(about: About, row: Mapping[str, Any]) -> list[UUID]:
    """The people of what was seen; NotFound."""
    for noun in ("lead", "contact", "company", "deal"):
        if getattr(about, f"{noun}_id") and row[noun] is None:
            raise NotFound(field=f"{noun}_id", noun=noun)
    if set(about.person_ids) - set(row["people"]):
        raise NotFound(field="person_ids", noun="person")
    return list(dict.fromkeys(id for id in (*about.person_ids, row["lead"], row["contact"]) if id))
