"""Sandbox clocks on their way, and rehearsals of sequences."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Table, ToOne, choice, public, text


class RunState(Choice):
    """Where something long stands."""

    RUNNING = "RUNNING", "On its way, or waiting for a worker."
    DONE = "DONE", "At its end."
    CANCELED = "CANCELED", "Stopped by a person."
    FAILED = "FAILED", "Stopped by an error."


class ClockAdvance(Dated):
    """A sandbox's clock on its way to a later time: what falls due in between is done in order."""

    tag = 180

    from_at = public(fields.DatetimeField(), "Where the clock stood.")
    to_at = public(fields.DatetimeField(), "Where it goes.")
    reached_at = public(fields.DatetimeField(), "How far it has come.")
    state = public(choice(RunState, default=RunState.RUNNING), "Where it stands.")
    stops = public(fields.IntField(default=0), "Moments at which something was due.")
    happened = public(fields.JSONField[dict[str, int]](default=dict), "How many events of each kind happened.", where=False)
    timeline = public(
        fields.JSONField[list[dict[str, Any]]](default=list),
        "What happened, in order, the first 500: {at, kind, noun, record, person, told}.", where=False)
    error = public(text(null=True), "What stopped it.")
    finished_at = public(fields.DatetimeField(null=True), "When it came to its end, by the clock on the wall.")
    from_seq = fields.BigIntField()

    class Meta(Table):
        table = "clock_advances"


class Simulation(Dated):
    """A sequence rehearsed on a copy of an audience by a clock of its own; nothing of it was sent or kept but these figures."""

    tag = 181
    owned_by = "user_id"
    read_with = ("Sequence",)

    state = public(choice(RunState, default=RunState.RUNNING), "Where it stands.")
    options = public(fields.JSONField[dict[str, Any]](), "What was asked for.", where=False)
    from_at = public(fields.DatetimeField(), "Where its time begins.")
    until_at = public(fields.DatetimeField(), "Where its time ends.")
    total_days = public(fields.IntField(), "Days it goes through.")
    done_days = public(fields.IntField(default=0), "Days it has gone through.")
    result = public(fields.JSONField[dict[str, Any] | None](null=True), "What came of it; missing until it is done.", where=False)
    error = public(text(null=True), "What stopped it.")
    finished_at = public(fields.DatetimeField(null=True), "When it came to its end.")
    credential = text()
    sequence_id = fields.UUIDField()
    version_id = fields.UUIDField()
    user_id = fields.UUIDField(null=True)

    sequence = ToOne("Sequence", "sequence_id", "The sequence.", null=False)
    sequence_version = ToOne("SequenceVersion", "version_id", "The version that was rehearsed.", null=False)
    user = ToOne("User", "user_id", "Who asked for it; missing: an API key or the command line.")

    class Meta(Table):
        table = "simulations"
