"""Shows what a change would do: done for the first records and undone at once, so that the preview cannot differ from the act."""

from collections import Counter
from dataclasses import dataclass, field, replace
from uuid import UUID

from leadwell.access import Viewer
from leadwell.base.tx import Tx
from leadwell.changes import choosing
from leadwell.changes.actions import acting
from leadwell.changes.asking import Wanted, checked
from leadwell.changes.shape import Result, Results

LOOKED_AT = 200
EXAMPLES = 10
REFUSED = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """`count` records match. Of the first `looked_at`, `counts` by outcome and by code of refusal; some that would change, some that would not."""

    count: int
    looked_at: int
    counts: Counter[str]
    codes: Counter[str]
    examples: list[tuple[UUID, Result]] = field(default_factory=list[tuple[UUID, Result]])
    refused: list[tuple[UUID, Result]] = field(default_factory=list[tuple[UUID, Result]])


async def preview(tx: Tx, wanted: Wanted, viewer: Viewer) -> Preview:
    """Nothing is changed and nobody is told. What `ask` refuses, but for the count."""
    action, options, ids = await checked(tx, wanted, viewer)
    able = acting(action, wanted.noun, viewer)
    count = await choosing.count(tx, able, wanted.noun, wanted.filter, ids)
    first = await choosing.first(tx, able, wanted.noun, wanted.filter, ids, LOOKED_AT)
    results: Results = {}
    before, hooks, rings = tx.actor, list(tx.hooks), set(tx.rings)
    tx.actor = replace(before, quiet=True)
    await tx.execute("SAVEPOINT rehearsal")
    try:
        results = await action.perform(tx, wanted.noun, options, first) if first else {}
    finally:
        await tx.execute("ROLLBACK TO SAVEPOINT rehearsal")
        tx.actor, tx.hooks, tx.rings = before, hooks, rings
    return _told(count, results)


def _told(count: int, results: Results) -> Preview:
    by = {state: [(id, r) for id, r in results.items() if r.state == state] for state in ("CHANGED", "REFUSED")}
    codes = Counter(r.code for _, r in by["REFUSED"] if r.code)
    return Preview(count, len(results), Counter(r.state for r in results.values()), codes, by["CHANGED"][:EXAMPLES], by["REFUSED"][:REFUSED])
