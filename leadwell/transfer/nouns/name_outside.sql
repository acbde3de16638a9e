-- What: keeps what another system calls records. Cost: one row each. Index: primary key of external_ids.
INSERT INTO external_ids (workspace_id, noun, source, external_id, record_id, created_at)
SELECT $1, $2, $3, x.external_id, x.record_id, $6 FROM unnest($4::text[], $5::uuid[]) AS x (external_id, record_id) ORDER BY x.external_id
ON CONFLICT (workspace_id, noun, source, external_id) DO NOTHING
