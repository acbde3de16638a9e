"""Leads: prospects in a pipeline, with the pipelines and statuses they move through."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Lookup, Table, Tenant, ToMany, ToOne, big, choice, money, public, text
from models.custom import CUSTOM, missing
from models.people import ATTACHED, TAGGED, TIMELINE, chance_of, score_of
from models.segments import MEMBERSHIP

PERSON = Lookup("people", "{x}.id = {t}.person_id")
SCORE = score_of("person_id")


class LeadState(Choice):
    """Whether a lead is open, and how it ended."""

    OPEN = "OPEN", "Being worked on or nurtured."
    CONVERTED = "CONVERTED", "Became a contact; sealed."
    JUNK = "JUNK", "Closed without a conversion; may be reopened."
    MERGED = "MERGED", "Went up in another lead; sealed."


class Intent(Choice):
    """How much a submission asks for."""

    HAND_RAISE = "HAND_RAISE", "Wants to be called back."
    CONTENT = "CONTENT", "Wanted something to read."
    EVENT = "EVENT", "Came to an event."
    SUBSCRIBE = "SUBSCRIBE", "Wants a newsletter."


class Lead(Dated):
    """A prospect not yet qualified: a person in a lead pipeline."""

    tag = 2
    owned_by = "owner_id"
    searched = ("name", "email", "phone", "company_name", "title")

    state = public(choice(LeadState, default=LeadState.OPEN), "Open, or how it ended.")
    intent = public(choice(Intent, default=Intent.HAND_RAISE), "How much the first submission asked for.")
    title = public(text(null=True), "Job title as given.")
    company_name = public(text(null=True), "Company as given.")
    company_website = public(text(null=True), "Company's web site as given.")
    industry = public(text(null=True), "Industry as given or enriched.")
    employees = public(fields.IntField(null=True), "Employees of the company.")
    need = public(text(null=True), "What the prospect needs.")
    interest = public(text(null=True), "Product of interest in words.")
    budget = money("budget_minor", "currency", "What the prospect can spend.", null=True)
    junk_note = public(text(null=True), "Why it was closed, in words.")
    company_match = public(fields.JSONField[dict[str, Any] | None](null=True), "How the company was found.", where=False)
    snapshot = public(
        fields.JSONField[dict[str, Any] | None](null=True),
        "The person's name and addresses as they were at conversion.",
        see="contact_data",
        where=False,
    )
    status_since = public(fields.DatetimeField(), "Since when it has its status.")
    last_activity_at = public(fields.DatetimeField(null=True), "When something last happened.")
    closed_at = public(fields.DatetimeField(null=True), "When it was converted, junked or merged.")
    marketing_qualified_at = public(fields.DatetimeField(null=True), "When marketing handed it over.")
    sales_accepted_at = public(fields.DatetimeField(null=True), "When sales took it.")
    sales_qualified_at = public(fields.DatetimeField(null=True), "When sales found it worth a deal.")
    recycle_at = public(fields.DatetimeField(null=True), "When to try again.")
    person_id = fields.UUIDField()
    pipeline_id = fields.UUIDField()
    status_id = fields.UUIDField()
    owner_id = fields.UUIDField(null=True)
    source_id = fields.UUIDField(null=True)
    campaign_id = fields.UUIDField(null=True)
    company_id = fields.UUIDField(null=True)
    budget_minor = big(null=True)
    currency = text(null=True)
    product_id = fields.UUIDField(null=True)
    referred_by_id = fields.UUIDField(null=True)
    repeat_of_id = fields.UUIDField(null=True)
    junk_reason_id = fields.UUIDField(null=True)
    merged_into = fields.UUIDField(null=True)
    queue_id = fields.UUIDField(null=True)
    search_open = text()

    name = PERSON.field(str, "name", "The person's full name.", sort=True)
    first_name = PERSON.field(str, "first_name", "The person's given name.")
    last_name = PERSON.field(str, "last_name", "The person's family name.")
    email = PERSON.field(str, "email", "The person's primary e-mail address.", see="contact_data", sort=True)
    phone = PERSON.field(str, "phone", "The person's primary phone number, E.164.", see="contact_data")
    country = PERSON.field(str, "country", "The person's country, ISO 3166-1 alpha-2.")
    score = SCORE.field(int, "score", "Score under the default model; missing until first scored.", sort=True)
    fit = SCORE.field(int, "fit", "How well the person fits, by the default model.")
    engagement = SCORE.field(int, "engagement", "How engaged the person is, decayed to the last scoring.")
    grade = SCORE.field(str, "grade", "Grade under the default model.")
    chance = chance_of("person_id")
    custom = CUSTOM
    missing = missing("Lead")
    person = ToOne("Person", "person_id", "The person behind the lead.", null=False)
    pipeline = ToOne("Pipeline", "pipeline_id", "The pipeline it moves through.", null=False)
    status = ToOne("LeadStatus", "status_id", "Where it stands.", null=False)
    owner = ToOne("User", "owner_id", "Who follows up.")
    queue = ToOne("LeadQueue", "queue_id", "Where it waits for an owner, or waited.")
    source = ToOne("Source", "source_id", "Where it came from.")
    campaign = ToOne("Campaign", "campaign_id", "The campaign it came from.")
    company = ToOne("Company", "company_id", "The company matched to it.")
    product = ToOne("Product", "product_id", "The product of interest.")
    referred_by = ToOne("Person", "referred_by_id", "Who recommended us.")
    repeat_of = ToOne("Lead", "repeat_of_id", "The closed lead this person had before.")
    junk_reason = ToOne("JunkReason", "junk_reason_id", "Why it was closed.")
    survivor = ToOne("Lead", "merged_into", "The lead this one was merged into.")
    conversion = ToOne("Conversion", "id", "What the conversion made of it.", there="lead_id")
    activities = ToMany("Activity", "id", "What happened to the person, newest first.", order="-at", here="person_id", through=TIMELINE)
    tasks = ToMany("Task", "lead_id", "Tasks about the lead, by due date.", order="due_at")
    spans = ToMany("LeadStatusSpan", "lead_id", "Statuses it has been in, oldest first.", order="entered_at")
    decisions = ToMany("AssignmentDecision", "lead_id", "Who was to get it, and why, newest first.", order="-at")
    response_clocks = ToMany("ResponseClock", "lead_id", "Answers that were due, newest first.", order="-started_at")
    touchpoints = ToMany("Touchpoint", "lead_id", "Where it came from, oldest first.", order="at")
    enrollments = ToMany("Enrollment", "person_id", "Sequences the person entered.", order="-created_at", here="person_id")
    tags = ToMany("Tag", "id", "Tags.", order="name", through=TAGGED)
    segments = ToMany("Segment", "id", "Segments it is in, by name.", order="name", through=MEMBERSHIP)
    files = ToMany("File", "id", "Attached files, newest first.", order="-created_at", through=ATTACHED)

    class Meta(Table):
        table = "leads"


class LeadStatusSpan(Tenant):
    """A time a lead spent in one status."""

    tag = 45
    part_of = ("Lead", "lead_id")

    entered_at = public(fields.DatetimeField(), "When it came into the status.", sort=True)
    left_at = public(fields.DatetimeField(null=True), "When it left; missing: it is still there.")
    actor = public(text(), "Who moved it there.")
    lead_id = fields.UUIDField()
    status_id = fields.UUIDField()

    lead = ToOne("Lead", "lead_id", "The lead.", null=False)
    status = ToOne("LeadStatus", "status_id", "The status.", null=False)

    class Meta(Table):
        table = "lead_status_spans"


class JunkReason(Dated):
    """Why leads are closed without a conversion."""

    tag = 37
    read_with = ("Lead",)

    code = public(text(), "Stable code, such as NO_FIT.", sort=True)
    name = public(text(), "Name people see.", sort=True)
    counts_in_conversion = public(fields.BooleanField(default=True), "Leads closed so count in conversion rates.")
    trains_model = public(fields.BooleanField(default=True), "Leads closed so teach the predictive model.")
    recycle_after_days = public(fields.IntField(null=True), "Days after which to try again.")

    class Meta(Table):
        table = "junk_reasons"
