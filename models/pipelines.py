"""Pipelines with the statuses of leads and the stages of deals: data with a semantic type."""

from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.columns import Choice, Dated, Table, Through, ToMany, ToOne, choice, computed, public, text


class PipelineKind(Choice):
    """What moves through a pipeline."""

    LEAD = "LEAD", "Leads."
    DEAL = "DEAL", "Deals."


class Pipeline(Dated):
    """A way leads or deals go, step by step."""

    tag = 8
    read_with = ("Lead", "Deal")

    kind = public(choice(PipelineKind), "What moves through it.")
    name = public(text(), "Name people see.", sort=True)
    is_default = public(fields.BooleanField(default=False), "Taken when none is named.")
    close_days = public(fields.IntField(default=30), "Days until a new deal should close.")

    statuses = ToMany("LeadStatus", "pipeline_id", "Statuses of leads, in order.", order="position")
    stages = ToMany("DealStage", "pipeline_id", "Stages of deals, in order.", order="position")

    class Meta(Table):
        table = "pipelines"


class LeadStatusType(Choice):
    """What a lead's status means, whatever its name."""

    NEW = "NEW", "Not looked at yet."
    WORKING = "WORKING", "Somebody is on it."
    NURTURING = "NURTURING", "Not ready; kept warm."
    QUALIFIED = "QUALIFIED", "Ready to convert."
    CONVERTED = "CONVERTED", "Became a contact; final."
    JUNK = "JUNK", "Not a prospect."
    MERGED = "MERGED", "Went up in another lead; final."


class LeadStatus(Dated):
    """A step of a lead pipeline."""

    tag = 9
    read_with = ("Lead",)

    name = public(text(), "Name people see.", sort=True)
    type = public(choice(LeadStatusType), "What it means.")
    position = public(fields.IntField(), "Place in the pipeline, from 0.", sort=True)
    is_default = public(fields.BooleanField(default=False), "Where a lead of this type lands when none is named.")
    next_ids: fields.Field[list[UUID] | None] = ArrayField("uuid", null=True)
    pipeline_id = fields.UUIDField()

    restricted = computed(bool, "({t}.next_ids IS NOT NULL)", "Whether only the statuses in `nexts` may follow; else every open one may.")
    pipeline = ToOne("Pipeline", "pipeline_id", "The pipeline it belongs to.", null=False)
    nexts = ToMany(
        "LeadStatus", "id", "The statuses that may follow, where that is restricted.", "position", through=Through("lead_status_nexts", "from_id", "to_id"))
    leads = ToMany("Lead", "status_id", "Leads in this status, newest first.", order="-created_at")

    class Meta(Table):
        table = "lead_statuses"


class DealStageType(Choice):
    """What a deal's stage means, whatever its name."""

    OPEN = "OPEN", "Still in play."
    WON = "WON", "Closed and won."
    LOST = "LOST", "Closed and lost."


class DealStage(Dated):
    """A step of a deal pipeline."""

    tag = 10
    read_with = ("Deal",)

    name = public(text(), "Name people see.", sort=True)
    type = public(choice(DealStageType), "What it means.")
    position = public(fields.IntField(), "Place in the pipeline, from 0.", sort=True)
    probability = public(fields.IntField(), "Chance of winning, in percent.")
    next_ids: fields.Field[list[UUID] | None] = ArrayField("uuid", null=True)
    pipeline_id = fields.UUIDField()

    restricted = computed(bool, "({t}.next_ids IS NOT NULL)", "Whether only the stages in `nexts` may follow; else every open one may.")
    nexts = ToMany(
        "DealStage", "id", "The stages that may follow, where that is restricted.", "position", through=Through("deal_stage_nexts", "from_id", "to_id"))
    pipeline = ToOne("Pipeline", "pipeline_id", "The pipeline it belongs to.", null=False)
    deals = ToMany("Deal", "stage_id", "Deals in this stage, newest first.", order="-created_at")

    class Meta(Table):
        table = "deal_stages"
