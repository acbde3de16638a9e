-- What: removes what the survivor had said of fields it takes from others: $2 survivor, $3 fields, $4 donors, then merge, step and half an id.
-- Cost: one row a field. Index: field_provenance primary key.
WITH gone AS (
  DELETE FROM field_provenance f WHERE f.workspace_id = $1 AND f.record_id = $2 AND f.field = ANY($3::text[]) AND $4::uuid[] IS NOT NULL
  RETURNING f.record_id, f.field, to_jsonb(f.*) AS row_
)
INSERT INTO merge_rows (workspace_id, id, merge_id, step, action, table_name, keys, before, after)
SELECT $1, ($7 || substr(gen_random_uuid()::text, 16))::uuid, $5::uuid, $6::int, 'REMOVED', 'field_provenance', jsonb_build_array(jsonb_build_object('record_id', x.record_id, 'field', x.field)),
  x.row_, NULL FROM gone x
RETURNING jsonb_array_length(keys) AS n
