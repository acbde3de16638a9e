"""Inputs and answers of a conversion."""

from datetime import date
from typing import Any

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, id_of, payload
from api.grammar import GRAMMAR
from api.shapes import MoneyInput
from leadwell.base.amounts import to_minor
from leadwell.conversion import CompanyWish, ContactWish, ConversionWish, DealWish
from models.columns import Choice


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
    """What to do about a company that may be the lead's, but not surely."""

    BLOCK = "BLOCK", "Refuse and say which it is."
    LINK = "LINK", "Take it."
    CREATE = "CREATE", "Make another one."


for choices in (ConversionChoice, DealChoice, OnDuplicate):
    GRAMMAR.enum(choices)


@strawberry.input(description="The company of a conversion.")
class ConvertCompanyInput:
    action: ConversionChoice = strawberry.field(default=ConversionChoice.AUTO, description="Found, made, or given.")
    id: strawberry.ID | None = strawberry.field(default=None, description="With USE: which.")
    name: str | None = strawberry.field(default=None, description="Name of a new one; missing: the one the lead gives.")


@strawberry.input(description="The contact of a conversion.")
class ConvertContactInput:
    action: ConversionChoice = strawberry.field(default=ConversionChoice.AUTO, description="Found, made, or given; a person never gets a second one.")
    id: strawberry.ID | None = strawberry.field(default=None, description="With USE: which.")
    title: str | None = strawberry.field(default=None, description="Job title; missing: the one the lead gives.")
    role: str | None = strawberry.field(default=None, description="What the contact does at the company, in words.")


@strawberry.input(description="The deal of a conversion.")
class ConvertDealInput:
    action: DealChoice = strawberry.field(default=DealChoice.AUTO, description="Made, given, or none.")
    id: strawberry.ID | None = strawberry.field(default=None, description="With USE: which.")
    name: str | None = strawberry.field(default=None, description='Name of a new one; missing: "{company} – {interest or campaign}".')
    amount: MoneyInput | None = strawberry.field(default=None, description="Worth of a new one; missing: the lead's budget.")
    pipeline_id: strawberry.ID | None = strawberry.field(default=None, description="Pipeline of a new one; missing: the default.")
    stage_id: strawberry.ID | None = strawberry.field(default=None, description="Open stage of a new one; missing: the first.")
    close_on: date | None = strawberry.field(default=None, description="Day a new one should close; missing: by the pipeline's days.")


@strawberry.input(description="Which lead is converted, and into what. Everything left out is decided by the defaults.")
class ConvertLeadInput:
    id: strawberry.ID = strawberry.field(description="The lead.")
    company: ConvertCompanyInput | None = strawberry.field(default=None, description="The company.")
    contact: ConvertContactInput | None = strawberry.field(default=None, description="The contact.")
    deal: ConvertDealInput | None = strawberry.field(default=None, description="The deal.")
    converted_status_id: strawberry.ID | None = strawberry.field(default=None, description="Status of type CONVERTED; missing: the pipeline's.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Owner of what is made; missing: the lead's, then the caller.")
    overwrite_lead_source: bool = strawberry.field(default=False, description="Put the lead's source over the one an existing contact has.")
    on_duplicate: OnDuplicate = strawberry.field(default=OnDuplicate.BLOCK, description="About a company that may be the lead's, but not surely.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="A value that differed in an existing record and was left as it was.")
class ConversionConflict:
    noun: str = strawberry.field(description="Type of the record.")
    id: strawberry.ID = strawberry.field(description="The record.")
    field: str = strawberry.field(description="Its field.")
    kept: JSON | None = strawberry.field(description="What it has.")
    offered: JSON | None = strawberry.field(description="What the lead gives.")


@payload(lead="Lead", contact="Contact", company="Company", deal="Deal")
class ConvertLeadPayload:
    """What convertLead answers; a repeat gets what the first one made."""

    replayed: bool = strawberry.field(default=False, description="An earlier call converted the lead; this answers what it made.")
    found: strawberry.Private[list[dict[str, Any]] | None] = None

    @strawberry.field(description="Values that differed in existing records and were left as they were.")
    def conflicts(self) -> list[ConversionConflict]:
        return [ConversionConflict(**one) for one in self.found or ()]


def wish(input: ConvertLeadInput) -> ConversionWish:
    """The input as the verb takes it."""
    company, contact, deal = input.company, input.contact, input.deal
    return ConversionWish(
        CompanyWish(_word(company.action), _id(company.id, "Company", "company.id"), company.name) if company else CompanyWish(),
        ContactWish(_word(contact.action), _id(contact.id, "Contact", "contact.id"), contact.title, contact.role) if contact else ContactWish(),
        _deal(deal) if deal else DealWish(),
        _id(input.converted_status_id, "LeadStatus", "converted_status_id"), _id(input.owner_id, "User", "owner_id"),
        input.overwrite_lead_source, _word(input.on_duplicate),
    )


def _deal(input: ConvertDealInput) -> DealWish:
    minor, currency = to_minor(input.amount.amount, input.amount.currency, "deal.amount") if input.amount else (None, None)
    pipeline, stage = _id(input.pipeline_id, "Pipeline", "deal.pipeline_id"), _id(input.stage_id, "DealStage", "deal.stage_id")
    return DealWish(_word(input.action), _id(input.id, "Deal", "deal.id"), input.name, minor, currency, pipeline, stage, input.close_on)


def _id(text: str | None, noun: str, field: str) -> Any:
    return id_of(text, noun, field) if text else None


def _word(choice: Choice) -> Any:
    """The choice as the verb spells it; the schema has let nothing else through."""
    return choice.value
