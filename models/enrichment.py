"""Where values came from, what was suggested, and the runs that did it."""

from datetime import datetime
from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Lookup, Rows, Table, Tenant, ToMany, ToOne, choice, computed, public, text, texts
from models.people import MINE


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


def _of(person: str) -> str:
    return MINE.replace("{person}", person)


def _behind(table: str) -> str:
    return f"(SELECT y.person_id FROM {table} y WHERE y.workspace_id = $1 AND y.id = {{t}}.record_id)"


class FieldSuggestion(Tenant):
    """A value a source proposes for a field that a better source has filled."""

    tag = 47
    owned_by = (
        f"({_of('{t}.record_id')} OR {_of(_behind('leads'))} OR {_of(_behind('person_emails'))} OR {_of(_behind('person_phones'))}"
        " OR EXISTS (SELECT 1 FROM companies k WHERE k.workspace_id = $1 AND k.id = {t}.record_id AND k.owner_id {theirs}))"
    )

    noun = public(text(), "Name of the record's noun.")
    field = public(text(), "The field.")
    value = public(fields.JSONField[Any](), "The value proposed.", see="contact_data", where=False)
    current_value = public(fields.JSONField[Any](null=True), "The value there was.", see="contact_data", where=False)
    origin = public(text(column="source"), "Who proposes it.")
    provider = public(text(null=True), "The provider, if it was one.")
    confidence = public(fields.FloatField(), "How sure it is, 0 to 1.")
    evidence = public(fields.JSONField[Any](null=True), "What speaks for it.", see="contact_data", where=False)
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
    policy = public(fields.IntField(default=0), "Number of the policy it ran under; 0 is the one that ships.")
    steps = public(fields.JSONField[list[dict[str, Any]]](default=list), "Which providers outside had said what: provider, key, state.", where=False)
    undone_at = public(fields.DatetimeField(null=True), "When it was undone.")
    refresh_at = public(fields.DatetimeField(null=True), "When the person is looked at again; missing on older runs.")
    input_hash = text()
    person_id = fields.UUIDField()
    cause_id = fields.UUIDField(null=True)

    person = ToOne("Person", "person_id", "The person.", null=False)

    class Meta(Table):
        table = "enrichment_runs"


class EnrichmentPolicy(Tenant):
    """A version of the order in which providers are believed. The highest number holds."""

    tag = 100

    number = public(fields.IntField(), "The version.", sort=True)
    rules = public(fields.JSONField[dict[str, Any]](), "Per field its providers in order, with conditions; when people are looked at again.", where=False)
    created_by = public(text(), "Who set it.")
    created_at = public(fields.DatetimeField(), "Since when.", sort=True)

    class Meta(Table):
        table = "enrichment_policies"


class ProviderKind(Choice):
    """How a provider is asked."""

    WEBSITE = "WEBSITE", "The company's own web site is read."
    MX = "MX", "The domain's mail servers are looked up."
    HTTP = "HTTP", "A JSON API is asked by a mapping."
    PUSH = "PUSH", "It sends by itself to /enrich/{pushKey}, signed."


class PushSignature(Choice):
    """How a push proves who it is from."""

    HMAC = "HMAC", "HMAC-SHA256 of the body under the secret, in a header."
    STANDARD = "STANDARD", "Standard Webhooks: id, time and signature in three headers."


class Breaker(Choice):
    """Whether a provider is asked."""

    CLOSED = "CLOSED", "It is asked."
    OPEN = "OPEN", "It failed too often and is left alone."
    HALF_OPEN = "HALF_OPEN", "One question tries whether it is back."


SPENT = (
    "coalesce((SELECT g.spent FROM enrichment_gates g WHERE g.workspace_id = $1 AND g.provider_id = {t}.id "
    "AND g.month = date_trunc('month', lw_clock($1) AT TIME ZONE 'UTC')::date), 0)"
)
HELD = "coalesce((SELECT sum(h.credits) FROM enrichment_holds h WHERE h.workspace_id = $1 AND h.provider_id = {t}.id AND h.expires_at > clock_timestamp()), 0)"
GATE = Lookup("enrichment_gates", "{x}.provider_id = {t}.id")


