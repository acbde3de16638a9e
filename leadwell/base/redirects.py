"""Ids that merges gave away: whoever asks for one is answered by the record that survived."""

from collections.abc import Iterable
from uuid import UUID

from leadwell.base.tx import Tx

MERGED = frozenset({"Person", "Lead", "Contact", "Company"})


def today(noun: str, key: str) -> str:
    """SQL for the id that `key`, an id in SQL, means today. One probe of the primary key of redirects, which is flat.
    A select around the coalesce: under row security PostgreSQL takes a bare coalesce for leaky and would read the whole table instead of an index."""
    if noun not in MERGED:
        return key
    return f"(SELECT coalesce((SELECT r.new_id FROM redirects r WHERE r.workspace_id = $1 AND r.noun = '{noun}' AND r.old_id = {key}), {key}))"


async def followed(tx: Tx, noun: str, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The id that each of these means today."""
    asked = list(ids)
    if noun not in MERGED or not asked:
        return dict(zip(asked, asked, strict=True))
    rows = await tx.fetch(
        "SELECT r.old_id, r.new_id FROM redirects r WHERE r.workspace_id = $1 AND r.noun = $2 AND r.old_id = ANY($3::uuid[])", tx.workspace, noun, asked)
    went = {row["old_id"]: row["new_id"] for row in rows}
    return {id: went.get(id, id) for id in asked}
