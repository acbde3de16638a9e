"""Companies: accounts with their domains, names and hierarchy."""

from collections.abc import Mapping
from typing import ClassVar

from tortoise import fields

from models.columns import Choice, Dated, Lookup, Rows, Table, Tenant, Through, ToMany, ToOne, big, choice, money, public, text
from models.custom import CUSTOM, missing
from models.people import ATTACHED, TAGGED
from models.purchases import spent
from models.segments import MEMBERSHIP

SCORE = Lookup("company_scores", "{x}.company_id = {t}.id AND {x}.is_default")
LINKED = Through("activity_links", "record_id", "activity_id", copies=("at", "kind"))


class CompanyKind(Choice):
    """What sort of account it is."""

    COMPANY = "COMPANY", "An organization."
    INDIVIDUAL = "INDIVIDUAL", "A private person's account."


class Company(Dated):
    """An account."""

    tag = 4
    owned_by = "owner_id"
    searched = ("name", "domain")
    listed: ClassVar[Mapping[str, str]] = {**Dated.listed, "kind": "{t}.kind <> 'INDIVIDUAL'"}

    kind = public(choice(CompanyKind, default=CompanyKind.COMPANY), "What sort of account it is.")
    name = public(text(), "Name as written.", sort=True)
    domain = public(text(null=True), "Main internet domain.")
    website = public(text(null=True), "Web site.")
    industry = public(text(null=True), "Industry.")
    employees = public(fields.IntField(null=True), "Number of employees.")
    revenue = money("revenue_minor", "currency", "Yearly revenue.", null=True)
    phone = public(text(null=True), "Main phone number.")
    country = public(text(null=True), "Country, ISO 3166-1 alpha-2.")
    region = public(text(null=True), "State, province or region.")
    city = public(text(null=True), "City.")
    postal_code = public(text(null=True), "Postal code.")
    street = public(text(null=True), "Street and number.")
    time_zone = public(text(null=True), "IANA time zone of its people who have none of their own.")
    last_activity_at = public(fields.DatetimeField(null=True), "When something last happened.")
    name_key = text()
    revenue_minor = big(null=True)
    currency = text(null=True)
    parent_id = fields.UUIDField(null=True)
    search_open = text()
    owner_id = fields.UUIDField(null=True)

    score = SCORE.field(int, "score", "Score under the default model of companies; missing until first scored.", sort=True)
    grade = SCORE.field(str, "grade", "Grade under the default model of companies.")
    engaged_people = SCORE.field(int, "people", "Distinct people of the company who are engaged, by that model.")
    spent = spent("company_id")
    custom = CUSTOM
    missing = missing("Company")
    parent = ToOne("Company", "parent_id", "The company it belongs to.")
    owner = ToOne("User", "owner_id", "Who looks after it.")
    children = ToMany("Company", "parent_id", "Companies that belong to it, by name.", order="name")
    contacts = ToMany("Contact", "company_id", "Contacts whose main company it is, newest first.", order="-created_at")
    links = ToMany("ContactCompany", "company_id", "Links to contacts, oldest first.", order="created_at")
    leads = ToMany("Lead", "company_id", "Leads matched to it, newest first.", order="-created_at")
    deals = ToMany("Deal", "company_id", "Deals with it, newest first.", order="-created_at")
    activities = ToMany("Activity", "id", "What happened, newest first.", order="-at", through=LINKED)
    tasks = ToMany("Task", "company_id", "Tasks about it, by due date.", order="due_at")
    domains = ToMany("CompanyDomain", "company_id", "Its internet domains, oldest first.", order="created_at")
    aliases = ToMany("CompanyAlias", "company_id", "Other names it is known by.", order="name")
    purchases = ToMany("Purchase", "company_id", "What it bought, newest first.", order="-at")
    score_history = ToMany("CompanyScoreChange", "company_id", "Changes of the score under every model of companies, newest first.", order="-at")
    tags = ToMany("Tag", "id", "Tags.", order="name", through=TAGGED)
    segments = ToMany("Segment", "id", "Segments it is in, by name.", order="name", through=MEMBERSHIP)
    files = ToMany("File", "id", "Attached files, newest first.", order="-created_at", through=ATTACHED)

    class Meta(Table):
        table = "companies"


class CompanyDomain(Tenant):
    """A domain of a company. It may be that of several; people and leads are matched to one of them."""

    tag = 72
    part_of = ("Company", "company_id")

    domain = public(text(), "The domain, without www.", sort=True)
    match_primary = public(fields.BooleanField(default=False), "Whether the domain leads to this company.")
    created_at = public(fields.DatetimeField(), "Since when it is known.", sort=True)
    company_id = fields.UUIDField()

    company = ToOne("Company", "company_id", "The company.", null=False)

    class Meta(Table):
        table = "company_domains"


class CompanyAlias(Tenant):
    """Another name of a company: a former or short one, or that of a company merged into it."""

    tag = 73
    part_of = ("Company", "company_id")

    name = public(text(), "The name as written.", sort=True)
    created_at = public(fields.DatetimeField(), "Since when it is known.", sort=True)
    name_key = text()
    company_id = fields.UUIDField()

    company = ToOne("Company", "company_id", "The company.", null=False)

    class Meta(Table):
        table = "company_aliases"


class CompanyKey(Rows):
    """What makes a company unique; inserted first, its conflict is the lock."""

    kind = text()
    key = text()
    company_id = fields.UUIDField(primary_key=True)
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "company_keys"
