"""What an erasure leaves, column by column, and why: every column that can hold words is either in the table of erasure or here."""

from leadwell.privacy.parts import TASKS
from leadwell.privacy.table import PERSON, Kept, kept

OURS = "What the workspace says about itself, its staff and its rules; about nobody outside."
CODE = "A code or an id, out of a list that the product or the workspace made."
HASH = "A peppered hash, without which nobody could tell that an address opted out; it leads to no address."
COMPANY = "About a company, not about a person; a company that is one person is blanked."
IDS = "Ids alone; whom they meant is gone."
FIGURE = "A figure without a name: what became of somebody, not who it was."
WORK = "Ids and versions of what is to be done; gone when it is done."
PAST = "What a user asked for in general; it names records by id."
BOOKS = "Accounts have to be kept; the buyer is nobody any more."
CHAIN = "Erased by the audit's own function, which keeps the digests."
KEYS = "Sealed or hashed secrets of the workspace's own."
PASSING = "Gone within days by itself."

CONFIGURED = {
    "roles": "code name grants", "teams": "name", "users": "name email time_zone", "custom_fields": "noun key label options", "tags": "name color",
    "sources": "name", "products": "code name", "campaigns": "name currency", "pipelines": "name", "lead_statuses": "name next_ids",
    "deal_stages": "name next_ids", "junk_reasons": "code name", "close_reasons": "code name", "topics": "code name",
    "forms": "key name fields consents allowed_origins thank_you redirect_url intro button locale words country",
    "templates": "name subject html text parts", "layouts": "name html text uses", "snippets": "name html text uses",
    "template_versions": "subject html text parts actor", "sequences": "name entry exit_on goal", "sequence_versions": "steps credential",
    "sequence_migrations": "from_ids plan", "segments": "name filter uses custom_fields problem", "scoring_models": "name", "scoring_versions": "rules",
    "webhook_endpoints": "name url event_kinds secret_ciphertext secret_key_id disabled_reason credential document filter old_secret_ciphertext "
                         "old_secret_key_id reading",
    "identities": "email issuer subject", "identity_providers": "client_id domains issuer name secret_ciphertext secret_key_id",
    "invitations": "credential email name token_hash", "consent_wordings": "version text",
    "feeds": "key name mapping items external_id signature_header secret_ciphertext secret_key_id token_ciphertext token_key_id country",
    "member_statuses": "code name", "views": "noun name filter sort columns credential", "enrichment_policies": "rules created_by",
    "enrichment_providers": "code name mapping secret_names secret_ciphertext secret_key_id push_key signature_header", "enrichment_gates": "reason",
    "calendars": "name time_zone weekly holidays", "response_policies": "name", "lead_queues": "name", "lead_queue_members": "skills",
    "territories": "name filter skills", "absences": "note", "automations": "name", "automation_versions": "rule credential", "send_windows": "name hours",
    "send_limits": "key", "sending_rules": "capped", "send_slots": "bucket", "send_bookings": "bucket",
    "inboxes": "name topic key host login folder secret_ciphertext secret_key_id last_error", "exchange_rates": "currency base", "match_models": "terms odds",
    "senders": "name address reply_to bounce_address host login url secret_ciphertext secret_key_id dkim_domain dkim_selector dkim_public dkim_ciphertext "
               "dkim_key_id last_error",
    "broadcasts": "name audience variants test paused_from local_time author", "predictors": "options refusal learnt card", "retention_rules": "actor",
    "simulations": "options result error credential", "digests": "message_id reply",
    "merges": "loser_ids folds plan_hash actor unmerged_by conflicts remains",
}  # fmt: skip
KEPT: tuple[Kept, ...] = (
    *(kept(table, columns, OURS) for table, columns in CONFIGURED.items()),
    kept("purchases", "parked_reason currency source external_id base_currency items", BOOKS, PERSON),
    kept("deals", "name currency base_currency close_reason", COMPANY),
    kept("leads", "currency", CODE, PERSON),
    kept("companies", "name name_key domain website industry currency phone country region city postal_code street time_zone", COMPANY),
    kept("company_domains", "domain", COMPANY),
    kept("company_keys", "key", COMPANY),
    kept("company_aliases", "name name_key", COMPANY),
    kept("suppressions", "address_hash", HASH, "{t}.address_hash = ANY($5::bytea[])"),
    kept("suppressions", "source lifted_by", CODE),
    kept("mail_addresses", "hash", HASH, "{t}.hash = ANY($5::bytea[])"),
    kept("consents", "address_hash source", "That the person took consent back holds for the address.", f"{PERSON} AND {{t}}.state = 'WITHDRAWN'"),
    kept("sends", "step sender_address sender_name address_hash message_id reason",
         "That a mail left, and what became of it; the address is a peppered hash.", PERSON),
    kept("opt_ins", "address_hash message_id", HASH),
    kept("enrollments", "step exit_reason", FIGURE, PERSON),
    kept("enrollment_steps", "step outcome", FIGURE),
    kept("broadcast_recipients", "reason", CODE, PERSON),
    kept("deal_contacts", "role", CODE, "{t}.contact_id = ANY($3::uuid[])"),
    kept("prediction_history", "percent", FIGURE, PERSON),
    kept("sequence_blocks", "actor", CODE),
    kept("campaign_members", "status", FIGURE, PERSON),
    kept("lead_status_spans", "actor", CODE),
    kept("deal_stage_spans", "actor", CODE),
    kept("contact_companies", "role", FIGURE, "{t}.contact_id = ANY($3::uuid[])"),
    kept("conversions", "fingerprint manifest actor", IDS, "{t}.lead_id = ANY($3::uuid[])"),
    kept("conversion_amendments", "fingerprint manifest actor", IDS),
    kept("assignment_decisions", "strategy needs candidates skipped actor", "Who of us was to get the lead, and why."),
    kept("response_clocks", "end_reason", CODE, PERSON),
    kept("score_history", "grade", FIGURE, PERSON),
    kept("company_scores", "grade", COMPANY),
    kept("company_score_history", "grade counted", "Ids and points of people; whom they meant is gone."),
    kept("company_score_crossings", "threshold", COMPANY),
    kept("touchpoints", "utm_source utm_medium utm_campaign", "Which campaign brought somebody; not who it was.", PERSON),
    kept("submissions", "channel outcome", CODE, PERSON),
    kept("activities", "kind", FIGURE),
    kept("activity_participants", "kind", CODE, PERSON),
    kept("activity_links", "kind", CODE),
    kept("inbound_messages", "kind external_id status", CODE),
    kept("duplicate_pairs", "evidence held note", "Which fields agreed, not what they said; a note goes with what the person was compared by."),
    kept("match_records", "facts", "Erased with what the person was compared by; companies' stay."),
    kept("merge_rows", "table_name keys before after", "Erased with the manifests of the person's merges."),
    kept("redirects", "noun", IDS, "{t}.new_id = ANY($2::uuid[]) AND {t}.noun = 'Person'"),
    kept("import_rows", "packed", "Lines that name the person are emptied where they are packed."),
    kept("import_changes", "packed", "Values of the person's records are taken out where they are packed."),
    kept("import_errors", "column_name code message raw", "Lines that name the person are removed."),
    kept("imports", "noun name file_hash mapping options actor reverted_by preview error", PAST),
    kept("import_left", "noun field reason", CODE),
    kept("uploads", "name digest credential", PASSING),
    kept("exports", "noun name columns filter credential error", PAST),
    kept("transfer_parts", "bytes", "Files of exports and uploads are gone after seven days; the person's own access export at once."),
    kept("change_sets", "noun filter options credential reverted_by error", PAST),
    kept("change_rows", "code", CODE),
    kept("automation_runs", "noun occasion", CODE),
    kept("clock_advances", "happened error", "Of a sandbox."),
    kept("events", "kind noun actor credential request_id salt digest data_hash data", CHAIN),
    kept("event_readers", "reader", CODE),
    kept("audit_seals", "root mark", "Hashes over digests."),
    kept("audit_heads", "root mark", "Hashes over digests."),
    kept("idempotency", "key operation fingerprint result", PASSING),
    kept("work", "queue kind key payload last_error trace", WORK),
    kept("work_history", "queue kind key payload", WORK),
    kept("webhook_deliveries", "event_kind made_for", CODE),
    kept("files", "name media_type sha256 store_key", "Files that hang on others too; what hangs on the person alone is deleted."),
    kept("attachments", "noun", CODE),
    kept("taggings", "noun", CODE),
    kept("segment_changes", "noun hush", IDS),
    kept("form_proofs", "nonce content", HASH),
    kept("privacy_requests", "people actor reason error receipt counts kept sealed_ciphertext sealed_key_id",
         "The receipt; what is looked for is sealed until it is done.",
         "{t}.people && $2::uuid[]"),
    kept("enrichment_holds", "key", PASSING),
    kept("enrichment_pushes", "event results", PASSING),
    kept("page_views", "page title touch", "Of visitors nobody knows; they go by themselves."),
    kept("happenings", "external_id type digest kinds outcome", "What another system calls its event, and ids; content is kept only while nobody is known."),
    kept("tasks", "state", CODE, f"{{t}}.id IN ({TASKS})"),
)  # fmt: skip
