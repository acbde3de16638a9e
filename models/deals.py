"""Deals: opportunities with their stages, contacts and products."""

from tortoise import fields

from models.columns import Choice, Dated, Rows, Table, Tenant, Through, ToMany, ToOne, big, choice, money, public, text
from models.companies import LINKED
from models.custom import CUSTOM, missing
from models.people import ATTACHED, TAGGED


class DealState(Choice):
    """Whether a deal is open, and how it ended."""

    OPEN = "OPEN", "Still in play."
    WON = "WON", "Won."
    LOST = "LOST", "Lost."


class Deal(Dated):
    """An opportunity."""

    tag = 5
    owned_by = "owner_id"
    searched = ("name",)

    name = public(text(), "Name of the deal.", sort=True)
    state = public(choice(DealState, default=DealState.OPEN), "Open, or how it ended.")
    amount = money("amount_minor", "currency", "What it is worth.", null=True, sort=True)
    base_amount = money("base_minor", "base_currency", "What it is worth in the workspace's currency; of a closed deal by the rate of that day.", null=True)
    probability = public(fields.IntField(), "Chance of winning, in percent.")
    close_on = public(fields.DateField(null=True), "Day it should close.", sort=True)
    closed_at = public(fields.DatetimeField(null=True), "When it was won or lost.")
    close_reason = public(text(null=True), "Why it was won or lost, in words.")
    stage_since = public(fields.DatetimeField(), "Since when it is in its stage.")
    last_activity_at = public(fields.DatetimeField(null=True), "When something last happened.")
    amount_minor = big(null=True)
    currency = text()
    base_minor = big(null=True)
    base_currency = text(null=True)
    close_reason_id = fields.UUIDField(null=True)
    pipeline_id = fields.UUIDField()
    stage_id = fields.UUIDField()
    company_id = fields.UUIDField(null=True)
    owner_id = fields.UUIDField(null=True)
    lead_id = fields.UUIDField(null=True)
    source_id = fields.UUIDField(null=True)
    campaign_id = fields.UUIDField(null=True)
    search_open = text()

    custom = CUSTOM
    missing = missing("Deal")
    pipeline = ToOne("Pipeline", "pipeline_id", "The pipeline it moves through.", null=False)
    stage = ToOne("DealStage", "stage_id", "Where it stands.", null=False)
    company = ToOne("Company", "company_id", "Whom it is with.")
    owner = ToOne("User", "owner_id", "Who works on it.")
    lead = ToOne("Lead", "lead_id", "The lead it came from.")
    source = ToOne("Source", "source_id", "Where it came from.")
    campaign = ToOne("Campaign", "campaign_id", "The campaign it came from.")
    reason = ToOne("CloseReason", "close_reason_id", "Why it was won or lost.")
    contacts = ToMany("DealContact", "deal_id", "Contacts and their roles, oldest first.", order="created_at")
    spans = ToMany("DealStageSpan", "deal_id", "Stages it has been in, oldest first.", order="entered_at")
    products = ToMany(
        "Product",
        "id",
        "Products of interest.",
        order="name",
        through=Through("deal_products", "deal_id", "product_id"),
    )
    activities = ToMany("Activity", "id", "What happened, newest first.", order="-at", through=LINKED)
    tasks = ToMany("Task", "deal_id", "Tasks about it, by due date.", order="due_at")
    tags = ToMany("Tag", "id", "Tags.", order="name", through=TAGGED)
    files = ToMany("File", "id", "Attached files, newest first.", order="-created_at", through=ATTACHED)

    class Meta(Table):
        table = "deals"


class CloseState(Choice):
    """How a deal ends."""

    WON = "WON", "Won."
    LOST = "LOST", "Lost."


class CloseReason(Dated):
    """Why deals are won or lost."""

    tag = 70
    read_with = ("Deal",)

    state = public(choice(CloseState), "The end it is a reason for.", sort=True)
    code = public(text(), "Stable code, such as PRICE.", sort=True)
    name = public(text(), "Name people see.", sort=True)

    deals = ToMany("Deal", "close_reason_id", "Deals closed for it, newest first.", order="-created_at")

    class Meta(Table):
        table = "close_reasons"


class DealStageSpan(Tenant):
    """A time a deal spent in one stage."""

    tag = 46
    part_of = ("Deal", "deal_id")

    entered_at = public(fields.DatetimeField(), "When it came into the stage.", sort=True)
    left_at = public(fields.DatetimeField(null=True), "When it left; missing: it is still there.")
    actor = public(text(), "Who moved it there.")
    deal_id = fields.UUIDField()
    stage_id = fields.UUIDField()

    deal = ToOne("Deal", "deal_id", "The deal.", null=False)
    stage = ToOne("DealStage", "stage_id", "The stage.", null=False)

    class Meta(Table):
        table = "deal_stage_spans"


class DealRole(Choice):
    """What a contact has to do with a deal."""

    DECISION_MAKER = "DECISION_MAKER", "Decides."
    CHAMPION = "CHAMPION", "Speaks for us."
    EVALUATOR = "EVALUATOR", "Examines what we offer."
    PURCHASER = "PURCHASER", "Buys."
    USER = "USER", "Will use it."
    OTHER = "OTHER", "Something else."


class DealContact(Tenant):
    """A contact's role in a deal."""

    tag = 31
    part_of = ("Deal", "deal_id")
    read_with = ("Contact",)

    role = public(choice(DealRole, default=DealRole.OTHER), "What the contact has to do with it.")
    is_primary = public(fields.BooleanField(default=False), "The main contact.")
    created_at = public(fields.DatetimeField(), "When it was linked.", sort=True)
    deal_id = fields.UUIDField()
    contact_id = fields.UUIDField()

    deal = ToOne("Deal", "deal_id", "The deal.", null=False)
    contact = ToOne("Contact", "contact_id", "The contact.", null=False)

    class Meta(Table):
        table = "deal_contacts"


class DealProduct(Rows):
    """A product of interest in a deal."""

    deal_id = fields.UUIDField(primary_key=True)
    product_id = fields.UUIDField()
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "deal_products"
