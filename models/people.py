"""People, the stable subject behind leads and contacts, with their addresses, numbers and keys."""

from tortoise import fields

from models.columns import Choice, Computed, Dated, Lookup, Rows, Table, Tenant, Through, ToMany, ToOne, choice, public, text
from models.custom import CUSTOM
from models.segments import MEMBERSHIP

TIMELINE = Through("activity_participants", "person_id", "activity_id", copies=("at", "kind", "subject"))
TAGGED = Through("taggings", "record_id", "tag_id")
ATTACHED = Through("attachments", "record_id", "file_id")


def score_of(key: str) -> Lookup:
    """The score of the workspace's default model for the person that column `key` names."""
    return Lookup("scores", f"{{x}}.person_id = {{t}}.{key} AND {{x}}.is_default")


SCORE = score_of("id")


def chance_of(key: str) -> Computed[int]:
    """The chance of the person that column `key` names."""
    found = Lookup("predictions", f"{{x}}.person_id = {{t}}.{key}")
    return found.field(int, "percent", "How likely the lead is to be converted, in percent, as closed leads tell; missing: nothing was learnt.", sort=True)


MINE = (
    "(EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.person_id = {person} AND l.owner_id {theirs})"
    " OR EXISTS (SELECT 1 FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = {person} AND c.owner_id {theirs}))"
)


class PersonKind(Choice):
    """What sort of person stands behind the record."""

    INDIVIDUAL = "INDIVIDUAL", "A human being."
    FUNCTION = "FUNCTION", "A role such as accounts payable."
    ANONYMOUS = "ANONYMOUS", "A visitor nobody has named yet."


class Person(Dated):
    """The one home of identity behind a person's leads and contact."""

    tag = 1
    owned_by = MINE.replace("{person}", "{t}.id")
    searched = ("name", "email", "phone")

    kind = public(choice(PersonKind, default=PersonKind.INDIVIDUAL), "What sort of person it is.")
    name = public(text(null=True), "Full name as people say it.", sort=True)
    prefix = public(text(null=True), "Title before the name, such as Dr.")
    first_name = public(text(null=True), "Given name.")
    middle_name = public(text(null=True), "Middle names.")
    last_name = public(text(null=True), "Family name.")
    suffix = public(text(null=True), "What follows the name, such as Jr.")
    email = public(text(null=True), "Primary e-mail address as written.", see="contact_data", sort=True)
    phone = public(text(null=True), "Primary phone number, E.164.", see="contact_data")
    title = public(text(null=True), "Current job title.")
    department = public(text(null=True), "Department read from the title.")
    seniority = public(text(null=True), "Seniority read from the title.")
    language = public(text(null=True), "Language, BCP 47.")
    time_zone = public(text(null=True), "IANA time zone.")
    country = public(text(null=True), "Country, ISO 3166-1 alpha-2.")
    region = public(text(null=True), "State, province or region.")
    city = public(text(null=True), "City.")
    postal_code = public(text(null=True), "Postal code.", see="contact_data")
    street = public(text(null=True), "Street and number.", see="contact_data")
    tracking = public(fields.BooleanField(default=True), "False: opens and clicks are not recorded.")
    last_activity_at = public(fields.DatetimeField(null=True), "When something last happened to the person.")
    merged_into = fields.UUIDField(null=True)
    search_open = text()
    search_all = text()

    score = SCORE.field(int, "score", "Score under the default model; missing until first scored.", sort=True)
    fit = SCORE.field(int, "fit", "How well the person fits, by the default model.")
    engagement = SCORE.field(int, "engagement", "How engaged the person is, decayed to the last scoring.")
    grade = SCORE.field(str, "grade", "Grade under the default model.")
    chance = chance_of("id")
    custom = CUSTOM
    survivor = ToOne("Person", "merged_into", "The person this one was merged into.")
    contact = ToOne("Contact", "id", "The contact of this person.", there="person_id")
    leads = ToMany("Lead", "person_id", "Leads of this person, newest first.", order="-created_at")
    emails = ToMany("PersonEmail", "person_id", "Every e-mail address.", order="created_at")
    phones = ToMany("PersonPhone", "person_id", "Every phone number.", order="created_at")
    activities = ToMany("Activity", "id", "What happened, newest first.", order="-at", through=TIMELINE)
    tasks = ToMany("Task", "person_id", "Tasks about the person, by due date.", order="due_at")
    score_history = ToMany("ScoreChange", "person_id", "Changes of the score under every model, newest first.", order="-at")
    enrollments = ToMany("Enrollment", "person_id", "Sequences entered, newest first.", order="-created_at")
    sends = ToMany("Send", "person_id", "Mail planned or sent, newest first.", order="-planned_at")
    consents = ToMany("Consent", "person_id", "Consent acts, newest first.", order="-at")
    touchpoints = ToMany("Touchpoint", "person_id", "Where the person came from, oldest first.", order="at")
    campaign_members = ToMany("CampaignMember", "person_id", "Campaign memberships.", order="created_at")
    tags = ToMany("Tag", "id", "Tags.", order="name", through=TAGGED)
    segments = ToMany("Segment", "id", "Segments it is in, by name.", order="name", through=MEMBERSHIP)
    files = ToMany("File", "id", "Attached files, newest first.", order="-created_at", through=ATTACHED)

    class Meta(Table):
        table = "people"


