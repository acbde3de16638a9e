"""Filters as in lists, asked about the people in a sequence."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leadwell.access.sees import Everything
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, check, matching_ids

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


async def trouble(tx: Tx, noun: str, where: Mapping[str, Any]) -> str | None:
    """Why a filter cannot be asked; None when it can."""
    if noun not in NOUNS:
        return None
    try:
        await check(tx, CATALOG[noun], dict(where), Everything(tx.workspace))
    except Refusal as refusal:
        return refusal.message
    return None
