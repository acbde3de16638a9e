-- What: notes who is looked at again once a provider has answered. Cost: one row each. Index: primary key of enrichment_waits.
INSERT INTO enrichment_waits (workspace_id, provider_id, key, person_id)
SELECT $1, w.provider_id, w.key, w.person_id FROM unnest($2::uuid[], $3::text[], $4::uuid[]) AS w (provider_id, key, person_id)
ON CONFLICT DO NOTHING
