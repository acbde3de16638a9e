"""The people of an audience as SQL: of segments, a filter and names, without those of other segments, each once."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leadwell import segments
from leadwell.base.tx import Tx
from leadwell.broadcasts.shape import Audience

NOBODY: Mapping[str, Any] = {"OR": []}
PERSON = {"Person": "t.id", "Lead": "t.person_id", "Contact": "t.person_id"}


async def ask(tx: Tx, audience: Audience, sql: str, **values: tuple[Any, str]) -> list[Any]:
    """Runs `sql`, in which {audience} is a list of people (person_id) who are there today; {values} are further parameters."""
    nouns = await _nouns(tx, [*audience.segments, *audience.without])
    given: dict[str, tuple[Any, str]] = {"people": (list(audience.people), "uuid[]"), **values}
    parts = [f"SELECT {PERSON[audience.noun]} AS person_id FROM {{table}} t WHERE {{where}}", "SELECT p AS person_id FROM unnest({people}) AS p"]
    for i, id in enumerate(audience.segments):
        parts.append(segments.members(nouns[id], f"{{in{i}}}"))
        given[f"in{i}"] = (id, "uuid")
    out: list[str] = []
    for i, id in enumerate(audience.without):
        out.append(f"NOT EXISTS (SELECT 1 FROM ({segments.members(nouns[id], f'{{out{i}}}')}) z WHERE z.person_id = x.person_id)")
        given[f"out{i}"] = (id, "uuid")
    held = "".join(f" AND {one}" for one in out)
    found = (
        f"SELECT x.person_id FROM ({' UNION '.join(parts)}) x JOIN people p ON p.workspace_id = $1 AND p.id = x.person_id "
        f"WHERE p.archived_at IS NULL AND p.merged_into IS NULL{held}")
    where = NOBODY if audience.where is None else audience.where
    return await segments.run(tx, audience.noun, where, sql.replace("{audience}", found), given)


async def _nouns(tx: Tx, ids: list[UUID]) -> dict[UUID, str]:
    """What each segment is made of; of one that is gone nobody is left."""
    rows = await tx.fetch("SELECT s.id, s.noun FROM segments s WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[])", tx.workspace, ids)
    return dict.fromkeys(ids, "Person") | {row["id"]: row["noun"] for row in rows}
