"""What makes and changes contacts."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, given, id_of, payload
from api.custom.inputs import CUSTOM, CustomValueInput, RecordInput, values_of, with_values
from api.grammar import GRAMMAR
from api.records import Changes
from leadwell import contacts, conversion, custom
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from leadwell.companies import NewCompany
from models.contacts import ContactType

GRAMMAR.enum(ContactType)
PERSON = ("name", "prefix", "first_name", "middle_name", "last_name", "suffix", "email", "phone", "language", "time_zone", "country", "region", "city",
          "postal_code", "street")  # fmt: skip
Text = strawberry.Maybe[str | None]


@strawberry.input(description="Who a new contact is. Known people are found by their e-mail address.")
class ContactPersonInput:
    name: str | None = strawberry.field(default=None, description="Full name.")
    first_name: str | None = strawberry.field(default=None, description="Given name.")
    last_name: str | None = strawberry.field(default=None, description="Family name.")
    email: str | None = strawberry.field(default=None, description="E-mail address.")
    phone: str | None = strawberry.field(default=None, description="Phone number, with + and country code.")
    country: str | None = strawberry.field(default=None, description="Country, by name or ISO 3166-1 code.")


@strawberry.input(description="Where a new contact works; found by domain, else by name and country, or made.")
class ContactCompanyInput:
    name: str = strawberry.field(description="Name of the company.")
    domain: str | None = strawberry.field(default=None, description="Its own domain, such as acme.com.")
    country: str | None = strawberry.field(default=None, description="Country, ISO 3166-1 alpha-2.")


@strawberry.input(description="A contact made by hand, without a lead.")
class CreateContactInput:
    person_id: strawberry.ID | None = strawberry.field(default=None, description="A person who is known; or give `person`.")
    person: ContactPersonInput | None = strawberry.field(default=None, description="Who it is.")
    company_id: strawberry.ID | None = strawberry.field(default=None, description="The primary company; or give `company`.")
    company: ContactCompanyInput | None = strawberry.field(default=None, description="Where the contact works.")
    type: ContactType = strawberry.field(default=ContactType.PROSPECT, description="What relationship there is.")
    title: str | None = strawberry.field(default=None, description="Job title.")
    role: str | None = strawberry.field(default=None, description="What the contact does at the company, in words.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Who looks after the contact; missing: the caller.")
    source_id: strawberry.ID | None = strawberry.field(default=None, description="Where the contact came from.")
    custom: list[CustomValueInput] | None = strawberry.field(default=None, description=CUSTOM)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a contact. What is left out stays; null clears. Name and addresses are those of the person behind it.")
class UpdateContactInput:
    id: strawberry.ID = strawberry.field(description="The contact.")
    type: strawberry.Maybe[ContactType] = strawberry.field(description="What relationship there is.")
    title: Text = strawberry.field(description="Job title.")
    owner_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="Who looks after the contact.")
    source_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="Where the contact came from.")
    name: Text = strawberry.field(description="Full name; its parts follow.")
    prefix: Text = strawberry.field(description="Dr., Ms. and the like.")
    first_name: Text = strawberry.field(description="Given name.")
    middle_name: Text = strawberry.field(description="Middle name.")
    last_name: Text = strawberry.field(description="Family name.")
    suffix: Text = strawberry.field(description="Jr., PhD and the like.")
    email: Text = strawberry.field(description="Primary e-mail address; earlier ones are kept beside it.")
    phone: Text = strawberry.field(description="Primary phone number, with + and country code.")
    language: Text = strawberry.field(description="Language, such as de.")
    time_zone: Text = strawberry.field(description="Time zone, such as Europe/Berlin.")
    country: Text = strawberry.field(description="Country, by name or ISO 3166-1 code.")
    region: Text = strawberry.field(description="State or region.")
    city: Text = strawberry.field(description="City.")
    postal_code: Text = strawberry.field(description="Postal code.")
    street: Text = strawberry.field(description="Street and number.")
    custom: list[CustomValueInput] | None = strawberry.field(default=None, description=CUSTOM)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A contact and a company it belongs to.")
class LinkContactToCompanyInput:
    id: strawberry.ID = strawberry.field(description="The contact.")
    company_id: strawberry.ID = strawberry.field(description="The company.")
    role: str | None = strawberry.field(default=None, description="What the contact does there, in words.")
    primary: bool = strawberry.field(default=False, description="Whether this becomes the primary company.")
    from_on: date | None = strawberry.field(default=None, description="First day there.")
    to_on: date | None = strawberry.field(default=None, description="Last day there, of a company the contact was at once; missing: still there.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A contact who is no longer at a company.")
class EndContactCompanyInput:
    id: strawberry.ID = strawberry.field(description="The contact.")
    company_id: strawberry.ID = strawberry.field(description="The company.")
    to_on: date | None = strawberry.field(default=None, description="Last day there; missing: today.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(contact="Contact")
class ContactPayload:
    """What making or changing a contact answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


