-- What: a provider's gate, made with its first question. Cost: one probe. Index: primary key.
INSERT INTO enrichment_gates (workspace_id, provider_id, tokens, refilled_at, month) VALUES ($1, $2, $3, clock_timestamp(), $4) ON CONFLICT DO NOTHING
