"""The workspace a viewer stands in, as the control plane knows it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from leadwell.base.tx import Tx
from leadwell.base.workspace import WorkspaceSettings


@dataclass(frozen=True, slots=True)
class Place:
    """`now` is the business clock."""

    id: UUID
    slug: str
    name: str
    kind: str
    time_zone: str
    currency: str
    country: str | None
    locale: str
    now: datetime
    version: int
    settings: WorkspaceSettings


async def place(tx: Tx) -> Place:
    """The transaction's workspace."""
    row = await tx.row(
        "SELECT w.slug, w.name, w.kind, w.time_zone, w.currency, w.country, w.locale, w.version, w.settings FROM lw_workspace($1) w", tx.workspace
    )
    assert row is not None
    told = dict(row)
    settings = WorkspaceSettings.of(told.pop("settings"))
    return Place(id=tx.workspace, now=await tx.now(), settings=settings, **told)
