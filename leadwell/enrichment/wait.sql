-- What: notes who is looked at again once a provider has answered. Cost: one row each. Index: primary key of enrichment_waits.
INSERT INTO enrichment_waits (workspace_id, provider_id, key, person_id, cause_id)
SELECT $1, w.provider_id, w.key, w.person_id, $5 FROM unnest($2::uuid[], $3::text[], $4::uuid[]) AS w (provider_id, key, person_id)
ON CONFLICT (workspace_id, provider_id, key, person_id) DO UPDATE SET cause_id = EXCLUDED.cause_id WHERE EXCLUDED.cause_id IS NOT NULL
