"""Filters as in lists, asked about the people in a sequence."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from leadwell.access.sees import Everything
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, check, matching_ids
from leadwell.segments.naming import names_in

BEHIND = {"Lead": "leads", "Contact": "contacts"}
NOUNS = ("Person", *BEHIND)


async def matching(tx: Tx, noun: str, where: Mapping[str, Any], people: list[UUID]) -> set[UUID]:
    """Those of the people who match, or whose open lead or contact does."""
    behind = {id: id for id in people}
    if noun in BEHIND:
        mine = "x.state = 'OPEN' AND x.archived_at IS NULL" if noun == "Lead" else "x.archived_at IS NULL"
        sql = f"SELECT x.id, x.person_id FROM {BEHIND[noun]} x WHERE x.workspace_id = $1 AND x.person_id = ANY($2::uuid[]) AND {mine}"
        behind = {row["id"]: row["person_id"] for row in await tx.fetch(sql, tx.workspace, people)}
    if not behind:
        return set()
    try:
        return {behind[id] for id in await matching_ids(tx, CATALOG[noun], dict(where), Everything(tx.workspace), ids=list(behind))}
    except Refusal:   # a field of its filter is gone
        return set()


def segments_in(noun: str, where: Any) -> list[UUID]:
    """The segments that a filter names by id; of one that cannot be read, none."""
    try:
        return sorted(names_in(noun, cast("Mapping[str, Any]", where)).segments) if noun in NOUNS and isinstance(where, Mapping) else []
    except Refusal:
        return []


async def trouble(tx: Tx, noun: str, where: Any) -> str | None:
    """Why a filter cannot be asked; None when it can."""
    if noun not in NOUNS:
        return None
    if not isinstance(where, Mapping):
        return "It is no object of conditions."
    try:
        await check(tx, CATALOG[noun], dict(cast("Mapping[str, Any]", where)), Everything(tx.workspace))
    except Refusal as refusal:
        return refusal.message
    return None
