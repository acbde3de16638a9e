"""What makes, changes and moves deals."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, given, id_of, ids_of, payload
from api.custom.inputs import CUSTOM, CustomValueInput, RecordInput, values_of, with_values
from api.grammar import GRAMMAR
from api.records import Changes
from api.shapes import MoneyInput
from leadwell import custom, deals
from leadwell.base.amounts import to_minor
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from models.deals import DealRole

GRAMMAR.enum(DealRole)
REFERENCES = {"company_id": "Company", "owner_id": "User", "campaign_id": "Campaign", "source_id": "Source"}
Reference = strawberry.Maybe[strawberry.ID | None]
CODE = "Why it was won or lost: code of a reason of the workspace, such as PRICE."


@strawberry.input(description="A contact's part in a new deal.")
class DealContactInput:
    contact_id: strawberry.ID = strawberry.field(description="The contact.")
    role: DealRole = strawberry.field(default=DealRole.OTHER, description="What the contact has to do with the deal.")


@strawberry.input(description="A deal to make.")
class CreateDealInput:
    name: str = strawberry.field(description="Name of the deal.")
    company_id: strawberry.ID | None = strawberry.field(default=None, description="The company it is with.")
    pipeline_id: strawberry.ID | None = strawberry.field(default=None, description="The pipeline; missing: the default one.")
    stage_id: strawberry.ID | None = strawberry.field(default=None, description="An open stage; missing: the first one.")
    amount: MoneyInput | None = strawberry.field(default=None, description="What it is worth.")
    close_on: date | None = strawberry.field(default=None, description="Day it should close; missing: by the pipeline's days.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Whose it is; missing: the caller's.")
    source_id: strawberry.ID | None = strawberry.field(default=None, description="Where it came from.")
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="The campaign it came from.")
    contacts: list[DealContactInput] | None = strawberry.field(default=None, description="Who takes part; the first one is the main contact.")
    product_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Products of interest.")
    custom: list[CustomValueInput] | None = strawberry.field(default=None, description=CUSTOM)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a deal. What is left out stays; null clears. Its stage is changed by moveDeal.")
class UpdateDealInput:
    id: strawberry.ID = strawberry.field(description="The deal.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name of the deal.")
    amount: strawberry.Maybe[MoneyInput | None] = strawberry.field(description="What it is worth.")
    probability: strawberry.Maybe[int] = strawberry.field(description="Chance of winning, in percent.")
    close_on: strawberry.Maybe[date | None] = strawberry.field(description="Day it should close.")
    company_id: Reference = strawberry.field(description="The company it is with.")
    owner_id: Reference = strawberry.field(description="Whose it is.")
    source_id: Reference = strawberry.field(description="Where it came from.")
    campaign_id: Reference = strawberry.field(description="The campaign it came from.")
    custom: list[CustomValueInput] | None = strawberry.field(default=None, description=CUSTOM)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A deal and the stage it moves to.")
class MoveDealInput:
    id: strawberry.ID = strawberry.field(description="The deal.")
    stage_id: strawberry.ID = strawberry.field(description="A stage of its pipeline; a WON or LOST one closes it, an OPEN one opens it again.")
    reason_code: str | None = strawberry.field(default=None, description=CODE)
    reason: str | None = strawberry.field(default=None, description="Why, in words. A loss needs a code or words.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A deal that ended, and why.")
class CloseDealInput:
    id: strawberry.ID = strawberry.field(description="The deal.")
    reason_code: str | None = strawberry.field(default=None, description=CODE)
    reason: str | None = strawberry.field(default=None, description="Why, in words. A loss needs a code or words.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A deal and a contact who takes part.")
class PutDealContactInput:
    id: strawberry.ID = strawberry.field(description="The deal.")
    contact_id: strawberry.ID = strawberry.field(description="The contact.")
    role: DealRole | None = strawberry.field(default=None, description="What the contact has to do with it; missing: as it was.")
    primary: bool = strawberry.field(default=False, description="Whether this becomes the main contact.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A deal and a contact who no longer takes part.")
class RemoveDealContactInput:
    id: strawberry.ID = strawberry.field(description="The deal.")
    contact_id: strawberry.ID = strawberry.field(description="The contact.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A deal and what it is about.")
class SetDealProductsInput:
    id: strawberry.ID = strawberry.field(description="The deal.")
    product_ids: list[strawberry.ID] = strawberry.field(description="Products of interest, all of them.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(deal="Deal")
class DealPayload:
    """What making, changing or moving a deal answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


async def _move(tx: Tx, id: UUID, input: MoveDealInput) -> Revision:
    stage = id_of(input.stage_id, "DealStage", "stage_id")
    return await deals.move_stage(tx, id, stage, input.reason, input.expected_version, reason_code=input.reason_code)


