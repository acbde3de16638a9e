"""The table of erasure: every table that holds something about a person, and what becomes of it. Order matters: what others are found by goes last."""

from leadwell.privacy.ours import naming
from leadwell.privacy.table import PERSON, RECORD, Part, blanked, gone

EMPTY, LIST, ERASED = "'{}'", "'[]'", "'erased'"


def among(table: str, *wheres: str, more: str = "") -> str:
    """Ids of the rows that any of these finds, each by an index of its own: one condition with OR would read all that a workspace has."""
    return " UNION ".join(f"SELECT k.id FROM {table} k WHERE k.workspace_id = $1 AND {where.replace('{t}', 'k')}{more}" for where in wheres)


def each(table: str, column: str) -> str:
    """Of each row of a table of which there are few, so that a key that begins with it finds the rest."""
    return f"{{t}}.{column} IN (SELECT y.id FROM {table} y WHERE y.workspace_id = $1) AND "


NAMED = "{t}.digest = ANY($7::bytea[])"     # by whom a text names
IN_IMPORTS = "FROM import_mentions m WHERE m.workspace_id = $1 AND m.digest = ANY($7::bytea[])"
TAKES_PART = "SELECT a.activity_id FROM activity_participants a WHERE a.workspace_id = $1 AND a.person_id = ANY($2::uuid[])"
LINKED = "SELECT k.activity_id FROM activity_links k WHERE k.workspace_id = $1 AND k.record_id = ANY($3::uuid[])"
OTHERS = "EXISTS (SELECT 1 FROM activity_participants o WHERE o.workspace_id = $1 AND o.activity_id = {at} AND o.person_id <> ALL($2::uuid[]))"
# Activities in which nobody else takes part: the person's, or one that only a lead or contact of theirs has.
ALONE = f"SELECT z.id FROM ({TAKES_PART} UNION {LINKED}) z (id) WHERE NOT {OTHERS.replace('{at}', 'z.id')}"
KEYS = f"SELECT r.source, r.external_id FROM activities r WHERE r.workspace_id = $1 AND r.source IS NOT NULL AND r.id IN ({ALONE})"
TASKS = among("tasks", PERSON, "{t}.lead_id = ANY($3::uuid[])", "{t}.contact_id = ANY($3::uuid[])")
SUBMISSIONS = among("submissions", PERSON,   # what is RECEIVED is of somebody who is about to be new
                    "{t}.state IN ('PARKED', 'UNCONFIRMED') AND {t}.person_id IS NULL AND lower({t}.payload::text) LIKE ANY ($4::text[])")
SENDS = "SELECT s.id FROM sends s WHERE s.workspace_id = $1 AND s.person_id = ANY($2::uuid[])"
MESSAGES = among("inbound_messages", PERSON, f"{{t}}.send_id IN ({SENDS})", "{t}.person_id IS NULL AND lower({t}.sender) LIKE ANY ($4::text[])")
OPT_INS = among("opt_ins", f"{{t}}.submission_id IN ({SUBMISSIONS})", "{t}.address_hash = ANY($5::bytea[])")


def told(more: str = "") -> str:
    """Ids of the events about a person."""
    return among("events", PERSON, RECORD, f"{{t}}.record_id IN ({TASKS} UNION {SUBMISSIONS} UNION {SENDS} UNION {TAKES_PART})", more=more)


