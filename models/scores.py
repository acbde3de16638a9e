"""Scoring models with their versions, and the narrow table of scores."""

from typing import Any

from tortoise import fields

from models.activities import ActivityReading, ReadingReason
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
    is_default = public(fields.BooleanField(default=False), "The one lists show; one for people, one for companies.")
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


class CompanyScore(Rows):
    """A company's score under one model."""

    company_id = fields.UUIDField(primary_key=True)
    model_id = fields.UUIDField()
    version_id = fields.UUIDField()
    score = fields.IntField()
    fit = fields.IntField()
    engagement = fields.IntField()
    grade = text()
    people = fields.IntField()
    as_of = fields.DatetimeField()
    is_default = fields.BooleanField()

    class Meta(Table):
        table = "company_scores"


class CompanyScoreChange(Tenant):
    """A change of a company's score."""

    tag = 141
    part_of = ("Company", "company_id")

    score = public(fields.IntField(), "The score.")
    fit = public(fields.IntField(), "The part for what the company is.")
    engagement = public(fields.IntField(), "The part for its people.")
    grade = public(text(), "The grade.")
    people = public(fields.IntField(), "Distinct people who were engaged.")
    at = public(fields.DatetimeField(), "When it changed.", sort=True)
    model_id = fields.UUIDField()
    company_id = fields.UUIDField()
    version_id = fields.UUIDField()
    counted = fields.JSONField[list[list[Any]]](default=list)

    model = ToOne("ScoringModel", "model_id", "The model.", null=False)
    company = ToOne("Company", "company_id", "The company.", null=False)

    class Meta(Table):
        table = "company_score_history"


class CompanyScoreCrossing(Rows):
    """A threshold that a company's score has reached and not yet fallen back from."""

    company_id = fields.UUIDField(primary_key=True)
    model_id = fields.UUIDField()
    threshold = text()
    crossed_at = fields.DatetimeField()

    class Meta(Table):
        table = "company_score_crossings"


class PredictorState(Choice):
    """What became of a training."""

    TRAINING = "TRAINING", "It is being trained."
    READY = "READY", "It is trained and not in use."
    LIVE = "LIVE", "Its chances are shown."
    RETIRED = "RETIRED", "Another one took its place."
    REFUSED = "REFUSED", "Nothing could be learnt; refusal says why."


class Predictor(Dated):
    """What was learnt from closed leads about who is converted."""

    tag = 140

    state = public(choice(PredictorState, default=PredictorState.TRAINING), "What became of it.")
    options = public(fields.JSONField[dict[str, Any]](default=dict), "What it was asked to keep and to leave out.", where=False)
    refusal = public(text(null=True), "Why nothing was learnt.")
    card = public(fields.JSONField[dict[str, Any]](default=dict), "How good it is, on leads it had not seen.", where=False)
    trained_at = public(fields.DatetimeField(null=True), "When it was trained.", sort=True)
    learnt = fields.JSONField[dict[str, Any] | None](null=True)

    class Meta(Table):
        table = "predictors"


class Prediction(Rows):
    """How likely a person's lead is to be converted, and why."""

    person_id = fields.UUIDField(primary_key=True)
    predictor_id = fields.UUIDField()
    percent = fields.IntField()
    reasons = fields.JSONField[dict[str, Any]]()
    as_of = fields.DatetimeField()

    class Meta(Table):
        table = "predictions"


class PredictionChange(Tenant):
    """A change of a person's chance; without one there is none any more."""

    person_id = fields.UUIDField()
    predictor_id = fields.UUIDField()
    percent = fields.IntField(null=True)
    at = fields.DatetimeField()

    class Meta(Table):
        table = "prediction_history"


class ActivityReadingNow(Rows):
    """How an open or click is read now, where that is not how it was recorded."""

    activity_id = fields.UUIDField(primary_key=True)
    reading = choice(ActivityReading)
    reason = choice(ReadingReason)
    at = fields.DatetimeField()

    class Meta(Table):
        table = "activity_readings"
