from typing import Any, Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import (
    ContactType,
    ConversionChoice,
    DealChoice,
    DealRole,
    Intent,
    OnDuplicate,
)


class ConsentInput(BaseModel):
    """A box the person ticked."""

    topic: str
    "Code of the topic."
    wordingVersion: Optional[str] = None
    "Version of the words beside the box."
    text: Optional[str] = None
    "The words themselves."


class ConvertCompanyInput(BaseModel):
    """The company of a conversion."""

    action: ConversionChoice = ConversionChoice.AUTO
    "Found, made, or given."
    id: Optional[str] = None
    "With USE: which."
    name: Optional[str] = None
    "Name of a new one; missing: the one the lead gives."
    website: Optional[str] = None
    "Web site. Goes before what the lead gives; a company that is there takes it if it has none."
    industry: Optional[str] = None
    "Industry. Goes before what the lead gives; a company that is there takes it if it has none."
    employees: Optional[int] = None
    "Employees. Goes before what the lead gives; a company that is there takes it if it has none."
    phone: Optional[str] = None
    "Phone number. Goes before what the lead gives; a company that is there takes it if it has none."
    country: Optional[str] = None
    "Country, by name or ISO 3166-1 code. Goes before what the lead gives; a company that is there takes it if it has none."
    region: Optional[str] = None
    "State or region. Goes before what the lead gives; a company that is there takes it if it has none."
    city: Optional[str] = None
    "City. Goes before what the lead gives; a company that is there takes it if it has none."
    postalCode: Optional[str] = None
    "Postal code. Goes before what the lead gives; a company that is there takes it if it has none."
    street: Optional[str] = None
    "Street and number. Goes before what the lead gives; a company that is there takes it if it has none."
    ownerId: Optional[str] = None
    "Owner, if it is another one than that of the conversion."
    custom: Optional[list["CustomValueInput"]] = None
    "Values of the workspace's own fields; they go before what is taken over from the lead."


class ConvertContactInput(BaseModel):
    """The contact of a conversion."""

    action: ConversionChoice = ConversionChoice.AUTO
    "Found, made, or given; a person never gets a second one."
    id: Optional[str] = None
    "With USE: which."
    title: Optional[str] = None
    "Job title; missing: the one the lead gives."
    role: Optional[str] = None
    "What the contact does at the company, in words."
    type_: Optional[ContactType] = Field(alias="type", default=None)
    "Relationship of a new one; missing: PROSPECT."
    ownerId: Optional[str] = None
    "Owner, if it is another one than that of the conversion."
    custom: Optional[list["CustomValueInput"]] = None
    "Values of the workspace's own fields; they go before what is taken over from the lead."


class ConvertDealInput(BaseModel):
    """The deal of a conversion."""

    action: DealChoice = DealChoice.AUTO
    "Made, given, or none."
    id: Optional[str] = None
    "With USE: which."
    name: Optional[str] = None
    'Name of a new one; missing: "{company} – {interest or campaign}".'
    amount: Optional["MoneyInput"] = None
    "Worth of a new one; missing: the lead's budget."
    pipelineId: Optional[str] = None
    "Pipeline of a new one; missing: the default."
    stageId: Optional[str] = None
    "Open stage of a new one; missing: the first."
    closeOn: Optional[Any] = None
    "Day a new one should close; missing: by the pipeline's days."
    role: Optional[DealRole] = None
    "What the contact does in it; missing: DECISION_MAKER in a new one, else OTHER."
    ownerId: Optional[str] = None
    "Owner of a new one, if it is another one than that of the conversion."
    custom: Optional[list["CustomValueInput"]] = None
    "Values of the workspace's own fields; they go before what is taken over from the lead."


class ConvertLeadInput(BaseModel):
    """Which lead is converted, and into what. Everything left out is decided by the defaults."""

    id: str
    "The lead."
    company: Optional["ConvertCompanyInput"] = None
    "The company."
    contact: Optional["ConvertContactInput"] = None
    "The contact."
    deal: Optional["ConvertDealInput"] = None
    "The deal."
    convertedStatusId: Optional[str] = None
    "Status of type CONVERTED; missing: the pipeline's."
    ownerId: Optional[str] = None
    "Owner of what is made; missing: the lead's, then the caller."
    overwriteLeadSource: bool = False
    "Put the lead's source over the one an existing contact has."
    onDuplicate: OnDuplicate = OnDuplicate.BLOCK
    "About a company or contact that may be the lead's, but not surely."
    relatedIds: list[str] = Field(default_factory=lambda: [])
    "Leads converted with this one, into the same company and deal, each into a contact of its own; 100 at most."
    expectedPlanHash: Optional[str] = None
    "That of the preview you saw: refused with the new plan if the decisions would be others now."
    expectedVersion: Optional[int] = None
    "The version you read; the change is refused if there is a newer one."
    idempotencyKey: Optional[str] = None
    "Any text of yours, new for each intended change: a repeat within 24 hours answers what the first one did."