async def _link(tx: Tx, id: UUID, input: LinkContactToCompanyInput) -> Revision:
    company = id_of(input.company_id, "Company", "company_id")
    span = contacts.Span(input.from_on, input.to_on) if input.from_on or input.to_on else None
    return await contacts.link_company(tx, id, company, input.role, input.primary, span=span, expected_version=input.expected_version)


async def _end(tx: Tx, id: UUID, input: EndContactCompanyInput) -> Revision:
    return await contacts.end_link(tx, id, id_of(input.company_id, "Company", "company_id"), input.to_on, expected_version=input.expected_version)


CHANGES = Changes("Contact", "contact", ContactPayload)


@strawberry.type
class ContactMutations:
    @strawberry.mutation(description="Makes a contact by hand; a person has at most one.")
    async def create_contact(self, info: Info, input: CreateContactInput) -> ContactPayload:
        async def verb(tx: Tx) -> UUID:
            await custom.require(tx, "Contact", values_of(input.custom))
            return await conversion.introduce(tx, _introduction(input, tx))

        about = {"person": input.person_id, "in": input.company_id}
        return await act(info, ContactPayload, "contacts", "create", verb, input=input, shape=lambda id: {"contact": id}, about=about)

    update_contact = CHANGES.by(
        "Changes the fields of a contact.", UpdateContactInput, lambda tx, id, input: contacts.update(tx, id, _changes(input), input.expected_version))
    link_contact_to_company = CHANGES.by(
        "Links a contact to a company, or changes the link there is.", LinkContactToCompanyInput, _link, company="company_id")
    end_contact_company = CHANGES.by(
        "Ends a contact's link to a company. After the last one the contact has left, and its owner gets a task.", EndContactCompanyInput, _end,
        company="company_id")
    archive_contact = CHANGES.by(
        "Puts a contact away; the person and their history stay.", RecordInput, lambda tx, id, input: contacts.archive(tx, id, input.expected_version))
    unarchive_contact = CHANGES.by("Brings a contact back.", RecordInput, lambda tx, id, input: contacts.unarchive(tx, id, input.expected_version))


def _introduction(input: CreateContactInput, tx: Tx) -> conversion.Introduction:
    person, company = input.person, input.company
    own: dict[str, Any] = {
        "custom": values_of(input.custom), "type": input.type.value, "title": input.title, "role": input.role,
        "owner_id": id_of(input.owner_id, "User", "owner_id") if input.owner_id else tx.actor.user,
        "source_id": id_of(input.source_id, "Source", "source_id") if input.source_id else None,
    }
    return conversion.Introduction(
        id_of(input.person_id, "Person", "person_id") if input.person_id else None,
        {name: value for name, value in vars(person).items() if value} if person else {},
        id_of(input.company_id, "Company", "company_id") if input.company_id else None,
        NewCompany(company.name, company.domain, country=company.country) if company else None,
        own,
    )


def _changes(input: UpdateContactInput) -> dict[str, Any]:
    sent = given(input, "title", *PERSON)
    for type in given(input, "type").values():
        sent["type"] = str(type.value)
    for field, noun in (("owner_id", "User"), ("source_id", "Source")):
        for id in given(input, field).values():
            sent[field] = None if id is None else id_of(id, noun, field)
    return with_values(sent, input.custom)
