"""The table of erasure: every table that holds something about a person, and what becomes of it. Order matters: what others are found by goes last."""

from leadwell.privacy.table import PERSON, RECORD, Part, blanked, gone

EMPTY, LIST, ERASED = "'{}'", "'[]'", "'erased'"
TAKES_PART = "SELECT a.activity_id FROM activity_participants a WHERE a.workspace_id = $1 AND a.person_id = ANY($2::uuid[])"
LINKED = "SELECT k.activity_id FROM activity_links k WHERE k.workspace_id = $1 AND k.record_id = ANY($3::uuid[])"
OTHERS = "EXISTS (SELECT 1 FROM activity_participants o WHERE o.workspace_id = $1 AND o.activity_id = {at} AND o.person_id <> ALL($2::uuid[]))"
TASK = "({t}.person_id = ANY($2::uuid[]) OR {t}.lead_id = ANY($3::uuid[]) OR {t}.contact_id = ANY($3::uuid[]))"
TASKS = "SELECT k.id FROM tasks k WHERE k.workspace_id = $1 AND " + TASK.replace("{t}", "k")
SUBMISSION = (   # what is RECEIVED is of somebody who is about to be new
    "({t}.person_id = ANY($2::uuid[]) OR ({t}.state IN ('PARKED', 'UNCONFIRMED') AND {t}.person_id IS NULL "
    "AND lower({t}.payload::text) LIKE ANY ($4::text[])))")
SUBMISSIONS = "SELECT s.id FROM submissions s WHERE s.workspace_id = $1 AND " + SUBMISSION.replace("{t}", "s")
SENDS = "SELECT s.id FROM sends s WHERE s.workspace_id = $1 AND s.person_id = ANY($2::uuid[])"
MESSAGE = f"({{t}}.person_id = ANY($2::uuid[]) OR {{t}}.send_id IN ({SENDS}) OR ({{t}}.person_id IS NULL AND lower({{t}}.sender) LIKE ANY ($4::text[])))"


def alone(column: str) -> str:
    """An activity in which nobody else takes part: the person's, or one that only a lead or contact of theirs has."""
    return f"({{t}}.{column} IN ({TAKES_PART} UNION ALL {LINKED}) AND NOT {OTHERS.replace('{at}', '{t}.' + column)})"


REVISED = (
    f"({alone('id')} OR {{t}}.revises_id IN ({TAKES_PART}) AND NOT {OTHERS.replace('{at}', '{t}.revises_id')})")
OF_EVENT = (
    "({t}.person_id = ANY($2::uuid[]) OR {t}.record_id = ANY($3::uuid[]) OR {t}.record_id IN "
    f"({TASKS} UNION ALL {SUBMISSIONS} UNION ALL {SENDS} UNION ALL {TAKES_PART}))")
EVENTS = "SELECT v.id FROM events v WHERE v.workspace_id = $1 AND " + OF_EVENT.replace("{t}", "v")
THEIRS = f"({{t}}.record_id = ANY($3::uuid[]) OR {{t}}.record_id IN ({TASKS}) OR {alone('record_id')})"
FILES = (   # that hang on nothing else
    "{t}.purpose = 'ATTACHMENT' AND {t}.id IN (SELECT f.file_id FROM attachments f WHERE f.workspace_id = $1 AND " + THEIRS.replace("{t}", "f") + ") "
    "AND NOT EXISTS (SELECT 1 FROM attachments g WHERE g.workspace_id = $1 AND g.file_id = {t}.id AND NOT " + THEIRS.replace("{t}", "g") + ")")
OWN_COMPANY = "{t}.id = ANY($3::uuid[]) AND {t}.kind = 'INDIVIDUAL'"
OF_COMPANY = "{t}.company_id IN (SELECT c.id FROM companies c WHERE c.workspace_id = $1 AND c.id = ANY($3::uuid[]) AND c.kind = 'INDIVIDUAL')"

