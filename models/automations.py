"""Automations: rules with versions that act on what happens, and what each of them did."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Table, Tenant, ToMany, ToOne, choice, public, text
from models.sequences import VersionState


class AutomationState(Choice):
    """Whether an automation acts."""

    DRAFT = "DRAFT", "Being written."
    LIVE = "LIVE", "Acts on what happens."
    PAUSED = "PAUSED", "Does nothing; what happens meanwhile is passed over."


class Automation(Dated):
    """A rule: when something happens with a record that matches, do this."""

    tag = 130

    name = public(text(), "Name people see.", sort=True)
    state = public(choice(AutomationState, default=AutomationState.DRAFT), "Whether it acts.")
    live_version_id = fields.UUIDField(null=True)
    cursor_at = fields.DatetimeField(null=True)

    live_version = ToOne("AutomationVersion", "live_version_id", "The version in use.")
    versions = ToMany("AutomationVersion", "automation_id", "Its versions, oldest first.", order="number")
    runs = ToMany("AutomationRun", "automation_id", "What it did, newest first.", order="-at")

    class Meta(Table):
        table = "automations"


class AutomationVersion(Tenant):
    """The rule of an automation, frozen once live."""

    tag = 131
    part_of = ("Automation", "automation_id")

    number = public(fields.IntField(), "1 for the first.", sort=True)
    state = public(choice(VersionState, default=VersionState.DRAFT), "Whether it is in use.")
    rule = public(fields.JSONField[dict[str, Any]](), "The rule.", where=False)
    created_at = public(fields.DatetimeField(), "When it was made.")
    published_at = public(fields.DatetimeField(null=True), "When it came into use.")
    credential = text(null=True)
    automation_id = fields.UUIDField()

    automation = ToOne("Automation", "automation_id", "The automation.", null=False)

    class Meta(Table):
        table = "automation_versions"


class AutomationRun(Tenant):
    """What an automation did with a record on one occasion."""

    tag = 132
    part_of = ("Automation", "automation_id")

    noun = public(text(), "What the record is.")
    occasion = public(text(), "The event, or the date that was reached.", where=False)
    hops = public(fields.IntField(default=0), "How many automations led to it.")
    results = public(fields.JSONField[list[dict[str, Any]]](default=list), "Each action: whether it was done, and why not.", where=False)
    at = public(fields.DatetimeField(), "When.", sort=True)
    record_id = fields.UUIDField()
    automation_id = fields.UUIDField()
    version_id = fields.UUIDField()

    automation = ToOne("Automation", "automation_id", "The automation.", null=False)
    version = ToOne("AutomationVersion", "version_id", "The version that acted.", null=False)

    class Meta(Table):
        table = "automation_runs"
