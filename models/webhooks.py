"""Webhook endpoints and the log of what was delivered."""

from tortoise import fields

from models.columns import Choice, Dated, Table, Tenant, ToMany, ToOne, choice, public, text, texts


class EndpointState(Choice):
    """Whether an endpoint is served."""

    ENABLED = "ENABLED", "Gets events."
    DISABLED = "DISABLED", "Gets none; the reason says why."


class WebhookEndpoint(Dated):
    """A partner's address that gets events."""

    tag = 26

    name = public(text(), "Name people see.", sort=True)
    url = public(text(), "Where events are sent.")
    event_kinds = public(texts(), "Kinds of events it gets; lead.* is every event of a noun, * is all.", where=False)
    state = public(choice(EndpointState, default=EndpointState.ENABLED), "Whether it is served.")
    disabled_reason = public(text(null=True), "Why it is not served.")
    failing_since = public(fields.DatetimeField(null=True), "Since when nothing was delivered.")
    secret_ciphertext = fields.BinaryField()
    secret_key_id = text()

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
    read_with = ("WebhookEndpoint",)

    event_kind = public(text(), "Kind of the event.")
    body = public(text(), "What is sent.", see="contact_data", where=False)
    state = public(choice(DeliveryState, default=DeliveryState.PENDING), "What became of it.")
    attempts = public(fields.IntField(default=0), "How often it was tried.")
    status_code = public(fields.IntField(null=True), "The last HTTP status.")
    response = public(text(null=True), "The beginning of the last response.", where=False)
    error = public(text(null=True), "What went wrong last.", where=False)
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
