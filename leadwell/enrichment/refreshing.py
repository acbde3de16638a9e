"""Has people looked at again: by hand, and when the policy says that the last look is too old."""

from collections.abc import Sequence
from uuid import UUID

from leadwell.base.refusals import Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.enrichment.turns import look_again

DUE, MOST = 1_000, 1_000


class TooManyPeople(Refusal):
    """{count} people are too many at once; {most} are enriched by one call."""

    fix = "Name them in several calls."


async def enqueue(tx: Tx, person_ids: Sequence[UUID]) -> int:
    """Puts people in line to be looked at, even when nothing about them has changed; answers that still count are not asked for again.
    Returns how many there are. TooManyPeople."""
    if len(person_ids) > MOST:
        raise TooManyPeople(field="ids", count=len(person_ids), most=MOST)
    await look_again(tx, list(dict.fromkeys(person_ids)), anyway=True)
    return len(set(person_ids))


async def refresh_due(tx: Tx) -> int:
    """Up to `DUE` people whose last look has become too old; returns how many, so that more are looked for."""
    rows = await tx.fetch(load(__name__, "due"), tx.workspace, await tx.now(), DUE)
    await look_again(tx, [row["person_id"] for row in rows], anyway=True)
    return len(rows)


async def forget(tx: Tx) -> int:
    """Answers that have not counted for 30 days go, and so do deliveries of pushes as old; returns how many answers went."""
    await tx.execute("DELETE FROM enrichment_pushes p WHERE p.workspace_id = $1 AND p.at < $2::timestamptz - interval '30 days'", tx.workspace, await tx.now())
    return await tx.execute(
        "DELETE FROM enrichment_answers a WHERE a.workspace_id = $1 AND a.expires_at < $2::timestamptz - interval '30 days'", tx.workspace, await tx.now())
