"""What happened and what is to be done: events, work and remembered answers."""

from typing import Any

from tortoise import fields

from models.columns import Rows, Table, Tenant, big, text


class Event(Tenant):
    """Something that happened: outbox, field history and audit in one."""

    seq = big(null=True)
    kind = text()
    noun = text()
    record_id = fields.UUIDField()
    person_id = fields.UUIDField(null=True)
    version = fields.IntField(null=True)
    actor = text()
    credential = text(null=True)
    request_id = text()
    cause_id = fields.UUIDField(null=True)
    hops = fields.SmallIntField(default=0)
    at = fields.DatetimeField()
    data = fields.JSONField[dict[str, Any]](default=dict)
    salt = fields.BinaryField(null=True)
    digest = fields.BinaryField(null=True)
    data_hash = fields.BinaryField(null=True)
    redacted_by = fields.UUIDField(null=True)

    class Meta(Table):
        table = "events"


class EventCursor(Rows):
    """The sequencer's fence and last number."""

    workspace_id = fields.UUIDField(primary_key=True)
    last_seq = big(default=0)

    class Meta(Table):
        table = "event_cursors"


class EventReader(Rows):
    """How far a durable reader has come."""

    workspace_id = fields.UUIDField(primary_key=True)
    reader = text()
    seq = big(default=0)

    class Meta(Table):
        table = "event_readers"


class Idempotency(Rows):
    """An answer kept for a caller who asks again."""

    workspace_id = fields.UUIDField(primary_key=True)
    key = text()
    operation = text()
    fingerprint = text()
    result = fields.JSONField[dict[str, Any]]()
    at = fields.DatetimeField()

    class Meta(Table):
        table = "idempotency"


class Work(Tenant):
    """A job waiting or running."""

    queue = text()
    kind = text()
    key = text(null=True)
    payload = fields.JSONField[dict[str, Any]](default=dict)
    payload_version = fields.IntField(default=1)
    priority = fields.SmallIntField(default=0)
    state = text()
    run_at = fields.DatetimeField()
    attempts = fields.IntField(default=0)
    crashes = fields.IntField(default=0)
    max_attempts = fields.IntField(default=10)
    lease = fields.UUIDField(null=True)
    lease_until = fields.DatetimeField(null=True)
    cancel_requested = fields.BooleanField(default=False)
    last_error = text(null=True)
    trace = text(null=True)
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "work"


class WorkHistory(Tenant):
    """A finished job."""

    queue = text()
    kind = text()
    key = text(null=True)
    payload = fields.JSONField[dict[str, Any]]()
    attempts = fields.IntField()
    crashes = fields.IntField()
    run_at = fields.DatetimeField()
    created_at = fields.DatetimeField()
    finished_at = fields.DatetimeField()

    class Meta(Table):
        table = "work_history"
