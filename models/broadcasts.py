"""Broadcasts: one mail to everybody who was in an audience at one moment."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Rows, Table, ToOne, choice, public, text


class BroadcastState(Choice):
    """Where a broadcast stands."""

    DRAFT = "DRAFT", "Being written."
    SCHEDULED = "SCHEDULED", "Waits for its hour; nobody is chosen yet."
    PREPARING = "PREPARING", "Whom it goes to is being written down."
    TESTING = "TESTING", "A part has it; the rest waits for the variant that does best."
    SENDING = "SENDING", "On its way."
    PAUSED = "PAUSED", "Held by a person."
    DONE = "DONE", "Every mail has its outcome."
    CANCELED = "CANCELED", "Stopped by a person; what had left, left."


class Broadcast(Dated):
    """One mail to many, once."""

    tag = 167

    name = public(text(), "Name people see.", sort=True)
    state = public(choice(BroadcastState, default=BroadcastState.DRAFT), "Where it stands.")
    audience = public(fields.JSONField[dict[str, Any]](), "Whom it is for: segments, a filter or people, and without whom.", where=False)
    variants = public(fields.JSONField[list[dict[str, Any]]](), "Its variants: name, template and weight.", where=False)
    test = public(fields.JSONField[dict[str, Any] | None](null=True), "How the best variant is found before the rest gets it.", where=False)
    winner = public(fields.IntField(null=True), "Index of the variant that the rest gets.", where=False)
    decide_at = public(fields.DatetimeField(null=True), "When the winner is chosen.")
    send_at = public(fields.DatetimeField(null=True), "When it begins; at a local time: where that comes first.", sort=True)
    started_at = public(fields.DatetimeField(null=True), "When its recipients were written down.", sort=True)
    ended_at = public(fields.DatetimeField(null=True), "When it was over.")
    recipient_count = public(fields.IntField(default=0), "Whom it was written down for.")
    local_time = public(text(null=True), "The hour by each recipient's own clock, such as 2026-03-01T09:00; missing: the same moment for all.", where=False)
    paused_from = text(null=True)
    author = text()
    topic_id = fields.UUIDField()
    sender_id = fields.UUIDField(null=True)
    window_id = fields.UUIDField(null=True)

    topic = ToOne("Topic", "topic_id", "What it is about.", null=False)
    sender = ToOne("Sender", "sender_id", "Who it is from; missing: the default sender.")
    window = ToOne("SendWindow", "window_id", "The hours in which it leaves; missing: the workspace's.")

    class Meta(Table):
        table = "broadcasts"


class RecipientState(Choice):
    """Where somebody stands whom a broadcast was written down for."""

    WAITING = "WAITING", "Nothing is planned yet."
    PLANNED = "PLANNED", "The ledger tells."
    HELD = "HELD", "Nothing is sent; the reason says why."


class BroadcastRecipient(Rows):
    """A person whom a broadcast was written down for."""

    broadcast_id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    state = choice(RecipientState, default=RecipientState.WAITING)
    reason = text(null=True)
    variant = fields.IntField(null=True)
    address_hash = fields.BinaryField(null=True)
    send_id = fields.UUIDField(null=True)
    due_at = fields.DatetimeField(null=True)

    class Meta(Table):
        table = "broadcast_recipients"
