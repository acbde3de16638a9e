"""Who works in a workspace: users, their teams and roles."""

from tortoise import fields

from models.columns import Dated, Table, ToMany, ToOne, public, text


class User(Dated):
    """Somebody who works with the product."""

    tag = 7
    read_with = ("Lead", "Contact", "Company", "Deal", "Task", "Campaign")

    name = public(text(), "Display name.", sort=True)
    email = public(text(), "Address used to sign in.", see="contact_data")
    time_zone = public(text(null=True), "IANA time zone; missing: the workspace's.")
    digest_hour = public(fields.IntField(null=True), "Hour of the day, in the user's zone, at which notifications come by mail; missing: they do not.")
    login_id = fields.UUIDField(null=True)
    role_id = fields.UUIDField()
    team_id = fields.UUIDField(null=True)

    role = ToOne("Role", "role_id", "What the user may do.", null=False)
    team = ToOne("Team", "team_id", "The team the user belongs to.")
    leads = ToMany("Lead", "owner_id", "Leads the user follows up, newest first.", order="-created_at")
    absences = ToMany("Absence", "user_id", "When the user is away, newest first.", order="-from_at")
    tasks = ToMany("Task", "assignee_id", "Tasks given to the user, by due date.", order="due_at")

    class Meta(Table):
        table = "users"


class Team(Dated):
    """A group of users."""

    tag = 38
    read_with = ("User",)

    name = public(text(), "Name of the team.", sort=True)

    users = ToMany("User", "team_id", "Who belongs to it.", order="name")

    class Meta(Table):
        table = "teams"


class Role(Dated):
    """What a kind of user may do: verbs, rows and hidden fields per noun."""

    tag = 39
    read_with = ("User",)

    code = public(text(), "Stable code, such as SALES.", sort=True)
    name = public(text(), "Name people see.", sort=True)
    grants = public(fields.JSONField[dict[str, object]](), "Verbs, rows and hidden fields per noun.", where=False)

    class Meta(Table):
        table = "roles"
