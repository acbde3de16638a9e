"""What changes leads."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, given, id_of, payload
from api.custom.inputs import CUSTOM, CustomValueInput, with_values
from api.grammar import GRAMMAR
from api.leads.conversion import ConvertLeadInput, ConvertLeadPayload, named, shape, terms, wish
from api.shapes import MoneyInput
from leadwell import conversion, leads
from leadwell.base.amounts import to_minor
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from models.leads import Intent

GRAMMAR.enum(Intent)
REFERENCES = {"source_id": "Source", "campaign_id": "Campaign", "product_id": "Product", "referred_by_id": "Person", "company_id": "Company"}
TEXTS = ("title", "company_name", "company_website", "industry", "employees", "need", "interest", "name", "prefix", "first_name", "middle_name", "last_name",
         "suffix", "email", "phone", "language", "time_zone", "country", "region", "city", "postal_code", "street")  # fmt: skip
Text = strawberry.Maybe[str | None]
Reference = strawberry.Maybe[strawberry.ID | None]


@strawberry.input(description="Changes of a lead. What is left out stays; null clears. Name and addresses are those of the person behind it.")
class UpdateLeadInput:
    id: strawberry.ID = strawberry.field(description="The lead.")
    title: Text = strawberry.field(description="Job title as given.")
    company_name: Text = strawberry.field(description="Company as given.")
    company_website: Text = strawberry.field(description="Company's web site as given.")
    industry: Text = strawberry.field(description="Industry.")
    employees: strawberry.Maybe[int | None] = strawberry.field(description="Employees of the company.")
    need: Text = strawberry.field(description="What the prospect needs.")
    interest: Text = strawberry.field(description="Product of interest in words.")
    budget: strawberry.Maybe[MoneyInput | None] = strawberry.field(description="What the prospect can spend.")
    intent: strawberry.Maybe[Intent] = strawberry.field(description="How much the lead asks for.")
    name: Text = strawberry.field(description="The person's full name; its parts follow.")
    prefix: Text = strawberry.field(description="Dr., Ms. and the like.")
    first_name: Text = strawberry.field(description="The person's given name.")
    middle_name: Text = strawberry.field(description="The person's middle name.")
    last_name: Text = strawberry.field(description="The person's family name.")
    suffix: Text = strawberry.field(description="Jr., PhD and the like.")
    email: Text = strawberry.field(description="The person's primary e-mail address; earlier ones are kept beside it.")
    phone: Text = strawberry.field(description="The person's primary phone number, with + and country code.")
    language: Text = strawberry.field(description="The person's language, such as de.")
    time_zone: Text = strawberry.field(description="The person's time zone, such as Europe/Berlin.")
    country: Text = strawberry.field(description="The person's country, by name or ISO 3166-1 code.")
    region: Text = strawberry.field(description="The person's state or region.")
    city: Text = strawberry.field(description="The person's city.")
    postal_code: Text = strawberry.field(description="The person's postal code.")
    street: Text = strawberry.field(description="The person's street and number.")
    source_id: Reference = strawberry.field(description="Where the lead came from.")
    campaign_id: Reference = strawberry.field(description="The campaign it came from.")
    product_id: Reference = strawberry.field(description="The product of interest.")
    referred_by_id: Reference = strawberry.field(description="The person who recommended us.")
    company_id: Reference = strawberry.field(description="The company it is confirmed to belong to.")
    custom: list[CustomValueInput] | None = strawberry.field(default=None, description=CUSTOM)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A lead and the status it moves to.")
class SetLeadStatusInput:
    id: strawberry.ID = strawberry.field(description="The lead.")
    status_id: strawberry.ID = strawberry.field(description="An open status of its pipeline. Converting, junk and merging have mutations of their own.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A lead and who follows it up.")
class AssignLeadInput:
    id: strawberry.ID = strawberry.field(description="The lead.")
    owner_id: strawberry.ID | None = strawberry.field(description="The user; null leaves it to nobody.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A lead that sales takes.")
class AcceptLeadInput:
    id: strawberry.ID = strawberry.field(description="The lead.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A lead that sales gives back to nurturing, and why.")
class RejectLeadInput:
    id: strawberry.ID = strawberry.field(description="The lead.")
    reason: str = strawberry.field(description="Why, in words.")
    recycle_at: datetime | None = strawberry.field(default=None, description="When to try again; missing: in 90 days.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which lead is junk, and why.")
class JunkLeadInput:
    id: strawberry.ID = strawberry.field(description="The lead.")
    reason: str = strawberry.field(description="Code of a junk reason, such as NO_FIT.")
    note: str | None = strawberry.field(default=None, description="Why, in words.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which junk lead comes back, and why.")
class ReopenLeadInput:
    id: strawberry.ID = strawberry.field(description="The lead.")
    reason: str = strawberry.field(description="Why, in words.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which junk lead is tried again.")
class RecycleLeadInput:
    id: strawberry.ID = strawberry.field(description="The junk lead.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(lead="Lead")
class LeadPayload:
    """What a change of a lead answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class LeadMutations:
    @strawberry.mutation(description="Changes the fields of a lead that is not sealed.")
    async def update_lead(self, info: Info, input: UpdateLeadInput) -> LeadPayload:
        async def verb(tx: Tx) -> Revision:
            return await leads.update(tx, id_of(input.id, "Lead", "id"), changes_of(input), input.expected_version)

        return await _act(info, "update", verb, input)

    @strawberry.mutation(description="Moves a lead to another open status of its pipeline.")
    async def set_lead_status(self, info: Info, input: SetLeadStatusInput) -> LeadPayload:
        async def verb(tx: Tx) -> Revision:
            status = id_of(input.status_id, "LeadStatus", "status_id")
            return await leads.set_status(tx, id_of(input.id, "Lead", "id"), status, input.expected_version)

        return await _act(info, "update", verb, input)

    @strawberry.mutation(description="Gives a lead to a user, or back to nobody.")
    async def assign_lead(self, info: Info, input: AssignLeadInput) -> LeadPayload:
        async def verb(tx: Tx) -> Revision:
            owner = id_of(input.owner_id, "User", "owner_id") if input.owner_id else None
            return await leads.assign(tx, id_of(input.id, "Lead", "id"), owner, input.expected_version)

        return await _act(info, "assign", verb, input)

    @strawberry.mutation(description="Sales takes the lead: it is worked on from now on, by the caller if nobody owns it.")
    async def accept_lead(self, info: Info, input: AcceptLeadInput) -> LeadPayload:
        async def verb(tx: Tx) -> Revision:
            return await leads.accept(tx, id_of(input.id, "Lead", "id"), input.expected_version)

        return await _act(info, "update", verb, input)

    @strawberry.mutation(description="Sales gives the lead back to nurturing, to be tried again later.")
    async def reject_lead(self, info: Info, input: RejectLeadInput) -> LeadPayload:
        async def verb(tx: Tx) -> Revision:
            return await leads.reject(tx, id_of(input.id, "Lead", "id"), input.reason, input.recycle_at, input.expected_version)

        return await _act(info, "update", verb, input)

    @strawberry.mutation(description="Closes a lead as junk; it can be reopened.")
    async def junk_lead(self, info: Info, input: JunkLeadInput) -> LeadPayload:
        async def verb(tx: Tx) -> Revision:
            return await leads.junk(tx, id_of(input.id, "Lead", "id"), input.reason, input.note, input.expected_version)

        return await _act(info, "junk", verb, input)

    @strawberry.mutation(description="Brings a junk lead back to the status it had before.")
    async def reopen_lead(self, info: Info, input: ReopenLeadInput) -> LeadPayload:
        async def verb(tx: Tx) -> Revision:
            return await leads.reopen(tx, id_of(input.id, "Lead", "id"), input.reason, input.expected_version)

        return await _act(info, "reopen", verb, input)

    @strawberry.mutation(description="Opens a new lead for the person of a junk one, with what that said, linked to it by repeatOf; the old one stays closed.")
    async def recycle_lead(self, info: Info, input: RecycleLeadInput) -> LeadPayload:
        async def verb(tx: Tx) -> UUID:
            return await leads.recycle(tx, id_of(input.id, "Lead", "id"), input.expected_version)

        return await act(info, LeadPayload, "leads", "create", verb, input=input, shape=lambda id: {"lead": id}, about={"lead": input.id})

    @strawberry.mutation(description="Turns an open lead into contact, company and deal, once and for good; a repeat answers what the first one made.")
    async def convert_lead(self, info: Info, input: ConvertLeadInput) -> ConvertLeadPayload:
        async def verb(tx: Tx) -> conversion.Conversion:
            return await conversion.convert(tx, id_of(input.id, "Lead", "id"), wish(input), terms=terms(input, info.context.viewer))

        return await act(info, ConvertLeadPayload, "leads", "convert", verb, input=input, shape=shape, about=named(input))


async def _act(info: Info, permission: str, verb: Any, input: Any) -> LeadPayload:
    """Every change of one lead answers that lead."""
    return await act(info, LeadPayload, "leads", permission, verb, input=input, shape=lambda _: {"lead": id_of(input.id, "Lead")}, about={"lead": input.id})


def changes_of(input: UpdateLeadInput) -> dict[str, Any]:
    """What was sent, by the columns of leads and people."""
    sent = given(input, *TEXTS)
    for field, id in given(input, *REFERENCES).items():
        sent[field] = None if id is None else id_of(id, REFERENCES[field], field)
    for intent in given(input, "intent").values():
        sent["intent"] = str(intent.value)
    for budget in given(input, "budget").values():
        sent["budget_minor"], sent["currency"] = to_minor(budget.amount, budget.currency, "budget") if budget else (None, None)
    return with_values(sent, input.custom)
