-- What: the answers in force to some questions. Cost: one probe a question. Index: enrichment_answers by provider and key.
SELECT a.provider_id, a.key, a.state, a.facts, a.at, a.expires_at
FROM unnest($2::uuid[], $3::text[]) AS q (provider_id, key)
JOIN enrichment_answers a ON a.workspace_id = $1 AND a.provider_id = q.provider_id AND a.key = q.key
WHERE a.expires_at > $4