class CreateLeadInput(BaseModel):
    """Somebody who showed interest. One of name, e-mail, phone, company or external id is needed."""

    name: Optional[str] = None
    "Full name."
    prefix: Optional[str] = None
    "Title before the name, such as Dr."
    firstName: Optional[str] = None
    "Given name."
    middleName: Optional[str] = None
    "Middle names."
    lastName: Optional[str] = None
    "Family name."
    suffix: Optional[str] = None
    "What follows the name, such as Jr."
    email: Optional[str] = None
    "E-mail address; with the name it decides who is meant."
    phone: Optional[str] = None
    "Phone number, with + or with a country."
    mobile: Optional[str] = None
    "Mobile number, with + or with a country."
    title: Optional[str] = None
    "Job title."
    companyName: Optional[str] = None
    "Name of the company."
    companyWebsite: Optional[str] = None
    "Web site of the company."
    industry: Optional[str] = None
    "Industry of the company."
    employees: Optional[int] = None
    "Employees of the company."
    need: Optional[str] = None
    "What the prospect needs or wrote."
    budget: Optional["MoneyInput"] = None
    "What the prospect can spend."
    interest: Optional[str] = None
    "Product of interest in words."
    country: Optional[str] = None
    "Country, by name or ISO 3166-1 code."
    region: Optional[str] = None
    "State, province or region."
    city: Optional[str] = None
    "City."
    postalCode: Optional[str] = None
    "Postal code."
    street: Optional[str] = None
    "Street and number."
    language: Optional[str] = None
    "Language, such as de."
    timeZone: Optional[str] = None
    "IANA time zone, such as Europe/Berlin."
    externalId: Optional[str] = None
    "What another system calls the lead."
    externalSystem: str = "external"
    "Which system that is."
    intent: Intent = Intent.HAND_RAISE
    "How much the person asks for."
    sourceId: Optional[str] = None
    "Where the lead came from; missing: the API."
    campaignId: Optional[str] = None
    "The campaign it came from."
    ownerId: Optional[str] = None
    "Who follows up, when a new lead is made."
    pipelineId: Optional[str] = None
    "The lead pipeline; missing: the default one."
    consents: list["ConsentInput"] = Field(default_factory=lambda: [])
    "Boxes the person ticked."
    touch: Optional["TouchInput"] = None
    "How the person came here."
    custom: Optional[list["CustomValueInput"]] = None
    "Values of the workspace's own fields of leads; an open lead takes those it lacks."
    quiet: bool = False
    "Nobody is enrolled or notified because of it."
    idempotencyKey: Optional[str] = None
    "Any text of yours, new for each intended change: a repeat within 24 hours answers what the first one did."


class CreateWebhookEndpointInput(BaseModel):
    """An address that shall get events."""

    name: str
    "Name people see."
    url: str
    "Where events are sent: an https:// URL."
    eventKinds: list[str] = Field(default_factory=lambda: [])
    'Kinds of events: "lead.converted", a noun\'s with "lead.*", or "*". Without them all kinds of the document\'s noun.'
    where: Optional[Any] = None
    "Only records that match: `where` of the noun that all of its kinds are of, as in lists."
    document: Optional[str] = None
    "A subscription without variables, such as subscription { leadsChanged { kind lead { id name } } }: its data becomes the body's."
    idempotencyKey: Optional[str] = None
    "Any text of yours, new for each intended change: a repeat within 24 hours answers what the first one did."


class CustomValueInput(BaseModel):
    """A value of a custom field."""

    key: str
    "Key of the field."
    value: Optional[Any] = None
    "A value of the field's type, moments and days as text; null clears."


class MoneyInput(BaseModel):
    """An amount in a currency."""

    amount: Any
    "The amount; at most the currency's decimals."
    currency: str
    "Currency, ISO 4217."


class RecordInput(BaseModel):
    """A record."""

    id: str
    "The record."
    expectedVersion: Optional[int] = None
    "The version you read; the change is refused if there is a newer one."
    idempotencyKey: Optional[str] = None
    "Any text of yours, new for each intended change: a repeat within 24 hours answers what the first one did."


class TouchInput(BaseModel):
    """How the person came here."""

    utmSource: Optional[str] = None
    "utm_source of the link."
    utmMedium: Optional[str] = None
    "utm_medium of the link."
    utmCampaign: Optional[str] = None
    "utm_campaign of the link."
    utmTerm: Optional[str] = None
    "utm_term of the link."
    utmContent: Optional[str] = None
    "utm_content of the link."
    clickId: Optional[str] = None
    "Click id of an advertisement."
    referrer: Optional[str] = None
    "The page before."
    page: Optional[str] = None
    "The page."


ConvertCompanyInput.model_rebuild()
ConvertContactInput.model_rebuild()
ConvertDealInput.model_rebuild()
ConvertLeadInput.model_rebuild()
CreateLeadInput.model_rebuild()
