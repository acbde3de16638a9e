"""What amounts come to in the workspace's currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from leadwell.base.tx import Tx

MANY = (
    "SELECT g.id, b.currency AS base, lw_base_minor($1, b.currency, g.minor, g.currency, g.day) AS minor FROM lw_workspace($1) b, "
    "jsonb_to_recordset($2::jsonb) AS g (id uuid, minor bigint, currency text, day date)"
)
BASE = "SELECT b.currency AS base, lw_base_minor($1, b.currency, $2, $3, $4) AS minor FROM lw_workspace($1) b"


async def in_base(tx: Tx, minor: int | None, currency: str, on: date) -> Mapping[str, Any]:
    """The columns `base_minor` and `base_currency` of an amount on a day; both None without an amount or a rate."""
    if minor is None:
        return {"base_minor": None, "base_currency": None}
    row = await tx.row(BASE, tx.workspace, minor, currency, on)
    assert row is not None, "a transaction is always in a workspace"
    return {"base_minor": row["minor"], "base_currency": row["base"] if row["minor"] is not None else None}


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount and the day whose exchange rate counts."""

    minor: int | None
    currency: str
    day: date


async def in_base_many(tx: Tx, amounts: Mapping[UUID, Amount]) -> dict[UUID, Mapping[str, Any]]:
    """As `in_base`, of many amounts in one statement."""
    given = [{"id": id, "minor": one.minor, "currency": one.currency, "day": one.day} for id, one in amounts.items() if one.minor is not None]
    rows = await tx.fetch(MANY, tx.workspace, given) if given else []
    found = {row["id"]: {"base_minor": row["minor"], "base_currency": row["base"] if row["minor"] is not None else None} for row in rows}
    return {id: found.get(id, {"base_minor": None, "base_currency": None}) for id in amounts}
