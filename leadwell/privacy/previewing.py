"""What an erasure would do, before anybody asks for it."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from leadwell import people
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.privacy import engine
from leadwell.privacy.erasing import FOUND
from leadwell.privacy.keeps import KEPT
from leadwell.privacy.parts import PARTS
from leadwell.privacy.scope import scope


@dataclass(frozen=True, slots=True)
class Stays:
    """Rows that stay, and why."""

    table: str
    rows: int
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """`people`: the person and whoever was merged into them. `erased`: rows of each table that go or are blanked; lines of imports are not counted."""

    people: int
    erased: dict[str, int]
    kept: list[Stays]


async def preview(tx: Tx, person_id: UUID) -> Preview:
    """Counts, and changes nothing. NotFound."""
    met = (await people.resolve(tx, [person_id])).get(person_id)
    if met is None:
        raise NotFound(noun="person", field="id")
    of, counts = await scope(tx, [met]), Counter[str]()
    for part in PARTS:
        counts[part.table] += await engine.count(tx, part, of)
    counts["events"] = await tx.value(f"SELECT count(*) FROM ({FOUND}) v", tx.workspace, *of.args())
    stays = [Stays(one.table, await engine.count(tx, one, of), one.why) for one in KEPT if one.where]
    return Preview(len(of.people), {table: n for table, n in sorted(counts.items()) if n}, [one for one in stays if one.rows])
