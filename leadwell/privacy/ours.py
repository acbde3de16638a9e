"""Events of settings that name somebody: the address in a filter, a text or a list of exceptions, as it was before or after."""

# Whatever a workspace sets up, and so tells the values of. That there are few of them keeps this from reading all that ever happened.
SETTINGS = (
    "segments", "views", "templates", "snippets", "layouts", "broadcasts", "sequences", "automations", "webhook_endpoints", "forms", "feeds",
    "inboxes", "senders", "enrichment_providers", "enrichment_policies", "scoring_models", "match_models", "identity_providers", "roles", "users",
    "teams", "campaigns", "pipelines", "lead_statuses", "deal_stages", "junk_reasons", "close_reasons", "sources", "products", "topics", "tags",
    "member_statuses", "custom_fields", "calendars", "response_policies", "lead_queues", "territories", "send_windows", "send_limits",
    "exchange_rates",
)  # fmt: skip


def naming() -> str:
    """Ids of the events about these, or the workspace itself, in which an address or number of a scope stands; that much of a scope is $4."""
    records = " UNION ALL ".join(f"SELECT s{i}.id FROM {table} s{i} WHERE s{i}.workspace_id = $1" for i, table in enumerate(SETTINGS))
    return (
        f"SELECT k.id FROM events k WHERE k.workspace_id = $1 AND k.person_id IS NULL AND k.record_id IN (SELECT $1::uuid UNION ALL {records}) "
        "AND lower(k.data::text) LIKE ANY ($4::text[])")