class EnrichmentProvider(Dated):
    """Somebody outside who knows things about people or companies."""

    tag = 101

    code = public(text(), "Its name in policies and provenance.", sort=True)
    name = public(text(), "Name people see.", sort=True)
    kind = public(choice(ProviderKind), "How it is asked.")
    is_active = public(fields.BooleanField(default=True), "It is asked, or may push.")
    mapping = public(fields.JSONField[dict[str, Any]](default=dict), "How it is asked and its JSON read; secrets stand in it by name.", where=False)
    secret_names = public(texts(), "Names of the secrets it has; their values are never shown.", where=False)
    push_key = public(text(null=True), "What it pushes to: /enrich/ and this.")
    signature = public(choice(PushSignature, null=True), "How a push proves who it is from.")
    signature_header = public(text(null=True), "The header that holds an HMAC.", where=False)
    ttl_hours = public(fields.IntField(default=720), "How long what it found counts.")
    miss_ttl_hours = public(fields.IntField(default=168), "How long it is not asked again about what it did not know.")
    per_minute = public(fields.IntField(default=60), "How often it may be asked a minute.")
    cost = public(fields.IntField(default=0), "Credits that one question costs.")
    charges_misses = public(fields.BooleanField(default=False), "Whether it charges for what it did not find.")
    monthly_budget = public(fields.IntField(null=True), "Credits a calendar month at most.")
    breaker = GATE.field(str, "breaker", "Whether it is asked: CLOSED, OPEN (left alone until breakerUntil) or HALF_OPEN; missing before the first question.")
    breaker_until = GATE.field(datetime, "until", "Until when it is left alone.")
    breaker_reason = GATE.field(str, "reason", "What it last failed with.")
    failures = GATE.field(int, "failures", "Failures in a row.")
    secret_ciphertext = fields.BinaryField(null=True)
    secret_key_id = text(null=True)

    spent_credits = computed(int, SPENT, "Credits spent this calendar month.", where=False)
    held_credits = computed(int, HELD, "Credits reserved for questions under way.", where=False)
    answers = ToMany("EnrichmentAnswer", "provider_id", "What it answered, newest first.", order="-at")

    class Meta(Table):
        table = "enrichment_providers"


class AnswerState(Choice):
    """What came of a question."""

    FOUND = "FOUND", "It knew something."
    MISS = "MISS", "It knows nothing."
    REJECTED = "REJECTED", "It answered about somebody else; nothing was taken."
    FAILED = "FAILED", "No usable answer came."
    SKIPPED = "SKIPPED", "It was not asked: no budget, or it is left alone."


class EnrichmentAnswer(Tenant):
    """What a provider said about an address or a domain."""

    tag = 102
    owned_by = (
        "EXISTS (SELECT 1 FROM person_emails y WHERE y.workspace_id = $1 AND y.normalized = {t}.key AND " + MINE.replace("{person}", "y.person_id") + ")"
    )

    key = public(text(), "The e-mail address or domain.", see="contact_data")
    state = public(choice(AnswerState), "What came of it.")
    facts = public(fields.JSONField[dict[str, Any]](default=dict), "The values it gave, by field.", see="contact_data", where=False)
    found = public(fields.JSONField[dict[str, Any]](default=dict), "Everything it said; of a web site its organization.", see="contact_data", where=False)
    reason = public(text(null=True), "Why there is nothing.", where=False)
    credits = public(fields.IntField(default=0), "What it cost.")
    at = public(fields.DatetimeField(), "When it answered.", sort=True)
    expires_at = public(fields.DatetimeField(), "Until when it counts.", sort=True)
    provider_id = fields.UUIDField()

    provider = ToOne("EnrichmentProvider", "provider_id", "The provider.", null=False)

    class Meta(Table):
        table = "enrichment_answers"


class EnrichmentGate(Rows):
    """What a provider may still be asked."""

    provider_id = fields.UUIDField(primary_key=True)
    tokens = fields.FloatField()
    refilled_at = fields.DatetimeField()
    breaker = choice(Breaker, default=Breaker.CLOSED)
    failures = fields.IntField(default=0)
    until = fields.DatetimeField(null=True)
    reason = text(null=True)
    month = fields.DateField()
    spent = fields.IntField(default=0)

    class Meta(Table):
        table = "enrichment_gates"


class EnrichmentHold(Rows):
    """Credits reserved for a question under way."""

    provider_id = fields.UUIDField(primary_key=True)
    key = text()
    lease = fields.UUIDField()
    credits = fields.IntField()
    expires_at = fields.DatetimeField()

    class Meta(Table):
        table = "enrichment_holds"


class EnrichmentWait(Rows):
    """Somebody who is looked at again when an answer has come."""

    provider_id = fields.UUIDField(primary_key=True)
    key = text()
    person_id = fields.UUIDField()
    cause_id = fields.UUIDField(null=True)

    class Meta(Table):
        table = "enrichment_waits"


class EnrichmentPush(Rows):
    """A delivery of an inbound push that was taken."""

    provider_id = fields.UUIDField(primary_key=True)
    event = text()
    results = fields.JSONField[list[dict[str, Any]]]()
    at = fields.DatetimeField()

    class Meta(Table):
        table = "enrichment_pushes"
