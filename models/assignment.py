"""Who gets a lead: queues with their members, territories, absences, the decisions made; and the clocks of answers that are due."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Rows, Table, Tenant, ToMany, ToOne, big, choice, public, text, texts


class Strategy(Choice):
    """How a queue shares out its leads."""

    ROUND_ROBIN = "ROUND_ROBIN", "In turn."
    WEIGHTED = "WEIGHTED", "In turn, more to whom more weight is given."
    LEAST_BUSY = "LEAST_BUSY", "To whoever works on the fewest leads."
    CLAIM = "CLAIM", "They wait until a member claims them."


class LeadQueue(Dated):
    """Leads that wait for somebody, and who may get them."""

    tag = 121
    read_with = ("Lead",)

    name = public(text(), "Name people see.", sort=True)
    strategy = public(choice(Strategy, default=Strategy.ROUND_ROBIN), "How its leads are shared out.")
    sticky = public(fields.BooleanField(default=True), "People of a company whose owner is known go to that owner.")
    policy_id = fields.UUIDField(null=True)

    policy = ToOne("ResponsePolicy", "policy_id", "How soon its leads are answered; missing: the default policy.")
    members = ToMany("LeadQueueMember", "queue_id", "Who gets its leads.", order="created_at")
    territories = ToMany("Territory", "queue_id", "What leads come into it.", order="position")
    leads = ToMany("Lead", "queue_id", "Leads that went through it, newest first.", order="-created_at")

    class Meta(Table):
        table = "lead_queues"


class LeadQueueMember(Tenant):
    """A user who gets leads of a queue."""

    tag = 122
    part_of = ("LeadQueue", "queue_id")

    weight = public(fields.IntField(default=1), "How much of a WEIGHTED queue: 1 to 100.")
    capacity = public(fields.IntField(null=True), "Leads in work at most, over all queues, those in nurturing aside; missing: any number.")
    skills = public(texts(), "What the user can: languages, products, anything.", where=False)
    given = public(big(default=0), "Leads got through the queue so far.")
    given_at = public(fields.DatetimeField(null=True), "When the last one came.")
    created_at = public(fields.DatetimeField(), "When they became a member.", sort=True)
    credit = big(default=0)
    queue_id = fields.UUIDField()
    user_id = fields.UUIDField()

    queue = ToOne("LeadQueue", "queue_id", "The queue.", null=False)
    user = ToOne("User", "user_id", "Who.", null=False)

    class Meta(Table):
        table = "lead_queue_members"


class Territory(Dated):
    """Conditions that bring a lead into a queue; the first territory that matches decides."""

    tag = 123
    read_with = ("Lead",)

    name = public(text(), "Name people see.", sort=True)
    position = public(fields.IntField(default=0), "Its place in the order.", sort=True)
    filter_ = public(fields.JSONField[dict[str, Any]](source_field="filter", default=dict), "The where of leads that belong to it.", where=False)
    skills = public(texts(), "Skills that whoever gets its leads must have, all of them.", where=False)
    queue_id = fields.UUIDField()

    queue = ToOne("LeadQueue", "queue_id", "Where its leads go.", null=False)

    class Meta(Table):
        table = "territories"


class Absence(Tenant):
    """A time in which a user gets no leads."""

    tag = 124
    read_with = ("User", "Lead")

    from_at = public(fields.DatetimeField(), "First moment away.", sort=True)
    until_at = public(fields.DatetimeField(), "Back from then on.", sort=True)
    note = public(text(null=True), "Why, in words.", where=False)
    created_at = public(fields.DatetimeField(), "When it was written down.")
    user_id = fields.UUIDField()

    user = ToOne("User", "user_id", "Who is away.", null=False)

    class Meta(Table):
        table = "absences"


class AssignmentCause(Choice):
    """What made a decision necessary."""

    ARRIVAL = "ARRIVAL", "The lead came, asked again, or its company became known."
    RETRY = "RETRY", "It waited, and somebody may be free now."
    BREACH = "BREACH", "Nobody had answered in time."
    REQUEST = "REQUEST", "Somebody asked for it."
    CLAIM = "CLAIM", "A user claimed it."


class AssignmentOutcome(Choice):
    """What a decision came to."""

    ASSIGNED = "ASSIGNED", "Somebody got the lead."
    WAITING = "WAITING", "It waits in the queue."
    NOBODY = "NOBODY", "No queue takes it."


class AssignmentReason(Choice):
    """Why a decision came out as it did."""

    TURN = "TURN", "It was the owner's turn."
    LEAST_BUSY = "LEAST_BUSY", "The owner had the fewest leads in work."
    STICKY_OWNER = "STICKY_OWNER", "The owner has the lead's company."
    CLAIMED = "CLAIMED", "The owner claimed it."
    TO_CLAIM = "TO_CLAIM", "The queue's leads wait to be claimed."
    NO_TERRITORY = "NO_TERRITORY", "No form, source or territory names a queue for it."
    NO_MEMBERS = "NO_MEMBERS", "The queue has no members."
    ALL_AWAY = "ALL_AWAY", "Every member is away."
    ALL_FULL = "ALL_FULL", "Every member has as many leads as they may."
    NOBODY_SKILLED = "NOBODY_SKILLED", "No member has the skills asked for."
    NOBODY_FREE = "NOBODY_FREE", "No member is left, for different reasons; the candidates say which."


class AssignmentDecision(Tenant):
    """Who was looked at for a lead, and why it came out so."""

    tag = 125
    part_of = ("Lead", "lead_id")

    at = public(fields.DatetimeField(), "When it was decided.", sort=True)
    cause = public(choice(AssignmentCause), "What made it necessary.")
    outcome = public(choice(AssignmentOutcome), "What it came to.")
    reason = public(choice(AssignmentReason), "Why it came out so.")
    strategy = public(text(null=True), "How the queue shared out then.")
    needs = public(texts(), "Skills that were asked for.", where=False)
    candidates = public(
        fields.JSONField[list[dict[str, Any]]](default=list),
        "Each member with the verdict (CHOSEN, LATER, AWAY, FULL, UNSKILLED, GONE, PASSED), weight, capacity, open leads, credit before and skills.",
        where=False)
    skipped = public(fields.JSONField[list[dict[str, Any]]](default=list), "Territories that could not be asked, with the reason.", where=False)
    actor = public(text(), "Who set it off.")
    lead_id = fields.UUIDField()
    queue_id = fields.UUIDField(null=True)
    territory_id = fields.UUIDField(null=True)
    owner_id = fields.UUIDField(null=True)
    before_id = fields.UUIDField(null=True)

    lead = ToOne("Lead", "lead_id", "The lead.", null=False)
    queue = ToOne("LeadQueue", "queue_id", "The queue it came into.")
    territory = ToOne("Territory", "territory_id", "The territory that matched; missing: its form or source named the queue, or it stood in it already.")
    owner = ToOne("User", "owner_id", "Who got it.")
    before = ToOne("User", "before_id", "Who had it before.")

    class Meta(Table):
        table = "assignment_decisions"


class ResponsePolicy(Dated):
    """How soon people are answered, and what follows when they are not."""

    tag = 126
    read_with = ("Lead",)

    name = public(text(), "Name people see.", sort=True)
    first_minutes = public(fields.IntField(), "Minutes of business time to the first answer.")
    next_minutes = public(fields.IntField(null=True), "Minutes of business time to the answer of a reply; missing: replies start no clock.")
    is_default = public(fields.BooleanField(default=False), "For every queue that names none, for leads without queue, and for contacts.")
    notify_owner = public(fields.BooleanField(default=True), "Whoever has the lead is told when an answer is overdue.")
    make_task = public(fields.BooleanField(default=False), "An overdue answer makes a task.")
    reassign = public(fields.BooleanField(default=False), "An overdue lead of a queue goes to another member, three times at most.")
    calendar_id = fields.UUIDField(null=True)
    escalate_to_id = fields.UUIDField(null=True)

    calendar = ToOne("Calendar", "calendar_id", "The hours that count; missing: every hour.")
    escalate_to = ToOne("User", "escalate_to_id", "Who is told of every overdue answer.")

    class Meta(Table):
        table = "response_policies"


class ClockKind(Choice):
    """Which answer is due."""

    FIRST = "FIRST", "The first one."
    NEXT = "NEXT", "One after the first."


class ClockCause(Choice):
    """What started a clock."""

    INQUIRY = "INQUIRY", "Somebody asked to be spoken to."
    AGAIN = "AGAIN", "They asked again before they were answered."
    REPLY = "REPLY", "They replied."
    RETURN = "RETURN", "The lead came back from nurturing."
    REASSIGNMENT = "REASSIGNMENT", "Nobody had answered in time, and somebody else has it now."


class ClockState(Choice):
    """Where a clock stands."""

    RUNNING = "RUNNING", "The person waits."
    MET = "MET", "They were called, written to or met by a user."
    ENDED = "ENDED", "Nobody needs to answer any more, or another clock runs."


class ResponseClock(Tenant):
    """Somebody waits for an answer."""

    tag = 127
    part_of = ("Person", "person_id")
    read_with = ("Lead", "Contact")

    kind = public(choice(ClockKind), "Which answer is due.")
    cause = public(choice(ClockCause), "What started it.")
    state = public(choice(ClockState, default=ClockState.RUNNING), "Where it stands.")
    round = public(fields.IntField(default=0), "How often the lead was given on for want of an answer.")
    raised_at = public(fields.DatetimeField(), "Since when the person waits.", sort=True)
    started_at = public(fields.DatetimeField(), "Since when this clock runs.", sort=True)
    due_at = public(fields.DatetimeField(), "By when somebody must have answered.", sort=True)
    breached_at = public(fields.DatetimeField(null=True), "When that time had passed without an answer.")
    met_at = public(fields.DatetimeField(null=True), "When somebody answered.")
    waited_seconds = public(fields.IntField(null=True), "How long the person waited.")
    business_seconds = public(fields.IntField(null=True), "How much of that was business time.")
    ended_at = public(fields.DatetimeField(null=True), "When it ended without an answer.")
    end_reason = public(text(null=True), "Why it ended.")
    person_id = fields.UUIDField()
    lead_id = fields.UUIDField(null=True)
    contact_id = fields.UUIDField(null=True)
    task_id = fields.UUIDField(null=True)
    policy_id = fields.UUIDField()
    met_by_id = fields.UUIDField(null=True)
    activity_id = fields.UUIDField(null=True)

    person = ToOne("Person", "person_id", "Who waits.", null=False)
    lead = ToOne("Lead", "lead_id", "The lead, unless a contact asked.")
    contact = ToOne("Contact", "contact_id", "The contact who asked, where the workspace wants a task of it.")
    policy = ToOne("ResponsePolicy", "policy_id", "The policy it follows.", null=False)
    met_by = ToOne("User", "met_by_id", "Who answered.")
    activity = ToOne("Activity", "activity_id", "The call, mail or meeting that was the answer.")

    class Meta(Table):
        table = "response_clocks"


class WorkMark(Rows):
    """What a user has put off, or is done with until something new happens."""

    user_id = fields.UUIDField(primary_key=True)
    record_id = fields.UUIDField()
    noun = text()
    kind = text()
    at = fields.DatetimeField()
    until_at = fields.DatetimeField()

    class Meta(Table):
        table = "work_marks"
