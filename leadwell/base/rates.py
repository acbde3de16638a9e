"""What amounts come to in the workspace's currency."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from leadwell.base.tx import Tx

BASE = "SELECT b.currency AS base, lw_base_minor($1, b.currency, $2, $3, $4) AS minor FROM lw_workspace($1) b"


async def in_base(tx: Tx, minor: int | None, currency: str, on: date) -> Mapping[str, Any]:
    """The columns `base_minor` and `base_currency` of an amount on a day; both None without an amount or a rate."""
    if minor is None:
        return {"base_minor": None, "base_currency": None}
    row = await tx.row(BASE, tx.workspace, minor, currency, on)
    assert row is not None, "a transaction is always in a workspace"
    return {"base_minor": row["minor"], "base_currency": row["base"] if row["minor"] is not None else None}
