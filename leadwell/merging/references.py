"""Every column that points at a person, lead, contact or company, and what a merge does with its rows: the one table of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

How = Literal["MOVED", "COLLAPSED", "RECOMPUTED", "KEPT"]
NOUNS = ("Person", "Lead", "Contact", "Company")
OURS = "({t}.{c} = $3) DESC, "   # the survivor's own row comes first


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """`key` finds a row beside `column`. COLLAPSED: of the rows that agree in `once` only the first by `rank` stays, with `joined` columns
    taken from all of them (SQL over {t}); `reset` columns get a value on the way. `own`: a verb of this room does it, not the engine.
    `guard` columns must be as the merge left them, or unmerge leaves the row where it is. `keeper`: rows written once or sealed."""

    noun: str
    table: str
    column: str
    how: How
    why: str
    key: tuple[str, ...] = ("id",)
    only: str = ""
    once: tuple[str, ...] = ()
    rank: str = "{t}.id"
    joined: Mapping[str, str] = field(default_factory=dict[str, str])
    reset: Mapping[str, str] = field(default_factory=dict[str, str])
    guard: tuple[str, ...] = ()
    keeper: bool = False
    own: bool = False

    @property
    def engine(self) -> bool:
        """Whether the engine carries it out by itself."""
        return not self.own and self.how in ("MOVED", "COLLAPSED", "RECOMPUTED")


def moved(noun: str, table: str, column: str, *key: str, **more: object) -> Reference:
    """All rows go to the survivor."""
    return replace(Reference(noun, table, column, "MOVED", "It goes with the record."), key=key or ("id",), **more)  # type: ignore[arg-type]


def once(noun: str, table: str, column: str, key: tuple[str, ...], of: tuple[str, ...], **more: object) -> Reference:
    """Rows go to the survivor, of twins one."""
    made = Reference(noun, table, column, "COLLAPSED", "The survivor has one of each.", key, once=of)
    return replace(made, **more)  # type: ignore[arg-type]


def kept(noun: str, table: str, column: str, why: str) -> Reference:
    """Rows stay as they are."""
    return Reference(noun, table, column, "KEPT", why)


def own(noun: str, table: str, column: str, how: How, why: str) -> Reference:
    """Carried out by a verb of this room."""
    return Reference(noun, table, column, how, why, own=True)


PRIMARY = {"is_primary": "false"}
NUMBERS = OURS + "{t}.is_valid DESC, {t}.created_at, {t}.id"
ROLES = "array_position(ARRAY['DECISION_MAKER', 'CHAMPION', 'EVALUATOR', 'PURCHASER', 'USER', 'OTHER'], {t}.role)"
PEOPLE = (
    once("Person", "person_emails", "person_id", ("id",), ("normalized",), rank=OURS + "{t}.is_valid DESC, {t}.verified_at, {t}.created_at, {t}.id",
         joined={"is_valid": "bool_or({t}.is_valid)", "verified_at": "max({t}.verified_at)"}, reset=PRIMARY),
    once("Person", "person_phones", "person_id", ("id",), ("raw",), rank=NUMBERS, reset=PRIMARY),
    once("Person", "person_phones", "person_id", ("id",), ("coalesce({t}.e164, {t}.raw)",), rank=NUMBERS, reset=PRIMARY),
    moved("Person", "person_keys", "person_id", "kind", "key"),
    moved("Person", "enrichment_runs", "person_id"),
    once("Person", "enrichment_waits", "person_id", ("provider_id", "key"), ("provider_id", "key"), rank=OURS + "{t}.person_id"),
    once("Person", "campaign_members", "person_id", ("id",), ("campaign_id",), rank="{t}.responded DESC, {t}.updated_at DESC, " + OURS + "{t}.id",
         joined={"responded_at": "min({t}.responded_at)"}),
    moved("Person", "submissions", "person_id"),
    moved("Person", "leads", "person_id", guard=("state",), keeper=True),
    moved("Person", "leads", "referred_by_id", keeper=True),
    own("Person", "contacts", "person_id", "COLLAPSED", "A person has one contact; those of the others are put away."),
    once("Person", "activity_participants", "person_id", ("activity_id",), ("activity_id",),
         rank="array_position(ARRAY['FROM', 'ORGANIZER', 'TO', 'ATTENDEE', 'CC', 'ABOUT'], {t}.role), " + OURS + "{t}.person_id"),
    moved("Person", "touchpoints", "person_id"),
    moved("Person", "visitors", "person_id"),
    moved("Person", "purchases", "person_id"),
    moved("Person", "tasks", "person_id"),
    once("Person", "meeting_attendees", "person_id", ("id",), ("task_id",), rank=OURS + "{t}.id"),
    moved("Person", "consents", "person_id", keeper=True),
    moved("Person", "enrollments", "person_id"),
    once("Person", "sequence_blocks", "person_id", ("sequence_id",), ("sequence_id",), rank="{t}.at, {t}.person_id"),
    moved("Person", "sends", "person_id"),
    moved("Person", "inbound_messages", "person_id"),
    once("Person", "broadcast_recipients", "person_id", ("broadcast_id",), ("broadcast_id",),
         rank="({t}.send_id IS NULL), " + OURS + "{t}.person_id"),
    replace(own("Person", "scores", "person_id", "RECOMPUTED", "Scored again from the union of what happened, never summed."), key=("model_id",), own=False),
    once("Person", "score_crossings", "person_id", ("model_id", "threshold"), ("model_id", "threshold"), rank="{t}.crossed_at, {t}.person_id"),
    kept("Person", "score_history", "person_id", "What the score of that record was; the survivor's goes on from here."),
    replace(own("Person", "predictions", "person_id", "RECOMPUTED", "Told anew from the union of what happened."), key=("predictor_id",), own=False),
    kept("Person", "prediction_history", "person_id", "What the chance of that record was; the survivor's goes on from here."),
    moved("Person", "conversions", "person_id", "lead_id", keeper=True),
    moved("Person", "response_clocks", "person_id"),
    kept("Person", "events", "person_id", "What happened is not rewritten; the id resolves."),
    kept("Person", "privacy_requests", "person_id", "Who asked, and about whom; the id resolves, and an erasure looks for everybody behind it."),
    kept("Person", "privacy_requests", "people", "Whom it was about then."),
    kept("Person", "people", "merged_into", "Who went into whom is a chain; redirects are its short cut."),
    kept("Person", "merges", "survivor_id", "What was merged then; a later merge has a row of its own."),
    kept("Person", "merges", "loser_ids", "What was merged then."),
)  # fmt: skip
LEADS = (
    kept("Lead", "lead_status_spans", "lead_id", "The history of that lead; its last span says it was merged."),
    moved("Lead", "contacts", "lead_id"),
    moved("Lead", "deals", "lead_id"),
    kept("Lead", "conversions", "lead_id", "Only open leads are merged, and those have none."),
    kept("Lead", "conversion_amendments", "lead_id", "Only open leads are merged, and those have none."),
    moved("Lead", "touchpoints", "lead_id"),
    moved("Lead", "tasks", "lead_id"),
    moved("Lead", "submissions", "lead_id"),
    once("Lead", "work_marks", "record_id", ("user_id",), ("user_id",), rank=OURS + "{t}.at DESC, {t}.record_id"),
    kept("Lead", "assignment_decisions", "lead_id", "Who was to get that lead, and why."),
    kept("Lead", "response_clocks", "lead_id", "What was due for that lead; the event of the merge ends the one that runs."),
    kept("Lead", "leads", "repeat_of_id", "Which lead it repeated; sealed ones do not change."),
    kept("Lead", "leads", "merged_into", "Who went into whom is a chain."),
)
CONTACTS = (
    once("Contact", "contact_companies", "contact_id", ("id",), ("company_id",), rank="({t}.to_on IS NULL) DESC, " + OURS + "{t}.created_at, {t}.id",
         joined={"from_on": "min({t}.from_on)"}, reset=PRIMARY),
    once("Contact", "deal_contacts", "contact_id", ("id",), ("deal_id",),
         rank="{t}.is_primary DESC, " + ROLES + ", " + OURS + "{t}.id"),
    moved("Contact", "purchases", "contact_id"),
    moved("Contact", "tasks", "contact_id"),
    once("Contact", "work_marks", "record_id", ("user_id",), ("user_id",), rank=OURS + "{t}.at DESC, {t}.record_id"),
    kept("Contact", "response_clocks", "contact_id", "What was due for that contact; the event of the merge ends the one that runs."),
    moved("Contact", "conversions", "contact_id", "lead_id", keeper=True),
)  # fmt: skip
COMPANIES = (
    moved("Company", "contacts", "company_id"),
    once("Company", "contact_companies", "company_id", ("id",), ("contact_id",), rank="{t}.is_primary DESC, ({t}.to_on IS NULL) DESC, " + OURS + "{t}.id",
         joined={"from_on": "min({t}.from_on)"}),
    moved("Company", "deals", "company_id"),
    moved("Company", "leads", "company_id", keeper=True),
    moved("Company", "purchases", "company_id"),
    moved("Company", "tasks", "company_id"),
    moved("Company", "sends", "company_id"),
    moved("Company", "conversions", "company_id", "lead_id", keeper=True),
    once("Company", "company_domains", "company_id", ("domain",), ("domain",), rank="{t}.match_primary DESC, " + OURS + "{t}.created_at"),
    moved("Company", "company_keys", "company_id", "kind", "key"),
    once("Company", "company_aliases", "company_id", ("id",), ("name_key",), rank=OURS + "{t}.created_at, {t}.id"),
    replace(own("Company", "company_scores", "company_id", "RECOMPUTED", "Scored again from the people of both."), key=("model_id",), own=False),
    once("Company", "company_score_crossings", "company_id", ("model_id", "threshold"), ("model_id", "threshold"), rank="{t}.crossed_at, {t}.company_id"),
    kept("Company", "company_score_history", "company_id", "What the score of that company was; the survivor's goes on from here."),
    own("Company", "companies", "parent_id", "MOVED", "Subsidiaries follow, without a circle."),
)  # fmt: skip


def anywhere(noun: str) -> tuple[Reference, ...]:
    """The tables in which any record can stand, by its id and mostly its noun."""
    of = f"{{t}}.noun = '{noun}'"
    return (
        moved(noun, "external_ids", "record_id", "noun", "source", "external_id", only=of),
        moved(noun, "redirects", "new_id", "noun", "old_id", only=of),
        kept(noun, "redirects", "old_id", "An id that was given away once stays given away."),
        own(noun, "field_provenance", "record_id", "RECOMPUTED", "Taken over for the values that are taken over."),
        once(noun, "field_suggestions", "record_id", ("id",), ("CASE WHEN {t}.state = 'OPEN' THEN {t}.field ELSE {t}.id::text END",),
             rank=OURS + "{t}.created_at DESC, {t}.id", only=of),
        once(noun, "custom_values", "record_id", ("field_id",), ("field_id",), rank=OURS + "{t}.record_id"),
        once(noun, "taggings", "record_id", ("tag_id",), ("tag_id",), rank=OURS + "{t}.created_at", only=of),
        once(noun, "segment_members", "record_id", ("segment_id",), ("segment_id",), rank="{t}.entered_at, " + OURS + "{t}.record_id"),
        moved(noun, "notifications", "record_id", only=of),
        once(noun, "activity_links", "record_id", ("activity_id",), ("activity_id",), rank=OURS + "{t}.record_id", only=of),
        once(noun, "attachments", "record_id", ("id",), ("file_id",), rank=OURS + "{t}.at, {t}.id", only=of),
        kept(noun, "segment_changes", "record_id", "Segments look once at what changed, and the merge says itself that something did."),
        kept(noun, "import_left", "record_id", "What the revert of an import said then."),
        kept(noun, "automation_runs", "record_id", "What an automation did then."),
        kept(noun, "change_rows", "record_id", "What a change of many records came to then."),
        kept(noun, "events", "record_id", "What happened is not rewritten; the id resolves."),
    )  # fmt: skip


def compared(noun: str) -> tuple[Reference, ...]:
    """What duplicates are found by; leadwell.dedupe is told of the merge and keeps it."""
    why = "Found anew for the survivor; that two are no duplicates holds for it too."
    places = (("duplicate_pairs", "low_id"), ("duplicate_pairs", "high_id"), ("match_records", "record_id"), ("match_keys", "record_id"))
    return tuple(own(noun, table, column, "RECOMPUTED", why) for table, column in places)


REFERENCES: tuple[Reference, ...] = (
    *PEOPLE, *LEADS, *CONTACTS, *COMPANIES, *compared("Person"), *compared("Company"), *(one for noun in NOUNS for one in anywhere(noun)))  # fmt: skip
# Columns that hold ids of other things, or of nothing that is merged: read by the test that finds what is not declared.
OTHERS = frozenset({
    "activities.user_id", "activities.send_id", "activities.revises_id", "activity_heads.activity_id", "activity_heads.latest_id",
    "activity_heads.revised_by_id", "activity_keys.activity_id", "activity_links.activity_id", "activity_participants.activity_id",
    "attachments.user_id", "conversions.id", "duplicate_pairs.decided_by_id", "duplicate_pairs.merge_id",
    "duplicate_sweeps.after_id", "match_records.source", "exports.last_id", "files.user_id",
    "imports.upload_id", "transfer_parts.holder_id", "events.cause_id", "events.redacted_by", "change_rows.change_set_id", "change_sets.transfer_id",
    "field_provenance.run_id", "enrichment_holds.lease", "merge_rows.merge_id", "score_history.model_id",
    "score_history.version_id", "score_crossings.model_id", "scores.version_id", "scoring_models.live_version_id",
    "sends.lease", "sends.window_id", "sequences.live_version_id",
    "broadcast_recipients.send_id", "segments.uses", "template_versions.layout_id", "templates.layout_id",
    "enrollments.awaits", "sequence_migrations.from_ids", "sequence_migrations.reached",
    "submissions.activity_id", "response_clocks.activity_id", "automations.live_version_id",
    "notifications.digest_id", "activity_readings.activity_id", "company_scores.version_id", "prediction_history.predictor_id",
    "opt_ins.submission_id", "suppressions.send_id", "tasks.activity_id", "touchpoints.submission_id", "users.login_id",
    "webhook_deliveries.event_id",
    "webhook_deliveries.replay_of_id", "work.lease", "lead_statuses.next_ids", "deal_stages.next_ids", "forms.sequence_id", "work_history.id",
    "enrichment_runs.cause_id", "enrichment_waits.cause_id", "scores.model_id", "company_score_history.model_id", "company_score_history.version_id",
    "company_score_crossings.model_id",
})  # fmt: skip


def of(noun: str) -> tuple[Reference, ...]:
    """What the engine does for records of a noun, in order."""
    return tuple(one for one in REFERENCES if one.noun == noun and one.engine)
