"""The send ledger: what left, what did not, and why."""

from tortoise import fields

from models.columns import Choice, Dated, Table, ToOne, choice, public, text


class MailClass(Choice):
    """What sort of mail it is."""

    NURTURE = "NURTURE", "A step of a sequence."
    BROADCAST = "BROADCAST", "To many at once."
    ONE_TO_ONE = "ONE_TO_ONE", "From one person to another."
    SERVICE = "SERVICE", "Needed for the service."


class SendState(Choice):
    """How far a mail came."""

    PLANNED = "PLANNED", "To be sent."
    SENDING = "SENDING", "Being handed over."
    SENT = "SENT", "Taken by the mail server."
    REJECTED = "REJECTED", "Refused by the mail server."
    DEFERRED = "DEFERRED", "To be tried again."
    AMBIGUOUS = "AMBIGUOUS", "Handed over with no answer; not sent again."
    SKIPPED = "SKIPPED", "Held back; the reason says why."


class Send(Dated):
    """A mail in the ledger."""

    tag = 17
    part_of = ("Person", "person_id")

    mail_class = public(choice(MailClass), "What sort of mail it is.")
    state = public(choice(SendState, default=SendState.PLANNED), "How far it came.")
    reason = public(text(null=True), "Why it was held, deferred or refused.")
    reply = public(text(null=True), "The mail server's last words.")
    subject = public(text(null=True), "Subject as rendered.")
    address = public(text(), "The address written to.", see="contact_data")
    sender_address = public(text(), "The address it is from.")
    sender_name = public(text(null=True), "The name it is from.")
    message_id = public(text(), "Its Message-ID.")
    step = public(text(), "The step of the sequence; empty: none.")
    visit = public(fields.IntField(default=1), "Which visit of that step.")
    template_version = public(fields.IntField(null=True), "Version of the template used.", where=False)
    planned_at = public(fields.DatetimeField(), "When it was planned.", sort=True)
    sending_at = public(fields.DatetimeField(null=True), "When it was handed over.")
    ended_at = public(fields.DatetimeField(null=True), "When its fate was known.")
    opened_at = public(fields.DatetimeField(null=True), "When a human first opened it.")
    clicked_at = public(fields.DatetimeField(null=True), "When a human first clicked in it.")
    replied_at = public(fields.DatetimeField(null=True), "When it was answered.")
    address_hash = fields.BinaryField()
    lease = fields.UUIDField(null=True)
    person_id = fields.UUIDField()
    enrollment_id = fields.UUIDField(null=True)
    topic_id = fields.UUIDField(null=True)
    template_id = fields.UUIDField(null=True)

    person = ToOne("Person", "person_id", "Whom it is to.", null=False)
    enrollment = ToOne("Enrollment", "enrollment_id", "The enrollment it belongs to.")
    topic = ToOne("Topic", "topic_id", "What it is about.")
    template = ToOne("Template", "template_id", "The template it was made from.")

    class Meta(Table):
        table = "sends"
