"""Where values came from, what was suggested, and the runs that did it."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Rows, Table, Tenant, ToOne, choice, public, text


class ProvenanceSource(Choice):
    """Who said it; an earlier one beats a later one."""

    HUMAN = "HUMAN", "A person."
    FORM = "FORM", "A form."
    IMPORT = "IMPORT", "A file."
    PROVIDER = "PROVIDER", "An enrichment provider."
    SYSTEM = "SYSTEM", "The product."


class FieldProvenance(Rows):
    """Where the value of a field came from."""

    record_id = fields.UUIDField(primary_key=True)
    noun = text()
    field = text()
    value = fields.JSONField[Any](null=True)
    source = choice(ProvenanceSource)
    provider = text(null=True)
    confidence = fields.FloatField(default=1)
    evidence = fields.JSONField[Any](null=True)
    locked = fields.BooleanField(default=False)
    run_id = fields.UUIDField(null=True)
    at = fields.DatetimeField()

    class Meta(Table):
        table = "field_provenance"


class SuggestionState(Choice):
    """What became of a suggestion."""

    OPEN = "OPEN", "To be decided."
    ACCEPTED = "ACCEPTED", "Taken over."
    DISMISSED = "DISMISSED", "Not wanted."


class FieldSuggestion(Tenant):
    """A value a source proposes for a field that a better source has filled."""

    tag = 47

    noun = public(text(), "Name of the record's noun.")
    field = public(text(), "The field.")
    value = public(fields.JSONField[Any](), "The value proposed.", where=False)
    current_value = public(fields.JSONField[Any](null=True), "The value there was.", where=False)
    origin = public(text(column="source"), "Who proposes it.")
    provider = public(text(null=True), "The provider, if it was one.")
    confidence = public(fields.FloatField(), "How sure it is, 0 to 1.")
    evidence = public(fields.JSONField[Any](null=True), "What speaks for it.", where=False)
    state = public(choice(SuggestionState, default=SuggestionState.OPEN), "What became of it.")
    created_at = public(fields.DatetimeField(), "When it was made.", sort=True)
    decided_at = public(fields.DatetimeField(null=True), "When it was decided.")
    record_id = fields.UUIDField()

    class Meta(Table):
        table = "field_suggestions"


class EnrichmentRun(Tenant):
    """One run of the providers over a person."""

    tag = 51
    part_of = ("Person", "person_id")

    changes = public(fields.JSONField[list[dict[str, Any]]](), "What it changed.", see="contact_data", where=False)
    at = public(fields.DatetimeField(), "When it ran.", sort=True)
    input_hash = text()
    person_id = fields.UUIDField()

    person = ToOne("Person", "person_id", "The person.", null=False)

    class Meta(Table):
        table = "enrichment_runs"
