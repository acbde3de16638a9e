"""Tasks, meetings and notifications: what somebody has to do or should see."""

from tortoise import fields

from models.columns import Choice, Dated, Table, Tenant, ToMany, ToOne, choice, public, text
from models.people import ATTACHED


class TaskKind(Choice):
    """What is to be done."""

    TODO = "TODO", "Something."
    CALL = "CALL", "A phone call."
    EMAIL = "EMAIL", "A mail."
    MEETING = "MEETING", "A meeting."


class TaskPriority(Choice):
    """How urgent a task is."""

    LOW = "LOW", "Can wait."
    NORMAL = "NORMAL", "As usual."
    HIGH = "HIGH", "Comes first."


class TaskState(Choice):
    """Where a task or meeting stands."""

    OPEN = "OPEN", "To be done."
    DONE = "DONE", "Done."
    SCHEDULED = "SCHEDULED", "A meeting that is to come."
    HELD = "HELD", "A meeting that took place."
    NO_SHOW = "NO_SHOW", "A meeting nobody came to."
    CANCELED = "CANCELED", "Called off."


class Task(Dated):
    """Something to do, or a meeting to hold."""

    tag = 13
    owned_by = "assignee_id"

    kind = public(choice(TaskKind, default=TaskKind.TODO), "What is to be done.")
    title = public(text(), "One line.")
    body = public(text(null=True), "Details.", where=False)
    priority = public(choice(TaskPriority, default=TaskPriority.NORMAL), "How urgent it is.")
    state = public(choice(TaskState, default=TaskState.OPEN), "Where it stands.")
    due_at = public(fields.DatetimeField(null=True), "When it must be done.", sort=True)
    start_at = public(fields.DatetimeField(null=True), "When the meeting begins.")
    end_at = public(fields.DatetimeField(null=True), "When the meeting ends.")
    remind_at = public(fields.DatetimeField(null=True), "When to remind.")
    raised_at = public(fields.DatetimeField(null=True), "When the contact last asked to be spoken to; missing where that is not why there is a task.")
    done_at = public(fields.DatetimeField(null=True), "When it was done.")
    assignee_id = fields.UUIDField(null=True)
    person_id = fields.UUIDField(null=True)
    lead_id = fields.UUIDField(null=True)
    contact_id = fields.UUIDField(null=True)
    company_id = fields.UUIDField(null=True)
    deal_id = fields.UUIDField(null=True)
    activity_id = fields.UUIDField(null=True)

    assignee = ToOne("User", "assignee_id", "Who has to do it.")
    person = ToOne("Person", "person_id", "The person it is about.")
    lead = ToOne("Lead", "lead_id", "The lead it is about.")
    contact = ToOne("Contact", "contact_id", "The contact it is about.")
    company = ToOne("Company", "company_id", "The company it is about.")
    deal = ToOne("Deal", "deal_id", "The deal it is about.")
    activity = ToOne("Activity", "activity_id", "What it left on the timeline.")
    attendees = ToMany("MeetingAttendee", "task_id", "Who is invited, in the order of inviting.", order="created_at")
    files = ToMany("File", "id", "Attached files, newest first.", order="-created_at", through=ATTACHED)

    class Meta(Table):
        table = "tasks"


class MeetingAttendee(Tenant):
    """A user or person invited to a meeting."""

    tag = 80
    part_of = ("Task", "task_id")

    created_at = public(fields.DatetimeField(), "When they were invited.", sort=True)
    task_id = fields.UUIDField()
    user_id = fields.UUIDField(null=True)
    person_id = fields.UUIDField(null=True)

    task = ToOne("Task", "task_id", "The meeting.", null=False)
    user = ToOne("User", "user_id", "The user, if one of us is invited.")
    person = ToOne("Person", "person_id", "The person, if somebody else is.")

    class Meta(Table):
        table = "meeting_attendees"


class Notification(Tenant):
    """Something a user should see."""

    user_id = fields.UUIDField()
    kind = text()
    title = text()
    noun = text(null=True)
    record_id = fields.UUIDField(null=True)
    read_at = fields.DatetimeField(null=True)
    digest_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "notifications"


class Digest(Tenant):
    """Notifications of a day by mail."""

    user_id = fields.UUIDField()
    day = fields.DateField()
    at = fields.DatetimeField()
    message_id = text()
    mail_state = text(default="PLANNED")
    reply = text(null=True)

    class Meta(Table):
        table = "digests"
