-- What: holds credits for a question for $6 seconds; one that was asked before and lost is taken over. Cost: one upsert. Index: primary key.
INSERT INTO enrichment_holds AS h (workspace_id, provider_id, key, lease, credits, expires_at)
VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 second')
ON CONFLICT (workspace_id, provider_id, key) DO UPDATE SET lease = EXCLUDED.lease, credits = EXCLUDED.credits, expires_at = EXCLUDED.expires_at
