"""Duplicates: what records are compared by, the pairs found, the weights used and the sweeps that look at everybody."""

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.columns import Choice, Dated, Rows, Table, Tenant, ToOne, big, choice, public, text, texts
from models.people import MINE

OURS = "EXISTS (SELECT 1 FROM companies c WHERE c.workspace_id = $1 AND c.id IN ({t}.low_id, {t}.high_id) AND c.owner_id {theirs})"


class MatchRecord(Rows):
    """A person or company as far as it is compared."""

    record_id = fields.UUIDField(primary_key=True)
    noun = text()
    keys: Any = ArrayField("bigint", default=list)
    facts = fields.JSONField[dict[str, list[str]]]()
    source = fields.UUIDField(null=True)

    class Meta(Table):
        table = "match_records"


class MatchKey(Rows):
    """A key that brings candidates together."""

    key = big()
    record_id = fields.UUIDField(primary_key=True)

    class Meta(Table):
        table = "match_keys"


class MatchNoun(Choice):
    """What is compared."""

    PERSON = "PERSON", "People."
    COMPANY = "COMPANY", "Companies."


class MatchModel(Dated):
    """How a workspace weighs evidence; while there is none, as shipped."""

    tag = 92

    noun = public(choice(MatchNoun), "What is compared by it.")
    link_from = public(fields.FloatField(), "From this probability on two records are taken for one, unless something speaks against it.")
    review_from = public(fields.FloatField(), "From this probability on somebody is asked.")
    learnt_at = public(fields.DatetimeField(null=True), "When weights were last learnt from the workspace's own records; missing: never.")
    learnt_pairs = public(big(null=True), "From how many pairs they were learnt.")
    records = big(default=0)
    terms = fields.JSONField[dict[str, dict[str, float]]](default=dict)
    prior = fields.FloatField(null=True)
    odds = fields.JSONField[dict[str, list[list[float]]] | None](null=True)

    class Meta(Table):
        table = "match_models"


class PairState(Choice):
    """What became of a pair."""

    OPEN = "OPEN", "To be decided."
    NOT_DUPLICATE = "NOT_DUPLICATE", "Two of their own, said a person; they are not asked about again."
    MERGED = "MERGED", "Merged into one."
    FADED = "FADED", "The records have changed and no longer look like one."


class PairDecision(Choice):
    """What the probability and the evidence lead to."""

    LINK = "LINK", "So alike that nobody needs to be asked."
    REVIEW = "REVIEW", "Alike enough to ask."


class PairFoundBy(Choice):
    """What found a pair."""

    WRITE = "WRITE", "The check of a record that was made or changed."
    SWEEP = "SWEEP", "A sweep over all records."
    USER = "USER", "A person."


class DuplicatePair(Dated):
    """Two records that may be one, with what speaks for it and against it."""

    tag = 90
    owned_by = f"({MINE.replace('{person}', '{t}.low_id')} OR {MINE.replace('{person}', '{t}.high_id')} OR {OURS})"

    noun = public(choice(MatchNoun), "What the two are.")
    probability = public(fields.FloatField(), "How likely they are one, 0 to 1.", sort=True)
    decision = public(choice(PairDecision), "What that leads to under the workspace's thresholds.")
    evidence = public(
        fields.JSONField[list[dict[str, Any]]](), "What each field says: field, level, and bits, above 0 for one record, below 0 against.", where=False
    )
    held = public(texts(), "Fields because of which the two are never linked without asking.", where=False)
    state = public(choice(PairState, default=PairState.OPEN), "What became of it.")
    found_by = public(choice(PairFoundBy), "What found it.")
    note = public(text(null=True), "What who decided said.")
    decided_at = public(fields.DatetimeField(null=True), "When it was decided.")
    automatic = public(fields.BooleanField(default=False), "Whether the two were merged without anybody being asked.")
    low_id = fields.UUIDField()
    high_id = fields.UUIDField()
    decided_by_id = fields.UUIDField(null=True)
    merge_id = fields.UUIDField(null=True)

    person = ToOne("Person", "low_id", "The first person; missing for companies.")
    other_person = ToOne("Person", "high_id", "The second person; missing for companies.")
    company = ToOne("Company", "low_id", "The first company; missing for people.")
    other_company = ToOne("Company", "high_id", "The second company; missing for people.")
    decided_by = ToOne("User", "decided_by_id", "Who decided it.")
    merge = ToOne("Merge", "merge_id", "What made them one; unmerge takes it back.")

    class Meta(Table):
        table = "duplicate_pairs"


class SweepState(Choice):
    """Whether a sweep is under way."""

    RUNNING = "RUNNING", "Under way."
    DONE = "DONE", "At its end."


class SweepPhase(Choice):
    """How far a sweep has come."""

    PEOPLE = "PEOPLE", "Reading people."
    COMPANIES = "COMPANIES", "Reading companies."
    PAIRS = "PAIRS", "Comparing pairs."
    DONE = "DONE", "At its end."


class DuplicateSweep(Tenant):
    """One look at everybody for duplicates."""

    tag = 91

    state = public(choice(SweepState, default=SweepState.RUNNING), "Whether it is under way.")
    phase = public(choice(SweepPhase), "How far it has come.")
    total = public(big(), "How many records there were when it began.")
    records = public(big(default=0), "How many of them it has read.")
    compared = public(big(default=0), "How many pairs it has compared.")
    found = public(big(default=0), "How many of them are put up for decision.")
    crowded = public(big(default=0), "How many keys were shared by too many records to compare them.")
    started_at = public(fields.DatetimeField(), "When it began.", sort=True)
    finished_at = public(fields.DatetimeField(null=True), "When it came to its end.")
    after_id = fields.UUIDField(null=True)
    after_key = big(null=True)

    class Meta(Table):
        table = "duplicate_sweeps"
