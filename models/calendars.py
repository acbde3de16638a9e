"""Calendars: the hours in which a workspace works."""

from typing import Any

from tortoise import fields

from models.columns import Dated, Table, public, text


class Calendar(Dated):
    """Business hours in a time zone, with holidays."""

    tag = 120
    read_with = ("ResponsePolicy", "Lead")

    name = public(text(), "Name people see.", sort=True)
    time_zone = public(text(), "IANA name of the zone its hours are of, such as Europe/Berlin.")
    weekly = public(
        fields.JSONField[dict[str, list[str]]](), 'Open hours by day, such as {"MON": ["09:00-12:30", "13:30-18:00"]}; over midnight as "22:00-06:00".',
        where=False)
    holidays = public(
        fields.JSONField[list[dict[str, Any]]](default=list),
        'Days that are closed, or open otherwise, such as {"on": "2026-12-24", "name": "Christmas Eve", "hours": ["09:00-12:00"]}.', where=False)

    class Meta(Table):
        table = "calendars"