OURS = f"{{t}}.record_id IN (SELECT unnest($3::uuid[]) UNION {TASKS})"
THEIRS = f"{{t}}.record_id IN (SELECT unnest($3::uuid[]) UNION {TASKS} UNION {ALONE})"
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
    blanked("conversions", "{t}.lead_id = ANY($3::uuid[])", "", keeper=True, request=EMPTY, conflicts=LIST),
    blanked("conversion_amendments", "{t}.lead_id = ANY($3::uuid[])", "", keeper=True, request=EMPTY, conflicts=LIST),
    gone("field_provenance", RECORD, "record_id", "field"),
    gone("field_suggestions", RECORD),
    gone("custom_values", RECORD, "record_id", "field_id"),
    gone("taggings", RECORD, "record_id", "tag_id"),
    gone("segment_members", RECORD, "segment_id", "record_id"),
    gone("enrichment_runs", PERSON),
    gone("enrichment_waits", PERSON, "provider_id", "key", "person_id"),
    gone("enrichment_answers", each("enrichment_providers", "provider_id") + "{t}.key = ANY($6::text[])"),
    gone("scores", each("scoring_models", "model_id") + PERSON, "model_id", "person_id"),
    gone("score_crossings", each("scoring_models", "model_id") + PERSON, "model_id", "person_id", "threshold"),
    gone("predictions", PERSON, "person_id"),
    blanked("automation_runs", each("automations", "automation_id") + RECORD, "", results=LIST),
    Part("change_rows", each("change_sets", "change_set_id") + RECORD, {"message": "NULL", "changes": EMPTY}, ("change_set_id", "record_id")),
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
    blanked("inbound_messages", f"{{t}}.id IN ({MESSAGES})", "sender recipient subject letter reason", external_id="'erased ' || {t}.id"),
    gone("parked_activities", "{t}.id IN (SELECT m.activity_id FROM parked_mentions m WHERE m.workspace_id = $1 AND m.digest = ANY($7::bytea[]))"),
    gone("parked_mentions", NAMED, "digest", "activity_id"),
    blanked("opt_ins", f"{{t}}.id IN ({OPT_INS})", "reply ip user_agent", address=ERASED),
    blanked("clock_advances", "EXISTS (SELECT 1 FROM unnest($2::uuid[]) w WHERE {t}.timeline::text LIKE '%' || w || '%')", "", timeline=LIST),
    blanked("imports", f"{{t}}.id IN (SELECT m.import_id {IN_IMPORTS} AND m.row_number = 0)", "preview"),
    blanked("happenings", "{t}.state = 'WAITING' AND lower({t}.body::text) LIKE ANY ($4::text[])", "body", state="'IGNORED'", keys=EMPTY),
    gone("import_errors", f"({{t}}.import_id, {{t}}.row_number) IN (SELECT m.import_id, m.row_number {IN_IMPORTS})", "import_id", "row_number", "column_name"),
    gone("import_mentions", NAMED, "digest", "import_id", "row_number"),
)  # fmt: skip
LAST: tuple[Part, ...] = (   # what others are found by
    gone("notifications", OURS),
    blanked("webhook_deliveries", f"{{t}}.event_id IN ({told()} UNION {naming()})", "response error", tries=LIST, body="'{\"erased\": true}'"),
    gone("files", FILES),
    gone("attachments", THEIRS),
    gone("activity_keys", f"({{t}}.source, {{t}}.external_id) IN ({KEYS})", "source", "external_id"),
    Part("activity_heads", f"{{t}}.activity_id IN ({ALONE})", dict.fromkeys(("subject", "body", "outcome"), "NULL"), ("activity_id",)),
    *(blanked("activities", f"{{t}}.{column} IS NOT NULL AND {{t}}.{column} IN ({ALONE})", "subject body outcome source external_id", keeper=True, data=EMPTY)
      for column in ("revises_id", "id")),
    Part("activity_participants", f"{PERSON} AND NOT {OTHERS.replace('{at}', '{t}.activity_id')}", {"subject": "NULL"}, ("activity_id", "person_id")),
    gone("activity_participants", f"{PERSON} AND {OTHERS.replace('{at}', '{t}.activity_id')}", "activity_id", "person_id"),
    gone("meeting_attendees", PERSON),
    blanked("tasks", f"{{t}}.id IN ({TASKS})", "body", title=ERASED, state="CASE WHEN {t}.state IN ('OPEN', 'SCHEDULED') THEN 'CANCELED' ELSE {t}.state END"),
    blanked("submissions", f"{{t}}.id IN ({SUBMISSIONS})", "dedupe_key ip user_agent reason", payload=EMPTY),
)  # fmt: skip
PARTS: tuple[Part, ...] = (*EARLY, *RECORDS, *HISTORY, *LAST)
