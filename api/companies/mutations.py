"""What makes and changes companies."""

from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, given, id_of, payload
from api.custom.inputs import CUSTOM, CustomValueInput, RecordInput, values_of, with_values
from api.records import Changes
from api.shapes import MoneyInput
from leadwell import companies, custom
from leadwell.base.amounts import to_minor
from leadwell.base.tx import Tx

FIELDS = ("name", "domain", "website", "industry", "employees", "phone", "country", "region", "city", "postal_code", "street")
Text = strawberry.Maybe[str | None]
Reference = strawberry.Maybe[strawberry.ID | None]


@strawberry.input(description="A company to make.")
class CreateCompanyInput:
    name: str = strawberry.field(description="Name as its people write it.")
    domain: str | None = strawberry.field(default=None, description="Its own domain, such as acme.com; missing: that of the web site.")
    website: str | None = strawberry.field(default=None, description="Web site.")
    industry: str | None = strawberry.field(default=None, description="Industry.")
    employees: int | None = strawberry.field(default=None, description="How many work there.")
    revenue: MoneyInput | None = strawberry.field(default=None, description="Revenue a year.")
    phone: str | None = strawberry.field(default=None, description="Phone number.")
    country: str | None = strawberry.field(default=None, description="Country, by name or ISO 3166-1 code.")
    region: str | None = strawberry.field(default=None, description="State or region.")
    city: str | None = strawberry.field(default=None, description="City.")
    postal_code: str | None = strawberry.field(default=None, description="Postal code.")
    street: str | None = strawberry.field(default=None, description="Street and number.")
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="The company it belongs to.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Who looks after it; missing: the caller.")
    custom: list[CustomValueInput] | None = strawberry.field(default=None, description=CUSTOM)
    allow_duplicate: bool = strawberry.field(default=False, description="Make it even if its domain or name leads to another company.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a company. What is left out stays; null clears.")
class UpdateCompanyInput:
    id: strawberry.ID = strawberry.field(description="The company.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name as its people write it.")
    domain: Text = strawberry.field(description="Its own domain; people and leads are matched by it.")
    website: Text = strawberry.field(description="Web site.")
    industry: Text = strawberry.field(description="Industry.")
    employees: strawberry.Maybe[int | None] = strawberry.field(description="How many work there.")
    revenue: strawberry.Maybe[MoneyInput | None] = strawberry.field(description="Revenue a year.")
    phone: Text = strawberry.field(description="Phone number.")
    country: Text = strawberry.field(description="Country, by name or ISO 3166-1 code.")
    region: Text = strawberry.field(description="State or region.")
    city: Text = strawberry.field(description="City.")
    postal_code: Text = strawberry.field(description="Postal code.")
    street: Text = strawberry.field(description="Street and number.")
    time_zone: Text = strawberry.field(description="IANA time zone of its people who have none of their own.")
    parent_id: Reference = strawberry.field(description="The company it belongs to.")
    owner_id: Reference = strawberry.field(description="Who looks after it.")
    custom: list[CustomValueInput] | None = strawberry.field(default=None, description=CUSTOM)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A domain a company gets.")
class AddCompanyDomainInput:
    id: strawberry.ID = strawberry.field(description="The company.")
    domain: str = strawberry.field(description="The company's own domain, not that of a mail provider.")
    match_primary: bool = strawberry.field(default=False, description="Whether it leads to this company from now on, though it is another's too.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A domain a company loses.")
class RemoveCompanyDomainInput:
    id: strawberry.ID = strawberry.field(description="The company.")
    domain: str = strawberry.field(description="The domain.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A company and another name of it.")
class CompanyAliasInput:
    id: strawberry.ID = strawberry.field(description="The company.")
    name: str = strawberry.field(description="The other name.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(company="Company")
class CompanyPayload:
    """What making or changing a company answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


CHANGES = Changes("Company", "company", CompanyPayload)


@strawberry.type
class CompanyMutations:
    @strawberry.mutation(description="Makes a company, unless its domain or name leads to one there is.")
    async def create_company(self, info: Info, input: CreateCompanyInput) -> CompanyPayload:
        async def verb(tx: Tx) -> UUID:
            await custom.require(tx, "Company", values_of(input.custom))
            return await companies.create(tx, _new(input, tx), allow_duplicate=input.allow_duplicate)

        about = {"parent": input.parent_id}
        return await act(info, CompanyPayload, "companies", "create", verb, input=input, shape=lambda id: {"company": id}, about=about)

    update_company = CHANGES.by(
        "Changes the fields of a company.", UpdateCompanyInput, lambda tx, id, input: companies.update(tx, id, _changes(input), input.expected_version))
    archive_company = CHANGES.by(
        "Puts a company away: lists leave it out and nothing is matched to it; its contacts keep their links.", RecordInput,
        lambda tx, id, input: companies.archive(tx, id, input.expected_version))
    unarchive_company = CHANGES.by(
        "Brings a company back; it is matched again by what nobody took meanwhile.", RecordInput,
        lambda tx, id, input: companies.unarchive(tx, id, input.expected_version))
    add_company_domain = CHANGES.by(
        "Gives a company a further domain. Of several companies with one domain, one is matched by it.", AddCompanyDomainInput,
        lambda tx, id, input: companies.add_domain(tx, id, input.domain, match_primary=input.match_primary, expected_version=input.expected_version))
    remove_company_domain = CHANGES.by(
        "Takes a domain from a company; who else has it longest is matched by it.", RemoveCompanyDomainInput,
        lambda tx, id, input: companies.remove_domain(tx, id, input.domain, expected_version=input.expected_version))
    add_company_alias = CHANGES.by(
        "Gives a company another name it is found by.", CompanyAliasInput,
        lambda tx, id, input: companies.add_alias(tx, id, input.name, expected_version=input.expected_version))
    remove_company_alias = CHANGES.by(
        "Takes another name from a company.", CompanyAliasInput,
        lambda tx, id, input: companies.remove_alias(tx, id, input.name, expected_version=input.expected_version))


def _new(input: CreateCompanyInput, tx: Tx) -> companies.NewCompany:
    revenue, currency = to_minor(input.revenue.amount, input.revenue.currency, "revenue") if input.revenue else (None, None)
    return companies.NewCompany(
        **{name: getattr(input, name) for name in FIELDS}, revenue_minor=revenue, currency=currency,
        parent_id=id_of(input.parent_id, "Company", "parent_id") if input.parent_id else None,
        owner_id=id_of(input.owner_id, "User", "owner_id") if input.owner_id else tx.actor.user,
        custom=values_of(input.custom),
    )


def _changes(input: UpdateCompanyInput) -> dict[str, Any]:
    sent = given(input, *FIELDS, "time_zone")
    for field, noun in (("parent_id", "Company"), ("owner_id", "User")):
        for id in given(input, field).values():
            sent[field] = None if id is None else id_of(id, noun, field)
    for revenue in given(input, "revenue").values():
        sent["revenue_minor"], sent["currency"] = to_minor(revenue.amount, revenue.currency, "revenue") if revenue else (None, None)
    return with_values(sent, input.custom)
