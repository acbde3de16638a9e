"""When mail may leave and how much of it: windows, limits, the rules of the workspace."""

from datetime import date

from tortoise import fields

from models.columns import Choice, Dated, Rows, Table, ToOne, choice, public, text, texts


class SendWindow(Dated):
    """Hours of the reader's day in which mail may leave."""

    tag = 160
    read_with = ("Sequence",)

    name = public(text(), "Name people see.", sort=True)
    hours = public(
        fields.JSONField[dict[str, list[str]]](),
        'Hours by day on the reader\'s clock, such as {"MON": ["09:00-12:30", "13:30-18:00"]}; over midnight as "22:00-06:00".', where=False)
    business_days = public(fields.BooleanField(default=False), "Only days on which its calendar has hours count.")
    calendar_id = fields.UUIDField(null=True)

    calendar = ToOne("Calendar", "calendar_id", "Whose holidays narrow or close a day; missing: no holidays.")

    class Meta(Table):
        table = "send_windows"


class LimitScope(Choice):
    """What a limit is of."""

    WORKSPACE = "WORKSPACE", "All mail of the workspace."
    SENDER = "SENDER", "Mail from one address."
    DOMAIN = "DOMAIN", "Mail to one domain."


class SendLimit(Dated):
    """How much mail may leave in a minute, an hour, a day."""

    tag = 161
    read_with = ("Sequence",)

    scope = public(choice(LimitScope), "What it is of.", sort=True)
    key = public(text(), "The sender's address or the reader's domain; * is each without a limit of its own, or the workspace.", sort=True)
    per_minute = public(fields.IntField(null=True), "Mails in a minute at most; missing: any number.")
    per_hour = public(fields.IntField(null=True), "Mails in an hour at most; missing: any number.")
    per_day = public(fields.IntField(null=True), "Mails in a day of the workspace at most; missing: any number.")
    warm_up_on: fields.Field[date | None] = public(fields.DateField(null=True), "First day of warming up: fewer than perDay, more each day.")
    warm_up_first = public(fields.IntField(null=True), "Mails on that day at most.")
    warm_up_percent = public(fields.IntField(null=True), "How many percent more each day.")

    class Meta(Table):
        table = "send_limits"


class SendingRules(Rows):
    """What holds for all mail of the workspace; one row, once somebody chose something."""

    window_id = fields.UUIDField(null=True)
    person_most = fields.IntField(null=True)
    person_days = fields.IntField(null=True)
    company_most = fields.IntField(null=True)
    company_days = fields.IntField(null=True)
    quiet_hours = fields.IntField(null=True)
    capped = texts()
    version = fields.IntField(default=1)
    updated_at = fields.DatetimeField(primary_key=True)

    class Meta(Table):
        table = "sending_rules"


class SendSlot(Rows):
    """What was handed over of a limit in a minute, an hour, a day."""

    bucket = text()
    unit = text()
    starts_at = fields.DatetimeField(primary_key=True)
    taken = fields.IntField(default=0)

    class Meta(Table):
        table = "send_slots"


class SendBooking(Rows):
    """How many of those that wait are laid out for an hour or a day."""

    bucket = text()
    unit = text()
    starts_at = fields.DatetimeField(primary_key=True)
    booked = fields.IntField(default=0)

    class Meta(Table):
        table = "send_bookings"
