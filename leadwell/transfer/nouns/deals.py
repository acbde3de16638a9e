"""Deals from files: matched by outside id, or as the very same row; with company, contact, pipeline and stage by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import deals, events
from leadwell.base.identity import key
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.base.workspace import workspace_facts
from leadwell.companies import NewCompany
from leadwell.deals import NewDeal, Stage
from leadwell.transfer.nouns import readers
from leadwell.transfer.nouns.looking import companies_for, link, link_outside, outside, people_at
from leadwell.transfer.nouns.shape import Case, Field, Importable, Way, declared

STATES = {"open": "OPEN", "won": "WON", "lost": "LOST", "closed won": "WON", "closed lost": "LOST", "abandoned": "LOST", "closed": "LOST"}
FIELDS = declared(
    Field("name", "Name of the deal.", "name|deal name|dealname|deal|opportunity name|potential name|topic|deal title|title|opportunity", readers.line, "name"),
    Field("pipeline", "Name of a deal pipeline; the default one when left out.", "pipeline|deal pipeline|sales process|sales pipeline", link="Pipeline"),
    Field("stage", "Name of a stage.", "stage|deal stage|stage name|stagename|sales stage|pipeline phase|status reason|deal stage name", link="Stage"),
    Field("state", "OPEN, WON or LOST, where no stage says so.", "state|status|deal status", readers.one_of(STATES, "BAD_STATE", "a state"), "state"),
    Field("amount", "What it is worth: 12,000 EUR.", "amount|value|deal value|deal amount|est revenue|estimated revenue|potential value|revenue",
          readers.money, "amount_minor"),
    Field("currency", "Currency of the amount, where the amount names none.", "currency|deal currency|currency iso code|currencyisocode", link="currency"),
    Field("probability", "Chance in percent.", "probability|probability %|deal probability|win probability", readers.percent, "probability"),
    Field("closeOn", "Day on which it is expected to close, or closed.", "close date|closedate|closing date|expected close date|est close date|"
          "deal expected close date|estimated close date", readers.day, "close_on"),
    Field("closedAt", "When it was won or lost.", "closed at|won time|lost time|actual close date|closed date|deal won time", readers.moment, "closed_at"),
    Field("reason", "Why it was won or lost.", "reason|lost reason|loss reason|closed lost reason|deal lost reason|closed won reason", readers.line,
          "close_reason"),
    Field("company", "Name of the company; made if there is none.", "company|company name|account|account name|organization|organisation|deal organization|"
          "associated company|potential customer", link="Company"),
    Field("companyId", "What the other system calls the company.", "account id|accountid|company id|associated company ids|organization id", link="Company"),
    Field("contact", "E-mail address of a contact.", "contact email|email|contact e mail", link="Contact"),
    Field("contactId", "What the other system calls the contact.", "contact id|contactid|associated contact ids|primary contact id", link="Contact"),
    Field("leadId", "What the other system calls the lead it came from.", "lead id|leadid", link="Lead"),
    Field("owner", "Name or e-mail address of a user.", "owner|deal owner|opportunity owner|potential owner|responsible", link="User"),
    Field("source", "Name of a source.", "source|lead source|leadsource|original source", link="Source"),
    Field("campaign", "Name of a campaign.", "campaign|primary campaign source|campaign source", link="Campaign"),
    Field("externalId", "What the other system calls the deal.", "external id|externalid|id|record id|deal id|opportunity id|potential id|potentialid",
          link="own"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stages:
    """Every stage of the workspace's deal pipelines, in order, and what pipelines are called; the default one first."""

    of: Mapping[UUID, Sequence[Stage]]
    pipelines: Mapping[str, UUID]
    close_days: Mapping[UUID, int]
    default: UUID

    def find(self, case: Case) -> Stage:
        """The named stage of the named or default pipeline, else one of any pipeline, else the first of the state."""
        pipeline = self.default
        if case.links.get("pipeline"):
            found = self.pipelines.get(key(case.links["pipeline"]) or "")
            pipeline = found or pipeline
            if found is None:
                case.flaw("pipeline", "UNKNOWN_PIPELINE", f'There is no pipeline "{case.links["pipeline"][:60]}".')
        stages = self.of[pipeline]
        wanted = key(case.links.get("stage"))
        if wanted:
            named = next((s for s in (*stages, *(s for all in self.of.values() for s in all)) if key(s.name) == wanted), None)
            if named:
                return named
            case.flaw("stage", "UNKNOWN_STAGE", f'There is no stage "{case.links["stage"][:60]}".')
        state = case.given("state") or {"closed won": "WON", "closed lost": "LOST"}.get(wanted or "", "OPEN")
        return next((stage for stage in stages if stage.type == state), stages[0])


async def stages_of(tx: Tx) -> Stages:
    rows = await tx.fetch(load(__name__, "stages"), tx.workspace)
    of: dict[UUID, list[Stage]] = {}
    for row in rows:
        of.setdefault(row["pipeline_id"], []).append(Stage(row["id"], row["name"], row["type"], row["pipeline_id"], row["probability"]))
    names = {key(row["pipeline"]) or "": row["pipeline_id"] for row in reversed(rows)}
    return Stages(of, names, {row["pipeline_id"]: row["close_days"] for row in rows}, rows[0]["pipeline_id"])


