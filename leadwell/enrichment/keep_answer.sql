-- What: keeps the newest answer to a question. Cost: one upsert. Index: enrichment_answers by provider and key.
INSERT INTO enrichment_answers AS a (workspace_id, id, provider_id, key, state, facts, found, reason, credits, at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (workspace_id, provider_id, key) DO UPDATE
SET state = EXCLUDED.state, facts = EXCLUDED.facts, found = EXCLUDED.found, reason = EXCLUDED.reason, credits = EXCLUDED.credits, at = EXCLUDED.at,
    expires_at = EXCLUDED.expires_at
