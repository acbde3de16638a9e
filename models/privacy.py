"""What people asked to be done with what is known about them, and how long a workspace keeps what nobody needs any more."""

from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.columns import Choice, Dated, Rows, Table, ToOne, big, choice, public, text
from models.people import MINE
from models.sandboxes import RunState


class PrivacyKind(Choice):
    """What is to be done."""

    ACCESS = "ACCESS", "Everything known about a person is put into a file for them."
    ERASURE = "ERASURE", "A person is erased."
    RETENTION = "RETENTION", "What is older than the workspace keeps it is erased."


class RetentionKind(Choice):
    """What is kept for a time only."""

    SUBMISSIONS = "SUBMISSIONS", "What was sent in by forms, API and import, as it came."
    JUNK_LEADS = "JUNK_LEADS", "People all of whose leads were junked so long ago: they are erased."
    IDLE_LEADS = "IDLE_LEADS", "People with leads but without consent, purchase or contact, with whom nothing happened for so long: they are erased."
    MAIL_BODIES = "MAIL_BODIES", "Texts of mail on timelines, and what came back as it came."
    WEBHOOK_BODIES = "WEBHOOK_BODIES", "What was posted to webhooks, and what they answered."
    VISITORS = "VISITORS", "Visits of pages, click ids and referrers."


class PrivacyRequest(Dated):
    """An access export, an erasure or a run of retention, and its receipt. It holds no personal data."""

    tag = 210
    owned_by = MINE.replace("{person}", "{t}.person_id")
    read_with = ("Person",)

    kind = public(choice(PrivacyKind), "What is done.")
    rule = public(choice(RetentionKind, null=True), "Of retention: what is kept for a time only.")
    state = public(choice(RunState, default=RunState.RUNNING), "Where it stands.")
    counts = public(fields.JSONField[dict[str, int]](default=dict), "How many rows of each table were erased or written down so far.", where=False)
    kept = public(fields.JSONField[dict[str, int]](default=dict), "How many rows of each table stay, without what would say whose they were.", where=False)
    people_count = public(fields.IntField(default=0), "How many people it is about, people merged into them included.")
    receipt = public(text(null=True), "SHA-256 over what was done, as the audit has it; missing until it is done.")
    size = public(big(default=0), "Of an access export: bytes of its file.")
    actor = public(text(), "Who asked.")
    reason = public(text(null=True), "Why, in words of whoever asked.")
    error = public(text(null=True), "What stopped it.")
    finished_at = public(fields.DatetimeField(null=True), "When it was done.")
    person_id = fields.UUIDField(null=True)
    people: fields.Field[list[UUID]] = ArrayField("uuid", default=list)
    step = fields.IntField(default=0)
    before = fields.DatetimeField(null=True)
    sealed_ciphertext = fields.BinaryField(null=True)
    sealed_key_id = text(null=True)

    person = ToOne("Person", "person_id", "Whom it is about; of an erasure, who is left of them.")

    class Meta(Table):
        table = "privacy_requests"


class RetentionRule(Rows):
    """How long one thing is kept."""

    kind = choice(RetentionKind)
    months = fields.IntField(primary_key=True, generated=False)
    actor = text()
    updated_at = fields.DatetimeField()

    class Meta(Table):
        table = "retention_rules"
