"""Webhook endpoints and the log of what was delivered."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Table, Tenant, ToMany, ToOne, choice, public, text, texts


class EndpointState(Choice):
    """Whether an endpoint is served."""

    ENABLED = "ENABLED", "Gets events."
    PAUSED = "PAUSED", "Events wait for it."
    DISABLED = "DISABLED", "Gets none; the reason says why."


class WebhookEndpoint(Dated):
    """A partner's address that gets events."""

    tag = 26

    name = public(text(), "Name people see.", sort=True)
    url = public(text(), "Where events are sent.")
    event_kinds = public(texts(), "Kinds of events it gets; lead.* is every event of a noun, * is all.", where=False)
    filter_ = public(fields.JSONField[Any](source_field="filter", null=True), "Which records its events are about; missing: all.", where=False)
    document = public(text(null=True), "The subscription whose data is sent.", where=False)
    state = public(choice(EndpointState, default=EndpointState.ENABLED), "Whether it is served.")
    disabled_reason = public(text(null=True), "Why it is not served.")
    failures = public(fields.IntField(default=0), "Attempts in a row that failed.")
    failing_since = public(fields.DatetimeField(null=True), "Since when nothing was delivered.")
    resting_until = public(fields.DatetimeField(null=True), "Nothing is sent before, because it failed too often; then one delivery tries it.")
    old_secret_until = public(fields.DatetimeField(null=True), "Until when the secret before this one signs, too.")
    reading = fields.JSONField[Any](null=True)
    credential = text(null=True)
    secret_ciphertext = fields.BinaryField()
    secret_key_id = text()
    old_secret_ciphertext = fields.BinaryField(null=True)
    old_secret_key_id = text(null=True)

    deliveries = ToMany("WebhookDelivery", "endpoint_id", "What was sent, newest first.", order="-created_at")

    class Meta(Table):
        table = "webhook_endpoints"


class DeliveryState(Choice):
    """What became of a delivery."""

    PENDING = "PENDING", "Being tried."
    DELIVERED = "DELIVERED", "Taken."
    FAILED = "FAILED", "Given up."


class WebhookDelivery(Tenant):
    """An event sent to an endpoint."""

    tag = 27
    owned_by = "({t}.id IS NULL AND {t}.id {theirs})"  # it tells of any record: nothing for whoever sees some alone
    read_with = ("WebhookEndpoint",)

    event_kind = public(text(), "Kind of the event.")
    body = public(text(null=True), "What is sent; missing until it is made.", see="contact_data", where=False)
    state = public(choice(DeliveryState, default=DeliveryState.PENDING), "What became of it.")
    attempts = public(fields.IntField(default=0), "How often it was tried.")
    status_code = public(fields.IntField(null=True), "The last HTTP status.")
    response = public(text(null=True), "The beginning of the last response.", where=False)
    error = public(text(null=True), "What went wrong last.", where=False)
    tries = public(fields.JSONField[Any](default=list), "Every attempt: at, status, response (its first kilobyte), error, ms.", where=False)
    is_sample = public(fields.BooleanField(default=False), "Made up, to try an endpoint.")
    due_at = public(fields.DatetimeField(), "When it is tried next, or was.", sort=True)
    lease_until = fields.DatetimeField(null=True)
    made_for = text(null=True)
    last_attempt_at = public(fields.DatetimeField(null=True), "When it was tried last.")
    delivered_at = public(fields.DatetimeField(null=True), "When it was taken.")
    created_at = public(fields.DatetimeField(), "When it was made.", sort=True)
    endpoint_id = fields.UUIDField()
    event_id = fields.UUIDField()
    replay_of_id = fields.UUIDField(null=True)

    endpoint = ToOne("WebhookEndpoint", "endpoint_id", "The endpoint.", null=False)
    replay_of = ToOne("WebhookDelivery", "replay_of_id", "The delivery this one repeats.")

    class Meta(Table):
        table = "webhook_deliveries"
