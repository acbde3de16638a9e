"""Nurture: templates, senders, sequences with their versions, and enrollments."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Rows, Table, Tenant, ToMany, ToOne, choice, public, text


class Template(Dated):
    """A mail in Liquid."""

    tag = 18

    name = public(text(), "Name people see.", sort=True)
    subject = public(text(), "Subject, in Liquid.")
    html = public(text(), "HTML part, in Liquid.", where=False)
    plain = public(text(null=True, column="text"), "Plain-text part; missing: made from the HTML part.", where=False)

    class Meta(Table):
        table = "templates"


class Sender(Dated):
    """An address mail is sent from."""

    tag = 42
    read_with = ("Sequence",)

    name = public(text(), "Name readers see.", sort=True)
    address = public(text(), "The address.")
    reply_to = public(text(null=True), "Where replies go.")
    is_default = public(fields.BooleanField(default=False), "Taken when none is named.")

    class Meta(Table):
        table = "senders"


class SequenceState(Choice):
    """Whether a sequence runs."""

    DRAFT = "DRAFT", "Being written."
    LIVE = "LIVE", "Takes people and moves them."
    PAUSED = "PAUSED", "Holds everybody where they are."
    ARCHIVED = "ARCHIVED", "Put away."


class SequenceAudience(Choice):
    """Whom a sequence is meant for."""

    LEADS = "LEADS", "People with an open lead; they leave at conversion."
    CONTACTS = "CONTACTS", "Contacts."
    BOTH = "BOTH", "Both; people stay after conversion."


class SequenceReentry(Choice):
    """Whether a person may come again."""

    NEVER = "NEVER", "Once in a life."
    AFTER_EXIT = "AFTER_EXIT", "After having left."


class Sequence(Dated):
    """A way people are nurtured, step by step."""

    tag = 15

    name = public(text(), "Name people see.", sort=True)
    state = public(choice(SequenceState, default=SequenceState.DRAFT), "Whether it runs.")
    audience = public(choice(SequenceAudience, default=SequenceAudience.LEADS), "Whom it is meant for.")
    entry = public(fields.JSONField[dict[str, Any]](default=dict), "When people enter by themselves.", where=False)
    exit_on = public(fields.JSONField[list[str]](), "What makes people leave at once.", where=False)
    reentry = public(choice(SequenceReentry, default=SequenceReentry.NEVER), "Whether a person may come again.")
    topic_id = fields.UUIDField()
    sender_id = fields.UUIDField(null=True)
    live_version_id = fields.UUIDField(null=True)

    topic = ToOne("Topic", "topic_id", "What its mail is about.", null=False)
    sender = ToOne("Sender", "sender_id", "Who its mail is from.")
    live_version = ToOne("SequenceVersion", "live_version_id", "The version people enter.")
    versions = ToMany("SequenceVersion", "sequence_id", "Its versions, oldest first.", order="number")
    enrollments = ToMany("Enrollment", "sequence_id", "People in it, newest first.", order="-created_at")

    class Meta(Table):
        table = "sequences"


class VersionState(Choice):
    """Whether a version is in use."""

    DRAFT = "DRAFT", "Being written."
    LIVE = "LIVE", "In use; frozen."
    RETIRED = "RETIRED", "No longer in use."


class SequenceVersion(Tenant):
    """The steps of a sequence, frozen once live."""

    tag = 48
    read_with = ("Sequence",)

    number = public(fields.IntField(), "1 for the first.", sort=True)
    state = public(choice(VersionState, default=VersionState.DRAFT), "Whether it is in use.")
    steps = public(fields.JSONField[list[dict[str, Any]]](), "The steps, in order.", where=False)
    published_at = public(fields.DatetimeField(null=True), "When it went live.")
    created_at = public(fields.DatetimeField(), "When it was made.")
    sequence_id = fields.UUIDField()

    sequence = ToOne("Sequence", "sequence_id", "The sequence.", null=False)

    class Meta(Table):
        table = "sequence_versions"


class EnrollmentState(Choice):
    """Where an enrollment stands."""

    ACTIVE = "ACTIVE", "On the way."
    COMPLETED = "COMPLETED", "Reached the end."
    EXITED = "EXITED", "Left before."


class EnrollmentEntry(Choice):
    """How a person came in."""

    HAND = "HAND", "By hand."
    CAPTURE = "CAPTURE", "By a submission."
    SCORE = "SCORE", "By crossing a score."
    SEGMENT = "SEGMENT", "By entering a segment."
    AUTOMATION = "AUTOMATION", "By an automation."
    API = "API", "By another system."


class Enrollment(Dated):
    """A person in a sequence."""

    tag = 16
    part_of = ("Person", "person_id")

    state = public(choice(EnrollmentState, default=EnrollmentState.ACTIVE), "Where it stands.")
    step = public(text(), "Id of the step it stands at.")
    visit = public(fields.IntField(default=1), "How often it has stood there.")
    due_at = public(fields.DatetimeField(null=True), "When it moves on; missing: it waits for a mail's outcome.")
    entered_by = public(choice(EnrollmentEntry), "How the person came in.")
    exit_reason = public(text(null=True), "Why the person left.")
    ended_at = public(fields.DatetimeField(null=True), "When it ended.")
    sequence_id = fields.UUIDField()
    version_id = fields.UUIDField()
    person_id = fields.UUIDField()
    address_hash = fields.BinaryField(null=True)

    sequence = ToOne("Sequence", "sequence_id", "The sequence.", null=False)
    sequence_version = ToOne("SequenceVersion", "version_id", "The version it follows.", null=False)
    person = ToOne("Person", "person_id", "The person.", null=False)
    sends = ToMany("Send", "enrollment_id", "Its mail, oldest first.", order="planned_at")

    class Meta(Table):
        table = "enrollments"


class EnrollmentStep(Rows):
    """A step an enrollment has been at."""

    enrollment_id = fields.UUIDField(primary_key=True)
    step = text()
    visit = fields.IntField()
    entered_at = fields.DatetimeField()
    left_at = fields.DatetimeField(null=True)
    outcome = text(null=True)

    class Meta(Table):
        table = "enrollment_steps"


class SequenceBlock(Rows):
    """A person removed by hand, who does not enter by itself again."""

    sequence_id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    at = fields.DatetimeField()
    actor = text()

    class Meta(Table):
        table = "sequence_blocks"
