"""What records purchases, settles those that wait, and says what other currencies are worth."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, id_of, payload
from api.contacts.mutations import ContactCompanyInput, ContactPersonInput
from api.shapes import MoneyInput
from leadwell import deals, purchases
from leadwell.base.amounts import to_minor
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from leadwell.companies import NewCompany

BUYERS = {"contact_id": "Contact", "lead_id": "Lead", "person_id": "Person", "company_id": "Company"}


@strawberry.input(description="Something that was bought.")
class PurchaseItemInput:
    product_code: str | None = strawberry.field(default=None, description="Code of a product, if it is one of the workspace's.")
    name: str | None = strawberry.field(default=None, description="What it is called.")
    quantity: float = strawberry.field(default=1, description="How many.")
    amount: Decimal | None = strawberry.field(default=None, description="What the line cost, in the purchase's currency.")


@strawberry.input(description="A purchase, as the shop or ledger tells it. Who bought: one of contactId, leadId, personId, person; or companyId alone.")
class RecordPurchaseInput:
    source: str = strawberry.field(description="The system it comes from.")
    external_id: str = strawberry.field(description="Its id there; told again, nothing changes.")
    amount: MoneyInput = strawberry.field(description="What was paid; negative for a refund.")
    at: datetime | None = strawberry.field(default=None, description="When; missing: now.")
    refund_of: str | None = strawberry.field(default=None, description="Of a refund: the id, in that system, of the purchase paid back. Its buyer gets it.")
    contact_id: strawberry.ID | None = strawberry.field(default=None, description="The contact who bought.")
    lead_id: strawberry.ID | None = strawberry.field(default=None, description="The lead whose person bought.")
    person_id: strawberry.ID | None = strawberry.field(default=None, description="The person who bought.")
    person: ContactPersonInput | None = strawberry.field(default=None, description="Who bought; known people are found by their e-mail address.")
    company_id: strawberry.ID | None = strawberry.field(default=None, description="For which company; missing: the contact's.")
    company: ContactCompanyInput | None = strawberry.field(default=None, description="Where a buyer who becomes a contact works.")
    items: list[PurchaseItemInput] | None = strawberry.field(default=None, description="What was bought, up to 200 lines.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A purchase that waits.")
class SettlePurchaseInput:
    id: strawberry.ID = strawberry.field(description="The purchase.")
    company_id: strawberry.ID | None = strawberry.field(default=None, description="For which company, and where the buyer works.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What a currency is worth.")
class SetExchangeRateInput:
    currency: str = strawberry.field(description="ISO 4217 code.")
    rate: float = strawberry.field(description="Units of the workspace's currency for one unit.")
    from_on: date | None = strawberry.field(default=None, description="First day it holds; missing: today. The same day again corrects it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(purchase="Purchase", contact="Contact", company="Company")
class PurchasePayload:
    """What recording or settling a purchase answers."""

    known: bool = strawberry.field(default=False, description="The system had told of it before.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(exchange_rate="ExchangeRate")
class ExchangeRatePayload:
    """What setting an exchange rate answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class PurchaseMutations:
    @strawberry.mutation(description="Records a purchase or refund, once. A stranger becomes a contact; an open lead is converted, or it waits, by setting.")
    async def record_purchase(self, info: Info, input: RecordPurchaseInput) -> PurchasePayload:
        async def verb(tx: Tx) -> purchases.Recorded:
            return await purchases.record(tx, _new(input))

        def shape(done: purchases.Recorded) -> dict[str, Any]:
            return {"purchase": done.id, "contact": done.contact_id, "company": done.company_id, "known": done.known}

        about = {name: getattr(input, name) for name in BUYERS}
        return await act(info, PurchasePayload, "purchases", "create", verb, input=input, shape=shape, about=about)

    @strawberry.mutation(description="Makes a contact of the buyer of a purchase that waits, whatever the workspace chose for such purchases.")
    async def settle_purchase(self, info: Info, input: SettlePurchaseInput) -> PurchasePayload:
        async def verb(tx: Tx) -> Revision:
            company = id_of(input.company_id, "Company", "company_id") if input.company_id else None
            return await purchases.settle(tx, id_of(input.id, "Purchase", "id"), purchases.Buyer(company_id=company), input.expected_version)

        def shape(_: Revision) -> dict[str, Any]:
            return {"purchase": id_of(input.id, "Purchase")}

        about = {"purchase": input.id, "for": input.company_id}
        return await act(info, PurchasePayload, "purchases", "update", verb, input=input, shape=shape, about=about)

    @strawberry.mutation(description="Says what a currency is worth from a day on. Amounts in the workspace's currency follow.")
    async def set_exchange_rate(self, info: Info, input: SetExchangeRateInput) -> ExchangeRatePayload:
        async def verb(tx: Tx) -> UUID:
            return await deals.set_rate(tx, input.currency, input.rate, input.from_on)

        return await act(info, ExchangeRatePayload, "exchangeRates", "update", verb, input=input, shape=lambda id: {"exchange_rate": id})


def _new(input: RecordPurchaseInput) -> purchases.NewPurchase:
    minor, currency = to_minor(input.amount.amount, input.amount.currency, "amount")
    ids: dict[str, UUID] = {name: id_of(id, noun, name) for name, noun in BUYERS.items() if (id := getattr(input, name))}
    company = NewCompany(input.company.name, input.company.domain, country=input.company.country) if input.company else None
    person: dict[str, str] = {name: value for name, value in vars(input.person).items() if value} if input.person else {}
    items = [
        {"code": one.product_code, "name": one.name, "quantity": one.quantity, "amount": None if one.amount is None else str(one.amount)}
        for one in input.items or ()
    ]
    return purchases.NewPurchase(
        input.source, input.external_id, minor, currency, purchases.Buyer(**ids, person=person, company=company), input.at, input.refund_of, items
    )
