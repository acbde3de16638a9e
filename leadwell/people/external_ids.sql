-- What: inserts outside ids of people. Cost: one row each. Index: external_ids unique.
INSERT INTO external_ids (workspace_id, noun, source, external_id, record_id, created_at)
SELECT $1, 'Person', x.source, x.external_id, x.record_id, $3
FROM jsonb_to_recordset($2::jsonb) AS x (source text, external_id text, record_id uuid)
ORDER BY x.source, x.external_id
ON CONFLICT (workspace_id, noun, source, external_id) DO NOTHING
