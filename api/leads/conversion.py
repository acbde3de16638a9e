"""Inputs and answers of a conversion."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, Info, id_of, ids_of, payload
from api.custom.inputs import CustomValueInput, values_of
from api.grammar import GRAMMAR
from api.shapes import MoneyInput
from leadwell.access import Viewer
from leadwell.base.amounts import to_minor
from leadwell.conversion import CompanyWish, ContactWish, Conversion, ConversionWish, DealWish, Terms
from leadwell.conversion.wish import COMPANY_FIELDS
from models.columns import Choice
from models.contacts import ContactType
from models.deals import DealRole

OWNER = "Owner, if it is another one than that of the conversion."
CUSTOM = "Values of the workspace's own fields; they go before what is taken over from the lead."
GIVEN = "Goes before what the lead gives; a company that is there takes it if it has none."


class ConversionChoice(Choice):
    """Where a record of a conversion comes from."""

    AUTO = "AUTO", "We find it or make it."
    CREATE = "CREATE", "A new one."
    USE = "USE", "The one with the given id."


class DealChoice(Choice):
    """Where the deal of a conversion comes from."""

    AUTO = "AUTO", "As the workspace has chosen; a new one if it has not."
    CREATE = "CREATE", "A new one."
    USE = "USE", "The open one with the given id."
    NONE = "NONE", "No deal."


class OnDuplicate(Choice):
    """What to do about a company or contact that may be the lead's, but not surely."""

    BLOCK = "BLOCK", "Refuse and say which it is."
    LINK = "LINK", "Take it. Of a contact: the two people are merged, which takes the permission for that."
    CREATE = "CREATE", "Make another one."


for choices in (ConversionChoice, DealChoice, OnDuplicate, ContactType, DealRole):
    GRAMMAR.enum(choices)


@strawberry.input(description="The company of a conversion.")
class ConvertCompanyInput:
    action: ConversionChoice = strawberry.field(default=ConversionChoice.AUTO, description="Found, made, or given.")
    id: strawberry.ID | None = strawberry.field(default=None, description="With USE: which.")
    name: str | None = strawberry.field(default=None, description="Name of a new one; missing: the one the lead gives.")
    website: str | None = strawberry.field(default=None, description="Web site. " + GIVEN)
    industry: str | None = strawberry.field(default=None, description="Industry. " + GIVEN)
    employees: int | None = strawberry.field(default=None, description="Employees. " + GIVEN)
    phone: str | None = strawberry.field(default=None, description="Phone number. " + GIVEN)
    country: str | None = strawberry.field(default=None, description="Country, by name or ISO 3166-1 code. " + GIVEN)
    region: str | None = strawberry.field(default=None, description="State or region. " + GIVEN)
    city: str | None = strawberry.field(default=None, description="City. " + GIVEN)
    postal_code: str | None = strawberry.field(default=None, description="Postal code. " + GIVEN)
    street: str | None = strawberry.field(default=None, description="Street and number. " + GIVEN)
    owner_id: strawberry.ID | None = strawberry.field(default=None, description=OWNER)
    custom: list[CustomValueInput] | None = strawberry.field(default=None, description=CUSTOM)


