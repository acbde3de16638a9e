"""Sources and touchpoints: where people come from."""

from tortoise import fields

from models.columns import Choice, Dated, Table, Tenant, ToOne, choice, public, text


class Channel(Choice):
    """The way a source reaches people."""

    FORM = "FORM", "A form on a site."
    ADVERTISING = "ADVERTISING", "A paid advertisement."
    SOCIAL = "SOCIAL", "A social network."
    EVENT = "EVENT", "A fair, a webinar, a meeting of many."
    EMAIL = "EMAIL", "An e-mail."
    REFERRAL = "REFERRAL", "A recommendation."
    NETWORKING = "NETWORKING", "A personal encounter."
    PHONE = "PHONE", "A call."
    PARTNER = "PARTNER", "A partner."
    CHAT = "CHAT", "A chat."
    LIST = "LIST", "A file."
    API = "API", "Another system."


class Source(Dated):
    """Where leads come from."""

    tag = 11
    read_with = ("Lead", "Contact", "Deal")

    name = public(text(), "Name of the source.", sort=True)
    channel = public(choice(Channel), "The way it reaches people.")
    queue_id = fields.UUIDField(null=True)

    queue = ToOne("LeadQueue", "queue_id", "Who gets its leads, where nothing else says so.")

    class Meta(Table):
        table = "sources"


class Touchpoint(Tenant):
    """One arrival of a person, with what the link told about it."""

    tag = 34
    part_of = ("Person", "person_id")
    read_with = ("Lead",)

    at = public(fields.DatetimeField(), "When it was.", sort=True)
    utm_source = public(text(null=True), "utm_source of the link.")
    utm_medium = public(text(null=True), "utm_medium of the link.")
    utm_campaign = public(text(null=True), "utm_campaign of the link.")
    utm_term = public(text(null=True), "utm_term of the link.")
    utm_content = public(text(null=True), "utm_content of the link.")
    click_id = public(text(null=True), "Click id of an advertisement.")
    referrer = public(text(null=True), "The page before.")
    page = public(text(null=True), "The page.")
    created_at = public(fields.DatetimeField(), "When it was recorded.")
    person_id = fields.UUIDField()
    lead_id = fields.UUIDField(null=True)
    source_id = fields.UUIDField(null=True)
    campaign_id = fields.UUIDField(null=True)
    submission_id = fields.UUIDField(null=True)

    person = ToOne("Person", "person_id", "Who came.", null=False)
    lead = ToOne("Lead", "lead_id", "The lead it belongs to.")
    source = ToOne("Source", "source_id", "The source.")
    campaign = ToOne("Campaign", "campaign_id", "The campaign.")
    submission = ToOne("Submission", "submission_id", "The submission it came with.")

    class Meta(Table):
        table = "touchpoints"
