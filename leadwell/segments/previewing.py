"""How many a filter finds, up to a number that is quick to reach, and who the newest of them are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell.access.sees import Sees
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, Listing, pages, totals
from leadwell.segments.naming import NOUNS, names_in
from leadwell.segments.refusals import BadSegment

CAP, SAMPLE = 10_000, 5


@dataclass(frozen=True, slots=True)
class Preview:
    """`count` is exact unless `capped`: then there are more. `sample`: ids of the newest that match."""

    count: int
    capped: bool
    sample: Sequence[UUID]


async def preview(tx: Tx, noun: str, where: Mapping[str, Any], viewer: Sees) -> Preview:
    """As the viewer may see it. BadSegment, BadFilter, FieldForbidden."""
    if noun not in NOUNS:
        raise BadSegment(field="noun", why=f"there are none of {noun[:40]}", fix="Take one of " + ", ".join(NOUNS) + ".")
    names_in(noun, where)
    of = CATALOG[noun]
    total = (await totals(tx, viewer, Listing(of, where), cap=CAP))[None]
    page = (await pages(tx, viewer, Listing(of, where, [{"createdAt": "DESC"}], first=SAMPLE), wanted=frozenset({"id"}), cursors=False))[None]
    return Preview(min(total["n"], CAP), bool(total["capped"]), [row["id"] for row in page.rows])
