"""Senders, inboxes, and what came back: by which addresses mail leaves, and where its answers arrive."""

from tortoise import fields

from models.columns import Choice, Dated, Table, ToMany, ToOne, choice, public, text


class SenderChannel(Choice):
    """What a sender's messages travel by."""

    EMAIL = "EMAIL", "E-mail."
    WEBHOOK = "WEBHOOK", "Posted, signed, to another system, which delivers them: text messages and the like."


class MailSecurity(Choice):
    """How the connection to a mail server is kept private."""

    TLS = "TLS", "TLS from the first byte."
    STARTTLS = "STARTTLS", "Begun in the open, then TLS; a server that offers none is refused."
    NONE = "NONE", "None: for a server on this machine alone."


class MailProvider(Choice):
    """Whose servers take the mail, where its events name a mail their own way."""

    SES = "SES", "Amazon SES."
    POSTMARK = "POSTMARK", "Postmark."
    MAILGUN = "MAILGUN", "Mailgun."
    SENDGRID = "SENDGRID", "Twilio SendGrid."


class Sender(Dated):
    """An address mail is sent from, and how."""

    tag = 42
    read_with = ("Sequence",)

    name = public(text(), "Name readers see.", sort=True)
    channel = public(choice(SenderChannel, default=SenderChannel.EMAIL), "What its messages travel by.")
    address = public(text(), "The address; with another channel the number or name it is from.")
    reply_to = public(text(null=True), "Where replies go.")
    bounce_address = public(text(null=True), "Where bounces go, with the mail's tag behind a plus.")
    tags_replies = public(fields.BooleanField(default=False), "Puts the mail's tag behind a plus of where replies go, too.")
    is_default = public(fields.BooleanField(default=False), "Taken when none is named.")
    provider = public(choice(MailProvider, null=True), "Whose servers take its mail.")
    host = public(text(null=True), "Its mail server; missing: the installation's.")
    port = public(fields.IntField(null=True), "The server's port.")
    login = public(text(null=True), "The name it signs in with there.")
    security = public(choice(MailSecurity, null=True), "How the connection is kept private.")
    url = public(text(null=True), "Where the messages of another channel are posted.")
    dkim_domain = public(text(null=True), "The domain its mail is signed for.")
    dkim_selector = public(text(null=True), "The selector of the key.")
    failures = public(fields.IntField(default=0), "Failures in a row.")
    failing_since = public(fields.DatetimeField(null=True), "Since when its server fails.")
    retry_at = public(fields.DatetimeField(null=True), "Nothing is tried before; its mail waits.")
    last_error = public(text(null=True), "What its server last failed with.")
    tested_at = public(fields.DatetimeField(null=True), "When it last worked for a test, or again after failures.")
    dkim_public = text(null=True)
    dkim_ciphertext = fields.BinaryField(null=True)
    dkim_key_id = text(null=True)
    secret_ciphertext = fields.BinaryField(null=True)
    secret_key_id = text(null=True)
    owner_id = fields.UUIDField(null=True)

    owner = ToOne("User", "owner_id", "Whose mail leaves by it.")
    sends = ToMany("Send", "sender_id", "Its mail, newest first.", order="-planned_at")

    class Meta(Table):
        table = "senders"


class InboxKind(Choice):
    """How what comes back arrives."""

    WEBHOOK = "WEBHOOK", "It is posted to an address of ours."
    IMAP = "IMAP", "A mailbox is read."
    DIRECTORY = "DIRECTORY", "A Maildir on this machine is read."


class InboxProvider(Choice):
    """Whose events they are."""

    LEADWELL = "LEADWELL", "Raw messages, or our own JSON."
    SES = "SES", "Amazon SES, by way of SNS."
    POSTMARK = "POSTMARK", "Postmark."
    MAILGUN = "MAILGUN", "Mailgun."
    SENDGRID = "SENDGRID", "Twilio SendGrid."


class InboxSecurity(Choice):
    """How the connection to a mailbox is kept private."""

    TLS = "TLS", "TLS from the first byte."
    NONE = "NONE", "None: for a server on this machine alone."


