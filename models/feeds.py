"""Feeds of other systems, and what stands guard before forms: wordings, buckets, proofs, double opt-ins."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Rows, Table, ToOne, choice, computed, public, text, texts
from models.leads import Intent


class FeedKind(Choice):
    """Who sends, and so how it is read and signed."""

    JSON = "JSON", "Any system; a mapping says which value fills which field."
    EMAIL = "EMAIL", "Mail to an address of ours: raw, or as a mail provider tells it."
    META = "META", "Lead ads of Facebook and Instagram."
    LINKEDIN = "LINKEDIN", "Lead Gen Forms of LinkedIn."
    GOOGLE_ADS = "GOOGLE_ADS", "Lead forms of Google Ads."
    EVENTS = "EVENTS", "What happened: tickets, use of the product, purchases, answers to mail."


class FeedSignature(Choice):
    """How a feed of kind JSON or EMAIL proves who it is from."""

    NONE = "NONE", "Whoever knows the key may send."
    HMAC = "HMAC", "HMAC-SHA256 of the body under the secret, in a header."
    STANDARD = "STANDARD", "Standard Webhooks: id, time and signature in three headers."


class Strangers(Choice):
    """What becomes of an event about somebody nobody knows."""

    KEEP = "KEEP", "It waits until they are known."
    CREATE_LEAD = "CREATE_LEAD", "They become a lead; a buyer, what the workspace makes of buyers."


class Feed(Dated):
    """A door by which another system sends people in, with its own key and mapping."""

    tag = 94

    key = public(text(), "Public key it is sent with; with mail, what stands behind the plus of the address.")
    name = public(text(), "Name people see.", sort=True)
    kind = public(choice(FeedKind), "Who sends.")
    intent = public(choice(Intent, default=Intent.HAND_RAISE), "How much a submission asks for.")
    mapping = public(fields.JSONField[dict[str, Any]](default=dict), "Which value fills which field, by JSON pointer or by the vendor's name.", where=False)
    items = public(text(null=True), "JSON pointer to the list of people in a body.", where=False)
    external_id = public(text(null=True), "JSON pointer to the other system's id of an event, which is taken once.", where=False)
    signature = public(choice(FeedSignature, default=FeedSignature.NONE), "How it proves who it is from.")
    signature_header = public(text(null=True), "The header that holds the signature.", where=False)
    country = public(text(null=True), "Where numbers without a country code are from.")
    is_active = public(fields.BooleanField(default=True), "Takes what is sent.")
    strangers = public(choice(Strangers, default=Strangers.KEEP), "What becomes of events about somebody nobody knows.")
    waiting = computed(
        int, "(SELECT count(*)::int FROM happenings h WHERE h.workspace_id = $1 AND h.state = 'WAITING' AND h.feed_id = {t}.id)",
        "Events that wait for somebody to be known.", where=False)
    secret_ciphertext = fields.BinaryField(null=True)
    secret_key_id = text(null=True)
    token_ciphertext = fields.BinaryField(null=True)
    token_key_id = text(null=True)
    source_id = fields.UUIDField(null=True)
    campaign_id = fields.UUIDField(null=True)
    owner_id = fields.UUIDField(null=True)

    source = ToOne("Source", "source_id", "The source of its leads.")
    campaign = ToOne("Campaign", "campaign_id", "The campaign of its leads.")
    owner = ToOne("User", "owner_id", "Who gets its leads.")

    class Meta(Table):
        table = "feeds"


class Happening(Rows):
    """What another system told, each once."""

    id = fields.UUIDField(primary_key=True)
    feed_id = fields.UUIDField()
    external_id = text()
    type = text()
    digest = text()
    state = text(default="TAKEN")
    outcome = fields.JSONField[dict[str, Any]](default=dict)
    body = fields.JSONField[Any](null=True)
    kinds = texts()
    keys = texts()
    at = fields.DatetimeField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta(Table):
        table = "happenings"


class ConsentWording(Rows):
    """The words a version of a consent stands for."""

    topic_id = fields.UUIDField(primary_key=True)
    version = text()
    text: fields.Field[str] = text()
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "consent_wordings"


class FormBucket(Rows):
    """What a form may still take."""

    form_id = fields.UUIDField(primary_key=True)
    tokens = fields.FloatField()
    at = fields.DatetimeField()

    class Meta(Table):
        table = "form_buckets"


class FormProof(Rows):
    """A proof of work that was used."""

    nonce = fields.BinaryField(primary_key=True)
    content = fields.BinaryField()
    at = fields.DatetimeField()

    class Meta(Table):
        table = "form_proofs"


class OptInMail(Choice):
    """Where the mail of a double opt-in stands."""

    PLANNED = "PLANNED", "To be sent."
    SENT = "SENT", "Taken by the mail server."
    REJECTED = "REJECTED", "Refused for good."
    SKIPPED = "SKIPPED", "Not sent."


class OptIn(Rows):
    """Somebody asked by mail whether it was they who filled in a form."""

    id = fields.UUIDField(primary_key=True)
    submission_id = fields.UUIDField()
    form_id = fields.UUIDField()
    address = text()
    address_hash = fields.BinaryField()
    message_id = text()
    mail_state = choice(OptInMail, default=OptInMail.PLANNED)
    reply = text(null=True)
    asked_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    ip = text(null=True)
    user_agent = text(null=True)

    class Meta(Table):
        table = "opt_ins"