@strawberry.input(description="The contact of a conversion.")
class ConvertContactInput:
    action: ConversionChoice = strawberry.field(default=ConversionChoice.AUTO, description="Found, made, or given; a person never gets a second one.")
    id: strawberry.ID | None = strawberry.field(default=None, description="With USE: which.")
    title: str | None = strawberry.field(default=None, description="Job title; missing: the one the lead gives.")
    role: str | None = strawberry.field(default=None, description="What the contact does at the company, in words.")
    type: ContactType | None = strawberry.field(default=None, description="Relationship of a new one; missing: PROSPECT.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description=OWNER)
    custom: list[CustomValueInput] | None = strawberry.field(default=None, description=CUSTOM)


@strawberry.input(description="The deal of a conversion.")
class ConvertDealInput:
    action: DealChoice = strawberry.field(default=DealChoice.AUTO, description="Made, given, or none.")
    id: strawberry.ID | None = strawberry.field(default=None, description="With USE: which.")
    name: str | None = strawberry.field(default=None, description='Name of a new one; missing: "{company} – {interest or campaign}".')
    amount: MoneyInput | None = strawberry.field(default=None, description="Worth of a new one; missing: the lead's budget.")
    pipeline_id: strawberry.ID | None = strawberry.field(default=None, description="Pipeline of a new one; missing: the default.")
    stage_id: strawberry.ID | None = strawberry.field(default=None, description="Open stage of a new one; missing: the first.")
    close_on: date | None = strawberry.field(default=None, description="Day a new one should close; missing: by the pipeline's days.")
    role: DealRole | None = strawberry.field(default=None, description="What the contact does in it; missing: DECISION_MAKER in a new one, else OTHER.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Owner of a new one, if it is another one than that of the conversion.")
    custom: list[CustomValueInput] | None = strawberry.field(default=None, description=CUSTOM)


@strawberry.input(description="Which lead is converted, and into what. Everything left out is decided by the defaults.")
class ConvertLeadInput:
    id: strawberry.ID = strawberry.field(description="The lead.")
    company: ConvertCompanyInput | None = strawberry.field(default=None, description="The company.")
    contact: ConvertContactInput | None = strawberry.field(default=None, description="The contact.")
    deal: ConvertDealInput | None = strawberry.field(default=None, description="The deal.")
    converted_status_id: strawberry.ID | None = strawberry.field(default=None, description="Status of type CONVERTED; missing: the pipeline's.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Owner of what is made; missing: the lead's, then the caller.")
    overwrite_lead_source: bool = strawberry.field(default=False, description="Put the lead's source over the one an existing contact has.")
    on_duplicate: OnDuplicate = strawberry.field(
        default=OnDuplicate.BLOCK, description="About a company or contact that may be the lead's, but not surely.")
    related_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Leads converted with this one, into the same company and deal, each into a contact of its own; 100 at most.")
    expected_plan_hash: str | None = strawberry.field(
        default=None, description="That of the preview you saw: refused with the new plan if the decisions would be others now.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="A value that differed in an existing record and was left as it was.")
class ConversionConflict:
    noun: str = strawberry.field(description="Type of the record.")
    id: strawberry.ID | None = strawberry.field(description="The record; null: a new one, which cannot hold the value.")
    field: str = strawberry.field(description="Its field.")
    kept: JSON | None = strawberry.field(description="What it has.")
    offered: JSON | None = strawberry.field(description="What the lead gives.")


@payload(lead="Lead", contact="Contact", company="Company", deal="Deal")
class ConvertLeadPayload:
    """What convertLead answers; a repeat gets what the first one made."""

    replayed: bool = strawberry.field(default=False, description="An earlier call converted the lead; this answers what it made.")
    found: strawberry.Private[list[dict[str, Any]] | None] = None

    @strawberry.field(description="Values that differed in existing records and were left as they were.")
    def conflicts(self, info: Info) -> list[ConversionConflict]:
        return conflicts_of(self.found or (), info.context.viewer.denied)


def conflicts_of(found: Sequence[Mapping[str, Any]], denied: frozenset[str]) -> list[ConversionConflict]:
    """What may not be seen is told without its values."""
    seen: list[dict[str, Any]] = [dict(one) if f"{one['noun']}.{one['field']}" not in denied else {**one, "kept": None, "offered": None} for one in found]
    return [ConversionConflict(**one) for one in seen]


def shape(done: Conversion) -> dict[str, Any]:
    """What is kept of a conversion for whoever asks again."""
    ids = {"lead": done.lead_id, "contact": done.contact_id, "company": done.company_id, "deal": done.deal_id}
    return {**ids, "replayed": done.replayed, "found": done.conflicts}


def named(input: ConvertLeadInput) -> dict[str, Any]:
    """Every record that the caller names, to be seen by them."""
    parts = {name: part.id for name in ("company", "contact", "deal") if (part := getattr(input, name)) and part.id}
    return {"lead": input.id, **{f"given_{name}": id for name, id in parts.items()}, "related": [str(id) for id in input.related_ids]}


def terms(input: ConvertLeadInput, viewer: Viewer) -> Terms:
    """What must hold, and whether the viewer may merge people on the way."""
    return Terms(input.expected_version, input.expected_plan_hash, viewer.may("people", "merge"))


def wish(input: ConvertLeadInput) -> ConversionWish:
    """The input as the verb takes it."""
    return ConversionWish(
        company_wish(input.company), _contact(input.contact), deal_wish(input.deal),
        _id(input.converted_status_id, "LeadStatus", "converted_status_id"), _id(input.owner_id, "User", "owner_id"),
        input.overwrite_lead_source, _word(input.on_duplicate), tuple(ids_of(input.related_ids, "Lead", "related_ids")),
    )


def company_wish(input: ConvertCompanyInput | None) -> CompanyWish:
    """The company as the verb takes it."""
    if input is None:
        return CompanyWish()
    fields = {name: value for name in COMPANY_FIELDS if (value := getattr(input, name)) is not None}
    return CompanyWish(
        _word(input.action), _id(input.id, "Company", "company.id"), input.name, fields, _id(input.owner_id, "User", "company.owner_id"),
        values_of(input.custom))


def _contact(input: ConvertContactInput | None) -> ContactWish:
    if input is None:
        return ContactWish()
    return ContactWish(
        _word(input.action), _id(input.id, "Contact", "contact.id"), input.title, input.role, input.type and _word(input.type),
        _id(input.owner_id, "User", "contact.owner_id"), values_of(input.custom))


def deal_wish(input: ConvertDealInput | None) -> DealWish:
    """The deal as the verb takes it."""
    if input is None:
        return DealWish()
    minor, currency = to_minor(input.amount.amount, input.amount.currency, "deal.amount") if input.amount else (None, None)
    pipeline, stage = _id(input.pipeline_id, "Pipeline", "deal.pipeline_id"), _id(input.stage_id, "DealStage", "deal.stage_id")
    return DealWish(
        _word(input.action), _id(input.id, "Deal", "deal.id"), input.name, minor, currency, pipeline, stage, input.close_on,
        input.role and _word(input.role), _id(input.owner_id, "User", "deal.owner_id"), values_of(input.custom))


def _id(text: str | None, noun: str, field: str) -> Any:
    return id_of(text, noun, field) if text else None


def _word(choice: Choice) -> Any:
    """The choice as the verb spells it; the schema has let nothing else through."""
    return choice.value
