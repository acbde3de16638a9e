"""What a workspace says about itself, read inside one of its transactions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from leadwell.base.tx import Tx


@dataclass(frozen=True, slots=True)
class WorkspaceFacts:
    """`settings` is what its administrators chose; what is absent has the default of whoever asks."""

    currency: str
    time_zone: str
    country: str | None
    settings: Mapping[str, Any]

    @property
    def individuals(self) -> bool:
        """Whether a contact may do without a company."""
        return bool(self.settings.get("individuals", False))

    def today(self, now: datetime) -> date:
        """The calendar day in the workspace's zone."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()


async def workspace_facts(tx: Tx) -> WorkspaceFacts:
    """The facts, in one call of the definer function."""
    row = await tx.row("SELECT w.currency, w.time_zone, w.country, w.settings FROM lw_workspace($1) w", tx.workspace)
    assert row is not None, "a transaction is always in a workspace"
    return WorkspaceFacts(**row)
