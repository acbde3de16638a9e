"""Scoring models with their versions, and the narrow table of scores."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Rows, Table, Tenant, ToMany, ToOne, choice, public, text
from models.sequences import VersionState


class ScoringSubject(Choice):
    """What a model scores."""

    PERSON = "PERSON", "People."
    COMPANY = "COMPANY", "Companies, from their people."


class ScoringModel(Dated):
    """Rules that turn fit and engagement into a score."""

    tag = 22

    name = public(text(), "Name people see.", sort=True)
    subject = public(choice(ScoringSubject, default=ScoringSubject.PERSON), "What it scores.")
    is_default = public(fields.BooleanField(default=False), "The one lists show.")
    live_version_id = fields.UUIDField(null=True)

    live_version = ToOne("ScoringVersion", "live_version_id", "The version in use.")
    versions = ToMany("ScoringVersion", "model_id", "Its versions, oldest first.", order="number")

    class Meta(Table):
        table = "scoring_models"


class ScoringVersion(Tenant):
    """The rules of a model, frozen once live."""

    tag = 49
    read_with = ("ScoringModel",)

    number = public(fields.IntField(), "1 for the first.", sort=True)
    state = public(choice(VersionState, default=VersionState.DRAFT), "Whether it is in use.")
    rules = public(fields.JSONField[dict[str, Any]](), "The rules.", where=False)
    published_at = public(fields.DatetimeField(null=True), "When it went live.")
    created_at = public(fields.DatetimeField(), "When it was made.")
    model_id = fields.UUIDField()

    model = ToOne("ScoringModel", "model_id", "The model.", null=False)

    class Meta(Table):
        table = "scoring_versions"


class Score(Rows):
    """A person's score under one model."""

    person_id = fields.UUIDField(primary_key=True)
    model_id = fields.UUIDField()
    version_id = fields.UUIDField()
    score = fields.IntField()
    fit = fields.IntField()
    engagement = fields.IntField()
    grade = text()
    as_of = fields.DatetimeField()
    next_at = fields.DatetimeField(null=True)
    is_default = fields.BooleanField()

    class Meta(Table):
        table = "scores"


class ScoreChange(Tenant):
    """A change of a person's score."""

    tag = 50
    part_of = ("Person", "person_id")

    score = public(fields.IntField(), "The score.")
    fit = public(fields.IntField(), "The part for fit.")
    engagement = public(fields.IntField(), "The part for engagement.")
    grade = public(text(), "The grade.")
    at = public(fields.DatetimeField(), "When it changed.", sort=True)
    model_id = fields.UUIDField()
    person_id = fields.UUIDField()
    version_id = fields.UUIDField()

    model = ToOne("ScoringModel", "model_id", "The model.", null=False)
    person = ToOne("Person", "person_id", "The person.", null=False)

    class Meta(Table):
        table = "score_history"


class ScoreCrossing(Rows):
    """A threshold that has fired and not yet fallen back."""

    person_id = fields.UUIDField(primary_key=True)
    model_id = fields.UUIDField()
    threshold = text()
    crossed_at = fields.DatetimeField()

    class Meta(Table):
        table = "score_crossings"