async def _put_contact(tx: Tx, id: UUID, input: PutDealContactInput) -> Revision:
    contact, role = id_of(input.contact_id, "Contact", "contact_id"), str(input.role.value) if input.role else None
    return await deals.put_contact(tx, id, contact, role, input.primary, expected_version=input.expected_version)


async def _remove_contact(tx: Tx, id: UUID, input: RemoveDealContactInput) -> Revision:
    return await deals.remove_contact(tx, id, id_of(input.contact_id, "Contact", "contact_id"), expected_version=input.expected_version)


async def _set_products(tx: Tx, id: UUID, input: SetDealProductsInput) -> Revision:
    return await deals.set_products(tx, id, ids_of(input.product_ids, "Product", "product_ids"), expected_version=input.expected_version)


CHANGES = Changes("Deal", "deal", DealPayload)


@strawberry.type
class DealMutations:
    @strawberry.mutation(description="Makes a deal.")
    async def create_deal(self, info: Info, input: CreateDealInput) -> DealPayload:
        async def verb(tx: Tx) -> UUID:
            await custom.require(tx, "Deal", values_of(input.custom))
            return await deals.create(tx, _new(input, tx))

        about = {"company": input.company_id, "contacts": [one.contact_id for one in input.contacts or ()]}
        return await act(info, DealPayload, "deals", "create", verb, input=input, shape=lambda id: {"deal": id}, about=about)

    update_deal = CHANGES.by(
        "Changes the fields of a deal.", UpdateDealInput, lambda tx, id, input: deals.update(tx, id, _changes(input), input.expected_version))
    move_deal = CHANGES.by("Moves a deal to another stage of its pipeline; winning and losing are stages too.", MoveDealInput, _move)
    win_deal = CHANGES.by(
        "Closes a deal as won, in the first such stage of its pipeline.", CloseDealInput,
        lambda tx, id, input: deals.win(tx, id, input.reason, input.expected_version, reason_code=input.reason_code))
    lose_deal = CHANGES.by(
        "Closes a deal as lost, for a reason.", CloseDealInput,
        lambda tx, id, input: deals.lose(tx, id, input.reason, input.expected_version, reason_code=input.reason_code))
    reopen_deal = CHANGES.by(
        "Opens a closed deal again, in the open stage it was in last.", RecordInput, lambda tx, id, input: deals.reopen(tx, id, input.expected_version))
    archive_deal = CHANGES.by(
        "Puts a deal away; lists leave it out.", RecordInput, lambda tx, id, input: deals.archive(tx, id, input.expected_version))
    unarchive_deal = CHANGES.by("Brings a deal back.", RecordInput, lambda tx, id, input: deals.unarchive(tx, id, input.expected_version))
    put_deal_contact = CHANGES.by(
        "Has a contact take part in a deal, in a role; or changes the role, or makes it the main contact.", PutDealContactInput, _put_contact,
        contact="contact_id")
    remove_deal_contact = CHANGES.by("Takes a contact off a deal.", RemoveDealContactInput, _remove_contact, contact="contact_id")
    set_deal_products = CHANGES.by("Says what a deal is about.", SetDealProductsInput, _set_products)


def _new(input: CreateDealInput, tx: Tx) -> deals.NewDeal:
    minor, currency = to_minor(input.amount.amount, input.amount.currency, "amount") if input.amount else (None, None)
    references: dict[str, Any] = {field: id_of(id, noun, field) for field, noun in REFERENCES.items() if (id := getattr(input, field))}
    owner = references.pop("owner_id", tx.actor.user)
    return deals.NewDeal(
        input.name, id_of(input.pipeline_id, "Pipeline", "pipeline_id") if input.pipeline_id else None,
        id_of(input.stage_id, "DealStage", "stage_id") if input.stage_id else None, amount_minor=minor, currency=currency, close_on=input.close_on,
        contacts=[(id_of(one.contact_id, "Contact", f"contacts.{i}.contact_id"), one.role.value) for i, one in enumerate(input.contacts or ())],
        products=ids_of(input.product_ids or (), "Product", "product_ids"), owner_id=owner, custom=values_of(input.custom), **references,
    )


def _changes(input: UpdateDealInput) -> dict[str, Any]:
    sent = given(input, "name", "probability", "close_on")
    for field, noun in REFERENCES.items():
        for id in given(input, field).values():
            sent[field] = None if id is None else id_of(id, noun, field)
    for amount in given(input, "amount").values():
        if amount:
            sent["amount_minor"], sent["currency"] = to_minor(amount.amount, amount.currency, "amount")
        else:
            sent["amount_minor"] = None
    return with_values(sent, input.custom)
