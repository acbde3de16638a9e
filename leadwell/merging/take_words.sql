-- What: the words of the donors ($4) about fields ($3) become the survivor's ($2); then merge, step and half an id. Cost: one row a field.
-- Index: field_provenance primary key.
WITH made AS (
  INSERT INTO field_provenance (workspace_id, noun, record_id, field, value, source, provider, confidence, evidence, locked, run_id, at)
  SELECT $1, f.noun, $2, f.field, f.value, f.source, f.provider, f.confidence, f.evidence, f.locked, f.run_id, f.at
  FROM unnest($3::text[], $4::uuid[]) AS d (field, donor)
  JOIN field_provenance f ON f.workspace_id = $1 AND f.record_id = d.donor AND f.field = d.field
  ON CONFLICT DO NOTHING RETURNING record_id, field, at
)
INSERT INTO merge_rows (workspace_id, id, merge_id, step, action, table_name, keys, before, after)
SELECT $1, ($7 || substr(gen_random_uuid()::text, 16))::uuid, $5::uuid, $6::int, 'ADDED', 'field_provenance', jsonb_build_array(jsonb_build_object('record_id', x.record_id, 'field', x.field)),
  NULL, jsonb_build_object('at', x.at) FROM made x
RETURNING jsonb_array_length(keys) AS n
