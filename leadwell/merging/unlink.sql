-- What: takes the hidden company $3 from contact $2; then merge, step and half an id. Cost: one row. Index: contact_companies unique.
WITH gone AS (
  DELETE FROM contact_companies t WHERE t.workspace_id = $1 AND t.contact_id = $2 AND t.company_id = $3 RETURNING t.id, to_jsonb(t.*) AS row_
)
INSERT INTO merge_rows (workspace_id, id, merge_id, step, action, table_name, keys, before, after)
SELECT $1, ($6 || substr(gen_random_uuid()::text, 16))::uuid, $4::uuid, $5::int, 'REMOVED', 'contact_companies', jsonb_build_array(jsonb_build_object('id', x.id)), x.row_, NULL FROM gone x
RETURNING jsonb_array_length(keys) AS n
