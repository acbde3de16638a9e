"""Topics, consents and suppressions: who may be written to, and about what."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Rows, Table, Tenant, ToOne, choice, public, text


class TopicKind(Choice):
    """What mail about a topic is for."""

    MARKETING = "MARKETING", "To win people."
    SALES = "SALES", "To sell."
    SERVICE = "SERVICE", "To serve customers."


class ConsentBasis(Choice):
    """Why writing is allowed."""

    CONSENT = "CONSENT", "The person agreed."
    LEGITIMATE_INTEREST = "LEGITIMATE_INTEREST", "We have a legitimate interest."
    CONTRACT = "CONTRACT", "A contract asks for it."
    SOFT_OPT_IN = "SOFT_OPT_IN", "The person bought something similar."


class ConsentSource(Choice):
    """Where a person told somebody of ours."""

    PHONE = "PHONE", "On the phone."
    IN_PERSON = "IN_PERSON", "Face to face."
    PAPER = "PAPER", "On paper."
    EMAIL = "EMAIL", "In a mail or a letter."
    CONTRACT = "CONTRACT", "In a contract."
    SYSTEM = "SYSTEM", "In another system of ours."
    OTHER = "OTHER", "Elsewhere."


class Topic(Dated):
    """Something people can subscribe to."""

    tag = 14
    read_with = ("Person", "Sequence")

    code = public(text(), "Stable code.", sort=True)
    name = public(text(), "Name people see.", sort=True)
    kind = public(choice(TopicKind), "What its mail is for.")
    basis = public(choice(ConsentBasis), "What writing about it needs.")
    expires_after_days = public(fields.IntField(null=True), "Days after which consent runs out.")

    class Meta(Table):
        table = "topics"


class ConsentState(Choice):
    """What a person did."""

    GRANTED = "GRANTED", "Agreed."
    WITHDRAWN = "WITHDRAWN", "Took it back."


class Consent(Tenant):
    """An act of consent for one address and topic; the latest counts."""

    tag = 35
    part_of = ("Person", "person_id")

    state = public(choice(ConsentState), "What the person did.")
    basis = public(choice(ConsentBasis), "Why writing is allowed.")
    wording_version = public(text(null=True), "Version of the text the person saw.")
    origin = public(text(column="source"), "Where it was given.")
    evidence = public(fields.JSONField[dict[str, Any]](default=dict), "What proves it.", where=False)
    at = public(fields.DatetimeField(), "When it was given.", sort=True)
    expires_at = public(fields.DatetimeField(null=True), "When it runs out.")
    ip = text(null=True)
    person_id = fields.UUIDField()
    address_hash = fields.BinaryField()
    topic_id = fields.UUIDField()

    person = ToOne("Person", "person_id", "Who gave it.", null=False)
    topic = ToOne("Topic", "topic_id", "What it is about.", null=False)

    class Meta(Table):
        table = "consents"


class SuppressionKind(Choice):
    """Why an address is not written to."""

    UNSUBSCRIBE = "UNSUBSCRIBE", "The person opted out."
    COMPLAINT = "COMPLAINT", "The person complained."
    HARD_BOUNCE = "HARD_BOUNCE", "The address does not exist."
    IMPORT = "IMPORT", "A file said so."
    MANUAL = "MANUAL", "Somebody said so."


class Suppression(Tenant):
    """An address that is not written to, about one topic or at all."""

    tag = 36

    kind = public(choice(SuppressionKind), "Why it is not written to.")
    reason = public(text(null=True), "The reason in words.")
    origin = public(text(column="source"), "Where it came from.")
    at = public(fields.DatetimeField(), "Since when.", sort=True)
    lifted_at = public(fields.DatetimeField(null=True), "When it was lifted.")
    lifted_by = public(text(null=True), "Who lifted it.")
    lifted_reason = public(text(null=True), "Why it was lifted.")
    address_hash = fields.BinaryField()
    topic_id = fields.UUIDField(null=True)
    send_id = fields.UUIDField(null=True)

    topic = ToOne("Topic", "topic_id", "The topic; missing: every one.")
    send = ToOne("Send", "send_id", "The mail that led to it.")

    class Meta(Table):
        table = "suppressions"


class PauseReason(Choice):
    """Why an address gets nothing for a while."""

    PERSON = "PERSON", "The person asked for a pause."
    OUT_OF_OFFICE = "OUT_OF_OFFICE", "They are away."


class MailAddress(Rows):
    """An address known by its hash; what gate and opt-out lock."""

    hash = fields.BinaryField()
    last_sent_at = fields.DatetimeField(null=True)
    paused_until = fields.DatetimeField(null=True)
    pause_reason = choice(PauseReason, null=True)
    untracked = fields.BooleanField(default=False)
    soft_bounces = fields.IntField(default=0)
    soft_bounced_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(primary_key=True)

    class Meta(Table):
        table = "mail_addresses"