async def meet(tx: Tx, way: Way, cases: Sequence[Case]) -> None:
    """Which deals are known; what the rows name beside them."""
    for case in cases:
        case.links.setdefault("externalId", f"row {case.more['digest']}")
    known = await outside(tx, "Deal", way.system, (case.links["externalId"] for case in cases))
    await link(tx, cases, (("owner", "User", "owner_id"), ("source", "Source", "source_id"), ("campaign", "Campaign", "campaign_id")))
    outside_links = (("companyId", "Company", "company_id"), ("contactId", "Contact", "contact_id"), ("leadId", "Lead", "lead_id"))
    await link_outside(tx, way, cases, outside_links)
    await _companies(tx, [case for case in cases if case.links.get("company") and not case.given("company_id")])
    await _contacts(tx, [case for case in cases if case.links.get("contact") and not case.given("contact_id")])
    stages = await stages_of(tx)
    for case in cases:
        case.record_id = known.get(case.links["externalId"])
        if case.record_id is None and not case.given("name"):
            case.fatal = ("NO_DEAL_NAMED", "A new deal needs a name.")
        case.more["stage"] = stage = stages.find(case)
        case.more["days"] = stages.close_days[stage.pipeline_id]
        if case.record_id and (case.links.get("stage") or case.given("state")):
            case.values["stage_id"] = stage.id
        if case.links.get("currency") and case.given("amount_minor") is not None:
            case.values["currency"] = case.links["currency"][:3].upper()


async def _companies(tx: Tx, cases: Sequence[Case]) -> None:
    found = await companies_for(tx, [NewCompany(case.links["company"]) for case in cases])
    for case, company in zip(cases, found, strict=True):
        case.values["company_id"] = company.id
        if company.created:
            case.more.setdefault("made", []).append(("Company", company.id))


async def _contacts(tx: Tx, cases: Sequence[Case]) -> None:
    at = await people_at(tx, (case.links["contact"] for case in cases))
    sql = "SELECT c.person_id, c.id FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = ANY($2::uuid[]) AND c.archived_at IS NULL"
    known = {row["person_id"]: row["id"] for row in await tx.fetch(sql, tx.workspace, list(at.values()))} if at else {}
    for case in cases:
        contact = known.get(at.get(case.links["contact"], UUID(int=0)))
        if contact:
            case.values["contact_id"] = contact
        else:
            case.flaw("contact", "UNKNOWN_CONTACT", f'There is no contact "{case.links["contact"][:60]}".')


async def current(tx: Tx, ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    sql = (
        "SELECT d.id, d.version, d.name, d.stage_id, d.amount_minor, d.currency, d.probability, d.close_on, d.company_id, "
        "d.owner_id, d.source_id, d.campaign_id FROM deals d WHERE d.workspace_id = $1 AND d.id = ANY($2::uuid[]) AND d.archived_at IS NULL "
        "ORDER BY d.id FOR NO KEY UPDATE"
    )
    return {row["id"]: dict(row) for row in await tx.fetch(sql, tx.workspace, list(ids))}


async def make(tx: Tx, way: Way, cases: Sequence[Case]) -> None:
    """Each begins in an open stage and is moved on from there, so that its history is whole."""
    facts = await workspace_facts(tx)
    today = facts.today(await tx.now())
    first = await deals.first_stage(tx)
    for case in cases:
        stage: Stage = case.more["stage"]
        begin = stage if stage.type == "OPEN" else next((s for s in [first] if s.pipeline_id == stage.pipeline_id), None) or await deals.first_stage(tx,
              stage.pipeline_id)
        names = ("company_id", "owner_id", "amount_minor", "lead_id", "source_id", "campaign_id")
        contacts = ((case.values["contact_id"], "OTHER"),) if case.given("contact_id") else ()
        deal = NewDeal(case.values["name"], begin.pipeline_id, begin.id, contacts=contacts, **{name: case.given(name) for name in names})
        close_on = case.given("close_on") or today + timedelta(days=case.more["days"])
        await deals.insert(tx, deal, begin, facts, currency=case.given("currency") or facts.currency, close_on=close_on)
        await events.note_all(tx, [deals.created(deal)])
        if stage.type != "OPEN":
            await deals.move_stage(tx, deal.id, stage.id, case.given("close_reason") or "Imported")
        if case.given("probability") is not None and stage.type == "OPEN":
            await deals.update(tx, deal.id, {"probability": case.values["probability"]})
        case.record_id, case.action = deal.id, "CREATED"


async def change(tx: Tx, id: UUID, changes: Mapping[str, Any]) -> Any:
    plain = {name: value for name, value in changes.items() if name != "stage_id"}
    if plain:
        await deals.update(tx, id, plain)
    if changes.get("stage_id"):
        await deals.move_stage(tx, id, changes["stage_id"], "Imported")


async def withdraw(tx: Tx, ids: Sequence[UUID]) -> None:
    for name in ("free_outside", "put_away_deals"):
        args = [await tx.now()] if name == "put_away_deals" else []
        await tx.execute(load(__name__, name), tx.workspace, list(ids), *args)


DEAL = Importable("Deal", FIELDS, ("name", "externalId"), meet, current, make, change, withdraw)
