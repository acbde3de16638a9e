"""Activities: what people lived through, with participants and links."""

from datetime import datetime
from typing import Any

from tortoise import fields

from models.columns import Choice, Lookup, Rows, Table, Tenant, Through, ToMany, ToOne, choice, public, text
from models.people import ATTACHED, MINE

HEAD = Lookup("activity_heads", "{x}.activity_id = {t}.id")
READ = Lookup("activity_readings", "{x}.activity_id = {t}.id")


class ActivityKind(Choice):
    """What happened."""

    CALL = "CALL", "A phone call."
    EMAIL = "EMAIL", "An e-mail to or from a person."
    MEETING = "MEETING", "A meeting that took place."
    NOTE = "NOTE", "A note."
    TASK_DONE = "TASK_DONE", "A task was done."
    FORM = "FORM", "A form was sent."
    PAGE_VIEW = "PAGE_VIEW", "A page was seen."
    OPEN = "OPEN", "A mail was opened."
    CLICK = "CLICK", "A link was clicked."
    REPLY = "REPLY", "A mail was answered."
    BOUNCE = "BOUNCE", "A mail came back."
    UNSUBSCRIBE = "UNSUBSCRIBE", "The person opted out."
    COMPLAINT = "COMPLAINT", "The person complained about a mail."
    PURCHASE = "PURCHASE", "Something was bought."
    TICKET = "TICKET", "A support ticket."
    USAGE = "USAGE", "The product was used."
    SURVEY = "SURVEY", "An answer to a survey."
    STATUS_CHANGE = "STATUS_CHANGE", "A lead changed its status."
    STAGE_CHANGE = "STAGE_CHANGE", "A deal changed its stage."
    CONVERSION = "CONVERSION", "A lead became a contact."
    IMPORT = "IMPORT", "The person came with a file."
    SYSTEM = "SYSTEM", "Something the product did."


class ActivityDirection(Choice):
    """Who reached out."""

    INBOUND = "INBOUND", "The person."
    OUTBOUND = "OUTBOUND", "We."


class ActivityReading(Choice):
    """Whether a human or a machine stood behind an open or a click."""

    HUMAN = "HUMAN", "A human."
    UNCERTAIN = "UNCERTAIN", "Cannot be told."
    MACHINE = "MACHINE", "A scanner or proxy."


class ReadingReason(Choice):
    """Why an open or click is read otherwise than it was recorded."""

    HAND = "HAND", "Somebody said so."
    AGENT = "AGENT", "A program known to follow links."
    PROXY = "PROXY", "A proxy that fetches pictures for everybody."
    HONEY_LINK = "HONEY_LINK", "A link that no human sees was followed in the same minute."
    BURST = "BURST", "Several links of one mail within seconds."
    TOO_SOON = "TOO_SOON", "Seconds after the mail was delivered."
    RECORDED = "RECORDED", "As it was recorded, after all."