class EmailLabel(Choice):
    """What an e-mail address is used for."""

    WORK = "WORK", "At work."
    PERSONAL = "PERSONAL", "In private."
    OTHER = "OTHER", "For something else."


class EmailClass(Choice):
    """What sort of address it is."""

    BUSINESS = "BUSINESS", "An address at an organization's own domain."
    FREE = "FREE", "An address at a free mail provider."
    DISPOSABLE = "DISPOSABLE", "A throw-away address."
    ROLE = "ROLE", "An address of a function, such as info@."


class PersonEmail(Tenant):
    """An e-mail address of a person."""

    tag = 32
    part_of = ("Person", "person_id")

    address = public(text(), "The address as written.", see="contact_data")
    domain = public(text(), "The part behind the at sign.")
    label = public(choice(EmailLabel, default=EmailLabel.WORK), "What it is used for.")
    email_class = public(choice(EmailClass, null=True, column="class"), "What sort of address it is; missing until enriched.")
    is_primary = public(fields.BooleanField(default=False), "The one shown and written to.")
    is_shared = public(fields.BooleanField(default=False), "Used by several people.")
    is_valid = public(fields.BooleanField(default=True), "False after a hard bounce or a failed check.")
    verified_at = public(fields.DatetimeField(null=True), "When the person proved to own it.")
    created_at = public(fields.DatetimeField(), "When it was first seen.", sort=True)
    normalized = text()
    match_key = text()
    person_id = fields.UUIDField()

    person = ToOne("Person", "person_id", "Whose address it is.", null=False)

    class Meta(Table):
        table = "person_emails"


class PhoneType(Choice):
    """What sort of number it is."""

    MOBILE = "MOBILE", "A mobile phone."
    FIXED_LINE = "FIXED_LINE", "A fixed line."
    FIXED_OR_MOBILE = "FIXED_OR_MOBILE", "One of both; the numbering plan does not tell."
    TOLL_FREE = "TOLL_FREE", "A free number."
    VOIP = "VOIP", "An internet number."
    OTHER = "OTHER", "Something else."


class PhoneLabel(Choice):
    """What a phone number is used for."""

    WORK = "WORK", "At work."
    MOBILE = "MOBILE", "On the move."
    HOME = "HOME", "At home."
    FAX = "FAX", "A fax machine."
    OTHER = "OTHER", "Something else."


class PersonPhone(Tenant):
    """A phone number of a person."""

    tag = 33
    part_of = ("Person", "person_id")

    written = public(text(column="raw"), "The number as written.", see="contact_data")
    e164 = public(text(null=True), "The number in E.164; missing if it could not be read.", see="contact_data")
    region = public(text(null=True), "Country the number belongs to, ISO 3166-1 alpha-2.")
    type = public(choice(PhoneType, null=True), "What sort of number it is.")
    label = public(choice(PhoneLabel, default=PhoneLabel.WORK), "What it is used for.")
    is_primary = public(fields.BooleanField(default=False), "The one shown and called.")
    is_valid = public(fields.BooleanField(default=True), "False when the number cannot exist.")
    created_at = public(fields.DatetimeField(), "When it was first seen.", sort=True)
    person_id = fields.UUIDField()

    person = ToOne("Person", "person_id", "Whose number it is.", null=False)

    class Meta(Table):
        table = "person_phones"


class PersonKey(Rows):
    """What makes a person unique; inserted first, its conflict is the lock."""

    kind = text()
    key = text()
    person_id = fields.UUIDField(primary_key=True)
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "person_keys"


class ExternalId(Rows):
    """What another system calls one of our records."""

    noun = text()
    source = text()
    external_id = text()
    record_id = fields.UUIDField(primary_key=True)
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "external_ids"


class Redirect(Rows):
    """The id of a merged record, which keeps resolving."""

    noun = text()
    old_id = fields.UUIDField(primary_key=True)
    new_id = fields.UUIDField()
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "redirects"