class Inbox(Dated):
    """A place where bounces, complaints, answers and sellers' copies of their own mail arrive."""

    tag = 190

    name = public(text(), "Name people see.", sort=True)
    kind = public(choice(InboxKind), "How it arrives.")
    provider = public(choice(InboxProvider, default=InboxProvider.LEADWELL), "Whose events they are.")
    key = public(text(), "Behind the plus of the address that sellers send copies of their own mail to.")
    host = public(text(null=True), "The mailbox's server.")
    port = public(fields.IntField(null=True), "The server's port.")
    login = public(text(null=True), "The name it is read with.")
    security = public(choice(InboxSecurity, null=True), "How the connection is kept private.")
    folder = public(text(null=True), "The folder that is read.")
    is_active = public(fields.BooleanField(default=True), "It is read, or takes what is posted.")
    read_at = public(fields.DatetimeField(null=True), "When it was last read.")
    failing_since = public(fields.DatetimeField(null=True), "Since when it cannot be read.")
    last_error = public(text(null=True), "Why it cannot be read.")
    secret_ciphertext = fields.BinaryField(null=True)
    secret_key_id = text(null=True)
    topic = text(null=True)

    messages = ToMany("InboundMessage", "inbox_id", "What came into it, newest first.", order="-created_at")

    class Meta(Table):
        table = "inboxes"


class InboundKind(Choice):
    """What a message is."""

    REPLY = "REPLY", "A person answered."
    AUTO_REPLY = "AUTO_REPLY", "A program answered: somebody is away."
    BOUNCE = "BOUNCE", "A mail could not be delivered."
    DELAY = "DELAY", "A mail is late; its server goes on trying."
    COMPLAINT = "COMPLAINT", "A reader called a mail spam."
    DELIVERED = "DELIVERED", "A mail reached the reader's server."
    OPEN = "OPEN", "A provider saw a mail opened."
    CLICK = "CLICK", "A provider saw a link followed."
    UNSUBSCRIBE = "UNSUBSCRIBE", "A reader opted out at the provider."
    LOGGED = "LOGGED", "A seller's own mail, sent here as a copy."
    OTHER = "OTHER", "Something else."


class InboundState(Choice):
    """What became of a message."""

    TAKEN = "TAKEN", "It counts."
    PARKED = "PARKED", "It waits for somebody to look; the reason says why."
    DISMISSED = "DISMISSED", "Somebody looked, and it counts for nothing."


class InboundMatch(Choice):
    """By what it was known whose mail a message is about."""

    MESSAGE_ID = "MESSAGE_ID", "By the Message-ID of our mail."
    TAG = "TAG", "By the signed tag that our mail carried."
    ADDRESS = "ADDRESS", "By the addresses of people, in a seller's own mail."
    HAND = "HAND", "By somebody who looked."


class InboundMessage(Dated):
    """A message that came back, and what became of it."""

    tag = 191
    part_of = ("Person", "person_id")

    kind = public(choice(InboundKind), "What it is.")
    state = public(choice(InboundState), "What became of it.")
    reason = public(text(null=True), "Why it is parked.")
    matched_by = public(choice(InboundMatch, null=True), "By what its mail was found.")
    external_id = public(text(), "Its Message-ID, or the provider's id of the event.")
    origin = public(text(null=True, column="sender"), "Whom it is from.", see="contact_data")
    recipient = public(text(null=True), "Whom the mail it is about was to.", see="contact_data")
    subject = public(text(null=True), "Its subject.")
    status = public(text(null=True), "The enhanced status code of a bounce.")
    hard = public(fields.BooleanField(null=True), "Whether a bounce is for good.")
    at = public(fields.DatetimeField(), "When it was written.", sort=True)
    letter = fields.BinaryField(null=True)
    inbox_id = fields.UUIDField(null=True)
    send_id = fields.UUIDField(null=True)
    person_id = fields.UUIDField(null=True)

    inbox = ToOne("Inbox", "inbox_id", "Where it arrived.")
    send = ToOne("Send", "send_id", "The mail it is about.")
    person = ToOne("Person", "person_id", "Whom it is about.")

    class Meta(Table):
        table = "inbound_messages"
