"""Makes, changes and puts away campaigns."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Named, Revision, locked, require, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from models.campaigns import CampaignStatus, CampaignType


class BadCampaign(Refusal):
    """{problem}"""


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """What a campaign is made from. Budget and cost are of one currency."""

    name: str
    type: str = "OTHER"
    status: str = "PLANNED"
    start_on: date | None = None
    end_on: date | None = None
    budget_minor: int | None = None
    cost_minor: int | None = None
    currency: str | None = None
    parent_id: UUID | None = None
    owner_id: UUID | None = None


COLUMNS = tuple(field.name for field in fields(NewCampaign))


async def create(tx: Tx, new: NewCampaign) -> UUID:
    """A campaign of that name. BadCampaign, NotFound."""
    id, now = uuid7(), await tx.now()
    values = await _checked(tx, {name: getattr(new, name) for name in COLUMNS}, id)
    places = ", ".join(f"${i}" for i in range(4, 4 + len(COLUMNS)))
    await tx.execute(
        f"INSERT INTO campaigns (workspace_id, id, created_at, updated_at, {', '.join(COLUMNS)}) VALUES ($1, $2, $3, $3, {places})",
        tx.workspace, id, now, *(values[name] for name in COLUMNS))  # fmt: skip
    await events.note(tx, "campaign.created", "Campaign", id, version=1, data={"name": values["name"]})
    return id


async def update(tx: Tx, campaign_id: UUID, given: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """Changes what is given, by the names of NewCampaign. NotFound, StaleVersion, BadCampaign."""
    row = await locked(tx, "campaign", "campaigns", campaign_id, expected_version)
    values = await _checked(tx, {name: row[name] for name in COLUMNS} | dict(given), campaign_id)
    revision = await revise(tx, "campaign", "campaigns", row, {name: values[name] for name in given})
    await events.revised(tx, "campaign.updated", "Campaign", campaign_id, revision)
    return revision


async def archive(tx: Tx, campaign_id: UUID, expected_version: int | None = None) -> Revision:
    """Puts a campaign away; its members, leads and costs stay."""
    return await _put_away(tx, campaign_id, await tx.now(), expected_version)


async def unarchive(tx: Tx, campaign_id: UUID, expected_version: int | None = None) -> Revision:
    """Brings a campaign back."""
    return await _put_away(tx, campaign_id, None, expected_version)


async def _put_away(tx: Tx, campaign_id: UUID, at: datetime | None, expected_version: int | None) -> Revision:
    row = await locked(tx, "campaign", "campaigns", campaign_id, expected_version)
    if (row["archived_at"] is None) == (at is None):
        return Revision({}, row["version"])
    revision = await revise(tx, "campaign", "campaigns", row, {"archived_at": at})
    await events.note(tx, "campaign.archived" if at else "campaign.unarchived", "Campaign", campaign_id, version=revision.version)
    return revision


async def _checked(tx: Tx, values: dict[str, Any], id: UUID) -> dict[str, Any]:
    values["name"] = clean(values["name"], limit=200)
    if not values["name"]:
        raise BadCampaign(field="name", problem="A campaign needs a name.")
    for name, of in (("type", CampaignType), ("status", CampaignStatus)):
        if values[name] not in list(of):
            raise BadCampaign(field=name, problem=f'"{str(values[name])[:40]}" is no {name} of campaigns.', fix=f"Use one of {', '.join(of)}.")
    if values["start_on"] and values["end_on"] and values["end_on"] < values["start_on"]:
        raise BadCampaign(field="end_on", problem="A campaign cannot end before it begins.")
    for name in ("budget_minor", "cost_minor"):
        if (values[name] or 0) < 0:
            raise BadCampaign(field=name.removesuffix("_minor"), problem="Money that is spent cannot be negative.")
    await require(tx, Named("campaign", "campaigns", values["parent_id"], "parent_id"), Named("user", "users", values["owner_id"], "owner_id"))
    await _no_circle(tx, values["parent_id"], id)
    return values


async def _no_circle(tx: Tx, parent: UUID | None, id: UUID) -> None:
    """Whoever moves campaigns takes turns, so that two of them cannot close a circle together."""
    if parent is None:
        return
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('campaigns' || $1::uuid::text, 0))", tx.workspace)
    if await tx.value(load(__name__, "above"), tx.workspace, parent, id):
        raise BadCampaign(field="parent_id", problem="A campaign cannot belong to itself, or to one that belongs to it.")
