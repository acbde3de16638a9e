"""What a sequence is for: whoever reaches it leaves, as soon as it happens and at the latest before the next mail."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from leadwell.base.tx import Tx
from leadwell.nurture.filtering import NOUNS, matching
from leadwell.nurture.happening import happened, happening_flaws
from leadwell.nurture.shape import Flaw, Stand, flaw

Goal = Mapping[str, Any]


def goal_flaws(goal: Goal | None) -> Iterator[Flaw]:
    if goal is None:
        return
    if sum(goal.get(test) is not None for test in ("event", "where")) != 1:
        yield flaw("The goal does not say one thing.", "Give an event or a where.")
    elif goal.get("event") is not None:
        yield from happening_flaws({"kind": goal["event"]})
    elif not isinstance(goal["where"], Mapping):
        yield flaw("The filter of the goal is no object of conditions.", "Write it as in lists.")
    elif goal.get("noun", "Person") not in NOUNS:
        yield flaw("The goal asks about records that no person has.", "Take one of " + ", ".join(NOUNS) + ".")


async def reached(tx: Tx, standing: Sequence[tuple[Stand, Goal | None]]) -> set[UUID]:
    """The enrollments that are at their goal: by an event since they arrived in the sequence, or by a filter."""
    found: set[UUID] = set()
    groups: dict[bytes, list[Stand]] = defaultdict(list)
    for stand, wanted in standing:
        if wanted:
            groups[orjson.dumps(wanted)].append(stand)
    for key, stood in groups.items():
        goal: Goal = orjson.loads(key)
        if goal.get("event") is not None:
            entered = await _entered(tx, stood)
            asked = await happened(tx, [(stand, {"kind": goal["event"]}, entered[stand.id]) for stand in stood])
            found |= {id for id, yes in asked.items() if yes}
        else:
            people = await matching(tx, str(goal.get("noun", "Person")), goal.get("where") or {}, list({stand.person_id for stand in stood}))
            found |= {stand.id for stand in stood if stand.person_id in people}
    return found


async def _entered(tx: Tx, stood: Sequence[Stand]) -> dict[UUID, Any]:
    sql = "SELECT e.id, e.created_at FROM enrollments e WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[])"
    return {row["id"]: row["created_at"] for row in await tx.fetch(sql, tx.workspace, [stand.id for stand in stood])}
