"""Campaigns: marketing efforts and the people in them."""

from tortoise import fields

from models.columns import Choice, Dated, Table, ToMany, ToOne, big, choice, money, public, text


class CampaignType(Choice):
    """What sort of effort it is."""

    EMAIL = "EMAIL", "Mail."
    EVENT = "EVENT", "An event."
    WEBINAR = "WEBINAR", "A webinar."
    ADVERTISING = "ADVERTISING", "Advertisements."
    SOCIAL = "SOCIAL", "Social networks."
    CONTENT = "CONTENT", "Something to read or watch."
    REFERRAL = "REFERRAL", "Recommendations."
    PARTNER = "PARTNER", "Together with a partner."
    OTHER = "OTHER", "Something else."


class CampaignStatus(Choice):
    """Where a campaign stands."""

    PLANNED = "PLANNED", "Not begun."
    ACTIVE = "ACTIVE", "Running."
    COMPLETED = "COMPLETED", "Over."
    CANCELED = "CANCELED", "Called off."


class Campaign(Dated):
    """A marketing effort."""

    tag = 12
    owned_by = "owner_id"

    name = public(text(), "Name of the campaign.", sort=True)
    type = public(choice(CampaignType, default=CampaignType.OTHER), "What sort of effort it is.")
    status = public(choice(CampaignStatus, default=CampaignStatus.PLANNED), "Where it stands.")
    start_on = public(fields.DateField(null=True), "First day.", sort=True)
    end_on = public(fields.DateField(null=True), "Last day.")
    budget = money("budget_minor", "currency", "What it may cost.", null=True)
    cost = money("cost_minor", "currency", "What it cost.", null=True)
    budget_minor = big(null=True)
    cost_minor = big(null=True)
    currency = text(null=True)
    parent_id = fields.UUIDField(null=True)
    owner_id = fields.UUIDField(null=True)

    parent = ToOne("Campaign", "parent_id", "The campaign it belongs to.")
    owner = ToOne("User", "owner_id", "Who runs it.")
    children = ToMany("Campaign", "parent_id", "Campaigns that belong to it, by name.", order="name")
    members = ToMany("CampaignMember", "campaign_id", "People in it, oldest first.", order="created_at")
    leads = ToMany("Lead", "campaign_id", "Leads that came from it, newest first.", order="-created_at")

    class Meta(Table):
        table = "campaigns"


class MemberStatus(Dated):
    """Where people can stand in a campaign."""

    tag = 95
    read_with = ("Campaign",)

    code = public(text(), "What members' `status` says.", sort=True)
    name = public(text(), "Name people see.", sort=True)
    responded = public(fields.BooleanField(default=False), "Whoever stands there has responded.")
    position = public(fields.IntField(default=0), "Its place in the list.", sort=True)

    class Meta(Table):
        table = "member_statuses"


class CampaignMember(Dated):
    """A person in a campaign."""

    tag = 29
    part_of = ("Person", "person_id")
    read_with = ("Campaign",)

    status = public(text(), "Where the person stands in it: the code of a member status.")
    responded = public(fields.BooleanField(default=False), "The person responded.")
    responded_at = public(fields.DatetimeField(null=True), "When the person responded first.")
    campaign_id = fields.UUIDField()
    person_id = fields.UUIDField()

    campaign = ToOne("Campaign", "campaign_id", "The campaign.", null=False)
    person = ToOne("Person", "person_id", "The person.", null=False)

    class Meta(Table):
        table = "campaign_members"
