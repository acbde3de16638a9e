"""Contacts: people with whom there is a relationship, and their links to companies."""

from tortoise import fields

from models.columns import Choice, Dated, Table, ToMany, ToOne, choice, public, text
from models.custom import CUSTOM, missing
from models.leads import PERSON, SCORE
from models.people import ATTACHED, TAGGED, TIMELINE, chance_of
from models.purchases import spent
from models.segments import MEMBERSHIP


class ContactType(Choice):
    """What relationship there is."""

    CUSTOMER = "CUSTOMER", "Buys from us."
    FORMER_CUSTOMER = "FORMER_CUSTOMER", "Bought from us once."
    PROSPECT = "PROSPECT", "May buy from us."
    PARTNER = "PARTNER", "Sells or works with us."
    SUPPLIER = "SUPPLIER", "Sells to us."
    AFFILIATE = "AFFILIATE", "Sends people to us."
    OTHER = "OTHER", "Something else."


class Contact(Dated):
    """A person with whom there is a relationship; at most one per person."""

    tag = 3
    owned_by = "owner_id"
    searched = ("name", "email", "phone", "title")

    type = public(choice(ContactType, default=ContactType.PROSPECT), "What relationship there is.")
    title = public(text(null=True), "Job title.")
    left_company_at = public(fields.DatetimeField(null=True), "When the contact left the last company; missing: still at one.")
    last_activity_at = public(fields.DatetimeField(null=True), "When something last happened.")
    person_id = fields.UUIDField()
    owner_id = fields.UUIDField(null=True)
    company_id = fields.UUIDField(null=True)
    source_id = fields.UUIDField(null=True)
    lead_id = fields.UUIDField(null=True)
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
    spent = spent("contact_id")
    custom = CUSTOM
    missing = missing("Contact")
    person = ToOne("Person", "person_id", "The person behind the contact.", null=False)
    owner = ToOne("User", "owner_id", "Who looks after it.")
    company = ToOne("Company", "company_id", "The primary company.")
    source = ToOne("Source", "source_id", "Where it came from.")
    lead = ToOne("Lead", "lead_id", "The lead it came from.")
    companies = ToMany("ContactCompany", "contact_id", "Links to companies, oldest first.", order="created_at")
    leads = ToMany("Lead", "person_id", "Every lead of the person, newest first.", "-created_at", here="person_id")
    deals = ToMany("DealContact", "contact_id", "Roles in deals, oldest first.", order="created_at")
    activities = ToMany("Activity", "id", "What happened to the person, newest first.", order="-at", here="person_id", through=TIMELINE)
    tasks = ToMany("Task", "contact_id", "Tasks about the contact, by due date.", order="due_at")
    purchases = ToMany("Purchase", "contact_id", "What the contact bought, newest first.", order="-at")
    enrollments = ToMany("Enrollment", "person_id", "Sequences the person entered.", order="-created_at", here="person_id")
    tags = ToMany("Tag", "id", "Tags.", order="name", through=TAGGED)
    segments = ToMany("Segment", "id", "Segments it is in, by name.", order="name", through=MEMBERSHIP)
    files = ToMany("File", "id", "Attached files, newest first.", order="-created_at", through=ATTACHED)

    class Meta(Table):
        table = "contacts"


class ContactCompany(Dated):
    """A contact's link to a company; a closed last link means the person left."""

    tag = 30
    part_of = ("Contact", "contact_id")
    read_with = ("Company",)

    role = public(text(null=True), "What the person does there.")
    is_primary = public(fields.BooleanField(default=False), "The contact's main company.")
    from_on = public(fields.DateField(null=True), "First day.")
    to_on = public(fields.DateField(null=True), "Last day; missing: still there.")
    contact_id = fields.UUIDField()
    company_id = fields.UUIDField()

    contact = ToOne("Contact", "contact_id", "The contact.", null=False)
    company = ToOne("Company", "company_id", "The company.", null=False)

    class Meta(Table):
        table = "contact_companies"
