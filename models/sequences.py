"""Nurture: templates, sequences with their versions, and enrollments."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.columns import Choice, Dated, Rows, Table, Tenant, ToMany, ToOne, choice, public, text


class Template(Dated):
    """A mail in Liquid."""

    tag = 18

    name = public(text(), "Name people see.", sort=True)
    subject = public(text(), "Subject, in Liquid.")
    html = public(text(), "HTML part, in Liquid.", where=False)
    plain = public(text(null=True, column="text"), "Plain-text part; missing: made from the HTML part.", where=False)
    layout_id = fields.UUIDField(null=True)
    parts = fields.JSONField[dict[str, Any]](default=dict)

    layout = ToOne("Layout", "layout_id", "What stands around it.")
    versions = ToMany("TemplateVersion", "template_id", "Its versions, newest first.", order="-number")

    class Meta(Table):
        table = "templates"


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


class Exclusivity(Choice):
    """Which sequences a person or an address may be in at the same time."""

    NONE = "NONE", "Any others, unless they say otherwise."
    EXCLUSIVE = "EXCLUSIVE", "None that is EXCLUSIVE too."
    ALONE = "ALONE", "No other at all."


class CompanyReply(Choice):
    """What an answer of somebody does to others of the same company."""

    NOTHING = "NOTHING", "They go on."
    PAUSE = "PAUSE", "They wait until somebody resumes them."
    EXIT = "EXIT", "They leave."


class SequenceReentry(Choice):
    """Whether a person may come again."""

    NEVER = "NEVER", "Once in a life."
    AFTER_EXIT = "AFTER_EXIT", "After having left."


class Happening(Choice):
    """What can happen to a person: what steps wait for and branch by, sequences are entered by and have as their goal."""

    OPENED = "OPENED", "They opened a mail of the sequence."
    CLICKED = "CLICKED", "They clicked a link in a mail of the sequence."
    REPLIED = "REPLIED", "They answered a mail of the sequence."
    FORM = "FORM", "They filled in a form."
    HAND_RAISED = "HAND_RAISED", "They asked to be spoken to."
    MEETING_BOOKED = "MEETING_BOOKED", "A meeting with them was scheduled."
    MEETING_HELD = "MEETING_HELD", "A meeting with them took place."
    DEAL_OPENED = "DEAL_OPENED", "A deal with them was made."
    DEAL_WON = "DEAL_WON", "A deal with them was won."
    DEAL_LOST = "DEAL_LOST", "A deal with them was lost."
    PURCHASED = "PURCHASED", "They bought something."
    CONVERTED = "CONVERTED", "Their lead was converted."
    SCORE_CROSSED = "SCORE_CROSSED", "Their score rose to a threshold."
    SUBSCRIBED = "SUBSCRIBED", "They allowed mail about a topic."


class Sequence(Dated):
    """A way people are nurtured, step by step."""

    tag = 15

    name = public(text(), "Name people see.", sort=True)
    state = public(choice(SequenceState, default=SequenceState.DRAFT), "Whether it runs.")
    audience = public(choice(SequenceAudience, default=SequenceAudience.LEADS), "Whom it is meant for.")
    entry = public(fields.JSONField[dict[str, Any]](default=dict), "When people enter by themselves.", where=False)
    exit_on = public(fields.JSONField[list[str]](), "What makes people leave at once.", where=False)
    reentry = public(choice(SequenceReentry, default=SequenceReentry.NEVER), "Whether a person may come again.")
    reentry_days = public(fields.IntField(null=True), "How many days after having left, at least.")
    goal = public(fields.JSONField[dict[str, Any] | None](null=True), "What it is for: whoever reaches it leaves.", where=False)
    exclusivity = public(choice(Exclusivity, default=Exclusivity.NONE), "Which other sequences people may be in.")
    company_reply = public(choice(CompanyReply, default=CompanyReply.NOTHING), "What an answer does to others of the same company.")
    touch_gap_hours = public(fields.IntField(null=True), "How many hours must lie between the last touch and entering.")
    sunset_days = public(fields.IntField(null=True), "After how many days of mail without a sign of life people leave.")
    paused_at = public(fields.DatetimeField(null=True), "When it was paused.")
    topic_id = fields.UUIDField()
    sender_id = fields.UUIDField(null=True)
    window_id = fields.UUIDField(null=True)
    live_version_id = fields.UUIDField(null=True)

    topic = ToOne("Topic", "topic_id", "What its mail is about.", null=False)
    sender = ToOne("Sender", "sender_id", "Who its mail is from.")
    window = ToOne("SendWindow", "window_id", "The hours in which its mail leaves; missing: the workspace's.")
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
    credential = text(null=True)
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
    EVENT = "EVENT", "By something that happened."
    SEQUENCE = "SEQUENCE", "By another sequence."
    API = "API", "By another system."


class Enrollment(Dated):
    """A person in a sequence."""

    tag = 16
    part_of = ("Person", "person_id")

    state = public(choice(EnrollmentState, default=EnrollmentState.ACTIVE), "Where it stands.")
    step = public(text(), "Id of the step it stands at.")
    visit = public(fields.IntField(default=1), "The round: one more each time it goes back in the sequence.")
    arrived_at = public(fields.DatetimeField(), "When it came to the step.")
    due_at = public(fields.DatetimeField(null=True), "When it moves on; missing: it waits for a mail's or task's outcome, or is paused.")
    entered_by = public(choice(EnrollmentEntry), "How the person came in.")
    exit_reason = public(text(null=True), "Why the person left.")
    ended_at = public(fields.DatetimeField(null=True), "When it ended.")
    goal_at = public(fields.DatetimeField(null=True), "When it reached a goal.")
    paused_at = public(fields.DatetimeField(null=True), "When it was paused.")
    paused_until = public(fields.DatetimeField(null=True), "When it goes on by itself; missing while paused: when somebody resumes it.")
    sequence_id = fields.UUIDField()
    version_id = fields.UUIDField()
    person_id = fields.UUIDField()
    address_hash = fields.BinaryField(null=True)
    awaits = fields.UUIDField(null=True)
    hops = fields.IntField(default=0)
    resume_due_at = fields.DatetimeField(null=True)
    skip_until = fields.DatetimeField(null=True)

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


class SequenceMigration(Rows):
    """People on their way from one version of a sequence to the next."""

    id = fields.UUIDField(primary_key=True)
    sequence_id = fields.UUIDField()
    version_id = fields.UUIDField()
    from_ids: fields.Field[list[UUID]] = ArrayField("uuid")
    plan = fields.JSONField[list[dict[str, Any]]]()
    ramp_per_hour = fields.IntField(null=True)
    state = text()
    reached = fields.UUIDField(null=True)
    moved = fields.IntField(default=0)
    released = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta(Table):
        table = "sequence_migrations"
