"""Makes deals and changes their fields; what moves them is in `moving`."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import custom, events
from leadwell.base.fixed import fixed
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.rates import in_base
from leadwell.base.rows import Named, Revision, locked, require, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.base.workspace import WorkspaceFacts, workspace_facts
from leadwell.deals.refusals import BadDealField, StageOfAnotherPipeline
from leadwell.deals.stages import Stage, first_stage, stage_by_id

REFERENCES = {
    "company_id": ("company", "companies"), "owner_id": ("user", "users"), "campaign_id": ("campaign", "campaigns"), "source_id": ("source", "sources"),
}
FIELDS = frozenset({"name", "amount_minor", "currency", "probability", "close_on", *REFERENCES})
ROLES = ("DECISION_MAKER", "CHAMPION", "EVALUATOR", "PURCHASER", "USER", "OTHER")


@fixed
class NewDeal:
    """A deal to be made. `contacts` are (contact, role), the first one primary; None for pipeline, stage, currency, close date: the defaults."""

    name: str
    pipeline_id: UUID | None = None
    stage_id: UUID | None = None
    company_id: UUID | None = None
    owner_id: UUID | None = None
    amount_minor: int | None = None
    currency: str | None = None
    close_on: date | None = None
    lead_id: UUID | None = None
    source_id: UUID | None = None
    campaign_id: UUID | None = None
    contacts: Sequence[tuple[UUID, str]] = ()
    products: Sequence[UUID] = ()
    custom: Mapping[str, Any] = field(default_factory=dict[str, Any])
    last_activity_at: datetime | None = None
    id: UUID = field(default_factory=uuid7)


async def create(tx: Tx, deal: NewDeal) -> UUID:
    """A deal by hand, in the first open stage unless another is named. NotFound, StageOfAnotherPipeline, BadDealField."""
    stage = await stage_by_id(tx, deal.stage_id) if deal.stage_id else await first_stage(tx, deal.pipeline_id)
    if stage.type != "OPEN":
        raise BadDealField(field="stage_id", name="stage_id", value=stage.name, why="a deal starts in an open stage")
    if deal.pipeline_id and stage.pipeline_id != deal.pipeline_id:
        raise StageOfAnotherPipeline(field="stage_id", stage=stage.name)
    checked({"name": deal.name, "amount_minor": deal.amount_minor})
    contacts = [Named("contact", "contacts", id, f"contacts.{i}") for i, (id, _) in enumerate(deal.contacts)]
    products = [Named("product", "products", id, f"products.{i}") for i, id in enumerate(deal.products)]
    await require(tx, *(Named(*REFERENCES[name], getattr(deal, name), name) for name in REFERENCES), *contacts, *products)
    for _, role in deal.contacts:
        if role not in ROLES:
            raise BadDealField(field="contacts", name="role", value=role, why="it is not one of " + ", ".join(ROLES))
    facts = await workspace_facts(tx)
    days = await tx.value("SELECT p.close_days FROM pipelines p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, stage.pipeline_id)
    close_on = deal.close_on or facts.today(await tx.now()) + timedelta(days=days)
    await insert(tx, deal, stage, facts, currency=deal.currency or facts.currency, close_on=close_on)
    await custom.write(tx, "Deal", deal.id, deal.custom)
    await events.note_all(tx, [created(deal)])
    return deal.id


async def insert(tx: Tx, deal: NewDeal, stage: Stage, facts: WorkspaceFacts, *, currency: str, close_on: date) -> None:
    """Writes a deal whose defaults are decided and whose references are known to exist."""
    now = await tx.now()
    contacts = [
        {"id": uuid7(), "contact_id": contact, "role": role, "is_primary": n == 0} for n, (contact, role) in enumerate(dict(deal.contacts).items())
    ]
    await tx.execute(
        load(__name__, "insert"), tx.workspace, deal.id, clean(deal.name), stage.pipeline_id, stage.id, deal.company_id, deal.owner_id, deal.amount_minor,
        currency, stage.probability, close_on, deal.lead_id, deal.source_id, deal.campaign_id, now, uuid7(), str(tx.actor), deal.last_activity_at,
        facts.currency, facts.today(now), contacts,
    )
    if deal.products:
        await tx.execute(
            "INSERT INTO deal_products (workspace_id, deal_id, product_id, created_at) SELECT $1, $2, p.id, $4 FROM unnest($3::uuid[]) AS p (id)",
            tx.workspace, deal.id, list(dict.fromkeys(deal.products)), now,
        )


def created(deal: NewDeal) -> events.Event:
    """What is noted about a new deal."""
    data = {"name": deal.name, "company_id": deal.company_id, "lead_id": deal.lead_id}
    return events.Event("deal.created", "Deal", deal.id, version=1, data=data)


async def update(tx: Tx, deal_id: UUID, changes: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """Writes `changes` ({column: value, "custom": {key: value}}; None clears); the stage is changed by `move_stage` alone."""
    if strange := set(changes) - FIELDS - {"custom"}:
        raise BadDealField(name=sorted(strange)[0], value="", why="deals have no such field")
    deal = await locked(tx, "deal", "deals", deal_id, expected_version)
    values = checked({name: value for name, value in changes.items() if name != "custom"})
    await require(tx, *(Named(*REFERENCES[name], value, name) for name, value in values.items() if name in REFERENCES))
    if values.keys() & {"amount_minor", "currency"}:
        after = {**deal, **values}
        values |= await in_base(tx, after["amount_minor"], after["currency"], await base_day(tx, deal))
    own = await custom.write(tx, "Deal", deal_id, changes.get("custom") or {})
    revision = await revise(tx, "deal", "deals", deal, values, touch=bool(own))
    revision = Revision(revision.changes | own, revision.version)
    if revision.changes:
        await events.note(tx, "deal.updated", "Deal", deal_id, version=revision.version, data={"changes": revision.changes})
    return revision


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    checked = dict(values)
    if "name" in checked:
        checked["name"] = clean(checked["name"])
        if not checked["name"]:
            raise BadDealField(field="name", name="name", value="", why="a deal needs a name")
    if (checked.get("amount_minor") or 0) < 0:
        raise BadDealField(field="amount", name="amount", value=str(checked["amount_minor"]), why="it is less than zero")
    if not 0 <= checked.get("probability", 0) <= 100:
        raise BadDealField(field="probability", name="probability", value=str(checked["probability"]), why="it is not between 0 and 100")
    if "currency" in checked and checked["currency"] is None:
        raise BadDealField(field="amount", name="currency", value="", why="a deal needs a currency")
    return checked


async def base_day(tx: Tx, deal: Mapping[str, Any]) -> date:
    """The day whose exchange rate counts: that of closing, or today."""
    return (await workspace_facts(tx)).today(deal["closed_at"] or await tx.now())
