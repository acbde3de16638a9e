"""What is given to create leads and forms, and how it is read."""

from typing import Any, cast

import strawberry

from api.act import KEY, id_of
from api.custom.inputs import CustomValueInput, values_of
from api.grammar import GRAMMAR
from api.lengths import check_lengths
from api.shapes import MoneyInput
from leadwell import capture
from leadwell.capture import ConsentGiven, Defaults, Submission
from leadwell.capture.own_values import PREFIX
from leadwell.capture.submissions import TOUCH
from models.leads import Intent

GRAMMAR.enum(Intent)
TEXTS = {
    "name": "name", "prefix": "prefix", "first_name": "firstName", "middle_name": "middleName", "last_name": "lastName", "suffix": "suffix",
    "email": "email", "phone": "phone", "mobile": "mobile", "title": "title", "company_name": "company", "company_website": "website",
    "industry": "industry", "employees": "employees", "need": "need", "interest": "interest", "country": "country", "region": "region", "city": "city",
    "postal_code": "postalCode", "street": "street", "language": "language", "time_zone": "timeZone", "external_id": "externalId",
}  # fmt: skip
SHOWN = {field: name for name, field in TEXTS.items()}


@strawberry.input(description="A box the person ticked.")
class ConsentInput:
    topic: str = strawberry.field(description="Code of the topic.")
    wording_version: str | None = strawberry.field(default=None, description="Version of the words beside the box.")
    text: str | None = strawberry.field(default=None, description="The words themselves.")


@strawberry.input(description="How the person came here.")
class TouchInput:
    utm_source: str | None = strawberry.field(default=None, description="utm_source of the link.")
    utm_medium: str | None = strawberry.field(default=None, description="utm_medium of the link.")
    utm_campaign: str | None = strawberry.field(default=None, description="utm_campaign of the link.")
    utm_term: str | None = strawberry.field(default=None, description="utm_term of the link.")
    utm_content: str | None = strawberry.field(default=None, description="utm_content of the link.")
    click_id: str | None = strawberry.field(default=None, description="Click id of an advertisement.")
    referrer: str | None = strawberry.field(default=None, description="The page before.")
    page: str | None = strawberry.field(default=None, description="The page.")


def _text(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="Somebody who showed interest. One of name, e-mail, phone, company or external id is needed.")
class CreateLeadInput:
    name: str | None = _text("Full name.")
    prefix: str | None = _text("Title before the name, such as Dr.")
    first_name: str | None = _text("Given name.")
    middle_name: str | None = _text("Middle names.")
    last_name: str | None = _text("Family name.")
    suffix: str | None = _text("What follows the name, such as Jr.")
    email: str | None = _text("E-mail address; with the name it decides who is meant.")
    phone: str | None = _text("Phone number, with + or with a country.")
    mobile: str | None = _text("Mobile number, with + or with a country.")
    title: str | None = _text("Job title.")
    company_name: str | None = _text("Name of the company.")
    company_website: str | None = _text("Web site of the company.")
    industry: str | None = _text("Industry of the company.")
    employees: int | None = _text("Employees of the company.")
    need: str | None = _text("What the prospect needs or wrote.")
    budget: MoneyInput | None = _text("What the prospect can spend.")
    interest: str | None = _text("Product of interest in words.")
    country: str | None = _text("Country, by name or ISO 3166-1 code.")
    region: str | None = _text("State, province or region.")
    city: str | None = _text("City.")
    postal_code: str | None = _text("Postal code.")
    street: str | None = _text("Street and number.")
    language: str | None = _text("Language, such as de.")
    time_zone: str | None = _text("IANA time zone, such as Europe/Berlin.")
    external_id: str | None = _text("What another system calls the lead.")
    external_system: str = strawberry.field(default="external", description="Which system that is.")
    intent: Intent = strawberry.field(default=Intent.HAND_RAISE, description="How much the person asks for.")
    source_id: strawberry.ID | None = _text("Where the lead came from; missing: the API.")
    campaign_id: strawberry.ID | None = _text("The campaign it came from.")
    owner_id: strawberry.ID | None = _text("Who follows up, when a new lead is made.")
    pipeline_id: strawberry.ID | None = _text("The lead pipeline; missing: the default one.")
    consents: list[ConsentInput] = strawberry.field(default_factory=list, description="Boxes the person ticked.")
    touch: TouchInput | None = _text("How the person came here.")
    custom: list[CustomValueInput] | None = _text("Values of the workspace's own fields of leads; an open lead takes those it lacks.")
    quiet: bool = strawberry.field(default=False, description="Nobody is enrolled or notified because of it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


def as_intent(intent: Intent) -> capture.Intent:
    return cast("capture.Intent", intent.value)


def submission(given: CreateLeadInput, where: str = "") -> Submission:
    """The input as a submission; what cannot be read, or is too long, is refused, by field."""
    check_lengths(given, where.rstrip("."))
    fields: dict[str, Any] = {field: getattr(given, name) for name, field in TEXTS.items() if getattr(given, name) is not None}
    if given.custom:
        fields |= {f"{PREFIX}{key[:60]}": value for key, value in values_of(given.custom).items() if value is not None}
    if given.budget:
        fields["budget"] = f"{given.budget.amount} {given.budget.currency}"

    def link(name: str, noun: str) -> Any:
        value = getattr(given, f"{name}_id")
        return id_of(value, noun, f"{where}{name}_id") if value else None

    defaults = Defaults(
        source_id=link("source", "Source"), campaign_id=link("campaign", "Campaign"), owner_id=link("owner", "User"),
        pipeline_id=link("pipeline", "Pipeline"), system=given.external_system[:60] or "external")  # fmt: skip
    touch = {name: value for name in TOUCH if given.touch and (value := getattr(given.touch, name))}
    consents = tuple(ConsentGiven(one.topic[:100], one.wording_version, one.text) for one in given.consents)
    made = Submission("GRAPHQL", fields, as_intent(given.intent), touch, consents, defaults, given.quiet)
    capture.check_readable(made, lambda field: f"{where}{SHOWN.get(field, field)}")
    return made
