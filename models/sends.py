"""The send ledger: what left, what did not, and why."""

from tortoise import fields

from models.columns import Choice, Dated, Table, ToOne, choice, public, text


class MailClass(Choice):
    """What sort of mail it is."""

    SEQUENCE = "SEQUENCE", "A step of a sequence."
    BROADCAST = "BROADCAST", "To many at once."
    ONE_TO_ONE = "ONE_TO_ONE", "From one person to another."
    TEST = "TEST", "To see what it looks like."
    DOUBLE_OPT_IN = "DOUBLE_OPT_IN", "Asks whether it was they who filled in a form."
    SECURITY = "SECURITY", "Needed to come in: a link or a code."
    DIGEST = "DIGEST", "Tells a user what there is to see."


class SendState(Choice):
    """How far a mail came."""

    PLANNED = "PLANNED", "To be sent."
    SENDING = "SENDING", "Being handed over."
    SENT = "SENT", "Taken by the mail server."
    REJECTED = "REJECTED", "Refused by the mail server."
    DEFERRED = "DEFERRED", "To be tried again."
    AMBIGUOUS = "AMBIGUOUS", "Handed over with no answer; not sent again."
    SKIPPED = "SKIPPED", "Held back; the reason says why."


class SendEvidence(Choice):
    """What first showed that a mail had left."""

    DELIVERED = "DELIVERED", "The provider says that it was delivered."
    BOUNCE = "BOUNCE", "It came back."
    COMPLAINT = "COMPLAINT", "Its reader complained."
    OPEN = "OPEN", "It was opened."
    CLICK = "CLICK", "A link in it was followed."
    REPLY = "REPLY", "It was answered."


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
    bounced_at = public(fields.DatetimeField(null=True), "When it came back.")
    complained_at = public(fields.DatetimeField(null=True), "When its reader complained.")
    evidence = public(choice(SendEvidence, null=True), "What first showed that it had left.")
    due_at = public(fields.DatetimeField(null=True), "Not before then; missing: as soon as a worker is free.")
    counted_at = public(fields.DatetimeField(null=True), "When it counted as a touch; missing: it is none, or nothing left.")
    address_hash = fields.BinaryField()
    words_ciphertext = fields.BinaryField(null=True)
    words_key_id = text(null=True)
    lease = fields.UUIDField(null=True)
    person_id = fields.UUIDField(null=True)
    user_id = fields.UUIDField(null=True)
    sender_id = fields.UUIDField(null=True)
    answers_id = fields.UUIDField(null=True)
    enrollment_id = fields.UUIDField(null=True)
    window_id = fields.UUIDField(null=True)
    company_id = fields.UUIDField(null=True)
    topic_id = fields.UUIDField(null=True)
    template_id = fields.UUIDField(null=True)

    person = ToOne("Person", "person_id", "Whom it is to; missing where that is nobody known, or a user.")
    user = ToOne("User", "user_id", "The user it is to, or who wrote it.")
    sender = ToOne("Sender", "sender_id", "By whom it leaves.")
    answers = ToOne("Send", "answers_id", "The mail whose thread it goes on with.")
    enrollment = ToOne("Enrollment", "enrollment_id", "The enrollment it belongs to.")
    window = ToOne("SendWindow", "window_id", "Its own hours; missing: those of its sequence or of the workspace.")
    topic = ToOne("Topic", "topic_id", "What it is about.")
    template = ToOne("Template", "template_id", "The template it was made from.")

    class Meta(Table):
        table = "sends"