EARLY: tuple[Part, ...] = (   # nobody finds, matches or writes to the person any more
    gone("person_keys", PERSON, "kind", "key", early=True),
    gone("person_emails", PERSON, early=True),
    gone("person_phones", PERSON, early=True),
    gone("external_ids", RECORD + " AND {t}.noun IN ('Person', 'Lead', 'Contact', 'Company')", "noun", "source", "external_id", early=True),
    blanked("enrollments", PERSON, "address_hash", early=True),
    blanked("response_clocks", PERSON, "", early=True, state="CASE {t}.state WHEN 'RUNNING' THEN 'ENDED' ELSE {t}.state END",
            ended_at="CASE {t}.state WHEN 'RUNNING' THEN lw_clock($1) ELSE {t}.ended_at END",
            end_reason="CASE {t}.state WHEN 'RUNNING' THEN 'ERASED' ELSE {t}.end_reason END"),
    blanked(
        "people", "{t}.id = ANY($2::uuid[])",
        "name prefix first_name middle_name last_name suffix email phone title department seniority language time_zone country region city postal_code street "
        "last_activity_at",
        early=True, kind="'ANONYMOUS'", tracking="false", archived_at="coalesce({t}.archived_at, lw_clock($1))"),
)  # fmt: skip
RECORDS: tuple[Part, ...] = (
    blanked("leads", "{t}.person_id = ANY($2::uuid[])", "title company_name company_website industry employees company_match need interest snapshot junk_note",
            keeper=True, archived_at="coalesce({t}.archived_at, lw_clock($1))"),
    blanked("contacts", PERSON, "title", archived_at="coalesce({t}.archived_at, lw_clock($1))"),
    blanked("contact_companies", "{t}.contact_id = ANY($3::uuid[])", "role"),
    blanked("companies", OWN_COMPANY, "domain website industry employees revenue_minor phone country region city postal_code street time_zone",
            name=ERASED, name_key=ERASED, archived_at="coalesce({t}.archived_at, lw_clock($1))"),
    gone("company_domains", OF_COMPANY),
    gone("company_keys", OF_COMPANY, "kind", "key"),
    gone("company_aliases", OF_COMPANY),
    blanked("conversions", PERSON, "", keeper=True, request=EMPTY, conflicts=LIST),
    blanked("conversion_amendments", "{t}.lead_id = ANY($3::uuid[])", "", keeper=True, request=EMPTY, conflicts=LIST),
    gone("field_provenance", RECORD, "record_id", "field"),
    gone("field_suggestions", RECORD),
    gone("custom_values", RECORD, "record_id", "field_id"),
    gone("taggings", RECORD, "record_id", "tag_id"),
    gone("segment_members", RECORD, "segment_id", "record_id"),
    gone("enrichment_runs", PERSON),
    gone("enrichment_waits", PERSON, "provider_id", "key", "person_id"),
    gone("enrichment_answers", "lower({t}.key) LIKE ANY ($4::text[])"),
    gone("scores", PERSON, "model_id", "person_id"),
    gone("score_crossings", PERSON, "model_id", "person_id", "threshold"),
    gone("predictions", PERSON, "person_id"),
    blanked("automation_runs", RECORD, "", results=LIST),
    Part("change_rows", RECORD, {"message": "NULL", "changes": EMPTY}, ("change_set_id", "record_id")),
)  # fmt: skip
HISTORY: tuple[Part, ...] = (
    gone("page_views", "{t}.visitor_id IN (SELECT v.id FROM visitors v WHERE v.workspace_id = $1 AND v.person_id = ANY($2::uuid[]))"),
    gone("visitors", PERSON),
    blanked("touchpoints", PERSON, "utm_term utm_content click_id referrer page"),
    gone("consents", f"{PERSON} AND {{t}}.state = 'GRANTED'", keeper=True),
    blanked("consents", f"{PERSON} AND {{t}}.state = 'WITHDRAWN'", "ip wording_version", keeper=True, evidence=EMPTY, source=ERASED),
    blanked("suppressions", "{t}.address_hash = ANY($5::bytea[])", "reason lifted_reason"),
    blanked("sends", PERSON, "sender_name subject words_ciphertext words_key_id reply", also="{t}.state NOT IN ('PLANNED', 'DEFERRED', 'SENDING')",
            address=ERASED),
    Part("broadcast_recipients", PERSON, {"address_hash": "NULL"}, ("broadcast_id", "person_id")),
    blanked("inbound_messages", MESSAGE, "sender recipient subject letter reason", external_id="'erased ' || {t}.id"),
    gone("parked_activities",
         "(lower({t}.told::text) LIKE ANY ($4::text[]) OR EXISTS (SELECT 1 FROM unnest($2::uuid[]) w WHERE {t}.told::text LIKE '%' || w || '%'))"),
    blanked("opt_ins", f"({{t}}.submission_id IN ({SUBMISSIONS}) OR {{t}}.address_hash = ANY($5::bytea[]))", "reply ip user_agent", address=ERASED),
    blanked("clock_advances", "EXISTS (SELECT 1 FROM unnest($2::uuid[]) w WHERE {t}.timeline::text LIKE '%' || w || '%')", "", timeline=LIST),
    blanked("imports", "lower({t}.preview::text) LIKE ANY ($4::text[])", "preview"),
    blanked("happenings", "{t}.state = 'WAITING' AND lower({t}.body::text) LIKE ANY ($4::text[])", "body", state="'IGNORED'", keys=EMPTY),
    gone("import_errors", "lower({t}.raw::text) LIKE ANY ($4::text[])", "import_id", "row_number", "column_name"),
)  # fmt: skip
LAST: tuple[Part, ...] = (   # what others are found by
    gone("notifications", f"({{t}}.record_id = ANY($3::uuid[]) OR {{t}}.record_id IN ({TASKS}))"),
    blanked("webhook_deliveries", f"{{t}}.event_id IN ({EVENTS})", "response error", tries=LIST, body="'{\"erased\": true}'"),
    gone("files", FILES),
    gone("attachments", THEIRS),
    gone("activity_keys", alone("activity_id"), "source", "external_id"),
    Part("activity_heads", alone("activity_id"), dict.fromkeys(("subject", "body", "outcome"), "NULL"), ("activity_id",)),
    blanked("activities", REVISED, "subject body outcome source external_id", keeper=True, data=EMPTY),
    gone("activity_participants", f"{PERSON} AND {OTHERS.replace('{at}', '{t}.activity_id')}", "activity_id", "person_id"),
    gone("meeting_attendees", PERSON),
    blanked("tasks", TASK, "body", title=ERASED, state="CASE WHEN {t}.state IN ('OPEN', 'SCHEDULED') THEN 'CANCELED' ELSE {t}.state END"),
    blanked("submissions", SUBMISSION, "dedupe_key ip user_agent reason", payload=EMPTY),
)  # fmt: skip
PARTS: tuple[Part, ...] = (*EARLY, *RECORDS, *HISTORY, *LAST)