class Activity(Tenant):
    """One thing that happened, at a time; never changed once recorded. A correction is a new record, and what it says now stands beside."""

    tag = 6
    owned_by = (
        "({t}.user_id {theirs} OR EXISTS (SELECT 1 FROM activity_participants a WHERE a.workspace_id = $1"
        " AND a.activity_id = {t}.id AND " + MINE.replace("{person}", "a.person_id") + "))"
    )

    kind = public(choice(ActivityKind), "What happened.")
    at = public(fields.DatetimeField(), "When it happened.", sort=True)
    direction = public(choice(ActivityDirection, null=True), "Who reached out.")
    subject = public(text(null=True), "One line for people.")
    body = public(text(null=True), "The text, if any.", where=False)
    outcome = public(text(null=True), "How it ended.")
    duration_seconds = public(fields.IntField(null=True), "How long it took, in seconds.")
    automated = public(fields.BooleanField(default=False), "Written by the product, not by a person.")
    reading = public(choice(ActivityReading, default=ActivityReading.HUMAN), "Human or machine, as it was recorded.")
    origin = public(text(null=True, column="source"), "The system it came from.")
    external_id = public(text(null=True), "Its id in that system.")
    data = public(fields.JSONField[dict[str, Any]](default=dict), "Further facts, by kind.", where=False)
    created_at = public(fields.DatetimeField(), "When it was recorded.")
    user_id = fields.UUIDField(null=True)
    send_id = fields.UUIDField(null=True)
    revises_id = fields.UUIDField(null=True)

    reading_now = READ.field(str, "reading", "Human or machine as decided later, HUMAN, UNCERTAIN or MACHINE; missing: as recorded.")
    reading_reason = READ.field(str, "reason", "Why it is read otherwise than it was recorded.")
    revised_at = HEAD.field(datetime, "revised_at", "When it was last corrected; missing: never.")
    pinned_at = HEAD.field(datetime, "pinned_at", "When it was pinned; missing: it is not.")
    latest_subject = HEAD.field(str, "subject", "The line for people as last corrected; missing where it never was.")
    latest_body = HEAD.field(str, "body", "The text as last corrected; missing where it never was.")
    latest_outcome = HEAD.field(str, "outcome", "How it ended, as last corrected; missing where it never was.")
    version = HEAD.field(int, "version", "Adds one with every correction and pin; missing before the first.")
    user = ToOne("User", "user_id", "Who logged or did it.")
    send = ToOne("Send", "send_id", "The mail it is about.")
    revises = ToOne("Activity", "revises_id", "The activity this one corrects.")
    revisions = ToMany("Activity", "revises_id", "What corrects it, newest first.", order="-at")
    files = ToMany("File", "id", "Attached files, newest first.", order="-created_at", through=ATTACHED)
    people = ToMany(
        "Person",
        "id",
        "Who took part, by name.",
        order="name",
        through=Through("activity_participants", "activity_id", "person_id"),
    )

    class Meta(Table):
        table = "activities"


class ParticipantRole(Choice):
    """What part a person had in an activity."""

    ABOUT = "ABOUT", "It is about the person."
    FROM = "FROM", "The person sent it."
    TO = "TO", "It was sent to the person."
    CC = "CC", "The person got a copy."
    ORGANIZER = "ORGANIZER", "The person organized it."
    ATTENDEE = "ATTENDEE", "The person attended."


class ActivityParticipant(Rows):
    """A person's part in an activity, with what a timeline is sorted by and shows of it first."""

    activity_id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    role = choice(ParticipantRole, default=ParticipantRole.ABOUT)
    kind = text()
    at = fields.DatetimeField()
    reading = choice(ActivityReading, default=ActivityReading.HUMAN)
    subject = text(null=True)

    class Meta(Table):
        table = "activity_participants"


class ActivityLink(Rows):
    """A record an activity has to do with."""

    activity_id = fields.UUIDField(primary_key=True)
    noun = text()
    record_id = fields.UUIDField()
    kind = text()
    at = fields.DatetimeField()

    class Meta(Table):
        table = "activity_links"


class ActivityKey(Rows):
    """What another system calls an activity; makes it unique."""

    source = text()
    external_id = text()
    activity_id = fields.UUIDField(primary_key=True)

    class Meta(Table):
        table = "activity_keys"


class ActivityHead(Rows):
    """What a corrected or pinned activity says now."""

    activity_id = fields.UUIDField(primary_key=True)
    latest_id = fields.UUIDField()
    subject = text(null=True)
    body = text(null=True)
    outcome = text(null=True)
    duration_seconds = fields.IntField(null=True)
    revised_at = fields.DatetimeField(null=True)
    revised_by_id = fields.UUIDField(null=True)
    pinned_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta(Table):
        table = "activity_heads"


class ParkedActivity(Tenant):
    """An activity told with a time that has not come."""

    at = fields.DatetimeField()
    told = fields.JSONField[dict[str, Any]]()
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "parked_activities"


class ParkedMention(Rows):
    """Whom an activity that waits names, as a keyed digest."""

    digest = fields.BinaryField(primary_key=True)
    activity_id = fields.UUIDField()

    class Meta(Table):
        table = "parked_mentions"
